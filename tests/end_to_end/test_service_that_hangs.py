"""A service one of whose actors hangs is ended in its time, and says which; a handler that was only slow is in the log.

The service is the real one in a process of its own, with an actor's handler made to misbehave once a file is there.
"""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.program import Ran, surroundings
from tests.end_to_end.recordings import LISTINGS, make

ENDS_WITHIN_S = 1.0 + 0.8
LATER_S = 2.5
"""The guard's patience, and what a busy machine may add."""

LONGEST_S = 60
STUCK = 14

PROGRAM = """
import itertools, sys, time
from pathlib import Path
from typing import Any
import trio
from actors.strategies.maker import Maker
from polyactors.cli.main import main

receive, hangs = Maker.receive, Path({hangs!r})

async def stubborn():
    while True:
        try:
            await trio.sleep_forever()
        except trio.Cancelled:
            pass

def misbehave(self, message):
    receive(self, message)
    if hangs.exists():
        hangs.rename(hangs.with_name("it-hangs"))
        {how}

Maker.receive = misbehave
sys.argv = {arguments!r}
main()
"""

LOOP = "while True: pass"
CALL = "sum(itertools.count())"
WORKER = "self.work('stubborn', stubborn)"
THREAD = "self.work('stuck', lambda: self.offload(time.sleep, 1000))"
SLOW = "time.sleep(0.4)"


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """About ten minutes of frames: nobody waits for its end."""
    return make(9_000).write(tmp_path_factory.mktemp("recording"))


@pytest.fixture
def configuration(tmp_path: Path) -> Path:
    path = tmp_path / "c.toml"
    path.write_text("[service]\nstop_within_ms = 1000\n")
    return path


@contextmanager
def hanging(how: str, recording: Path, configuration: Path) -> Iterator["subprocess.Popen[str]"]:
    """The service from when one of its makers misbehaves."""
    folder = configuration.parent
    hangs, has_hung = folder / "hangs", folder / "it-hangs"
    arguments = ["polyactors", "run", "--venue", f"recording:{recording}", "--json"]
    arguments += ["--config", str(configuration), "--journal", str(folder / "journal")]
    program = PROGRAM.format(hangs=str(hangs), how=how, arguments=arguments)
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=surroundings(),
        cwd=folder,
    ) as process:
        try:
            hangs.touch()
            until = time.monotonic() + LONGEST_S
            while not has_hung.exists():
                assert process.poll() is None, "the service ended before it traded"
                assert time.monotonic() < until, "no maker had anything to handle"
                time.sleep(0.01)
            yield process
        finally:
            process.kill()


def ended(process: "subprocess.Popen[str]") -> Ran:
    out, err = process.communicate(timeout=LONGEST_S)
    return Ran(process.returncode, out, err)


def makers() -> list[str]:
    return [f"{listing.path}/maker" for listing in LISTINGS]


@pytest.mark.parametrize(
    ("how", "says"),
    [
        (LOOP, "a handler of {maker} (life 1) runs"),
        (WORKER, "{maker} stops, with workers stubborn"),
        (THREAD, "{maker} stops, with workers stuck"),
    ],
    ids=["loop", "worker", "thread"],
)
def test_told_to_stop_it_ends_in_time_and_says_who_hung(
    how: str, says: str, recording: Path, configuration: Path
) -> None:
    with hanging(how, recording, configuration) as process:
        process.send_signal(signal.SIGTERM)
        told = time.monotonic()
        ran = ended(process)
        took_s = time.monotonic() - told
    assert ran.code == STUCK, ran.err[-3000:]
    assert took_s < ENDS_WITHIN_S + LATER_S
    assert "it did not end in time (SIGTERM was received)" in ran.err
    assert "exit code 14; orders may still rest" in ran.err
    assert any(says.format(maker=maker) in ran.err for maker in makers()), ran.err[-3000:]
    assert ran.out == ""


def test_one_call_that_holds_the_interpreter_does_not_keep_it_either(recording: Path, configuration: Path) -> None:
    with hanging(CALL, recording, configuration) as process:
        process.send_signal(signal.SIGTERM)
        told = time.monotonic()
        ran = ended(process)
        took_s = time.monotonic() - told
    assert ran.code == STUCK, ran.err[-3000:]
    assert took_s < ENDS_WITHIN_S + LATER_S
    assert "in misbehave" in ran.err


def test_a_slow_handler_is_in_the_log_and_the_service_goes_on(recording: Path, configuration: Path) -> None:
    with hanging(SLOW, recording, configuration) as process:
        assert process.stderr is not None
        said: list[dict[str, Any]] = []
        while len(said) < 2:
            line = json.loads(process.stderr.readline())
            said += [line] if line["event"] == "slow handler" else []
        process.send_signal(signal.SIGTERM)
        ran = ended(process)
    assert ran.code == 0, ran.err[-3000:]
    assert said[0]["actor"] in makers()
    assert (said[0]["level"], said[0]["is_over"]) == ("warning", False)
    assert said[0]["for_ms"] >= 100
    assert "in misbehave" in said[0]["trace"]
