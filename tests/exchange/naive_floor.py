"""The naive exchange's wallets and its one list of resting orders; every question is answered by a look at all."""

from fractions import Fraction
from math import floor

from attrs import Factory, define

from tests.exchange.naive_words import CENT, MICRO, NaiveFill, NaiveMarket, NaiveOrder, cost


@define(eq=False)
class NaiveFloor:
    self_trade: str
    credit: Fraction
    now_ns: int
    markets: dict[str, NaiveMarket] = Factory(dict)
    cash: dict[str, Fraction] = Factory(dict)
    shares: dict[tuple[str, str, str], Fraction] = Factory(dict)
    resting: list[NaiveOrder] = Factory(list)
    delayed: list[NaiveOrder] = Factory(list)

    def use(self, wallet: str) -> None:
        self.cash.setdefault(wallet, self.credit)

    def owned(self, wallet: str, market: str, token: str) -> Fraction:
        return self.shares.get((wallet, market, token), Fraction(0))

    def add(self, wallet: str, market: str, token: str, size: Fraction) -> None:
        self.shares[wallet, market, token] = self.owned(wallet, market, token) + size

    def open(self) -> list[NaiveOrder]:
        return self.resting + self.delayed

    def free_for(self, order: NaiveOrder) -> Fraction:
        """What the wallet still has for such an order, beside its other open ones in the same market."""
        same = [o for o in self.open() if o.wallet == order.wallet and o.market == order.market and o is not order]
        if order.is_buy:
            return self.cash[order.wallet] - sum(
                min(cost(o.price, o.left), o.budget or 10**9) for o in same if o.is_buy
            )
        sells = [o.left for o in same if not o.is_buy and o.token == order.token]
        return self.owned(order.wallet, order.market, order.token) - sum(sells)

    def drop_unbacked(self, wallet: str) -> None:
        for order in sorted(self.resting, key=lambda o: -o.number):
            amount = cost(order.price, order.left) if order.is_buy else order.left
            if order.wallet == wallet and self.free_for(order) < amount:
                self.end(order, "CANCELED_NOT_ENOUGH_BALANCE")

    def end(self, order: NaiveOrder, state: str) -> None:
        order.state = state
        self.resting = [o for o in self.resting if o is not order]
        self.delayed = [o for o in self.delayed if o is not order]

    def met_by(self, taker: NaiveOrder) -> list[tuple[Fraction, NaiveOrder]]:
        """All resting orders that the taker crosses with the price it would have from each, best first."""
        found = []
        for other in self.resting:
            if other.market != taker.market or (other.token == taker.token) == (other.is_buy == taker.is_buy):
                continue
            price = other.price if other.token == taker.token else 1 - other.price
            if price <= taker.price if taker.is_buy else price >= taker.price:
                found.append((price, other))
        return sorted(found, key=lambda pair: pair[0] if taker.is_buy else -pair[0])

    def fills_of(self, taker: NaiveOrder) -> list[NaiveFill]:
        fills, left, money = [], taker.left, taker.budget
        for price, maker in self.met_by(taker):
            if self.self_trade != "ALLOW" and maker.wallet == taker.wallet:
                continue
            size = min(left, maker.left)
            if money is not None:
                size = min(size, money / price)
            size = floor(size / CENT) * CENT
            if size > 0:
                fills.append(NaiveFill(maker, price, size))
                left -= size
                money = None if money is None else money - price * size
        return fills

    def levels(self, market: str, token: str) -> list[tuple[Fraction, Fraction]]:
        """What is bid for a token, best first: by who buys it, and by who sells the other one."""
        sums: dict[Fraction, Fraction] = {}
        for order in self.resting:
            if order.market == market and order.is_buy == (order.token == token):
                price = order.price if order.is_buy else 1 - order.price
                sums[price] = sums.get(price, Fraction(0)) + order.left
        return sorted(sums.items(), reverse=True)

    def split(self, wallet: str, market: str, size: Fraction) -> bool:
        self.use(wallet)
        return self.move(wallet, {(market, "YES"): size, (market, "NO"): size}, -size, size)

    def merge(self, wallet: str, market: str, size: Fraction) -> bool:
        self.use(wallet)
        return self.move(wallet, {(market, "YES"): -size, (market, "NO"): -size}, size, size)

    def convert(self, wallet: str, event: str, given: list[str], size: Fraction) -> bool:
        self.use(wallet)
        members = [market for market in self.markets.values() if market.event == event and market.neg_risk]
        if not given or not set(given) <= {market.name for market in members}:
            return False
        changes = {(market.name, "NO" if market.name in given else "YES"): size for market in members}
        changes = {key: -size if key[1] == "NO" else size for key, size in changes.items()}
        return self.move(wallet, changes, size * (len(set(given)) - 1), size)

    def redeem(self, wallet: str, market: str) -> Fraction | None:
        self.use(wallet)
        yes_pays = self.markets[market].yes_pays
        if yes_pays is None:
            return None
        paid = Fraction(0)
        for token, pays in (("YES", yes_pays), ("NO", 1 - yes_pays)):
            paid += Fraction(floor(self.owned(wallet, market, token) * pays * MICRO), MICRO)
            self.shares[wallet, market, token] = Fraction(0)
        self.cash[wallet] += paid
        return paid

    def move(self, wallet: str, changes: dict[tuple[str, str], Fraction], cash: Fraction, size: Fraction) -> bool:
        """All of it, or nothing where something would be missing."""
        if size <= 0 or self.cash[wallet] + cash < 0:
            return False
        if any(self.owned(wallet, *key) + change < 0 for key, change in changes.items()):
            return False
        self.cash[wallet] += cash
        for key, change in changes.items():
            self.add(wallet, *key, change)
        self.drop_unbacked(wallet)
        return True
