"""One comparison's reads, in an order that lets what changes meanwhile be seen: all of them, or nothing."""

from collections.abc import Awaitable, Callable, Collection

from attrs import frozen

from actors.execution.live.account import LiveAccount
from actors.execution.live.claim_words import ClaimsLooked
from actors.execution.live.reconciliation import Reading, not_answered_for, since_ns
from actors.execution.live.words import AskFailed
from messages.identity import MarketId
from messages.portfolio import SettledAccount
from supervision.clock import Clock


@frozen
class ComparisonVoid:
    """Something could not be read, so nothing is known."""

    reason: str


SILENT = ComparisonVoid("the ledger does not answer")


async def read_account(
    account: LiveAccount,
    wanted: Callable[[SettledAccount], Collection[MarketId]],
    ledger: Callable[[], Awaitable[SettledAccount | None]],
    claims: Callable[[], Awaitable[ClaimsLooked | None]],
    known_until_ns: int,
    margin_ns: int,
    clock: Clock,
) -> Reading | ComparisonVoid:
    """What is claimed, the ledger, the open orders, the trades, the balances, the ledger again: whatever was there when
    one was read is in all that is read after it. An order that is gone was so before its trades were asked for. Of
    which markets the balances are `wanted` may depend on what the ledger has."""
    began_ns = clock.now_ns()
    looked = await claims()
    before = await ledger()
    if before is None:
        return SILENT
    asked_ns = clock.now_ns()
    orders = await account.open_orders()
    if isinstance(orders, AskFailed):
        return ComparisonVoid(f"open orders: {orders.reason}")
    from_ns = since_ns(known_until_ns, before, margin_ns)
    trades = await account.trades(from_ns)
    if isinstance(trades, AskFailed):
        return ComparisonVoid(f"trades: {trades.reason}")
    markets = wanted(before)
    balances = await account.balances(markets)
    if isinstance(balances, AskFailed):
        return ComparisonVoid(f"balances: {balances.reason}")
    if left_out := not_answered_for(markets, balances):
        return ComparisonVoid(f"balances: nothing is said of {', '.join(left_out)}")
    after = await ledger()
    return (
        SILENT
        if after is None
        else Reading(began_ns, from_ns, before, asked_ns, orders, trades, balances, after, looked)
    )
