"""Markets of periods, traded over real sockets: with the pricer in the tree, and with one in a process of its own."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from attrs import field, frozen

from messages.identity import OrderId, Side
from messages.orders import Order
from messages.sessions import MarketJoined, SessionIs, SessionState
from tests.end_to_end.live_world import Exchange, Trader, check_account, pause
from tests.end_to_end.program import check_money, still_open, surroundings

PATIENCE_S = 60.0
PERIOD_S = 300
BEFORE_A_PERIOD_S = 8.0
"""Until everybody is up, so that the start of a period is seen as well."""

SECOND_NS = 10**9
MILLISECOND_NS = 10**6
UNDER_WAY_NS = SECOND_NS // 2
"""What was decided before the silence was heard has become an order by then."""

FIVE_MINUTES_ALONE = """
[listings]
binary_markets = 0
neg_risk_outcomes = []
augmented_events = 0
protocol_two_markets = 0
fifteen_minute_symbols = []
hourly_symbols = []
five_minutes_ahead = 1
[traders]
pace = 2.0
"""
PERIODS = """
[polymarket]
most_markets = 0
[discovery]
series = ["btcusd-5m"]
[live]
markets_an_hour = 20
"""
ASKS_A_PRICER = """
[pricer]
in_own_process = true
socket = "prices.sock"
series = ["btcusd-5m"]
"""


@frozen
class Beginning:
    """Where programs run that all have the same clock: a few seconds before a period."""

    folder: Path
    moved_s: float

    def start(self, *arguments: object, errors: str = "err.txt") -> "subprocess.Popen[str]":
        program = [sys.executable, str(Path(__file__).with_name("moved_clock.py")), str(self.moved_s)]
        with (self.folder / errors).open("ab") as err:
            return subprocess.Popen(
                [*program, *map(str, arguments)],
                stdout=subprocess.PIPE,
                stderr=err,
                text=True,
                cwd=self.folder,
                env=surroundings(),
            )

    @contextmanager
    def running(self, *arguments: object, errors: str = "err.txt") -> "Iterator[subprocess.Popen[str]]":
        process = self.start(*arguments, errors=errors)
        try:
            yield process
        finally:
            process.kill()
            process.communicate()


@frozen
class Trading(Trader):
    """A trader and its process."""

    process: "subprocess.Popen[str]" = field(kw_only=True)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.splitlines() if line.startswith("{") and line.endswith("}")]

    def orders(self) -> list[Order]:
        return [each for each in self.records() if isinstance(each, Order)]

    def bids(self) -> set[OrderId]:
        """Orders that are open and add risk."""
        said = self.records()
        is_open = still_open(said)
        return {
            each.order for each in said if isinstance(each, Order) and each.side is Side.BUY and each.order in is_open
        }

    def until(self, is_so: Callable[[], bool]) -> None:
        began_s = time.monotonic()
        while not is_so():
            assert self.process.poll() is None, f"it ended: {self.log[-3000:]}"
            assert time.monotonic() - began_s < PATIENCE_S, self.log[-3000:]
            pause(0.05)

    def end(self) -> None:
        """It is told to stop, and nothing is left of it."""
        self.process.send_signal(signal.SIGTERM)
        out, _ = self.process.communicate(timeout=PATIENCE_S)
        assert self.process.returncode == 0, self.log[-3000:]
        summary = json.loads(out)
        assert (summary["broken_invariants"], summary["account"]["open_orders"]) == ([], 0)
        check_money(summary)
        assert still_open(self.records()) == set()
        assert [each for each in self.events if each["level"] == "error"] == []
        check_account(self)


@frozen
class World:
    served: Exchange
    in_its_tree: Trading
    asking: Trading
    beginning: Beginning
    pricer: "subprocess.Popen[str]"

    def health(self) -> dict[str, Any]:
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(self.socket)), base_url="http://localhost") as client:
            found = client.get("/health").json()
        assert isinstance(found, dict)
        return found

    @property
    def socket(self) -> Path:
        return self.beginning.folder / "data" / "prices.sock"


def first_line(process: "subprocess.Popen[str]") -> dict[str, Any]:
    assert process.stdout is not None
    found = json.loads(process.stdout.readline())
    assert isinstance(found, dict)
    return found


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[World]":
    """One exchange, two traders, and a pricer that one of them asks, all at once."""
    moved_s = PERIOD_S - BEFORE_A_PERIOD_S - time.time() % PERIOD_S
    folder = tmp_path_factory.mktemp("exchange")
    (folder / "exchange.toml").write_text(FIVE_MINUTES_ALONE)
    serve = ("exchange", "serve", "--port", 0, "--json", "--seed", 7, "--config", "exchange.toml")
    with Beginning(folder, moved_s).running(*serve) as exchange:
        url = first_line(exchange)["url"]

        @contextmanager
        def trader(settings: str) -> "Iterator[Trading]":
            where = tmp_path_factory.mktemp("trader")
            (where / "trader.toml").write_text(settings)
            run = ("run", "--mode", "live", "--venue", f"exchange:{url}", "--config", "trader.toml")
            how = ("--journal", "journal", "--log-level", "info", "--json")
            with Beginning(where, moved_s).running(*run, *how) as process:
                yield Trading(where, Exchange(url), settings, process=process)

        with trader(PERIODS) as in_its_tree, trader(PERIODS + ASKS_A_PRICER) as asking:
            beginning = Beginning(asking.folder, moved_s)
            with pricer_at(url, beginning) as pricer:
                yield World(Exchange(url), in_its_tree, asking, beginning, pricer)


@contextmanager
def pricer_at(url: str, beginning: Beginning) -> "Iterator[subprocess.Popen[str]]":
    """With the configuration of who asks it."""
    how = ("pricer", "--venue", f"exchange:{url}", "--config", "trader.toml", "--json")
    with beginning.running(*how, errors="pricer.txt") as process:
        assert first_line(process)["series"] == ["btcusd-5m"]
        yield process


def check_quotes(trader: Trading) -> None:
    """The market of the period joined, its session became ACTIVE, and only then did it quote."""
    said = trader.records()
    (joined, *_) = (each for each in said if isinstance(each, MarketJoined))
    assert joined.market.about is not None
    (active, *_) = (each for each in said if isinstance(each, SessionIs) and each.state is SessionState.ACTIVE)
    assert active.at_ns >= joined.market.about.period.start_ms * MILLISECOND_NS
    orders = trader.orders()
    assert {each.strategy for each in orders} == {"hourly-quoter"}
    assert orders[0].written_ns > active.at_ns


def test_prices_that_the_trader_makes_itself(world: World) -> None:
    trader = world.in_its_tree
    trader.until(lambda: bool(trader.bids()))
    check_quotes(trader)
    subscribed = {each["actor"] for each in trader.events if each["event"] == "subscribed"}
    assert {"reference/binance", "reference/coinbase", "reference/kraken"} <= subscribed
    trader.end()


def test_a_pricer_that_is_killed_while_its_trader_quotes(world: World) -> None:
    """The trader takes no new risk until the pricer's next life, and then quotes again."""
    trader = world.asking
    trader.until(lambda: bool(trader.bids()))
    check_quotes(trader)
    assert not [each for each in trader.events if each["actor"] == "reference/binance"], "it has no feed of its own"
    first = world.health()
    assert {each["name"] for each in first["feeds"] if each["ticks"] and not each["restarts"]} == {
        "binance", "coinbase", "kraken", "polymarket-prices",
    }  # fmt: skip

    silences = len(silences_of(trader))
    world.pricer.kill()
    trader.until(lambda: len(silences_of(trader)) > silences and not trader.bids())
    with pricer_at(world.served.url, world.beginning):
        second_ns = world.health()["series"][0]["epoch"] * MILLISECOND_NS
        trader.until(lambda: any(each.written_ns > second_ns and each.side is Side.BUY for each in trader.orders()))
        trader.end()

    silent_ns = silences_of(trader)[-1]
    bid_ns = [each.written_ns for each in trader.orders() if each.side is Side.BUY]
    assert [at_ns for at_ns in bid_ns if silent_ns + UNDER_WAY_NS < at_ns < second_ns] == []


def silences_of(trader: Trading) -> list[int]:
    """When it noticed that its pricer is not there."""
    return [
        round(datetime.fromisoformat(each["time"]).timestamp() * SECOND_NS)
        for each in trader.events
        if each["event"] == "the pricer says nothing new"
    ]
