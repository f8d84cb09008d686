"""The median of what the venues say of one symbol: who counts, who is left out, and why.

Stale prices and outliers are left out; ticks that cannot be true are refused before they are anybody's price, and are
counted. While more than half of the fresh venues are honest and these are within `outlier_bps` of each other, the
median is within the range of the honest, whatever the others say: the median of all is in it, so that every honest one
counts.
"""

from collections import Counter
from collections.abc import Sequence

from attrs import frozen

from actors.feeds.reference.median_settings import MedianSettings
from actors.feeds.reference.venue_price import ORACLES, Refused, VenuePrice, within_quote
from messages.pricing import LeftOut, MedianPrice
from messages.reference import (
    REFERENCE_SCALE,
    ReferenceAverage,
    ReferenceMissed,
    ReferencePrice,
    ReferenceQuote,
    ReferenceTick,
    ReferenceVenue,
    Symbol,
)
from messages.units import NANOSECONDS_PER_MILLISECOND

_BPS = 10_000
_LARGEST_WIDTH_PERCENT = 10


@frozen
class RefusedCount:
    """So many ticks of a venue changed nothing, for this reason."""

    venue: ReferenceVenue
    reason: Refused
    count: int


@frozen
class BoardLook:
    """All of it at one moment. `fresh` are the venues whose price is neither stale nor doubtful, outliers included;
    `newest` the one that was heard last of those that count, else of all, None before anything was heard. `known` are
    all that were ever heard."""

    median: MedianPrice
    known: tuple[VenuePrice, ...]
    fresh: tuple[VenuePrice, ...]
    newest: VenuePrice | None


class MedianBoard:
    """For one symbol. Of each venue the newest price is kept, so that the order in which venues speak does not matter.

    `venues` are those from which something is expected: they are named as left out before they say anything.
    """

    def __init__(self, symbol: Symbol, settings: MedianSettings, venues: Sequence[ReferenceVenue] = ()) -> None:
        self._symbol = symbol
        self._settings = settings
        self._expected = tuple(venues)
        self._venues: dict[ReferenceVenue, VenuePrice] = {}
        self._refused: Counter[tuple[ReferenceVenue, Refused]] = Counter()
        self._taken: Counter[ReferenceVenue] = Counter()
        self._future_after_ns = settings.future_after_ns
        self._step_percent = settings.step_percent

    def see(self, data: ReferenceTick | ReferenceQuote) -> Refused | None:
        """Take it, or count why it changes nothing."""
        reason = self._see_tick(data) if isinstance(data, ReferenceTick) else self._see_quote(data)
        if reason is None:
            self._taken[data.venue] += 1
        else:
            self._refused[data.venue, reason] += 1
        return reason

    def judge_average(self, average: ReferenceAverage) -> Refused | None:
        """Whether a mean may be true; it never enters the median. One that may not is counted."""
        reason = self._judge(average.symbol, average.price, average.exchange_ns, average.received_ns)
        known = self._venues.get(average.venue)
        if reason is None and known is not None and self._is_step(known, average.price, average.received_ns):
            reason = Refused.STEP
        if reason is not None:
            self._refused[average.venue, reason] += 1
        return reason

    def missed(self, missed: ReferenceMissed) -> None:
        """What the venue said last is not to be believed before it speaks again."""
        known = self._venues.get(missed.venue)
        if known is not None and missed.symbol in (None, self._symbol):
            known.missed = missed.reason

    def look(self, now_ns: int) -> BoardLook:
        left_out = [LeftOut(venue, "nothing heard") for venue in self._expected if venue not in self._venues]
        fresh: list[VenuePrice] = []
        stale_before_ns = now_ns - self._settings.stale_after_ns
        for known in self._venues.values():
            if known.missed is not None:
                left_out.append(LeftOut(known.venue, f"missed: {known.missed}"))
            elif known.as_of_ns < stale_before_ns:
                age_ms = (now_ns - known.as_of_ns) // NANOSECONDS_PER_MILLISECOND
                left_out.append(LeftOut(known.venue, f"stale for {age_ms} ms"))
            else:
                fresh.append(known)
        counted: list[VenuePrice] = []
        if fresh:
            middle = median_of(sorted([each.price for each in fresh]))
            allowed = middle * self._settings.outlier_bps / _BPS
            for known in fresh:
                if abs(known.price - middle) <= allowed:
                    counted.append(known)
                else:
                    off_bps = round((known.price / middle - 1) * _BPS)
                    left_out.append(LeftOut(known.venue, f"outlier: {off_bps:+d} bps from the median"))
        newest = max(counted or self._venues.values(), key=_heard_ns, default=None)
        return BoardLook(_median_price(counted, left_out), tuple(self._venues.values()), tuple(fresh), newest)

    def venue(self, venue: ReferenceVenue) -> VenuePrice | None:
        return self._venues.get(venue)

    @property
    def taken(self) -> tuple[tuple[ReferenceVenue, int], ...]:
        """How many ticks and quotes of each venue counted."""
        return tuple(self._taken.items())

    @property
    def refused(self) -> tuple[RefusedCount, ...]:
        return tuple(RefusedCount(venue, reason, count) for (venue, reason), count in self._refused.items())

    def _see_tick(self, tick: ReferenceTick) -> Refused | None:
        price, exchange_ns, received_ns = tick.price, tick.exchange_ns, tick.received_ns
        reason = self._judge(tick.symbol, price, exchange_ns, received_ns)
        if reason is not None:
            return reason
        as_of_ns = exchange_ns + self._settings.oracle_lag_ns if tick.venue in ORACLES else exchange_ns
        as_of_ns = min(as_of_ns, received_ns)
        known = self._venues.get(tick.venue)
        if known is None:
            self._venues[tick.venue] = VenuePrice(tick.venue, price, as_of_ns, exchange_ns, received_ns, price)
            return None
        if exchange_ns < known.exchange_ns:
            return Refused.LATE
        if self._is_step(known, price, received_ns):
            return Refused.STEP
        known.price = known.trade = price
        known.as_of_ns = as_of_ns
        known.exchange_ns = exchange_ns
        known.received_ns = received_ns
        known.missed = None
        return None

    def _see_quote(self, quote: ReferenceQuote) -> Refused | None:
        bid, ask, received_ns = quote.bid, quote.ask, quote.received_ns
        exchange_ns = quote.exchange_ns
        reason = self._judge(quote.symbol, min(bid, ask), exchange_ns or received_ns, received_ns)
        if reason is not None:
            return reason
        if bid > ask:
            return Refused.CROSSED
        if (ask - bid) * 100 >= bid * _LARGEST_WIDTH_PERCENT:
            return Refused.WIDE
        known = self._venues.get(quote.venue)
        as_of_ns = received_ns if exchange_ns is None else min(exchange_ns, received_ns)
        if known is None:
            price = within_quote(None, bid, ask)
            known = VenuePrice(quote.venue, price, as_of_ns, exchange_ns or 0, received_ns)
            self._venues[quote.venue] = known
        elif exchange_ns is not None and exchange_ns < known.exchange_ns:
            return Refused.LATE
        elif self._is_step(known, ReferencePrice((bid + ask) // 2), received_ns):
            return Refused.STEP
        else:
            known.price = within_quote(known.trade, bid, ask)
            known.as_of_ns = max(known.as_of_ns, as_of_ns)
            known.received_ns = received_ns
            known.missed = None
            if exchange_ns is not None:
                known.exchange_ns = exchange_ns
        known.bid, known.ask, known.bid_size, known.ask_size = bid, ask, quote.bid_size, quote.ask_size
        known.quoted_ns = received_ns
        return None

    def _judge(self, symbol: Symbol, price: ReferencePrice, exchange_ns: int, received_ns: int) -> Refused | None:
        if symbol != self._symbol:
            return Refused.WRONG_SYMBOL
        if price <= 0:
            return Refused.NEGATIVE if price < 0 else Refused.ZERO
        if exchange_ns - received_ns > self._future_after_ns:
            return Refused.FUTURE
        return None

    def _is_step(self, known: VenuePrice, price: ReferencePrice, at_ns: int) -> bool:
        """Whether a venue that said `known` cannot have meant `price`: far from it, and the others are not there."""
        former = known.price
        if abs(price - former) * 100 < former * self._step_percent:
            return False
        settings = self._settings
        if at_ns - known.received_ns > settings.step_forgotten_ns:
            return False
        oldest_ns = at_ns - settings.stale_after_ns
        others = sorted(
            [each.price for each in self._venues.values() if each is not known and each.as_of_ns >= oldest_ns]
        )
        if not others:
            return True
        middle = median_of(others)
        return abs(price - middle) * _BPS > middle * settings.outlier_bps


def median_of(ordered: Sequence[int]) -> float:
    """Of at least one number, in ascending order."""
    half = len(ordered) // 2
    return float(ordered[half]) if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def _median_price(counted: Sequence[VenuePrice], left_out: Sequence[LeftOut]) -> MedianPrice:
    if not counted:
        return MedianPrice(None, None, (), tuple(left_out), True)
    ordered = sorted([each.price for each in counted])
    middle = median_of(ordered)
    return MedianPrice(
        middle / REFERENCE_SCALE,
        (ordered[-1] - ordered[0]) / middle * _BPS,
        tuple(each.venue for each in counted),
        tuple(left_out),
        len(counted) < 2,
    )


def _heard_ns(known: VenuePrice) -> int:
    return known.as_of_ns
