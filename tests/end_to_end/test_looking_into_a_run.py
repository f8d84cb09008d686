"""A running service is looked into and steered by the commands, over its real socket."""

import json
import os
import signal
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Timer
from typing import Any

import pytest

from polyactors.control.client import ControlClient
from polyactors.control.wire import Kill
from tests.end_to_end.program import Ran, check_sound, command, run_here, run_process, surroundings
from tests.end_to_end.recordings import LISTINGS, make

LONGEST_S = 30
MAKER = f"{LISTINGS[0].path}/maker"
MARKET = f"{LISTINGS[0].path}/market"
Plain = dict[str, Any]


class Service:
    """One that runs in a process of its own."""

    def __init__(self, process: "subprocess.Popen[str]", socket: Path) -> None:
        self.process = process
        self.socket = socket

    def ask(self, *arguments: object) -> Ran:
        return run_here(*arguments, "--socket", self.socket)

    def json(self, *arguments: object) -> Plain:
        ran = self.ask(*arguments, "--json")
        assert ran.code == 0, ran.err
        found = json.loads(ran.out)
        assert isinstance(found, dict)
        return found

    def actor(self, path: str) -> Plain:
        found: Plain = self.json("actor", path)["actor"]
        return found

    def wait_until(self, is_so: Callable[[], object]) -> None:
        until = time.monotonic() + LONGEST_S
        while not is_so():
            assert time.monotonic() < until, "it does not come about"
            assert self.process.poll() is None, "the service ended"

    def wait_for_the_words(self, words: str) -> None:
        """Until the log has them."""
        assert self.process.stderr is not None
        too_late = Timer(LONGEST_S, self.process.kill)
        too_late.start()
        try:
            assert any(words in line for line in self.process.stderr), "the service ended without them"
        finally:
            too_late.cancel()

    def is_up(self) -> bool:
        return self.socket.exists() and self.ask("tree").code == 0

    def ended(self) -> Ran:
        out, err = self.process.communicate(timeout=LONGEST_S)
        return Ran(self.process.returncode, out, err)


@contextmanager
def running(recording: Path, folder: Path, *options: object) -> Iterator[Service]:
    socket = folder / "control.sock"
    arguments = ("run", "--venue", f"recording:{recording}", "--json", "--log-level", "info")
    with subprocess.Popen(
        command(*arguments, "--journal", folder / "journal", "--socket", socket, *options),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=surroundings(),
        cwd=folder,
    ) as process:
        service = Service(process, socket)
        try:
            service.wait_until(service.is_up)
            yield service
        finally:
            process.kill()


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """About ten minutes of frames: nobody waits for its end."""
    return make(9_000).write(tmp_path_factory.mktemp("long"))


@pytest.fixture
def folder() -> Iterator[Path]:
    """With a short name, as a socket's has to be."""
    with TemporaryDirectory(prefix="pa-") as name:
        yield Path(name)


@pytest.fixture(scope="module")
def service(recording: Path) -> Iterator[Service]:
    with TemporaryDirectory(prefix="pa-") as name, running(recording, Path(name)) as service:
        service.wait_until(lambda: service.actor("ledger")["handled"] > 0 and both_makers_are_up(service))
        yield service


def both_makers_are_up(service: Service) -> bool:
    """The ledger may hear from the first market before the second one has its strategies."""
    makers = service.json("mailboxes", "markets/*/*/maker")["actors"]
    return [maker["state"] for maker in makers] == ["running", "running"]


def test_mailboxes(service: Service) -> None:
    everybody = service.json("mailboxes")
    paths = {actor["path"] for actor in everybody["actors"]}
    assert {"journal", "ledger", "execution/executor", MAKER, "operators/control"} <= paths
    assert everybody["total"] == len(paths)
    ledger = next(actor for actor in everybody["actors"] if actor["path"] == "ledger")
    assert ledger["state"] == "running" and ledger["type_name"] == "Bookkeeper"
    assert ledger["handled"] > 0 and ledger["waiting_p99_ns"] > 0 and ledger["handling_p99_ns"] > 0
    some = service.json("mailboxes", "markets/*/*/maker")
    assert [actor["type_name"] for actor in some["actors"]] == ["Maker", "Maker"]
    assert len(service.json("mailboxes", "--limit", 3)["actors"]) == 3
    table = service.ask("mailboxes", "ledger").out
    assert "ledger" in table and "Bookkeeper" in table and "1 of 1 actors" in table


def test_rates_are_known_after_two_seconds(service: Service) -> None:
    service.wait_until(lambda: (service.actor(MARKET)["rate_per_second"] or 0) > 0)


def test_watching_goes_on_until_it_is_interrupted(service: Service) -> None:
    arguments = ("mailboxes", "ledger", "--watch", "--every", 0.1, "--json", "--socket", service.socket)
    with subprocess.Popen(command(*arguments), stdout=subprocess.PIPE, text=True, env=surroundings()) as watching:
        assert watching.stdout is not None
        seen = [json.loads(watching.stdout.readline()) for _ in range(3)]
        watching.send_signal(signal.SIGINT)
        assert watching.wait(LONGEST_S) == 0
    assert [each["actors"][0]["path"] for each in seen] == ["ledger"] * 3
    assert seen[0]["at_ns"] < seen[1]["at_ns"] < seen[2]["at_ns"]


def test_tree(service: Service) -> None:
    lines = service.json("tree")["lines"]
    assert lines[0]["path"] == "root" and lines[0]["depth"] == 0
    assert {"service", "operators", "core", "execution", MAKER} <= {line["path"] for line in lines}
    drawn = service.ask("tree").out
    assert "executor" in drawn and "one_for_all" in drawn


def test_one_actor(service: Service) -> None:
    shown = service.actor("governor")
    assert shown["monitors"] == ["execution/executor", "operators"]
    assert service.actor("execution/executor")["watched_by"]
    assert service.actor("execution")["children"] == ["execution/gateway", "execution/executor"]
    assert "Governor" in service.ask("actor", "governor", "show").out


LOOKS = 20


def seen(service: Service) -> object:
    return service.json("actor", "ledger", "state")["state"]


def test_its_state(service: Service) -> None:
    state = service.json("actor", "ledger", "state")
    assert state["type_name"] == "Bookkeeper" and state["state"]["wallet"]["deposited"] == 1_000_000_000
    # It trades on between two looks.
    looks = ((json.loads(service.ask("actor", "ledger", "state").out), seen(service)) for _ in range(LOOKS))
    assert any(plain == as_json for plain, as_json in looks)
    assert service.json("actor", "operators/control", "state")["state"]["open_connections"] == 1


def test_a_trace(service: Service) -> None:
    arguments = ("actor", MARKET, "trace", "--json", "--socket", service.socket)
    with subprocess.Popen(command(*arguments), stdout=subprocess.PIPE, text=True, env=surroundings()) as tracing:
        assert tracing.stdout is not None
        lines = [json.loads(tracing.stdout.readline()) for _ in range(3)]
        assert service.actor(MARKET)["is_traced"]
        tracing.send_signal(signal.SIGINT)
        assert tracing.wait(LONGEST_S) == 0
    assert {line["path"] for line in lines} == {MARKET}
    assert lines[0]["direction"] == "in"
    service.wait_until(lambda: not service.actor(MARKET)["is_traced"])


def test_suspend_and_resume(service: Service) -> None:
    assert "suspended" in service.ask("actor", MAKER, "suspend").out
    service.wait_until(lambda: service.actor(MAKER)["depth"] > 0)
    assert service.actor(MAKER)["state"] == "suspended"
    handled = service.actor(MAKER)["handled"]
    assert service.ask("actor", MAKER, "resume").code == 0
    service.wait_until(lambda: service.actor(MAKER)["handled"] > handled)
    assert service.actor(MAKER)["state"] == "running"


def test_kill_and_restart(service: Service) -> None:
    for path, action in (("execution/gateway", "kill"), ("ledger", "restart"), ("operators/control", "kill")):
        life = service.actor(path)["generation"]
        assert service.ask("actor", path, action).code == 0
        service.wait_until(service.is_up)
        service.wait_until(lambda path=path, life=life: service.actor(path)["generation"] > life)  # type: ignore[misc]
    assert service.actor("execution/gateway")["restarts"] >= 1
    assert "killed: told to by" in service.actor("operators/control")["last_error"]


def test_slow(service: Service) -> None:
    assert "20 ms longer" in service.ask("actor", "journal", "slow", 20).out
    assert service.actor("journal")["slowed_by_ns"] == 20_000_000
    assert service.ask("actor", "journal", "slow", 0).code == 0
    assert service.actor("journal")["slowed_by_ns"] == 0


def test_dead_letters_and_waits(service: Service) -> None:
    assert set(service.json("dead-letters")) == {"total", "letters", "is_last"}
    assert "ever" in service.ask("dead-letters").out
    assert service.json("waits")["circles"] == []


@pytest.mark.parametrize(
    "arguments",
    [("actor", "ledgr"), ("actor", "ledgr", "kill"), ("actor", "ledgr", "trace"), ("actor", "ledgr", "slow", 5)],
)
def test_an_actor_that_is_not_there(service: Service, arguments: tuple[object, ...]) -> None:
    ran = service.ask(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert "nobody is called ledgr" in ran.err and "did you mean ledger?" in ran.err


def test_a_second_service_at_the_same_socket_is_refused(service: Service, recording: Path, folder: Path) -> None:
    ran = run_process(
        "run", "--venue", f"recording:{recording}", "--socket", service.socket, cwd=folder
    )  # fmt: skip
    assert ran.code == 2
    assert f"process {service.process.pid} " in ran.err and "name another path" in ran.err
    assert service.ask("tree").code == 0


def test_only_the_owner_may_ask(service: Service) -> None:
    assert stat.S_IMODE(service.socket.stat().st_mode) == 0o600


def test_its_socket_is_gone_at_the_end_and_is_replaced_after_a_violent_one(recording: Path, folder: Path) -> None:
    with running(recording, folder) as first:
        first.process.kill()
        first.process.wait()
    assert first.socket.exists()
    assert first.ask("tree").code == 2
    (folder / "journal").unlink()
    with running(recording, folder) as second:
        pid = second.process.pid
        assert second.ask("tree").code == 0
        os.kill(pid, signal.SIGTERM)
        ran = second.ended()
    assert ran.code == 0, ran.err
    check_sound(ran.summary)
    assert not second.socket.exists()


def test_a_service_that_loses_its_operators_for_good_trades_on(recording: Path, folder: Path) -> None:
    """Something else is in the socket's place when its actor comes back: the operators give up, and nobody else."""
    with running(recording, folder, "--speed", 5) as service:
        with ControlClient(service.socket) as client:
            service.socket.unlink()
            service.socket.mkdir()
            client.request(Kill("operators/control"))
        service.wait_for_the_words("giving up")
        service.process.send_signal(signal.SIGTERM)
        ran = service.ended()
    assert ran.code == 0, ran.err
    check_sound(ran.summary)
    assert service.socket.is_dir()


def test_a_replay_has_no_operators_and_no_socket(tmp_path: Path) -> None:
    ran = run_process("replay", make(20).write(tmp_path / "r"), "--json", cwd=tmp_path)
    assert ran.code == 0
    assert not any("operators" in actor["path"] for actor in ran.summary["actors"])
    assert [path.name for path in tmp_path.iterdir()] == ["r"]
