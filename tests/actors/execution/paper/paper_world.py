"""Books, trades and orders made by hand, in the venue's own decimals, for the tests of the paper venue."""

from array import array

from actors.execution.paper.settings import PaperSettings
from actors.execution.paper.venue import PaperVenue
from messages.depth import Depth
from messages.fills import Fill
from messages.identity import EventId, IntentId, MarketId, OrderId, Outcome, Side, StrategyName, TokenId
from messages.intents import SnapshotId, TimeInForce
from messages.market_data import Proof, Snapshot, TradePrint
from messages.markets import NO_FEES, FeeSchedule, Market, Phase
from messages.orders import Ended, Executed, Order, Rejected, VenueEvent
from messages.units import (
    NANOSECONDS_PER_MILLISECOND,
    PRICE_SCALE,
    TickSize,
    parse_cash,
    parse_price,
    parse_shares,
)

MS = NANOSECONDS_PER_MILLISECOND
LATENCY = 50 * MS
WINDOW = 250 * MS
FOREVER = 10**18

YES, NO, BUY, SELL = Outcome.YES, Outcome.NO, Side.BUY, Side.SELL
GTC, GTD, FOK, FAK = TimeInForce.GTC, TimeInForce.GTD, TimeInForce.FOK, TimeInForce.FAK

MARKET = MarketId("0x" + "a" * 64)
OTHER_MARKET = MarketId("0x" + "b" * 64)

Levels = dict[str, str]


def market(name: MarketId = MARKET, *, fees: FeeSchedule = NO_FEES, accepting: bool = True) -> Market:
    return Market(
        name,
        EventId("event"),
        "slug",
        "question",
        TokenId("1"),
        TokenId("2"),
        TickSize(100),
        fees=fees,
        accepting_orders=accepting,
    )


def depth(levels: Levels, step: int = 100) -> Depth:
    sizes = array("q", [0]) * (PRICE_SCALE // step + 1)
    occupied = 0
    for price, size in levels.items():
        index = parse_price(price) // step
        sizes[index] = parse_shares(size)
        if sizes[index]:
            occupied |= 1 << index
    return Depth(step, sizes, occupied)


def book(
    bids: Levels, asks: Levels, *, name: MarketId = MARKET, tick: int = 100, phase: Phase = Phase.NORMAL
) -> Snapshot:
    """A closed book in YES terms."""
    no_bids = {f"{(PRICE_SCALE - parse_price(price)) / PRICE_SCALE:.4f}": size for price, size in asks.items()}
    yes, no = depth(bids, tick), depth(no_bids, tick)
    return Snapshot(name, 1, 1, yes, no, TickSize(tick), phase, Proof.HASH, 0, 0)


def print_of(taker_side: Side, price: str, size: str, name: MarketId = MARKET) -> TradePrint:
    return TradePrint(name, parse_price(price), parse_shares(size), taker_side, price, 0, 0)


def order(
    name: str,
    outcome: Outcome,
    side: Side,
    price: str,
    size: str,
    *,
    kind: TimeInForce = GTC,
    post_only: bool = False,
    expires_ns: int = FOREVER,
    in_market: MarketId = MARKET,
) -> Order:
    return Order(
        OrderId(name),
        IntentId(f"intent of {name}"),
        StrategyName("strategy"),
        in_market,
        outcome,
        side,
        parse_price(price),
        parse_shares(size),
        kind,
        post_only,
        expires_ns,
        1,
        SnapshotId(1, 1),
        "",
        0,
    )


class World:
    """A venue with one market whose book is known, and a clock that the test moves."""

    def __init__(self, settings: PaperSettings | None = None, *markets: Market, first: Snapshot | None = None) -> None:
        self.venue = PaperVenue(settings or PaperSettings(), markets or (market(),))
        self.now = 0
        self.events: list[VenueEvent] = []
        self.show(first or book({"0.50": "100"}, {"0.52": "100"}))

    def after(self, nanoseconds: int) -> "World":
        self.now += nanoseconds
        return self.note(self.venue.advance(self.now))

    def show(self, snapshot: Snapshot) -> "World":
        return self.note(self.venue.snapshot(snapshot, self.now))

    def prints(self, taker_side: Side, price: str, size: str) -> "World":
        return self.note(self.venue.trade(print_of(taker_side, price, size), self.now))

    def sends(self, wanted: Order) -> "World":
        """Submits the order and waits until it arrives."""
        self.note(self.venue.submit(wanted, self.now))
        return self.after(LATENCY)

    def buys_first(self, outcome: Outcome, price: str, size: str) -> "World":
        """Takes shares from the book, so that there is something to sell."""
        return self.sends(order(f"stock of {outcome.value}", outcome, BUY, price, size, kind=FAK))

    def note(self, events: tuple[VenueEvent, ...]) -> "World":
        self.events += events
        return self

    def fills(self, name: str) -> list[Fill]:
        return [event.fill for event in self.events if isinstance(event, Executed) and event.fill.order == name]

    def filled(self, name: str) -> int:
        return sum(fill.size for fill in self.fills(name))

    def rejections(self, name: str) -> list[str]:
        return [event.reason for event in self.events if isinstance(event, Rejected) and event.order == name]

    def end_of(self, name: str) -> Ended:
        return next(event for event in self.events if isinstance(event, Ended) and event.order == name)


def shares(text: str) -> int:
    return parse_shares(text)


def cash(text: str) -> int:
    return parse_cash(text)
