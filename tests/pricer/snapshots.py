"""Snapshots for tests: one that is whole and sound, and any change of it."""

from attrs import evolve

from messages.periods import PeriodLength, Series
from messages.pricing import Feature, FeatureName, Features, LeftOut, MedianPrice, PriceSnapshot
from messages.reference import ReferenceVenue, Symbol

SERIES = Series(Symbol("btcusd"), PeriodLength.FIVE_MINUTES)
HOURS = Series(Symbol("btcusd"), PeriodLength.HOUR)
START_MS = 1_777_107_600_000
END_MS = START_MS + 300_000

SOUND = PriceSnapshot(
    series=SERIES,
    epoch=3,
    seq=17,
    ts_local_ms=START_MS + 60_000,
    ts_exchange_ms=START_MS + 59_950,
    age_ms=50,
    stale=False,
    hour_id=f"btcusd-5m-{START_MS}",
    hour_start_ts_ms=START_MS,
    hour_end_ts_ms=END_MS,
    t_remaining_ms=240_000,
    open_price=77_643.36752,
    last_trade_price=77_650.0,
    bbo_bid=77_649.99,
    bbo_ask=77_650.01,
    mid=77_650.0,
    features=Features(
        (Feature(FeatureName("volatility_ewma"), 0.00004), Feature(FeatureName("return_300s"), None)), True
    ),
    p_yes_fair=0.55,
    p_yes_band_lo=0.5,
    p_yes_band_hi=0.6,
    uncertain=False,
    median=MedianPrice(
        price=77_649.5,
        spread_bps=0.4,
        counted=(ReferenceVenue.BINANCE, ReferenceVenue.COINBASE),
        left_out=(LeftOut(ReferenceVenue.KRAKEN, "stale: 2,400 ms"),),
        is_uncertain=False,
    ),
)


def publication(seq: int, epoch: int = 3, series: Series = SERIES) -> PriceSnapshot:
    """So many after the beginning, 20 ms apart."""
    period = series.period_at(START_MS)
    return evolve(
        SOUND,
        series=series,
        epoch=epoch,
        seq=seq,
        ts_local_ms=START_MS + 20 * seq,
        hour_id=period.name,
        hour_start_ts_ms=period.start_ms,
        hour_end_ts_ms=period.end_ms,
        t_remaining_ms=period.end_ms - START_MS - 20 * seq,
    )
