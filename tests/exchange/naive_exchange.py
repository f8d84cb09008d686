"""The venue's rules a second time, as plain and slow as can be: lists, exact fractions, a scan for every question.

It is written from the rules (reference polymarket.md 2.6, 3, 4.1 and 8; decision 011), to be compared with the real
exchange step by step. Prices, sizes and cash are fractions of a pUSD or of a share; times are epoch nanoseconds.
"""

from fractions import Fraction
from itertools import count

from attrs import Factory, define

from tests.exchange.naive_floor import NaiveFloor
from tests.exchange.naive_words import (
    CENT,
    MICRO,
    MODE_TEXTS,
    SECOND_NS,
    NaiveFill,
    NaiveOrder,
    NaiveTrade,
    cost,
    ends_ns,
    five_places,
    plain,
    unspent,
)


@define(eq=False)
class NaiveExchange(NaiveFloor):
    known: dict[str, NaiveOrder] = Factory(dict)
    trades: list[NaiveTrade] = Factory(list)
    reports: list[tuple[NaiveTrade, str]] = Factory(list)
    due: list[tuple[int, int, str, NaiveOrder | NaiveTrade | None]] = Factory(list)
    mode: str = "NORMAL"
    to_fail: int = 0
    numbers: "count[int]" = Factory(count)

    def submit(self, order: NaiveOrder, now_ns: int) -> tuple[str, ...]:
        self.advance(now_ns)
        text = self.refusal(order)
        if text:
            return ("refused", text)
        self.known[order.name] = order
        order.number = next(self.numbers)
        if self.met_by(order) and self.markets[order.market].delay_ns:
            order.state = "DELAYED"
            self.delayed.append(order)
            self.plan(self.markets[order.market].delay_ns, "execute", order)
            return ("placed", "DELAYED", "0", "0")
        trades = self.match(order)
        bought = sum(trade.size for trade in trades)
        paid = sum(trade.size * trade.price for trade in trades)
        given, taken = (paid, bought) if order.is_buy else (bought, paid)
        return ("placed", "MATCHED" if trades else "LIVE", plain(Fraction(given)), plain(Fraction(taken)))

    def refusal(self, order: NaiveOrder) -> str:
        market = self.markets[order.market]
        if self.mode != "NORMAL" and not (self.mode == "POST_ONLY" and order.post_only):
            return MODE_TEXTS[self.mode]
        if order.name in self.known:
            return f"order {order.name} is invalid. Duplicated."
        if not market.is_open:
            return "No orderbook exists for the requested token id"
        if order.size <= 0 or (order.post_only and order.kind in ("FOK", "FAK")):
            return "Invalid order payload"
        if order.budget is not None and (order.budget <= 0 or not order.is_buy or order.kind in ("GTC", "GTD")):
            return "Invalid order payload"
        if not market.tick <= order.price <= 1 - market.tick or (order.price / market.tick).denominator != 1:
            price, tick = plain(order.price), plain(market.tick)
            return f"order {order.name} is invalid. Price ({price}) breaks minimum tick size rule: {tick}"
        if order.kind in ("GTC", "GTD") and order.size < market.minimum:
            size, least = plain(order.size), plain(market.minimum)
            return f"order {order.name} is invalid. Size ({size}) lower than the minimum: {least}"
        if (ends_ns(order) <= self.now_ns) if order.kind == "GTD" else order.expiration_s:
            return "invalid expiration"
        order.left = order.size
        amount = order.left if not order.is_buy else order.budget or cost(order.price, order.left)
        met = self.met_by(order)
        if met and order.post_only:
            return "invalid post-only order: order crosses book"
        if met and order.is_buy and amount < 1:
            return f"invalid amount for a marketable BUY order (${plain(amount)}), min size: $1"
        if self.self_trade == "REFUSE" and any(other.wallet == order.wallet for _, other in met):
            return "order crosses an open order of the same wallet"
        self.use(order.wallet)
        return self.refusal_by_outcome(order) or self.refusal_by_wallet(order)

    def refusal_by_outcome(self, order: NaiveOrder) -> str:
        fills = self.fills_of(order)
        missing = order.left - sum(fill.size for fill in fills)
        if order.kind == "FOK" and not (fills and (missing < CENT or unspent(order, fills) < cost(order.price, CENT))):
            return "order couldn't be fully filled. FOK orders are fully filled or killed."
        if order.kind == "FAK" and not fills:
            return (
                "no orders found to match with FAK order. "
                "FAK orders are partially filled or killed if no match is found."
            )
        return ""

    def refusal_by_wallet(self, order: NaiveOrder) -> str:
        """The wallet has to have what the order offers, and what it would cost at once with fees."""
        trades = self.trades_of(order, self.fills_of(order))
        taken = sum(trade.size for trade in trades)
        wanted = order.left
        if order.is_buy:
            rest = cost(order.price, order.left - taken) if order.kind in ("GTC", "GTD") else Fraction(0)
            at_once = sum(trade.size * trade.price + trade.fee for trade in trades)
            wanted = max(order.budget or cost(order.price, order.left), at_once + rest)
        free = self.free_for(order)
        if wanted <= free:
            return ""
        balance, amount = int(max(free, Fraction(0)) * MICRO), int(wanted * MICRO)
        return (
            f"not enough balance / allowance: the balance is not enough -> balance: {balance}, order amount: {amount}"
        )

    def trades_of(self, taker: NaiveOrder, fills: list[NaiveFill]) -> list[NaiveTrade]:
        """One for each price, in the order in which the prices are met."""
        trades: list[NaiveTrade] = []
        for fill in fills:
            if not trades or trades[-1].price != fill.price:
                trades.append(NaiveTrade(taker, fill.price, Fraction(0), Fraction(0), len(trades), []))
            trades[-1].fills.append(fill)
            trades[-1].size += fill.size
        rate = self.markets[taker.market].fee_rate
        for trade in trades:
            trade.fee = five_places(trade.size * rate * trade.price * (1 - trade.price))
        return trades

    def match(self, taker: NaiveOrder) -> list[NaiveTrade]:
        trades = self.trades_of(taker, self.fills_of(taker))
        if self.self_trade == "CANCEL_RESTING":
            for _, other in self.met_by(taker):
                if other.wallet == taker.wallet:
                    self.end(other, "CANCELED")
        for trade in trades:
            trade.fails = self.to_fail > 0
            self.to_fail -= trade.fails
            for order, price, size, fee in trade.sides():
                order.left -= size
                self.give(order, price, size, fee)
            self.trades.append(trade)
            self.reports.append((trade, "MATCHED"))
            self.plan(2 * SECOND_NS, "trade", trade)
        for trade in trades:
            for fill in trade.fills:
                if fill.maker.left < CENT and fill.maker in self.resting:
                    self.end(fill.maker, "MATCHED")
        taker.state = "MATCHED"
        if taker.kind in ("GTC", "GTD") and taker.left >= CENT:
            taker.state = "LIVE"
            self.resting.append(taker)
            if taker.kind == "GTD":
                self.plan(ends_ns(taker) - self.now_ns, "expire", taker)
        for wallet in {order.wallet for trade in trades for order, *_ in trade.sides()}:
            self.drop_unbacked(wallet)
        return trades

    def give(self, order: NaiveOrder, price: Fraction, size: Fraction, fee: Fraction, sign: int = -1) -> None:
        """Into the escrow, or out of it again with sign 1."""
        if order.is_buy:
            self.cash[order.wallet] += sign * (price * size + fee)
        else:
            self.add(order.wallet, order.market, order.token, sign * size)

    def get(self, order: NaiveOrder, price: Fraction, size: Fraction, fee: Fraction) -> None:
        if order.is_buy:
            self.add(order.wallet, order.market, order.token, size)
        else:
            self.cash[order.wallet] += price * size - fee

    def cancel(self, names: list[str], owner: str, now_ns: int) -> list[str]:
        self.advance(now_ns)
        gone = [o for o in self.resting if o.name in names and o.wallet == owner]
        for order in gone:
            self.end(order, "CANCELED")
        return sorted(order.name for order in gone)

    def end_all(self, market: str, state: str, now_ns: int) -> None:
        self.advance(now_ns)
        self.markets[market].is_open = False
        for order in self.open():
            if order.market == market:
                self.end(order, state)

    def plan(self, wait_ns: int, what: str, whom: NaiveOrder | NaiveTrade | None) -> None:
        self.due.append((self.now_ns + wait_ns, next(self.numbers), what, whom))

    def advance(self, now_ns: int) -> None:
        while True:
            ripe = sorted((entry for entry in self.due if entry[0] <= now_ns), key=lambda entry: entry[:2])
            if not ripe:
                self.now_ns = now_ns
                return
            self.due.remove(ripe[0])
            self.now_ns = ripe[0][0]
            self.happen(ripe[0][2], ripe[0][3])

    def happen(self, what: str, whom: NaiveOrder | NaiveTrade | None) -> None:
        if isinstance(whom, NaiveTrade):
            self.move_on(whom)
        elif isinstance(whom, NaiveOrder) and what == "expire" and whom.state == "LIVE":
            self.end(whom, "CANCELED_EXPIRED_ORDER")
        elif isinstance(whom, NaiveOrder) and what == "execute" and whom.state == "DELAYED":
            self.execute(whom)
        elif what == "mode" and self.mode == "POST_ONLY":
            self.mode = "NORMAL"

    def execute(self, order: NaiveOrder) -> None:
        """The delay is over."""
        met_own = any(other.wallet == order.wallet for _, other in self.met_by(order))
        self.end(order, "UNMATCHED")
        if order.kind == "GTD" and ends_ns(order) <= self.now_ns:
            order.state = "CANCELED_EXPIRED_ORDER"
        elif self.mode != "NORMAL" or self.refusal_by_outcome(order) or (self.self_trade == "REFUSE" and met_own):
            order.state = "UNMATCHED"
        elif self.refusal_by_wallet(order):
            order.state = "CANCELED_NOT_ENOUGH_BALANCE"
        else:
            self.match(order)

    def move_on(self, trade: NaiveTrade) -> None:
        before = trade.state
        trade.state = {
            "MATCHED": "RETRYING" if trade.fails else "MINED",
            "RETRYING": "FAILED",
            "MINED": "CONFIRMED",
        }[before]
        for order, price, size, fee in trade.sides():
            if trade.state == "MINED":
                self.get(order, price, size, fee)
            if trade.state == "FAILED":
                self.give(order, price, size, fee, sign=1)
        if trade.state in ("MINED", "RETRYING"):
            self.plan(2 * SECOND_NS, "trade", trade)
        self.reports.append((trade, trade.state))

    def set_mode(self, mode: str, now_ns: int) -> None:
        self.advance(now_ns)
        self.due = [entry for entry in self.due if entry[2] != "mode"]
        if self.mode == "RESTARTING" and mode == "NORMAL":
            mode = "POST_ONLY"
            self.plan(120 * SECOND_NS, "mode", None)
        self.mode = mode
