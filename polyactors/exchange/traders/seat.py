"""A trader's place in one market: its account there, and orders said as bids of the merged book."""

import random
from collections.abc import Sequence

from attrs import define

from messages.identity import MarketId, OrderId, Outcome, Side
from messages.units import LOT, PRICE_SCALE, SHARE_SCALE, Cash, Price, Shares, TickSize, whole_lots
from polyactors.exchange.admission import refused_cancel
from polyactors.exchange.core import Exchange
from polyactors.exchange.traders.accounts import TradingAccount
from polyactors.exchange.traders.counts import TraderCounts
from polyactors.exchange.traders.settings import Sizes
from polyactors.exchange.words import Listing, NewOrder, OrderType, Placed, Refused

WHOLE_SHARES = 0.7
"""How many of the orders have a size without decimals."""


@define(eq=False)
class Seat:
    """Nothing here raises: what the exchange refuses is counted under `kind`."""

    exchange: Exchange
    listing: Listing
    account: TradingAccount
    kind: str
    chance: random.Random
    counts: TraderCounts
    cash: Cash
    sets_ppm: int

    @property
    def market(self) -> MarketId:
        return self.listing.market.market

    @property
    def tick_size(self) -> TickSize:
        return self.exchange.tick_size(self.market)

    def fund(self, now_ns: int) -> None:
        """Keep the account in cash, and in shares of both outcomes; what is in sets beyond that is merged."""
        exchange, wallet, market = self.exchange, self.account.wallet, self.market
        sets = whole_lots(Shares(self.cash * self.sets_ppm // 1_000_000))
        lacking = self.cash + sets - exchange.cash(wallet, now_ns)
        if lacking > (self.cash + sets) // 2:
            exchange.deposit(wallet, Cash(lacking), now_ns)
        free = min(self.free_shares(outcome) for outcome in Outcome)
        if free > 2 * sets:
            self._count(exchange.merge(wallet, market, whole_lots(Shares(free - sets)), now_ns))
        elif free < sets // 4 and sets:
            self._count(exchange.split(wallet, market, sets, now_ns))

    def free_shares(self, outcome: Outcome) -> int:
        """Settled, and not offered already."""
        account = self.exchange.vault.accounts.get(self.account.wallet)
        return 0 if account is None else account.free_shares(self.market, outcome)

    def bid(
        self,
        outcome: Outcome,
        price: Price,
        size: Shares,
        now_ns: int,
        order_type: OrderType = OrderType.GTC,
        *,
        post_only: bool = False,
        expiration_s: int = 0,
    ) -> tuple[OrderId, Placed | Refused]:
        """Bid for `outcome`: by selling shares of the other one if there are enough of them, else by buying."""
        side = Side.BUY
        if self.free_shares(outcome.other) >= size:
            side, outcome, price = Side.SELL, outcome.other, Price(PRICE_SCALE - price)
        order = OrderId(f"0x{self.chance.getrandbits(256):064x}")
        placed = self.exchange.submit(
            NewOrder(
                order=order,
                wallet=self.account.wallet,
                owner=self.account.owner,
                market=self.market,
                outcome=outcome,
                side=side,
                price=price,
                size=size,
                order_type=order_type,
                post_only=post_only,
                expiration_s=expiration_s,
            ),
            now_ns,
        )
        self.counts.orders += 1
        self._count(placed)
        return order, placed

    def take(self, outcome: Outcome, limit: Price, size: Shares, now_ns: int) -> None:
        """Bid for `outcome` at up to `limit`, and rest nothing. A limit off the grid is brought onto it, a size that
        the exchange would not take is made greater."""
        tick = self.tick_size
        limit = Price(max(tick, min(limit - limit % tick, PRICE_SCALE - tick)))
        if size > 0:
            self.bid(outcome, limit, max(size, self.least_taken(limit)), now_ns, OrderType.FAK)

    def least_taken(self, price: Price) -> Shares:
        """So many shares have to be bought at once: the exchange wants a taker to pay something."""
        least = -(-self.exchange.settings.smallest_marketable_buy * PRICE_SCALE // price)
        return whole_lots(Shares(least + LOT - 1))

    def cancel(self, orders: Sequence[OrderId], now_ns: int) -> bool:
        """Whether the exchange took the request: not while its mode forbids cancels."""
        if not orders:
            return True
        if self._count(refused_cancel(self.exchange.mode)):
            return False
        self.counts.cancels += len(orders)
        self.exchange.cancel(orders, self.account.owner, now_ns)
        return True

    def cancel_all(self, now_ns: int) -> bool:
        """Whatever the account has open in this market; False while the exchange's mode forbids cancels."""
        if self._count(refused_cancel(self.exchange.mode)):
            return False
        gone = self.exchange.cancel_all(self.account.owner, now_ns, self.market)
        self.counts.cancels += len(gone.canceled)
        return True

    def redeem(self, now_ns: int) -> None:
        self._count(self.exchange.redeem(self.account.wallet, self.market, now_ns))

    def best_ask(self, outcome: Outcome) -> Price:
        """`ONE` when nobody offers."""
        return Price(PRICE_SCALE - self.exchange.best_bid(self.market, outcome.other))

    def size(self, sizes: Sizes, most_shares: float = 1e6) -> Shares:
        """At least the market's minimum, in whole lots, mostly in whole shares."""
        shares = min(self.chance.lognormvariate(0.0, sizes.spread) * sizes.middle, most_shares)
        units = round(shares) * SHARE_SCALE
        if self.chance.random() > WHOLE_SHARES:
            units = round(shares * SHARE_SCALE) // LOT * LOT
        return Shares(max(units, whole_lots(Shares(self.listing.market.minimum_size + LOT - 1))))

    def _count(self, answer: object) -> bool:
        if isinstance(answer, Refused):
            self.counts.refusal(self.kind, answer.text)
            return True
        return False
