"""Which strategies run on which market of a period, and that each such market has its session."""

from pathlib import Path

import pytest
from attrs import evolve

from actors.risk.session import SESSION
from actors.strategies.divergence import DIVERGENCE
from actors.strategies.fair_taker import FAIR_TAKER
from actors.strategies.hourly_quoter import HOURLY_QUOTER
from messages.identity import MarketId
from messages.markets import Market
from messages.periods import PeriodLength
from polyactors.config import Configuration
from polyactors.config_file import BadConfiguration, read_configuration
from polyactors.session_settings import SessionStrategies, SessionTreeSettings
from polyactors.session_tree import children_of, session_children, session_looks
from supervision.specs import SECOND
from tests.actors.samples import market
from tests.actors.session_world import SERIES, period_market

ALL = SessionStrategies(fair_taker=True, divergence=True)
MARKETS = [evolve(period_market(), market=MarketId(f"0x{number:064x}")) for number in range(400)]


def names(runs: SessionStrategies, where: Market) -> tuple[str, ...]:
    return tuple(each.name for each in children_of(where, SessionTreeSettings(runs=runs)))


def test_a_market_of_a_period_has_a_session_first_whatever_runs_there() -> None:
    nobody = SessionStrategies(hourly_quoter=False)
    for runs in (nobody, ALL, SessionStrategies()):
        assert names(runs, period_market())[0] == SESSION
    assert names(nobody, period_market()) == (SESSION,)


def test_a_market_without_a_period_has_none() -> None:
    assert names(ALL, market()) == ()
    assert session_children(Configuration(), market()) == ()


def test_by_default_there_is_a_quoter_alone() -> None:
    assert [each.name for each in session_children(Configuration(), period_market())] == [SESSION, HOURLY_QUOTER]


def test_a_quoter_and_those_that_take_never_meet_on_a_market() -> None:
    """One owns it at a time, and the quoter would never let go."""
    for percent in (0, 30, 100):
        runs = evolve(ALL, directional_percent=percent)
        directional = 0
        for where in MARKETS:
            found = set(names(runs, where)[1:])
            assert found in ({HOURLY_QUOTER}, {FAIR_TAKER, DIVERGENCE})
            directional += FAIR_TAKER in found
            assert names(runs, where) == names(runs, where)
        assert abs(directional - 4 * percent) <= 40


def test_a_series_may_belong_to_those_that_take() -> None:
    runs = evolve(ALL, directional_percent=0, directional_series=(SERIES.name,))
    assert all(HOURLY_QUOTER not in names(runs, where) for where in MARKETS)
    other = evolve(runs, directional_series=("btcusd-1h",))
    assert all(names(other, where)[1:] == (HOURLY_QUOTER,) for where in MARKETS)


def test_without_a_quoter_all_markets_are_theirs_and_without_them_all_are_the_quoter_s() -> None:
    assert all(names(evolve(ALL, hourly_quoter=False), where)[1:] == (FAIR_TAKER, DIVERGENCE) for where in MARKETS)
    assert all(names(SessionStrategies(), where)[1:] == (HOURLY_QUOTER,) for where in MARKETS)
    only = SessionStrategies(divergence=True, directional_percent=100)
    assert names(only, period_market())[1:] == (DIVERGENCE,)


def test_everybody_is_shown_the_book() -> None:
    looks = session_looks(Configuration())
    assert set(names(evolve(ALL, directional_percent=100), period_market())) <= set(looks)
    assert HOURLY_QUOTER in looks


def test_times_and_settings_come_from_the_file(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text(
        "[sessions.runs]\nfair_taker = true\ndirectional_series = ['btcusd-5m']\n"
        "[sessions.times.five_minutes]\nwind_down_ms = 100000\n"
        "[sessions.hourly_quoter]\nquote_size = '40'\nminimum_edge = '0.02'\n"
    )
    read = read_configuration(tmp_path / "c.toml").sessions
    assert read.runs.directional_series == ("btcusd-5m",)
    assert read.times.times(PeriodLength.FIVE_MINUTES).wind_down_ns == 100 * SECOND
    assert (read.hourly_quoter.quote_size, read.hourly_quoter.minimum_edge) == (40_000_000, 200)


def test_times_that_make_no_sense_are_refused_with_their_place(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text("[sessions.times.hour]\nflatten_ms = 900000\n")
    with pytest.raises(BadConfiguration, match="flatten"):
        read_configuration(tmp_path / "c.toml")
