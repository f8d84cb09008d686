"""`polyactors pricer` as its users have it: a process that says where it is, serves, and ends in good order."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import trio

from actors.pricing.remote_pricer import RemotePricer
from actors.pricing.remote_words import RemotePricerHealth, RemotePricerSettings
from messages.pricing import FollowPrices, NoPrices, PriceSnapshot
from polyactors.cli.failures import report_mistakes
from polyactors.cli.pricer import pricer as command
from polyactors.pricer.client import HttpPriceService
from polyactors.pricer.place import SocketPlace
from polyactors.pricer.wire import read_snapshot
from supervision.actor import Actor
from supervision.address import Path as ActorPath
from supervision.clock import SteadyClock
from supervision.runtime import Runtime
from supervision.specs import ActorSpec, Strategy, SupervisorSpec
from tests.calibration.made_recordings import START_MS, Made, write
from tests.end_to_end.program import surroundings
from tests.pricer.snapshots import SERIES

PATIENCE_S = 60
COMMAND = "import sys; from polyactors.cli.failures import report_mistakes; from polyactors.cli.pricer import pricer\n"
COMMAND += "with report_mistakes(): pricer.main(sys.argv[1:], standalone_mode=False)"


def started(*arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=surroundings(),
    )


def first_line(process: subprocess.Popen[str]) -> dict[str, object]:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, process.communicate(timeout=PATIENCE_S)[1]
    found: dict[str, object] = json.loads(line)
    return found


@contextmanager
def pricer(*arguments: object) -> Iterator[tuple[subprocess.Popen[str], dict[str, object]]]:
    process = started(*arguments, "--json", "--log-level", "error")
    try:
        yield process, first_line(process)
    finally:
        process.kill()
        process.communicate(timeout=PATIENCE_S)


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """What it says to arguments that it cannot use, run in this process."""

    def run(*arguments: object) -> str:
        with pytest.raises(SystemExit) as end, report_mistakes():
            command.main(list(map(str, arguments)), standalone_mode=False)
        said = capsys.readouterr()
        assert (end.value.code, said.out) == (2, "")
        return said.err

    return run


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"recording:{write(Made(tmp_path_factory.mktemp('made'), before_s=20))}"


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_it_serves_serves_and_ends_when_it_is_told(venue: str, ending: signal.Signals) -> None:
    with pricer("--venue", venue, "--listen", "127.0.0.1:0") as (process, said):
        assert said["process"] == process.pid and said["series"] == ["btcusd-5m", "btcusd-1h"]
        url = said["url"]
        with httpx.Client(base_url=str(url), trust_env=False, timeout=PATIENCE_S) as client:
            answer = client.get("/snapshot/latest")
            while answer.status_code == 503:
                answer = client.get("/snapshot/latest")
            snapshot = read_snapshot(answer.content)
            assert snapshot.series == SERIES and snapshot.ts_local_ms >= START_MS - 20_000
            document = client.get("/health").json()
            assert {each["name"] for each in document["feeds"]} == {"binance", "coinbase", "polymarket-prices"}
        process.send_signal(ending)
        out, err = process.communicate(timeout=PATIENCE_S)
        assert (process.returncode, out, err) == (0, "", "")


def test_its_time_is_over_when_it_was_said_to_be(venue: str, tmp_path: Path) -> None:
    path = tmp_path / "s"
    with pricer("--venue", venue, "--socket", path, "--duration", "0.2") as (process, said):
        assert said["url"] is None and said["socket"] == str(path)
        assert process.wait(PATIENCE_S) == 0
        assert not path.exists()


def test_every_mistake_is_named_at_once(refused: Callable[..., str], tmp_path: Path) -> None:
    said = refused("--venue", "nowhere", "--listen", "0.0.0.0:80", "--duration", "nan", "--config", tmp_path / "none")
    for part in ("nowhere", "0.0.0.0", "nan", "cannot be read"):
        assert part in said, part
    assert "exchange:URL" in refused("--venue", "exchange")
    assert "leave one out" in refused("--listen", "127.0.0.1:0", "--socket", tmp_path / "s")


def test_a_place_that_is_taken_is_told(refused: Callable[..., str], venue: str, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        assert "name another port" in refused("--venue", venue, "--listen", place)
    (tmp_path / "file").write_text("mine")
    assert "no socket" in refused("--venue", venue, "--socket", tmp_path / "file")


class Follower(Actor[PriceSnapshot | NoPrices | None]):
    """Passes on what it hears to the test."""

    def __init__(self, heard: trio.MemorySendChannel[PriceSnapshot | NoPrices]) -> None:
        self._heard = heard

    def started(self) -> None:
        self.every("follow", 1_000_000_000, None)

    def receive(self, message: PriceSnapshot | NoPrices | None) -> None:
        if message is None:
            self.tell(self.address(ActorPath("reference/btcusd")), FollowPrices(SERIES))
        else:
            self._heard.send_nowait(message)


async def test_a_trader_follows_a_pricer_through_its_death_and_its_next_life(tmp_path: Path) -> None:
    """The whole way: another process, its socket, the poller, a follower. Only the next life of the pricer ends the
    silence, in another epoch. No venue is there, so that all that is published is stale."""
    path = tmp_path / "prices.sock"
    heard_by, heard = trio.open_memory_channel[PriceSnapshot | NoPrices](100_000)
    service, health = HttpPriceService(SocketPlace(path)), RemotePricerHealth()
    remote = ActorSpec(name="btcusd", create=lambda: RemotePricer((SERIES,), service, RemotePricerSettings(), health))
    runtime = Runtime(SteadyClock())
    reference = SupervisorSpec(name="reference", strategy=Strategy.ONE_FOR_ONE, children=(remote,))
    follower = ActorSpec(name="follower", create=lambda: Follower(heard_by))
    runtime.describe(
        SupervisorSpec(name="root", strategy=Strategy.ONE_FOR_ONE, children=(reference, follower), is_group=True)
    )

    async def next_of(kind: type[PriceSnapshot] | type[NoPrices]) -> PriceSnapshot | NoPrices:
        while not isinstance(message := await heard.receive(), kind):
            pass
        return message

    def begin() -> subprocess.Popen[str]:
        return started("--venue", "exchange:http://127.0.0.1:1", "--socket", path, "--json", "--log-level", "error")

    with trio.fail_after(PATIENCE_S):
        async with trio.open_nursery() as nursery:
            await nursery.start(runtime.run)
            epochs = []
            for _ in range(2):
                process = await trio.to_thread.run_sync(begin)
                try:
                    snapshot = await next_of(PriceSnapshot)
                    assert isinstance(snapshot, PriceSnapshot) and snapshot.stale
                    epochs.append(snapshot.epoch)
                finally:
                    process.kill()
                    process.communicate()
                silence = await next_of(NoPrices)
                assert isinstance(silence, NoPrices) and silence.series == SERIES
            runtime.stop("the test is over")
    assert len(set(epochs)) == 2
    assert health.silences >= 2 and health.failures["unreachable"] > 0


def test_who_publishes_seldom_is_not_taken_for_dead(refused: Callable[..., str], venue: str, tmp_path: Path) -> None:
    path = tmp_path / "seldom.toml"
    path.write_text("[pricing]\npublish_every_ms = 1000\n")
    assert "pricer.silent_after_ms" in refused("--venue", venue, "--config", path)


def test_what_is_served_is_what_the_configuration_says(tmp_path: Path) -> None:
    folder, path = write(Made(tmp_path / "made")), tmp_path / "pricer.toml"
    pricing = '[pricer]\nseries = ["ethusd-15m", "btcusd-5m"]\nsocket = "prices.sock"\n'
    path.write_text(f'[service]\ndata_folder = "{tmp_path}"\n{pricing}')
    with pricer("--venue", f"recording:{folder}", "--config", path) as (_, said):
        assert said["series"] == ["ethusd-15m", "btcusd-5m"]
        assert said["socket"] == str(tmp_path / "prices.sock")
