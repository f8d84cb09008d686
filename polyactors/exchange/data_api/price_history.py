"""What YES of each market cost, a point a minute in which it changed."""

from collections import deque

from attrs import frozen

from messages.identity import MarketId, Outcome
from messages.units import NANOSECONDS_PER_SECOND
from polyactors.exchange.core import Exchange
from polyactors.exchange.gamma.quotes import Quote, quote
from polyactors.exchange.words import BookChanged, ExchangeEvent, MarketOpened, MarketResolved, TradeReported

STEP_S = 60
POINTS_KEPT = 5 * 24 * 60


@frozen
class PricePoint:
    """`resolution_s` is how coarse the time is: 0 for the moment of the settlement."""

    at_s: int
    price: float
    resolution_s: int

    def document(self) -> dict[str, object]:
        return {"timestamp": self.at_s, "price": self.price, "resolution_seconds": self.resolution_s}


class PriceHistory:
    """Listens from when it is made."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._points: dict[MarketId, deque[tuple[int, Quote]]] = {}
        exchange.listeners.append(self.hear)

    def points(
        self, market: MarketId, outcome: Outcome, start_s: int, end_s: int, bucket_s: int = STEP_S
    ) -> list[PricePoint]:
        """Oldest first, the last of each bucket. At the start stands the price that held then."""
        found: dict[int, PricePoint] = {}
        before: Quote | None = None
        for minute, known in self._points.get(market, ()):
            at_s = minute * STEP_S
            if at_s < start_s:
                before = known
            elif at_s <= end_s:
                bucket = at_s - at_s % bucket_s
                found[bucket] = PricePoint(max(bucket, start_s), known.of(outcome), bucket_s)
        first = start_s - start_s % bucket_s
        if before is not None and first not in found:
            found = {first: PricePoint(start_s, before.of(outcome), bucket_s), **found}
        return list(found.values())

    def price_at(self, market: MarketId, outcome: Outcome, at_s: int) -> PricePoint | None:
        """What held then."""
        before = [known for known in self._points.get(market, ()) if known[0] * STEP_S <= at_s]
        return PricePoint(before[-1][0] * STEP_S, before[-1][1].of(outcome), STEP_S) if before else None

    def hear(self, event: ExchangeEvent) -> None:
        match event:
            case BookChanged(market) | MarketResolved(market):
                self._note(market, event.at_ns)
            case TradeReported(trade, at_ns):
                self._note(trade.market, at_ns)
            case MarketOpened():
                for gone in [market for market in self._points if market not in self._exchange.listings]:
                    del self._points[gone]

    def _note(self, market: MarketId, at_ns: int) -> None:
        if market not in self._exchange.listings:
            return
        points = self._points.get(market)
        if points is None:
            points = self._points[market] = deque(maxlen=POINTS_KEPT)
        minute = at_ns // (STEP_S * NANOSECONDS_PER_SECOND)
        known = quote(self._exchange, market)
        if points and points[-1][0] == minute:
            points[-1] = (minute, known)
        elif not points or points[-1][1].doubled_price != known.doubled_price:
            points.append((minute, known))
