"""What an up-or-down market is about, from its object at Gamma: which period, which rule, and the strike if it is told.

Every fact that is told twice has to be told alike: a start by the slug and by `eventStartTime`, a source by the market
and by its event.
"""

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime

from attrs import frozen

from messages.periods import Period, UpOrDown
from polyactors.venues.polymarket.finding.settlement_texts import NoRule, SettlementTexts, settlement_rule
from polyactors.venues.polymarket.finding.slugs import PeriodName, is_like_up_or_down, read_slug

UP, DOWN = "up", "down"

EARLIEST_MS = 1_230_768_000_000
LATEST_MS = 4_102_444_800_000
"""From 2009 to 2100: what is outside is no period of a coin's price."""


@frozen
class NotUnderstood:
    """It looks like an up-or-down market, and must not be traded as one: why."""

    reason: str


class _Contradiction(Exception):
    """The object does not make sense; the message says why."""


def read_about(plain: Mapping[str, object]) -> UpOrDown | NotUnderstood | None:
    """None for other markets. Raises nothing, whatever is in the object."""
    slug = plain.get("slug")
    if not isinstance(slug, str) or not is_like_up_or_down(slug):
        return None
    name = read_slug(slug)
    if name is None:
        return NotUnderstood("its slug names no coin and period that we know")
    event = _first_event(plain)
    try:
        _demand_outcomes(plain.get("outcomes"))
        period = _period(plain, event, name)
        strike = _strike(plain, event)
        texts = _texts(plain, event)
    except _Contradiction as contradiction:
        return NotUnderstood(str(contradiction))
    rule = settlement_rule(texts, name.series.symbol, name.series.length)
    return NotUnderstood(rule.reason) if isinstance(rule, NoRule) else UpOrDown(period, rule, strike)


def _first_event(plain: Mapping[str, object]) -> Mapping[str, object]:
    events = plain.get("events")
    first = events[0] if isinstance(events, list) and events else None
    return first if isinstance(first, dict) else {}


def _demand_outcomes(value: object) -> None:
    """Index 0 is YES: its share is worth the probability of Up only where Up is the first."""
    listed = _from_json(value)
    labels = [each.strip().lower() for each in listed if isinstance(each, str)] if isinstance(listed, list) else []
    if labels != [UP, DOWN]:
        raise _Contradiction(f"its outcomes are {_shown(value)}, not Up and Down")


def _period(plain: Mapping[str, object], event: Mapping[str, object], name: PeriodName) -> Period:
    length_ms = name.series.length.length_ms
    end_ms = _time_ms(plain, "endDate")
    if end_ms is None:
        raise _Contradiction("its end is not told")
    if not EARLIEST_MS <= end_ms <= LATEST_MS:
        raise _Contradiction(f"its end is {_shown(plain.get('endDate'))}")
    period = Period(name.series, end_ms - length_ms)
    for place, key in ((plain, "eventStartTime"), (event, "startTime")):
        start_ms = _time_ms(place, key)
        if start_ms is not None and start_ms != period.start_ms:
            raise _Contradiction(
                f"it is from {_written(start_ms)} to {_written(end_ms)}, and by its name {length_ms // 1000} s long"
            )
    if period.start_ms % length_ms:
        raise _Contradiction(f"its end {_written(end_ms)} is no end of a period of {length_ms // 1000} s")
    if not name.fits(period):
        raise _Contradiction(f"its period begins at {_written(period.start_ms)}, which its slug does not name")
    return period


def _strike(plain: Mapping[str, object], event: Mapping[str, object]) -> float | None:
    told: set[float] = set()
    for place in (plain, event):
        metadata = _from_json(place.get("eventMetadata"))
        for holder in (place, metadata if isinstance(metadata, dict) else {}):
            value = holder.get("priceToBeat")
            if value is not None and value != "":
                told.add(_price(value))
    if len(told) > 1:
        raise _Contradiction(f"its price to beat is {' and '.join(map(str, sorted(told)))}")
    return told.pop() if told else None


def _price(value: object) -> float:
    try:
        price = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else 0.0
    except (ValueError, OverflowError):
        price = 0.0
    if not math.isfinite(price) or price <= 0:
        raise _Contradiction(f"its price to beat is {_shown(value)}")
    return price


def _texts(plain: Mapping[str, object], event: Mapping[str, object]) -> SettlementTexts:
    def told(key: str) -> tuple[str, ...]:
        values = (plain.get(key), event.get(key))
        return tuple(dict.fromkeys(value for value in values if isinstance(value, str) and value.strip()))

    return SettlementTexts(told("description"), told("resolutionSource"), _averaged_s(plain, event))


def _averaged_s(plain: Mapping[str, object], event: Mapping[str, object]) -> int | None:
    """The venue's own settings of the market, which it shows since August 2026."""
    for place in (plain, event):
        settings = place.get("cryptoMarketConfig")
        if not isinstance(settings, dict) or not isinstance(settings.get("twapEnabled"), bool):
            continue
        if not settings["twapEnabled"]:
            return 0
        window_s = settings.get("twapLookbackSeconds")
        if not isinstance(window_s, int) or isinstance(window_s, bool) or window_s <= 0:
            raise _Contradiction(f"its average is over {_shown(window_s)} s")
        return window_s
    return None


def _time_ms(place: Mapping[str, object], key: str) -> int | None:
    value = place.get(key)
    if value is None or value == "":
        return None
    try:
        if not isinstance(value, str):
            raise ValueError
        when = datetime.fromisoformat(value)
        when = when if when.tzinfo else when.replace(tzinfo=UTC)
        return int(when.timestamp()) * 1000 + when.microsecond // 1000
    except (ValueError, OverflowError):
        raise _Contradiction(f"its {key} is {_shown(value)}") from None


def _written(at_ms: int) -> str:
    try:
        return datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return f"{at_ms} ms"


def _from_json(value: object) -> object:
    """Gamma writes lists and objects as they are, or as JSON texts."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
