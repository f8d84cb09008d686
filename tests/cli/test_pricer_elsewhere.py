"""`[pricer] in_own_process`: refused where no other process could know the prices of what is traded on."""

from pathlib import Path

import pytest
from attrs import evolve

from polyactors.cli.pricer_elsewhere import check_pricer
from polyactors.cli.venue_names import ExchangeAt, Named, Where
from polyactors.config import Configuration
from tests.end_to_end.program import run_here
from tests.end_to_end.recordings import make


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(5).write(tmp_path_factory.mktemp("recording"))


@pytest.fixture
def asks(tmp_path: Path) -> Path:
    path = tmp_path / "asks.toml"
    path.write_text("[pricer]\nin_own_process = true\n")
    return path


def check_is_refused(*arguments: object, why: str) -> None:
    ran = run_here(*arguments)
    assert (ran.code, ran.out) == (2, "")
    for said in ("pricer.in_own_process cannot be used here", why, "leave it out"):
        assert said in ran.err, ran.err


def test_a_replay_has_a_time_of_its_own(recording: Path, asks: Path) -> None:
    check_is_refused("replay", recording, "--config", asks, "--json", why="a time and prices of its own")
    assert run_here("replay", recording, "--json").code == 0


def test_a_recording_in_real_time_has_prices_of_its_own(recording: Path, asks: Path) -> None:
    venue = f"recording:{recording}"
    check_is_refused("run", "--venue", venue, "--config", asks, "--json", why="a time and prices of its own")


@pytest.mark.parametrize("mode", ["paper", "live"])
def test_nobody_else_reaches_an_exchange_in_the_trader_s_process(asks: Path, mode: str) -> None:
    check_is_refused("run", "--venue", "exchange", "--mode", mode, "--config", asks, "--json", why="exchange:URL")


@pytest.mark.parametrize("on", [Named.POLYMARKET, ExchangeAt("http://127.0.0.1:8700")])
def test_what_others_reach_as_well_may_be_priced_by_them(on: Where) -> None:
    usual = Configuration()
    check_pricer(evolve(usual, pricer=evolve(usual.pricer, in_own_process=True)), on)


def test_who_makes_prices_in_the_tree_may_do_so_anywhere() -> None:
    for on in Named:
        check_pricer(Configuration(), on)
