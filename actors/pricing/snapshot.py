"""A fair value as it is published: a pure function of one look at everything."""

from attrs import frozen

from actors.feeds.reference.median import BoardLook
from actors.feeds.reference.venue_price import VenuePrice
from actors.pricing.hour_context import PeriodNow
from actors.pricing.pricer import Priced, Pricer, PricerInput
from actors.pricing.settings import PricingSettings
from actors.pricing.source_price import SourcePrice
from actors.pricing.venue_history import VenueHistory
from messages.periods import Reading
from messages.pricing import Features, PriceSnapshot
from messages.reference import REFERENCE_SCALE, ReferencePrice
from messages.units import NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND

_MOST_MISSING = 0.2
"""Of a mean's known part: with more of it unheard it is not known."""


@frozen
class Look:
    """Everything at one moment, for one series. `source` is what the rule's
    source says, `history` what is kept of it; `since_ns` is when the publisher began."""

    now_ns: int
    since_ns: int
    board: BoardLook
    features: Features
    period: PeriodNow
    source: SourcePrice | None
    history: VenueHistory | None


def snapshot_of(look: Look, epoch: int, seq: int, pricer: Pricer, settings: PricingSettings) -> PriceSnapshot:
    """The whole contract. `stale` when no venue's price counts any more: then there is no fair value either."""
    now_ms = look.now_ns // NANOSECONDS_PER_MILLISECOND
    period, median, newest = look.period, look.board.median, look.board.newest
    heard_ns = look.since_ns if newest is None else newest.as_of_ns
    priced = _possible(pricer.price(pricer_input(look, settings)))
    about = next((each for each in look.board.known if each.venue is period.rule.source), newest)
    quoting = _quoting(look, about, settings.median.stale_after_ns)
    bid, ask = (None, None) if quoting is None else (_dollars(quoting.bid), _dollars(quoting.ask))
    return PriceSnapshot(
        series=period.period.series,
        epoch=epoch,
        seq=seq,
        ts_local_ms=now_ms,
        ts_exchange_ms=0 if newest is None else newest.exchange_ns // NANOSECONDS_PER_MILLISECOND,
        age_ms=max(0, look.now_ns - heard_ns) // NANOSECONDS_PER_MILLISECOND,
        stale=not median.counted,
        hour_id=period.period.name,
        hour_start_ts_ms=period.period.start_ms,
        hour_end_ts_ms=period.period.end_ms,
        t_remaining_ms=max(0, period.period.end_ms - now_ms),
        open_price=None if period.open is None else period.open.price,
        last_trade_price=None if about is None else _dollars(about.trade),
        bbo_bid=bid,
        bbo_ask=ask,
        mid=None if bid is None or ask is None else (bid + ask) / 2,
        features=look.features,
        p_yes_fair=None if priced is None else priced.fair,
        p_yes_band_lo=None if priced is None else priced.lo,
        p_yes_band_hi=None if priced is None else priced.hi,
        uncertain=priced is None or priced.is_uncertain or _is_uncertain(look),
        median=median,
    )


def _possible(priced: Priced | None) -> Priced | None:
    """A plugged-in pricer may be wrong: what is no chance within its band, or no number, is no fair value."""
    return priced if priced is not None and 0 <= priced.lo <= priced.fair <= priced.hi <= 1 else None


def pricer_input(look: Look, settings: PricingSettings) -> PricerInput:
    """What the pricer is to know. Time left is counted from when the price was said, by the clock of who said it: what
    happened since is as open as what is to come."""
    period, source = look.period, look.source
    start_ns = period.period.start_ms * NANOSECONDS_PER_MILLISECOND
    end_ns = period.period.end_ms * NANOSECONDS_PER_MILLISECOND
    said_ns = look.now_ns
    if source is not None:
        oldest_ns = look.now_ns - settings.median.stale_after_ns - settings.median.oracle_lag_ns
        said_ns = min(max(source.at_ns, oldest_ns), look.now_ns + settings.median.future_after_ns)
    strike, doubt_s, doubt = None, 0.0, 0.0
    if period.open is not None:
        strike, doubt_s = period.open.price, period.open.doubt_s
        if period.told is not None and period.told_otherwise:
            doubt = abs(period.told / strike - 1)
    return PricerInput(
        rule=period.rule,
        has_begun=look.now_ns >= start_ns,
        price=None if source is None else source.price,
        left_s=(end_ns - said_ns) / NANOSECONDS_PER_SECOND,
        strike=strike,
        features=look.features,
        known_mean=_known_mean(look, said_ns, end_ns, settings),
        price_doubt=0.0 if source is None else source.doubt,
        price_error=0.0 if source is None else source.error,
        strike_doubt_s=doubt_s,
        strike_doubt=doubt,
    )


def _known_mean(look: Look, said_ns: int, end_ns: int, settings: PricingSettings) -> float | None:
    """Of the part of a mean's last window that is over."""
    rule = look.period.rule
    if rule.reading is not Reading.MEAN or look.history is None:
        return None
    began_ns = end_ns - rule.window_s * NANOSECONDS_PER_SECOND
    if said_ns <= began_ns:
        return None
    mean = look.history.mean(began_ns, min(said_ns, end_ns))
    if mean is None or mean.longest_gap_ns > settings.reading.held_within_ns:
        return None
    if mean.missing_ns > (said_ns - began_ns) * _MOST_MISSING:
        return None
    return mean.price / REFERENCE_SCALE


def _is_uncertain(look: Look) -> bool:
    """What does not come from the pricer: too few venues, another's word for the source's, two strikes."""
    source = look.source
    return look.board.median.is_uncertain or source is None or not source.is_own or look.period.told_otherwise


def _quoting(look: Look, about: VenuePrice | None, stale_after_ns: int) -> VenuePrice | None:
    """The rule's source if it quotes, as oracles do not; else who quoted last."""
    living = [
        each for each in look.board.known if each.bid is not None and look.now_ns - each.quoted_ns <= stale_after_ns
    ]
    if about in living:
        return about
    return max(living, key=_quoted_ns, default=None)


def _quoted_ns(venue: VenuePrice) -> int:
    return venue.quoted_ns


def _dollars(price: ReferencePrice | None) -> float | None:
    return None if price is None else price / REFERENCE_SCALE
