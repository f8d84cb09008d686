"""What goes over the wire between a pricer and who polls it: both sides write and read it here.

Reading is strict about what it knows and tolerant of what it does not: a newer pricer may say more. Numbers are finite,
or they are no document.
"""

import json
import math

from messages.periods import Period, PeriodLength, Reading, Series, SettlementRule, UpOrDown
from messages.pricing import Feature, FeatureName, Features, LeftOut, MedianPrice, PriceSnapshot
from messages.reference import ReferenceVenue, Symbol
from messages.serial import BadDocument
from polyactors.pricer.fields import Fields

SNAPSHOT_PATH = "/snapshot/latest"
HEALTH_PATH = "/health"
PERIOD_PATH = "/period"

_INTEGERS = ("epoch", "seq", "ts_local_ms", "ts_exchange_ms", "age_ms")
_PERIOD = ("hour_start_ts_ms", "hour_end_ts_ms", "t_remaining_ms")
_PRICES = ("open_price", "last_trade_price", "bbo_bid", "bbo_ask", "mid")
_CHANCES = ("p_yes_fair", "p_yes_band_lo", "p_yes_band_hi")

LENGTHS = {length.value: length for length in PeriodLength}


def entity_tag(snapshot: PriceSnapshot) -> str:
    """Of one publication: who has seen it need not be sent it again."""
    return f'"{snapshot.series.name}-{snapshot.epoch}-{snapshot.seq}"'


def write_snapshot(snapshot: PriceSnapshot) -> bytes:
    """Raises `BadDocument` for a snapshot with a number that is not finite: nobody could read it."""
    plain: dict[str, object] = {"series": snapshot.series.name}
    plain.update((name, getattr(snapshot, name)) for name in (*_INTEGERS, "stale", "hour_id", *_PERIOD, *_PRICES))
    plain["features"] = {
        "is_ready": snapshot.features.is_ready,
        "values": {each.name: each.value for each in snapshot.features.values},
    }
    plain.update((name, getattr(snapshot, name)) for name in (*_CHANCES, "uncertain"))
    median = snapshot.median
    plain["median"] = {
        "price": median.price,
        "spread_bps": median.spread_bps,
        "counted": [venue.value for venue in median.counted],
        "left_out": [{"venue": each.venue.value, "reason": each.reason} for each in median.left_out],
        "is_uncertain": median.is_uncertain,
    }
    return _written(plain)


def read_snapshot(body: bytes) -> PriceSnapshot:
    """Raises `BadDocument` with every mistake: no JSON, a field missing or of another type, a number that is not
    finite, what cannot be (a chance above 1, a period that ends before it begins)."""
    fields, mistakes = _parsed(body)
    snapshot = PriceSnapshot(
        series=read_series(fields),
        epoch=fields.integer("epoch"),
        seq=fields.integer("seq", least=1),
        ts_local_ms=fields.integer("ts_local_ms"),
        ts_exchange_ms=fields.integer("ts_exchange_ms"),
        age_ms=fields.integer("age_ms", least=None),
        stale=fields.flag("stale"),
        hour_id=fields.text("hour_id"),
        hour_start_ts_ms=fields.integer("hour_start_ts_ms"),
        hour_end_ts_ms=fields.integer("hour_end_ts_ms"),
        t_remaining_ms=fields.integer("t_remaining_ms"),
        open_price=fields.price("open_price"),
        last_trade_price=fields.price("last_trade_price"),
        bbo_bid=fields.price("bbo_bid"),
        bbo_ask=fields.price("bbo_ask"),
        mid=fields.price("mid"),
        features=_features(fields.section("features")),
        p_yes_fair=fields.chance("p_yes_fair"),
        p_yes_band_lo=fields.chance("p_yes_band_lo"),
        p_yes_band_hi=fields.chance("p_yes_band_hi"),
        uncertain=fields.flag("uncertain"),
        median=_median(fields.section("median")),
    )
    mistakes += _contradictions(snapshot) if not mistakes else []
    if mistakes:
        raise BadDocument(mistakes)
    return snapshot


def write_about(about: UpOrDown) -> bytes:
    rule = about.rule
    return _written(
        {
            "series": about.period.series.name,
            "start_ts_ms": about.period.start_ms,
            "rule": {"source": rule.source.value, "reading": rule.reading.name, "window_s": rule.window_s},
            "strike": about.strike,
        }
    )


def read_about(body: bytes) -> UpOrDown:
    """Raises `BadDocument` with every mistake, also for a start that is not on the grid of its series."""
    fields, mistakes = _parsed(body)
    rule = fields.section("rule")
    source = rule.one_of("source", {each.value: each for each in ReferenceVenue}, ReferenceVenue.BINANCE)
    reading = rule.one_of("reading", {each.name: each for each in Reading}, Reading.POINT)
    window_s = rule.integer("window_s")
    series, start_ms = read_series(fields), fields.integer("start_ts_ms")
    strike = fields.price("strike")
    if not mistakes and series.period_at(start_ms).start_ms != start_ms:
        mistakes.append(f"start_ts_ms is {start_ms}, when no period of {series.name} begins")
    if not mistakes and (reading is Reading.MEAN) != (window_s > 0):
        mistakes.append(f"rule.window_s is {window_s}, which does not go with the reading {reading.name}")
    if mistakes:
        raise BadDocument(mistakes)
    return UpOrDown(Period(series, start_ms), SettlementRule(source, reading, window_s), strike)


def series_named(name: str) -> Series | None:
    """ "btcusd-1h"; None for what is no name of a series."""
    symbol, _, length = name.rpartition("-")
    is_symbol = bool(symbol) and symbol.isascii() and symbol.isalnum() and symbol == symbol.lower()
    return Series(Symbol(symbol), LENGTHS[length]) if is_symbol and length in LENGTHS else None


def read_series(fields: Fields) -> Series:
    name = fields.text("series")
    found = series_named(name)
    if found is None:
        fields.mistake("series", name, 'write a symbol and a length, such as "btcusd-1h"')
        return Series(Symbol("unread"), PeriodLength.HOUR)
    return found


def _features(fields: Fields) -> Features:
    values = fields.section("values")
    return Features(tuple(Feature(FeatureName(name), values.number(name)) for name in values), fields.flag("is_ready"))


def _median(fields: Fields) -> MedianPrice:
    venues = {each.value: each for each in ReferenceVenue}
    counted = [each.one_of("", venues, ReferenceVenue.BINANCE) for each in fields.items("counted")]
    left_out = [
        LeftOut(each.one_of("venue", venues, ReferenceVenue.BINANCE), each.text("reason"))
        for each in fields.sections("left_out")
    ]
    return MedianPrice(
        price=fields.price("price"),
        spread_bps=fields.number("spread_bps"),
        counted=tuple(counted),
        left_out=tuple(left_out),
        is_uncertain=fields.flag("is_uncertain"),
    )


def _contradictions(snapshot: PriceSnapshot) -> list[str]:
    """What no pricer can mean. Whether the times and prices agree is its affair: they are passed on unchanged."""
    found = []
    if snapshot.hour_end_ts_ms - snapshot.hour_start_ts_ms != snapshot.series.length.length_ms:
        found.append(f"hour_end_ts_ms is not {snapshot.series.length.value} after hour_start_ts_ms")
    chances = (snapshot.p_yes_band_lo, snapshot.p_yes_fair, snapshot.p_yes_band_hi)
    known = [each for each in chances if each is not None]
    if known and (len(known) < len(chances) or known != sorted(known)):
        found.append(f"p_yes_band_lo, p_yes_fair, p_yes_band_hi are {chances}: all or none, in this order")
    return found


def _parsed(body: bytes) -> tuple[Fields, list[str]]:
    """Raises `BadDocument` where there is no object."""
    try:
        plain = json.loads(body, parse_constant=_no_number, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise BadDocument([f"no JSON: {str(error)[:80]}"]) from error
    mistakes: list[str] = []
    if not isinstance(plain, dict):
        raise BadDocument([f"{str(plain)[:40]!r} is no object"])
    return Fields(plain, "", mistakes), mistakes


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text[:40]} is no finite number")
    return value


def _written(plain: dict[str, object]) -> bytes:
    """Raises `BadDocument`."""
    try:
        return json.dumps(plain, separators=(",", ":"), allow_nan=False).encode()
    except ValueError as error:
        raise BadDocument([f"it cannot be written: {error}"]) from error
