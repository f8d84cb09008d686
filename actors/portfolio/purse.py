"""The cash of the account, and whether it and the shares cover what is reserved of them."""

from collections.abc import Iterable, Iterator

from attrs import define

from actors.portfolio.booking import InvariantBroken
from actors.portfolio.market_account import MarketAccount
from actors.portfolio.positions import cash_flow
from actors.portfolio.reserve import Reserve
from messages.fills import Fill
from messages.identity import Outcome, Side
from messages.orders import Order
from messages.portfolio import Wallet
from messages.units import Cash, Shares, format_cash, format_shares


@define
class Purse:
    """Micro-pUSD. `deposited` is what was put in less what was taken out; of the cash, `provisional` came from sales
    that are not settled and `reserved` is what open orders may still spend."""

    deposited: int
    cash: int
    reserved: int = 0
    provisional: int = 0

    @property
    def free(self) -> int:
        return self.cash - self.provisional - self.reserved

    def book(self, fill: Fill, times: int = 1) -> None:
        flow = cash_flow(fill) - fill.fee
        self.cash += times * flow
        if fill.provisional:
            self._wait_for(fill, times)

    def settle(self, fill: Fill) -> None:
        self._wait_for(fill, -1)

    def wallet(self) -> Wallet:
        return Wallet(Cash(self.deposited), Cash(self.cash), Cash(self.reserved), Cash(self.provisional))

    def _wait_for(self, fill: Fill, times: int) -> None:
        if fill.side is Side.SELL:
            self.provisional += times * (cash_flow(fill) - fill.fee)


def assert_covered(order: Order, needed: Reserve, purse: Purse, account: MarketAccount) -> None:
    """Raises `InvariantBroken` where what the order needs is not free."""
    cash, shares = purse.free, account.free_shares(order.outcome)
    if needed.cash > max(cash, 0) or needed.shares(order.outcome) > max(shares, 0):
        raise InvariantBroken(
            1,
            f"order {order.order} of {order.strategy} in {order.market} needs {format_cash(needed.cash)} pUSD and "
            f"{format_shares(needed.shares(order.outcome))} {order.outcome.value}; free are "
            f"{format_cash(Cash(cash))} pUSD and {format_shares(Shares(shares))} {order.outcome.value}",
        )


Free = tuple[int, int, int]


def free_of(purse: Purse, account: MarketAccount | None) -> Free:
    """Cash, YES and NO of a market that are not reserved; below zero is a shortfall."""
    if account is None:
        return purse.free, 0, 0
    return purse.free, account.free_shares(Outcome.YES), account.free_shares(Outcome.NO)


def shortfalls(purse: Purse, accounts: Iterable[MarketAccount]) -> Iterator[str]:
    """Where more is reserved than there is."""
    if purse.free < 0:
        yield _cash_text(purse)
    for account in accounts:
        yield from (_shares_text(account, each) for each in Outcome if account.free_shares(each) < 0)


def new_shortfalls(before: Free, purse: Purse, account: MarketAccount | None) -> Iterator[str]:
    """Where there is one now that was not there `before`, or was less."""
    cash, *tokens = (after < min(then, 0) for then, after in zip(before, free_of(purse, account), strict=True))
    if cash:
        yield _cash_text(purse)
    if account is not None:
        yield from (_shares_text(account, each) for each, is_short in zip(Outcome, tokens, strict=True) if is_short)


def _cash_text(purse: Purse) -> str:
    usable = Cash(purse.cash - purse.provisional)
    return f"{format_cash(Cash(purse.reserved))} pUSD reserved of {format_cash(usable)}"


def _shares_text(account: MarketAccount, outcome: Outcome) -> str:
    reserved = account.reserved_yes if outcome is Outcome.YES else account.reserved_no
    held = account.free_shares(outcome) + reserved
    name = f"{outcome.value} of {account.market}"
    return f"{format_shares(Shares(reserved))} {name} reserved of {format_shares(Shares(held))}"
