"""How many orders the embedded exchange takes: its matching alone, and the whole of it with wallets and settlement."""

import gc
import random
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from resource import getpagesize

from messages.identity import EventId, MarketId, OrderId, Outcome, Side, TokenId
from messages.markets import FeeSchedule, Market
from messages.units import CASH_SCALE, LOT, NANOSECONDS_PER_MILLISECOND, PRICE_SCALE, Cash, Price, Shares, TickSize
from polyactors.bench.measure import Figure, Line, NotMeasured, Rated, demand, rates, spread
from polyactors.exchange import admission
from polyactors.exchange.core import Exchange
from polyactors.exchange.market_state import MarketState
from polyactors.exchange.matching.resting import OpenOrder, as_open
from polyactors.exchange.settings import ExchangeSettings
from polyactors.exchange.words import ApiKey, Kind, Listing, NewOrder, OrderType, Placed, Wallet

COUNT = 50_000
MANY = 1_000_000
SOME = 500_000
RESTING = 2_000
"""So many of the newest orders may rest; older ones are cancelled, as quotes that are moved."""

STATM = Path("/proc/self/statm")

WALLETS = tuple(Wallet(f"0x{number:040x}") for number in range(20))
ORDER_EVERY_NS = NANOSECONDS_PER_MILLISECOND
RICH = ExchangeSettings(first_credit=Cash(10**12 * CASH_SCALE))

MARKET = Market(
    market=MarketId("0x" + "ab" * 32),
    event=EventId("measured"),
    slug="measured",
    question="How fast?",
    yes_token=TokenId("1" * 77),
    no_token=TokenId("2" * 77),
    tick_size=TickSize(100),
    fees=FeeSchedule(50_000),
)
LISTING = Listing(MARKET, 1, Kind.BINARY, ("Yes", "No"), "0x" + "cd" * 32, "", "Sports", 0, 0)


def exchange_orders() -> list[Line]:
    orders = list(_orders(COUNT))
    speeds = rates(
        [
            Rated("admission, matching and cancels alone", "orders/s", COUNT, lambda: _match(orders), "50,000 or more"),
            Rated("the whole exchange: wallets, fees, settlement, events", "orders/s", COUNT, lambda: _trade(orders)),
        ],
        [Rated("the same matching on two sorted lists", "orders/s", COUNT, lambda: _match_on_lists(orders))],
    )
    return [*speeds, _growth()]


def _orders(count: int) -> Iterator[NewOrder]:
    """A fair price that wanders, orders of all four kinds around it, some of which cross."""
    chance = random.Random(7)
    fair = PRICE_SCALE // 2
    for number in range(count):
        fair = min(max(fair + chance.choice((-100, 0, 0, 0, 100)), 1_500), 8_500)
        outcome, side = chance.choice((Outcome.YES, Outcome.NO)), chance.choice((Side.BUY, Side.SELL))
        away = chance.randint(-2, 8) * 100
        own = fair if outcome is Outcome.YES else PRICE_SCALE - fair
        price = own - away if side is Side.BUY else own + away
        yield NewOrder(
            order=OrderId(f"0x{number:064x}"),
            wallet=chance.choice(WALLETS),
            owner=ApiKey("measured"),
            market=MARKET.market,
            outcome=outcome,
            side=side,
            price=Price(min(max(price // 100 * 100, 100), 9_900)),
            size=Shares(chance.randint(1_000, 10_000) * LOT),
            order_type=OrderType.GTC,
        )


def _match(orders: list[NewOrder]) -> None:
    state = MarketState(LISTING, "pool", MARKET.tick_size)
    book, resting, matched = state.book, deque[OpenOrder](), 0
    for number, order in enumerate(orders):
        now_ns = number * ORDER_EVERY_NS
        demand(admission.refused_by_form(order, state, RICH, now_ns), None, "refusals")
        taker = as_open(order, now_ns, number)
        if book.crosses(taker):
            for meeting in book.meetings(taker):
                book.take(meeting)
                taker.remaining = Shares(taker.remaining - meeting.size)
                matched += meeting.size
        if taker.remaining >= LOT:
            book.rest(taker)
            resting.append(taker)
        if len(resting) > RESTING and (oldest := resting.popleft()).remaining >= LOT:
            book.remove(oldest)
    demand(matched > 0, True, "something matched")


def _match_on_lists(orders: list[NewOrder]) -> None:
    """Price and time in the key of one sorted list a side, the plain way to do it."""
    bids: dict[Outcome, list[tuple[int, int, OpenOrder]]] = {Outcome.YES: [], Outcome.NO: []}
    resting, matched = deque[OpenOrder](), 0
    for number, order in enumerate(orders):
        taker = as_open(order, number * ORDER_EVERY_NS, number)
        others = bids[taker.bids_for.other]
        while others and taker.remaining >= LOT and taker.bid - others[0][0] >= PRICE_SCALE:
            maker = others[0][2]
            size = min(taker.remaining, maker.remaining)
            maker.remaining, taker.remaining = Shares(maker.remaining - size), Shares(taker.remaining - size)
            matched += size
            if maker.remaining < LOT:
                del others[0]
        if taker.remaining >= LOT:
            insort(bids[taker.bids_for], (-taker.bid, number, taker))
            resting.append(taker)
        if len(resting) > RESTING and (oldest := resting.popleft()).remaining >= LOT:
            side = bids[oldest.bids_for]
            del side[bisect_left(side, (-oldest.bid, oldest.sequence, oldest))]
    demand(matched > 0, True, "something matched")


def _trade(orders: list[NewOrder]) -> None:
    exchange = _exchange()
    _feed(exchange, orders, deque())
    exchange.advance(len(orders) * ORDER_EVERY_NS + 10**12)
    totals = exchange.totals()
    demand(totals.in_accounts + totals.fees + totals.locked, totals.deposited, "cash at the end")


def _exchange() -> Exchange:
    exchange = Exchange(RICH, 0, 0)
    exchange.list_market(LISTING, 0)
    for wallet in WALLETS:
        exchange.split(wallet, MARKET.market, Shares(10**11 * CASH_SCALE), 0)
    return exchange


def _feed(exchange: Exchange, orders: Iterable[NewOrder], resting: deque[OrderId]) -> None:
    for number, order in enumerate(orders):
        now_ns = number * ORDER_EVERY_NS
        exchange.advance(now_ns)
        answer = exchange.submit(order, now_ns)
        demand(type(answer), Placed, "the answer to an order")
        resting.append(order.order)
        if len(resting) > RESTING:
            exchange.cancel((resting.popleft(),), order.owner, now_ns)


def _growth() -> Figure | NotMeasured:
    """What the exchange keeps of the past is full long before order `SOME`."""
    name = f"memory of the process grown from order {SOME:,} to order {MANY:,}"
    if not STATM.exists():
        return NotMeasured(name, f"this system has no {STATM}")
    sizes: list[int] = []

    def watched() -> Iterator[NewOrder]:
        for number, order in enumerate(_orders(MANY)):
            if number == SOME:
                sizes.append(_resident_kb())
            yield order

    exchange = _exchange()
    _feed(exchange, watched(), deque())
    return spread(name, "kB", [_resident_kb() - sizes[0]], "flat")


def _resident_kb() -> int:
    gc.collect()
    return int(STATM.read_text().split()[1]) * getpagesize() // 1000
