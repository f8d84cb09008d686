"""The rule of settlement is read from whatever words say it, and refused where they leave a doubt."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages.periods import PeriodLength, Reading, SettlementRule
from messages.reference import ReferenceVenue, Symbol
from polyactors.venues.polymarket.finding.settlement_texts import (
    LONGEST_TEXT,
    NoRule,
    SettlementTexts,
    plain_text,
    settlement_rule,
)
from tests.venues.polymarket.market_texts import HOUR, HOUR_SOURCE, MEAN, MEAN_SOURCE, POINT, POINT_SOURCE, of_coin

BTC, ETH = Symbol("btcusd"), Symbol("ethusd")
FIVE, FIFTEEN, ONE_HOUR = PeriodLength.FIVE_MINUTES, PeriodLength.FIFTEEN_MINUTES, PeriodLength.HOUR
CANDLE_RULE = SettlementRule(ReferenceVenue.BINANCE, Reading.CANDLE)
MEAN_RULE = SettlementRule(ReferenceVenue.CHAINLINK, Reading.MEAN, 60)
POINT_RULE = SettlementRule(ReferenceVenue.CHAINLINK, Reading.POINT)

KINDS = [
    (HOUR, HOUR_SOURCE, ONE_HOUR, CANDLE_RULE),
    (MEAN, MEAN_SOURCE, FIVE, MEAN_RULE),
    (MEAN, MEAN_SOURCE, FIFTEEN, MEAN_RULE),
    (POINT, POINT_SOURCE, FIVE, POINT_RULE),
    (POINT, POINT_SOURCE, FIFTEEN, POINT_RULE),
]
COINS = [("btc", "Bitcoin"), ("eth", "Ethereum"), ("sol", "Solana"), ("xrp", "XRP")]


def rule(
    descriptions: str | tuple[str, ...] = (),
    sources: str | tuple[str, ...] = (),
    length: PeriodLength = FIVE,
    symbol: Symbol = BTC,
    averaged_s: int | None = None,
) -> SettlementRule | NoRule:
    told = (descriptions,) if isinstance(descriptions, str) else descriptions
    places = (sources,) if isinstance(sources, str) else sources
    return settlement_rule(SettlementTexts(told, places, averaged_s), symbol, length)


def refused(found: SettlementRule | NoRule) -> str:
    assert isinstance(found, NoRule), found
    assert found.reason
    return found.reason


@pytest.mark.parametrize("coin", COINS)
@pytest.mark.parametrize("kind", KINDS)
def test_the_venues_own_words_of_every_kind_and_coin(
    kind: tuple[str, str, PeriodLength, SettlementRule], coin: tuple[str, str]
) -> None:
    description, source, length, expected = kind
    symbol = Symbol(f"{coin[0]}usd")
    text, place = of_coin(description, *coin), of_coin(source, *coin)
    assert rule(text, place, length, symbol) == expected
    assert rule(text, (), length, symbol) == expected
    assert rule((text, text), (place, place), length, symbol) == expected
    assert symbol == BTC or refused(rule(description, source, length, symbol))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("chainlink btc/usd", POINT_RULE),
        ("Chainlink BTC / USD", POINT_RULE),
        ("data.chain.link/streams/btc-usd", POINT_RULE),
        ("https://data.chain.link/streams/btc-usd/", POINT_RULE),
        ("https://data.chain.link/streams/btc-usd?window=5m", POINT_RULE),
        ("https://data.chain.link/streams/btc-usd-twap-60s-streams", MEAN_RULE),
        ("data.chain.link/streams/BTC-USD-TWAP-60S-streams", MEAN_RULE),
        ("Chainlink BTC/USD 60-second TWAP", MEAN_RULE),
        ("Chainlink BTC/USD, sixty second time-weighted average", MEAN_RULE),
        ("the average of Chainlink's BTC/USD over the final 60 seconds", MEAN_RULE),
        ("Chainlink btcusd one-minute TWAP", MEAN_RULE),
    ],
)
def test_a_source_alone_may_say_all(source: str, expected: SettlementRule) -> None:
    assert rule(sources=source) == expected


@given(
    st.sampled_from(KINDS),
    st.sampled_from([str.upper, str.lower, str.title, str.swapcase]),
    st.sampled_from([" ", "  ", "\n", "\t", "\u00a0"]),
    st.sampled_from(['"', "\u201c", "'", ""]),
    st.sampled_from(["-", "\u2013", "\u2011"]),
    st.booleans(),
)
def test_case_spaces_quotes_and_dashes_do_not_matter(
    kind: tuple[str, str, PeriodLength, SettlementRule], case: object, space: str, quote: str, dash: str, ends: bool
) -> None:
    description, source, length, expected = kind
    assert callable(case)
    text = description if ends else description.rstrip(".")
    text = text.replace('"', quote).replace("time-weighted", f"time{dash}weighted")
    # A line's end is a sentence's: only single spaces are exchanged for others.
    text = case(re.sub(r"(?<=[a-z]) (?=[a-z])", space if space != "\n" else " ", text))
    assert rule(text, case(source), length) == expected
    assert rule(text, source.removeprefix("https://"), length) == expected


@pytest.mark.parametrize(
    ("words", "others"),
    [
        ("greater than or equal to", "at or above"),
        ("greater than or equal to", "equal to or greater than"),
        ("greater than or equal to", "at least"),
        ("greater than or equal to", "not lower than"),
        ("greater than or equal to", ">="),
        ("Otherwise,", "If not,"),
        ("1 hour candle", "1-hour candle"),
        ("1 hour candle", "one hour candle"),
        ("1 hour candle", "hourly candle"),
        ("1 hour candle", "60 minute candle"),
        ("This market will resolve", "The market resolves"),
    ],
)
def test_other_words_for_the_same(words: str, others: str) -> None:
    for description, source, length, expected in KINDS:
        assert rule(description.replace(words, others), source, length) == expected


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        ((MEAN, POINT_SOURCE.replace("btc-usd", "btc-usd-twap-30s-streams")), "30 s and 60 s"),
        ((MEAN.replace("60s", "30s"), MEAN_SOURCE.replace("60s", "30s")), "30 s"),
        ((MEAN.replace("60s", "300s"), ()), "300 s"),
        ((MEAN.replace("TWAP) of", "5-minute TWAP) of"), MEAN_SOURCE), "60 s and 300 s"),
        ((MEAN.replace("-twap-60s-streams", "-twap-streams"), ()), "not of how long"),
        ((POINT, MEAN_SOURCE), "another the price of a moment"),
        (((MEAN, POINT), MEAN_SOURCE), "another the price of a moment"),
        ((POINT, HOUR_SOURCE), "binance and chainlink"),
        ((HOUR, POINT_SOURCE), "binance and chainlink"),
        ((MEAN, "https://www.coingecko.com"), "coingecko"),
        ((POINT, "https://pyth.network/btc-usd"), "pyth"),
        ((POINT, "https://prices.example.com/btc-usd"), "prices.example.com"),
        ((POINT, "https://chain.link.example.org/btc-usd"), "chain.link.example.org"),
        ((POINT.replace("Chainlink", "Coinbase"), ()), "coinbase"),
        ((POINT, "chainlink eth/usd"), "eth/usd"),
        ((POINT.replace("Bitcoin", "Ethereum"), POINT_SOURCE), "ethereum"),
        ((MEAN.replace("BTC/USD", "BTC/USDT"), ()), "btc/usdt"),
        ((MEAN.replace("BTC/USD", "BTC/EUR"), ()), "btc/eur"),
        ((POINT + " It is about the 15 minute range.", POINT_SOURCE), "15 minute"),
        ((POINT.replace("price at the end", "volume-weighted price at the end"), ()), "volume-weighted"),
        ((POINT.replace("price at the end", "median price at the end"), ()), "median"),
        ((POINT + " If there is no report it resolves 50-50.", ()), "no winner"),
        ((POINT.replace("greater than or equal to", "greater than"), ()), "at or above"),
        ((POINT.replace("greater than or equal to", "less than or equal to"), ()), "at or above"),
        ((POINT.replace('"Up" if', '"Down" if'), ()), "Down wins"),
        ((POINT.replace("the price at the beginning of that range", "$70,000"), ()), "against the beginning"),
        (
            (
                POINT.replace("price at the end of", "price at the beginning of").replace(
                    "price at the beginning of that", "price at the end of that"
                ),
                (),
            ),
            "against the beginning",
        ),
        ((POINT + ' It resolves to "Down" if they are equal to or below it.', ()), "Down wins"),
        (("", ""), "nothing says"),
        (("It resolves by the price of BTC/USD.", ()), "no source"),
        (("It resolves by Chainlink.", ()), "no pair"),
        (("It resolves by the Chainlink BTC/USD 5 minute candle.", ()), "candle of Chainlink"),
        ((HOUR.replace("BTC", "ETH"), ()), "eth/usdt"),
    ],
)
def test_what_leaves_a_doubt_is_refused(texts: tuple[str | tuple[str, ...], str | tuple[str, ...]], told: str) -> None:
    assert told in refused(rule(*texts))


@pytest.mark.parametrize(
    ("text", "length", "told"),
    [
        (HOUR, FIVE, "candle of 3600 s"),
        (HOUR.replace("1 hour candle", "1 minute candle"), ONE_HOUR, "60 s and 3600 s"),
        (HOUR.replace("1 hour candle", "candle").replace('"1H" candle', "candle"), ONE_HOUR, "no candle of any length"),
        (HOUR.replace("close price", "average close price"), ONE_HOUR, "average of Binance"),
        (HOUR.replace("greater than or equal to", "higher than"), ONE_HOUR, "at or above"),
        (HOUR.replace("(https://www.binance.com/en", "(https://www.binance.us/en"), ONE_HOUR, "binance.us"),
        (HOUR.replace("the open price", "the price specified in the title"), ONE_HOUR, "against the beginning"),
        ("Binance BTC/USDT", ONE_HOUR, "no candle"),
        (MEAN, ONE_HOUR, ""),
    ],
)
def test_what_does_not_fit_the_period_is_refused(text: str, length: PeriodLength, told: str) -> None:
    found = rule(text, (), length)
    if told:
        assert told in refused(found)
    else:
        assert found == MEAN_RULE


def test_what_a_text_denies_does_not_count() -> None:
    denial = "not according to Coinbase, Binance BTC/USDT or a 30 second TWAP"
    assert rule(POINT.replace("not according to other sources or spot markets", denial)) == POINT_RULE
    assert refused(rule(POINT.replace("not according to other sources or spot markets", "nor to Coinbase")))


def test_the_venues_own_settings_have_to_agree() -> None:
    assert rule(MEAN, MEAN_SOURCE, averaged_s=60) == MEAN_RULE
    assert rule(MEAN.replace("-twap-60s-streams", "-twap-streams"), (), averaged_s=60) == MEAN_RULE
    assert rule(POINT, POINT_SOURCE, averaged_s=0) == POINT_RULE
    assert "30 s and 60 s" in refused(rule(MEAN, MEAN_SOURCE, averaged_s=30))
    assert "differ" in refused(rule(MEAN, MEAN_SOURCE, averaged_s=0))
    assert "differ" in refused(rule(POINT, POINT_SOURCE, averaged_s=60))
    assert "average" in refused(rule(HOUR, HOUR_SOURCE, ONE_HOUR, averaged_s=60))
    assert rule(HOUR, HOUR_SOURCE, ONE_HOUR, averaged_s=0) == CANDLE_RULE


def test_texts_without_an_end_are_not_read() -> None:
    assert "too long" in refused(rule(POINT + "a" * 100_000, POINT_SOURCE))
    assert "too long" in refused(rule(POINT, POINT_SOURCE + "-" * 100_000))


@pytest.mark.parametrize(
    "piece", ["a", "a.", "a-", "up if ", "1 ", "60 second twap of ", "not according to ", "chain", "b/"]
)
def test_texts_of_one_piece_over_and_over_are_answered(piece: str) -> None:
    assert isinstance(rule(piece * (LONGEST_TEXT // len(piece)), POINT_SOURCE), NoRule | SettlementRule)


def test_a_coin_that_is_not_known_is_refused() -> None:
    assert "dogeusd" in refused(rule(of_coin(POINT, "doge", "Dogecoin"), symbol=Symbol("dogeusd")))


@given(st.lists(st.text(max_size=200), max_size=3), st.lists(st.text(max_size=200), max_size=3))
def test_any_text_is_answered(descriptions: list[str], sources: list[str]) -> None:
    found = rule(tuple(descriptions), tuple(sources))
    assert isinstance(found, NoRule | SettlementRule)


@given(st.sampled_from(KINDS), st.data())
def test_a_text_with_a_piece_cut_out_is_never_read_as_another_rule(
    kind: tuple[str, str, PeriodLength, SettlementRule], data: st.DataObject
) -> None:
    description, source, length, expected = kind
    begin = data.draw(st.integers(0, len(description)))
    end = data.draw(st.integers(begin, min(len(description), begin + 60)))
    found = rule(description[:begin] + description[end:], source, length)
    assert found == expected or isinstance(found, NoRule)


@given(st.text(max_size=300))
def test_plain_text_stays_as_it_is(text: str) -> None:
    once = plain_text(text)
    assert plain_text(once) == once
