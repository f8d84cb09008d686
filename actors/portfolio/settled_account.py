"""The account as the chain has it by now."""

from collections.abc import Collection, Iterable

from actors.portfolio.market_account import MarketAccount
from actors.portfolio.positions import cash_flow, shares_moved
from messages.fills import Fill
from messages.identity import Outcome
from messages.portfolio import SettledAccount
from messages.units import Cash, Shares


def settled_account(
    version: int, cash: int, accounts: Iterable[MarketAccount], unsettled: Collection[Fill]
) -> SettledAccount:
    """As if the unsettled fills had moved nothing yet, neither what they bring nor what they cost."""
    held = [account for account in accounts if account.positions()]
    shares = {(account.market, each): account.held(each) for account in held for each in Outcome}
    for fill in unsettled:
        cash -= cash_flow(fill) - fill.fee
        shares[fill.market, fill.outcome] -= shares_moved(fill)
    sizes = tuple((market, outcome, Shares(size)) for (market, outcome), size in shares.items())
    return SettledAccount(version, Cash(cash), sizes, tuple(unsettled))
