"""When something is claimed, and when the ledger is told that it was: pure, from what the chain and the ledger say.

The chain decides, not what became of a call: whether a redemption happened is seen from the shares being gone, who ever
sent it, we before a crash or the venue's operator. So nothing has to be remembered over a restart, and nothing is told
twice: the ledger's own account says what it has not been told. A read may come from a node that is behind, so what
nobody here did counts only when it was seen twice.
"""

from collections.abc import Mapping

from attrs import evolve, frozen

from actors.execution.live.claim_words import (
    Claimed,
    ClaimInDoubt,
    ClaimOutcome,
    Holding,
    NotClaimed,
    WouldClaim,
    paid,
)
from messages.identity import MarketId, Outcome
from messages.portfolio import AccountMoved, MoveCause, SettledAccount
from messages.units import NANOSECONDS_PER_SECOND, Cash, Shares, format_shares


@frozen(kw_only=True)
class ClaimSettings:
    """What pays less than `least_payout` is left where it is, and fewer sets than `least_sets` are not merged.

    `look_every_ns` is between looks at all markets that are held, `confirm_after_ns` between two that have to agree. A
    claim that was refused is tried again after `first_retry_ns`, and then twice as long each time, up to
    `last_retry_ns`. One in doubt is looked at as long as it could still happen, for `doubt_ns`: the venue's relayer
    takes nothing that is older than ten minutes (polymarket_wire.md 11.4).
    """

    least_payout: Cash = Cash(10_000)
    least_sets: Shares = Shares(1_000_000)
    look_every_ns: int = 300 * NANOSECONDS_PER_SECOND
    confirm_after_ns: int = 5 * NANOSECONDS_PER_SECOND
    first_retry_ns: int = 30 * NANOSECONDS_PER_SECOND
    last_retry_ns: int = 3600 * NANOSECONDS_PER_SECOND
    doubt_ns: int = 900 * NANOSECONDS_PER_SECOND
    answer_within_ns: int = 10 * NANOSECONDS_PER_SECOND


@frozen
class Owned:
    """What the ledger has settled of a market; it is quiet when no fill there is under way."""

    yes: Shares
    no: Shares
    is_quiet: bool

    def shares(self, outcome: Outcome) -> Shares:
        return self.yes if outcome is Outcome.YES else self.no


NOTHING = Owned(Shares(0), Shares(0), True)


@frozen
class ClaimMemory:
    """What was done in a market so far; a life of the claims begins with none. `gone` is what was missing in every
    look since `gone_since_ns`."""

    was_redeemed: bool = False
    gone: tuple[Shares, Shares] | None = None
    gone_since_ns: int = 0
    refusals: int = 0
    not_before_ns: int = 0
    in_doubt: bool = False


@frozen
class LeaveIt:
    """Nothing to do now; `note` is what people should know, if anything."""

    note: str = ""


@frozen
class RedeemIt:
    """The chain has shares of ours that pay."""


@frozen
class SeeAgain:
    """Shares are gone: look once more before it is believed."""


@frozen
class TellLedger:
    moved: AccountMoved


Decision = LeaveIt | RedeemIt | SeeAgain | TellLedger


def owned(account: SettledAccount) -> Mapping[MarketId, Owned]:
    """Of each market in which there is something, or something is under way."""
    found: dict[MarketId, Owned] = {}
    for market, outcome, size in account.shares:
        before = found.get(market, NOTHING)
        found[market] = evolve(before, yes=size) if outcome is Outcome.YES else evolve(before, no=size)
    for fill in account.unsettled:
        found[fill.market] = evolve(found.get(fill.market, NOTHING), is_quiet=False)
    return {market: each for market, each in found.items() if each != NOTHING}


def judge(
    holding: Holding, ours: Owned, memory: ClaimMemory, now_ns: int, settings: ClaimSettings
) -> tuple[Decision, ClaimMemory]:
    """What to do in a market, and what to remember from then on."""
    if holding.yes_payout is None or not ours.is_quiet:
        return LeaveIt(), evolve(memory, gone=None)
    if holding.payout >= max(settings.least_payout, 1):
        memory = evolve(memory, gone=None)
        if now_ns < memory.not_before_ns:
            return LeaveIt(), memory
        return RedeemIt(), evolve(memory, in_doubt=False)
    gone_yes, gone_no = _gone(holding, ours, Outcome.YES), _gone(holding, ours, Outcome.NO)
    if gone_yes is None or gone_no is None:
        return LeaveIt(f"{_text(holding.yes, holding.no)} on the chain, {_text(ours.yes, ours.no)} settled"), memory
    if not gone_yes and not gone_no:
        return LeaveIt(), ClaimMemory()
    if memory.gone != (gone_yes, gone_no):
        memory = evolve(memory, gone=(gone_yes, gone_no), gone_since_ns=now_ns)
    if not memory.was_redeemed and now_ns - memory.gone_since_ns < settings.confirm_after_ns:
        return SeeAgain(), memory
    moved = AccountMoved(
        move=f"redemption:{holding.market}:{now_ns}",
        cause=MoveCause.REDEMPTION,
        strategy=None,
        market=holding.market,
        cash=paid(gone_yes, gone_no, holding.yes_payout),
        yes=Shares(-gone_yes),
        no=Shares(-gone_no),
        at_ns=now_ns,
        yes_pays=holding.yes_payout,
    )
    return TellLedger(moved), ClaimMemory()


def redeemed(memory: ClaimMemory, outcome: ClaimOutcome, now_ns: int, settings: ClaimSettings) -> ClaimMemory:
    """What to remember of how a redemption ended."""
    match outcome:
        case Claimed():
            # If the shares are still there, whoever is asked is behind: that is not for trying at once again.
            return ClaimMemory(was_redeemed=True, not_before_ns=now_ns + settings.first_retry_ns)
        case ClaimInDoubt():
            return evolve(memory, in_doubt=True, not_before_ns=now_ns + settings.doubt_ns)
        case WouldClaim():
            return evolve(memory, not_before_ns=now_ns + settings.last_retry_ns)
        case NotClaimed():
            pause_ns = min(settings.last_retry_ns, settings.first_retry_ns << min(memory.refusals, 32))
            return evolve(memory, refusals=memory.refusals + 1, not_before_ns=now_ns + pause_ns)


def _gone(holding: Holding, ours: Owned, outcome: Outcome) -> Shares | None:
    """How many of ours the chain has no more: all or none. None for a part of them, which no redemption takes."""
    there, have = holding.shares(outcome), ours.shares(outcome)
    if have <= 0 or there >= have:
        return Shares(0)
    return None if there else have


def _text(yes: Shares, no: Shares) -> str:
    return f"{format_shares(yes)} YES and {format_shares(no)} NO"
