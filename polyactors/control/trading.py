"""What operators may tell the trading itself: risk modes, and cash that came or went without it."""

import trio

from actors.paths import GOVERNOR, LEDGER
from actors.portfolio.bookkeeper import TellPortfolio
from actors.risk.governor import Governor
from messages.control import ClearMode, ModeIs, SetMode
from messages.portfolio import AccountMoved, MoveCause, PortfolioView
from messages.risk import RiskMode
from messages.units import NANOSECONDS_PER_SECOND, Cash, Shares, format_cash
from polyactors.control.wire import BookCash, ClearRiskMode, Done, HoldRiskMode, Refused
from supervision.questions import ActorDown
from supervision.runtime import Runtime

ANSWER_WITHIN_NS = 5 * NANOSECONDS_PER_SECOND


async def carried_out(runtime: Runtime, request: HoldRiskMode | ClearRiskMode | BookCash) -> Done | Refused:
    """Raises `UnknownActor` where the tree has no such actor."""
    try:
        match request:
            case HoldRiskMode():
                return await _hold(runtime, request)
            case ClearRiskMode(cause):
                return await _clear(runtime, cause)
            case BookCash(cash):
                return await _book(runtime, cash)
    except (trio.TooSlowError, ActorDown) as error:
        return Refused(f"nobody answered, and whether it was done is not known: {error}")


async def _hold(runtime: Runtime, request: HoldRiskMode) -> Done | Refused:
    asked = SetMode(request.mode, request.cause, request.is_latched)
    answer = await runtime.ask(runtime.registry.address(GOVERNOR), asked, ANSWER_WITHIN_NS)
    mode = answer.mode if isinstance(answer, ModeIs) else request.mode
    kept = "until it is cleared, also after a restart" if request.is_latched else "until it is cleared or this run ends"
    return Done(f"the mode is {mode.name}; {request.cause!r} holds {request.mode.name} {kept}")


async def _clear(runtime: Runtime, cause: str) -> Done | Refused:
    governor = runtime.registry.cell(GOVERNOR.text).actor
    causes = governor.describe().causes if isinstance(governor, Governor) else ()
    if cause not in causes:
        named = "; ".join(map(repr, causes)) or "none"
        return Refused(f"there is no such cause; there are: {named}")
    address = runtime.registry.address(GOVERNOR)
    await address.send(ClearMode(cause))
    # A cause that holds nothing, for the answer alone: it comes behind the other.
    answer = await runtime.ask(address, SetMode(RiskMode.NORMAL, "an operator asked"), ANSWER_WITHIN_NS)
    await address.send(ClearMode("an operator asked"))
    mode = answer.mode.name if isinstance(answer, ModeIs) else "unknown"
    return Done(f"{cause!r} holds nothing any more; the mode is {mode}")


async def _book(runtime: Runtime, cash: Cash) -> Done | Refused:
    if not cash:
        return Refused("an amount of nothing changes nothing")
    now_ns = runtime.clock.now_ns()
    cause = MoveCause.DEPOSIT if cash > 0 else MoveCause.WITHDRAWAL
    ledger = runtime.registry.address(LEDGER)
    name = f"operator:{now_ns}"
    await ledger.send(AccountMoved(name, cause, None, None, cash, Shares(0), Shares(0), now_ns))
    view = await runtime.ask(ledger, TellPortfolio(), ANSWER_WITHIN_NS)
    booked = f"{cause.value.lower()} of {format_cash(Cash(abs(cash)))} booked"
    if not isinstance(view, PortfolioView):
        return Done(booked)
    return Done(f"{booked}; the ledger has {format_cash(view.wallet.cash)} pUSD")
