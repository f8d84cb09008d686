"""Cash and shares, one question a token, some of them at a time so that none waits longer than it may."""

from collections.abc import Collection, Iterable

import trio

from actors.execution.live.words import AskFailed, VenueBalances
from messages.identity import MarketId, Outcome, TokenId
from messages.markets import Market
from messages.units import Cash, Shares
from polyactors.venues.polymarket.live_account.telling import told
from polyactors.venues.polymarket.live_account.tokens import asset_type_of
from polyactors.venues.polymarket.rest.account_answers import AssetType, BalanceAllowance
from polyactors.venues.polymarket.rest.account_desk import AccountDesk
from polyactors.venues.polymarket.rest.failures import Failure, RateLimited

AT_A_TIME = 8
LONGEST_S = 120.0
"""A hundred markets are 201 questions, for which the venue's window alone wants some 15 s."""

LOOKED_WITHIN_S = 2.0


async def read_balances(
    desk: AccountDesk, markets: Iterable[Market], traded: Collection[Market] = ()
) -> VenueBalances | AskFailed:
    """All of them or a failure. They are not of one moment. The CLOB may remember what the chain said some time ago:
    where something was `traded` it is told to look again (polymarket_wire.md 11)."""
    await _have_looked_at(desk, traded)
    wanted: list[tuple[MarketId, Outcome, TokenId]] = [
        (market.market, outcome, market.token(outcome)) for market in markets for outcome in Outcome
    ]
    shares: dict[TokenId, Shares] = {}
    failures: list[Failure] = []
    cash: list[Cash] = []
    room = trio.CapacityLimiter(AT_A_TIME)
    with trio.move_on_after(LONGEST_S):
        async with trio.open_nursery() as nursery:

            async def ask(asset: AssetType, token: TokenId | None) -> None:
                async with room:
                    answer = await _patiently(desk, asset, token)
                if not isinstance(answer, BalanceAllowance):
                    failures.append(answer)
                    nursery.cancel_scope.cancel()
                elif token is None:
                    cash.append(Cash(answer.balance))
                else:
                    shares[token] = Shares(answer.balance)

            nursery.start_soon(ask, AssetType.COLLATERAL, None)
            for _, _, token in wanted:
                nursery.start_soon(ask, asset_type_of(token), token)
    if failures:
        return AskFailed(told(failures[0]))
    if not cash or len(shares) < len(wanted):
        return AskFailed(f"balances were not all there within {LONGEST_S:g} s")
    return VenueBalances(cash[0], tuple((market, outcome, shares[token]) for market, outcome, token in wanted))


async def _have_looked_at(desk: AccountDesk, traded: Collection[Market]) -> None:
    """It may go wrong: then what is read may be old, as it may be anyway."""
    if not traded:
        return
    with trio.move_on_after(LOOKED_WITHIN_S):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(desk.update_balance, AssetType.COLLATERAL, None)
            for market in traded:
                for outcome in Outcome:
                    token = market.token(outcome)
                    nursery.start_soon(desk.update_balance, asset_type_of(token), token)


async def _patiently(desk: AccountDesk, asset: AssetType, token: TokenId | None) -> BalanceAllowance | Failure:
    """Our own budgets are waited for; whoever waits in vain comes again."""
    while True:
        answer = await desk.balance(asset, token)
        if not (isinstance(answer, RateLimited) and not answer.was_sent):
            return answer
