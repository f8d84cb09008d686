"""`polyactors run` on paper on live data: the venue is a served exchange, and everything goes over real sockets."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from attrs import frozen

from polyactors.venues.polymarket.live_paper.settings import MARKET_STREAM_URL, PolymarketSettings
from tests.end_to_end.program import check_agrees, check_sound, records, run_here, run_process

PATIENCE_S = 60
DURATION_S = 5
FEW_AND_LIVELY = """
[listings]
binary_markets = 3
neg_risk_outcomes = [3]
protocol_two_markets = 0
fifteen_minute_symbols = []
hours_ahead = 0
five_minutes_ahead = 0
[traders]
pace = 4.0
"""


@frozen
class Served:
    url: str

    def slugs(self) -> list[str]:
        lines = httpx.get(f"{self.url}/exchange/markets", trust_env=False).json()["markets"]
        return [line["slug"] for line in lines if line["kind"] == "binary"]

    def arm(self, **fault: object) -> None:
        assert httpx.post(f"{self.url}/exchange/faults", json=fault, trust_env=False).status_code == 200

    def configuration(self, folder: Path, **more: object) -> Path:
        settings = {
            "clob_url": self.url,
            "gamma_url": f"{self.url}/gamma",
            "market_stream_url": self.url.replace("http", "ws", 1) + "/ws/market",
            **more,
        }
        path = folder / "live.toml"
        path.write_text(
            "[polymarket]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items())
        )
        return path


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    settings = tmp_path_factory.mktemp("exchange") / "exchange.toml"
    settings.write_text(FEW_AND_LIVELY)
    command = [sys.executable, "-m", "polyactors", "exchange", "serve", "--port", "0", "--json", "--seed", "5"]
    process = subprocess.Popen([*command, "--config", str(settings)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield Served(json.loads(process.stdout.readline())["url"])
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE_S)


def test_books_are_closed_by_the_venue_s_hashes_and_orders_rest_on_paper(venue: Served, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    configuration = venue.configuration(tmp_path)
    ran = run_process(
        "run", "--config", configuration, "--duration", DURATION_S, "--json", "--journal", journal, cwd=tmp_path
    )
    assert ran.code == 0, ran.err[-2000:]
    summary = ran.summary
    check_sound(summary)
    check_agrees(summary, records(journal))
    assert summary["feed"]["books_closed"] > 50
    assert summary["strategies"][0]["activity"]["orders"] > 5
    before = httpx.get(f"{venue.url}/exchange/status", trust_env=False).json()["requests"]
    assert not {"401", "500"} & before.keys()


def test_a_stream_that_breaks_is_connected_again_and_trading_goes_on(venue: Served, tmp_path: Path) -> None:
    for number in range(3):
        venue.arm(kind="drop-connections", stream="market", name=f"{tmp_path.name}-{number}", times=1)
    ran = run_process(
        "run", "--config", venue.configuration(tmp_path), "--duration", DURATION_S, "--json", cwd=tmp_path
    )
    assert ran.code == 0, ran.err[-2000:]
    check_sound(ran.summary)
    assert "stream lost" in ran.err
    assert ran.summary["feed"]["books_closed"] > 20


def test_markets_are_those_that_were_named(venue: Served, tmp_path: Path) -> None:
    wanted = venue.slugs()[:2]
    configuration = venue.configuration(tmp_path, markets=wanted)
    ran = run_process("run", "--config", configuration, "--duration", 1, "--json", cwd=tmp_path)
    assert ran.code == 0, ran.err[-2000:]
    assert {market["slug"] for market in ran.summary["markets"]} == set(wanted)


def test_more_tokens_than_a_connection_has_room_for_go_over_several(venue: Served, tmp_path: Path) -> None:
    """And a shard that dies takes its own markets' data with it for a moment, and nobody else's."""
    configuration = venue.configuration(tmp_path, tokens_a_connection=4)
    ran = run_process(
        "run", "--config", configuration, "--duration", 3, "--json", "--kill", "market-data/shard-1@30", cwd=tmp_path
    )
    assert ran.code == 0, ran.err[-2000:]
    check_sound(ran.summary)
    shards = [line for line in ran.summary["actors"] if line["path"].startswith("market-data/")]
    assert len(shards) == -(-len(ran.summary["markets"]) // (2 * 2))
    assert all(line["frames"] > 0 for line in ran.summary["feed"]["markets"]), ran.summary["feed"]


def test_unknown_markets_are_all_told_before_anything_starts(venue: Served, tmp_path: Path) -> None:
    ran = run_here("run", "--config", venue.configuration(tmp_path, markets=["no-such", "nor-this", venue.slugs()[0]]))
    assert (ran.code, ran.out) == (2, "")
    assert "no-such: there is no open market" in ran.err
    assert "nor-this: there is no open market" in ran.err


def test_without_a_network_it_says_so_and_names_the_exchange(tmp_path: Path) -> None:
    for arguments in ([], ["--json"]):
        ran = run_here("run", "--config", Served("http://127.0.0.1:9").configuration(tmp_path), *arguments)
        assert (ran.code, ran.out) == (2, "")
        assert "polyactors run --venue exchange" in ran.err
        assert "Traceback" not in ran.err


def test_what_is_live_cannot_be_speeded_up() -> None:
    ran = run_here("run", "--speed", "2")
    assert ran.code == 2
    assert "--speed" in ran.err


@pytest.mark.parametrize("url", ["http://example.org", "ftp://127.0.0.1", "", "https://"])
def test_what_is_not_on_this_machine_is_asked_in_secret_alone(url: str) -> None:
    with pytest.raises(ValueError, match="is no address"):
        PolymarketSettings(clob_url=url)
    assert PolymarketSettings(clob_url="http://localhost:1").market_stream_url == MARKET_STREAM_URL
