"""The default features: volatilities, returns, imbalances, and how much of the movement was jumps."""

from actors.pricing.features import (
    FLOW_WINDOWS_S,
    JUMP_SHARE,
    JUMP_WINDOW_S,
    QUOTE_IMBALANCE,
    RETURN_WINDOWS_S,
    RETURNS_SEEN,
    VOLATILITY_EWMA,
    VOLATILITY_WINDOWS_S,
    imbalance_over,
    return_over,
    volatility_of,
)
from actors.pricing.return_windows import VenueReturns
from actors.pricing.trade_flow import TradeFlow
from messages.pricing import Feature, Features
from messages.reference import ReferenceAverage, ReferenceQuote, ReferenceTick, ReferenceVenue
from messages.units import NANOSECONDS_PER_SECOND

_CORRECTED_FROM_S = 60
"""Shorter windows are too noisy for the correction."""

_READY_RETURNS = 60
_QUOTED_FOR_NS = 10 * NANOSECONDS_PER_SECOND
_ALIVE_FOR_S = 30
_WINDOWS_S = tuple(sorted({*VOLATILITY_WINDOWS_S, *RETURN_WINDOWS_S, JUMP_WINDOW_S}))
_NAMES = {window_s: volatility_of(window_s) for window_s in VOLATILITY_WINDOWS_S}
_RETURN_NAMES = {window_s: return_over(window_s) for window_s in RETURN_WINDOWS_S}
_FLOW_NAMES = {window_s: imbalance_over(window_s) for window_s in FLOW_WINDOWS_S}


class _Venue:
    """What was seen of one venue. While it quotes, the middle is its price: it does not bounce as trades do."""

    def __init__(self) -> None:
        self.returns = VenueReturns(_WINDOWS_S)
        self.newest_ns = 0
        self.quoted_ns = 0
        self.bid_size = 0
        self.ask_size = 0


class DefaultEngine:
    """Each tick costs the same and the memory is bounded. Volatility and returns are those of one venue, the one with
    the most returns of those that are alive, since differences between venues are no movement; a tie goes to who comes
    first in `ReferenceVenue`. Ready after a minute of returns."""

    def __init__(self) -> None:
        self._venues: dict[ReferenceVenue, _Venue] = {}
        self._flow = TradeFlow(FLOW_WINDOWS_S)
        # Of returns nothing changes within a second.
        self._reckoned: tuple[VenueReturns, int, tuple[Feature, ...]] | None = None

    def see(self, data: ReferenceTick | ReferenceQuote | ReferenceAverage) -> None:
        if isinstance(data, ReferenceAverage):
            return
        venue = self._venues.get(data.venue)
        if venue is None:
            venue = self._venues[data.venue] = _Venue()
        at_ns = data.exchange_ns
        if at_ns is None:
            # A quote without a time of its own belongs to the newest that the venue's clock has shown.
            at_ns = max(data.received_ns, venue.newest_ns)
        elif at_ns > venue.newest_ns:
            venue.newest_ns = at_ns
        if isinstance(data, ReferenceQuote):
            venue.quoted_ns = data.received_ns
            venue.bid_size, venue.ask_size = data.bid_size, data.ask_size
            venue.returns.see(at_ns, data.bid + data.ask)
            return
        if data.received_ns - venue.quoted_ns > _QUOTED_FOR_NS:
            venue.returns.see(at_ns, 2 * data.price)
        if data.aggressor is not None and data.size:
            self._flow.see(data.aggressor, data.size, data.received_ns)

    def features(self, now_ns: int) -> Features:
        flows = (
            *(Feature(name, self._flow.imbalance(window_s, now_ns)) for window_s, name in _FLOW_NAMES.items()),
            Feature(QUOTE_IMBALANCE, self._quote_imbalance(now_ns)),
        )
        leader = self._leader(now_ns)
        if leader is None:
            return Features(flows, False)
        if self._reckoned is None or self._reckoned[:2] != (leader, leader.second):
            self._reckoned = (leader, leader.second, _of_returns(leader))
        return Features((*self._reckoned[2], *flows), leader.count >= _READY_RETURNS)

    def _leader(self, now_ns: int) -> VenueReturns | None:
        second = now_ns // NANOSECONDS_PER_SECOND
        best: VenueReturns | None = None
        for each in ReferenceVenue:
            venue = self._venues.get(each)
            if venue is None or second - venue.returns.second > _ALIVE_FOR_S or not venue.returns.count:
                continue
            if best is None or venue.returns.count > best.count:
                best = venue.returns
        return best

    def _quote_imbalance(self, now_ns: int) -> float | None:
        """Size at the bid less that at the ask, by both; the mean over the venues that quote."""
        found = [
            (each.bid_size - each.ask_size) / (each.bid_size + each.ask_size)
            for each in self._venues.values()
            if each.bid_size + each.ask_size > 0 and now_ns - each.quoted_ns <= _QUOTED_FOR_NS
        ]
        return sum(found) / len(found) if found else None


def _of_returns(returns: VenueReturns) -> tuple[Feature, ...]:
    windows = returns.windows
    volatilities = []
    for window_s, name in _NAMES.items():
        window = windows[window_s]
        variance = window.corrected if window_s >= _CORRECTED_FROM_S else window.realised
        volatilities.append(Feature(name, None if variance is None else variance**0.5))
    ewma = returns.ewma
    return (
        *volatilities,
        Feature(VOLATILITY_EWMA, None if ewma is None else ewma**0.5),
        Feature(RETURNS_SEEN, float(returns.count)),
        *(
            Feature(name, windows[window_s].change if windows[window_s].count == window_s else None)
            for window_s, name in _RETURN_NAMES.items()
        ),
        Feature(JUMP_SHARE, windows[JUMP_WINDOW_S].jump_share),
    )
