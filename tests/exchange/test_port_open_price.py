"""The open price of a period in process is what the exchange's own markets are settled by."""

from messages.periods import Period, PeriodLength, Reading, Series, SettlementRule
from messages.reference import ReferenceVenue, Symbol
from polyactors.exchange.listings.reference_price import USUAL_MODELS, ReferencePrices
from polyactors.exchange.ports.open_price import ExchangeOpenPrices

SECOND = 1_000_000_000
HOUR_MS = 3_600_000
START_NS = 1_790_491_135 * SECOND
BTC = Symbol("btcusd")
CANDLE = SettlementRule(ReferenceVenue.BINANCE, Reading.CANDLE)
MEAN = SettlementRule(ReferenceVenue.CHAINLINK, Reading.MEAN, 60)
POINT = SettlementRule(ReferenceVenue.CHAINLINK, Reading.POINT)


async def test_is_read_as_the_rule_says() -> None:
    prices = ReferencePrices(7, START_NS, {"btcusd": USUAL_MODELS["btcusd"]})
    source = ExchangeOpenPrices(prices)
    hour = Series(BTC, PeriodLength.HOUR).period_at(START_NS // 1_000_000)
    start_ns = hour.start_ms * 1_000_000
    candle = await source.open_price(hour, CANDLE)
    assert candle == prices.candle_open("btcusd", start_ns)
    assert await source.open_price(hour, POINT) == prices.price_at("btcusd", start_ns)
    mean = await source.open_price(hour, MEAN)
    assert mean == prices.twap("btcusd", start_ns, 60)
    assert mean != candle


async def test_is_told_from_the_start_on_and_never_before() -> None:
    prices = ReferencePrices(7, START_NS, {"btcusd": USUAL_MODELS["btcusd"]})
    source = ExchangeOpenPrices(prices)
    coming = Series(BTC, PeriodLength.FIVE_MINUTES).period_at(START_NS // 1_000_000).following
    assert await source.open_price(coming, CANDLE) is None
    prices.advance(coming.start_ms * 1_000_000 - 1)
    assert await source.open_price(coming, CANDLE) is None
    prices.advance(coming.start_ms * 1_000_000)
    first = await source.open_price(coming, CANDLE)
    assert first == prices.price("btcusd")
    prices.advance(coming.end_ms * 1_000_000)
    assert await source.open_price(coming, CANDLE) == first


async def test_of_a_symbol_that_the_world_does_not_have_is_none() -> None:
    prices = ReferencePrices(7, START_NS, {"btcusd": USUAL_MODELS["btcusd"]})
    period = Period(Series(Symbol("dogeusd"), PeriodLength.HOUR), START_NS // 1_000_000 // HOUR_MS * HOUR_MS)
    assert await ExchangeOpenPrices(prices).open_price(period, CANDLE) is None
