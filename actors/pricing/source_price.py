"""The price by which a market is settled: what its source says, or what the other venues say it would say."""

import math

from attrs import define, frozen

from actors.feeds.reference.median import BoardLook
from actors.feeds.reference.venue_price import ORACLES, VenuePrice
from actors.pricing.lead import Lead
from messages.reference import REFERENCE_SCALE, ReferenceVenue
from messages.units import NANOSECONDS_PER_SECOND

_UNKNOWN_BASIS = 0.001
"""By how much venues that were never compared may differ: other currencies, other lags."""

_LEAST_VARIANCE = 1e-12
"""A hundredth of a basis point: no two venues agree better."""

_LEADS_FOR_NS = 60 * NANOSECONDS_PER_SECOND


@frozen
class SourcePrice:
    """In dollars; `at_ns` by the source's clock. `doubt` and `error` are standard deviations of the logarithm: of a
    price that is put together from others, and of one that the source said itself. `is_own` when it did."""

    price: float
    at_ns: int
    doubt: float
    error: float
    is_own: bool


@define(eq=False)
class _Basis:
    """The logarithm of the source's price over another venue's: its mean and variance, exponentially weighted."""

    mean: float = 0.0
    variance: float = 0.0
    weight: float = 0.0

    def see(self, value: float, share: float) -> None:
        self.weight += (1 - self.weight) * share
        part = share / self.weight
        off = value - self.mean
        self.mean += part * off
        self.variance += part * ((1 - part) * off * off - self.variance)


@frozen
class _Guess:
    logarithm: float
    deviation: float
    as_of_ns: int


class SourceEstimate:
    """Of one source. Whenever both speak, it learns how far the others are from it; when it is silent, they say what it
    would say. An oracle, which comes late, is moved by what the others have moved before it (`Lead`)."""

    def __init__(self, source: ReferenceVenue, time_constant_ns: int) -> None:
        self._source = source
        self._time_constant_ns = time_constant_ns
        self._bases: dict[ReferenceVenue, _Basis] = {}
        self._lead = Lead()
        self._last_ns = 0

    def look(self, board: BoardLook, now_ns: int) -> SourcePrice | None:
        """None where nobody says anything."""
        own = next((each for each in board.fresh if each.venue is self._source), None)
        counted = board.median.counted
        others = [each for each in board.fresh if each.venue is not self._source and each.venue in counted]
        if own is None:
            return self._from_others(others, board)
        logarithm = math.log(own.price)
        # The price of an oracle is as old as it says; that of others is confirmed by a quote.
        at_ns = max(own.exchange_ns, own.as_of_ns)
        price, move = own.price / REFERENCE_SCALE, 0.0
        if self._source in ORACLES:
            at_ns = own.exchange_ns
            leading = {each.venue: math.log(each.price) for each in board.known if self._leads(each, board, now_ns)}
            move = self._lead.see(now_ns, leading, logarithm)
            price *= math.exp(move)
        self._learn(logarithm, others, now_ns)
        return SourcePrice(price, at_ns, 0.0, math.hypot(_half_spread(own), move), True)

    def _leads(self, venue: VenuePrice, board: BoardLook, now_ns: int) -> bool:
        """A price that nobody traded at for a while still holds; those alone who trade would be those who moved."""
        is_outlier = venue in board.fresh and venue.venue not in board.median.counted
        is_old = venue.missed is not None or now_ns - venue.as_of_ns > _LEADS_FOR_NS
        return venue.venue is not self._source and not is_old and not is_outlier

    def _learn(self, logarithm: float, others: list[VenuePrice], now_ns: int) -> None:
        elapsed_ns = now_ns - self._last_ns
        if elapsed_ns <= 0:
            return
        self._last_ns = now_ns
        share = 1 - math.exp(-elapsed_ns / self._time_constant_ns)
        for each in others:
            basis = self._bases.get(each.venue)
            if basis is None:
                basis = self._bases[each.venue] = _Basis()
            basis.see(logarithm - math.log(each.price), share)

    def _guess(self, others: list[VenuePrice]) -> _Guess | None:
        """Where the others would have the source, each by how well it was right before."""
        total, weights, as_of_ns = 0.0, 0.0, 0
        logarithms = []
        for each in others:
            basis = self._bases.get(each.venue)
            if basis is not None:
                logarithm = math.log(each.price) + basis.mean
                weight = 1 / (basis.variance + _LEAST_VARIANCE)
                total += weight * logarithm
                weights += weight
                logarithms.append(logarithm)
                as_of_ns = max(as_of_ns, each.as_of_ns)
        if not weights:
            return None
        apart = (max(logarithms) - min(logarithms)) / 2
        return _Guess(total / weights, math.hypot(math.sqrt(1 / weights), apart), as_of_ns)

    def _from_others(self, others: list[VenuePrice], board: BoardLook) -> SourcePrice | None:
        guess = self._guess(others)
        if guess is not None:
            return SourcePrice(math.exp(guess.logarithm) / REFERENCE_SCALE, guess.as_of_ns, guess.deviation, 0.0, False)
        price, spread_bps = board.median.price, board.median.spread_bps
        if not others or price is None or spread_bps is None:
            return None
        doubt = math.hypot(_UNKNOWN_BASIS, spread_bps / 20_000)
        return SourcePrice(price, max(each.as_of_ns for each in others), doubt, 0.0, False)


def _half_spread(venue: VenuePrice) -> float:
    return 0.0 if venue.bid is None or venue.ask is None else (venue.ask - venue.bid) / 2 / venue.price
