"""`polyactors run --mode live` at the venue, which a served exchange plays: what keeps it from beginning."""

import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import trio

from polyactors.exit_codes import ExitCode
from tests.doctor.doctor_world import FEW, Front, Person, ended, front_of
from tests.end_to_end.program import Ran, command, run_here, surroundings
from tests.exchange_clients.served_exchange import ServedExchange, serve


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedExchange]:
    with ended(serve(tmp_path_factory.mktemp("exchange"), FEW)) as exchange:
        yield exchange


@pytest.fixture
async def front(venue: ServedExchange) -> AsyncIterator[Front]:
    async with front_of(venue) as found:
        yield found


@pytest.fixture
def person(front: Front, tmp_path: Path) -> Person:
    return Person(tmp_path, front.url)


async def go_live(configuration: Path, *options: str) -> Ran:
    """In a process of its own, at no terminal."""
    done = await trio.run_process(
        command("run", "--mode", "live", "--duration", 1, "--json", "--config", configuration, *options),
        capture_stdout=True,
        capture_stderr=True,
        check=False,
        env=surroundings(),
        cwd=configuration.parent,
        stdin=subprocess.DEVNULL,
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


def orders_in(front: Front) -> list[bytes]:
    return [body for method, path, body in front.asked if (method, path[:6]) == ("POST", "/order") and body != b"[]"]


def test_what_is_not_set_up_is_all_told_before_anything_is_touched(tmp_path: Path) -> None:
    path = tmp_path / "empty.toml"
    path.write_text(f'[service]\ndata_folder = "{tmp_path}"\n')
    ran = run_here("run", "--mode", "live", "--yes", "--config", path)
    assert (ran.code, ran.out) == (ExitCode.USAGE, "")
    for setting in ("live.is_allowed", "live.order_notional", "live.minute_notional", "live.key_file"):
        assert setting in ran.err


async def test_a_doctor_that_is_not_content_refuses_even_a_yes(person: Person, front: Front, tmp_path: Path) -> None:
    front.says("/api/geoblock", {"blocked": True, "ip": "198.51.100.9", "country": "US"})
    ran = await go_live(person.written(tmp_path), "--yes")
    assert (ran.code, ran.out) == (ExitCode.USAGE, "")
    assert "doctor: location failed" in ran.err
    assert "polyactors doctor" in ran.err
    assert orders_in(front) == []


async def test_nobody_at_a_terminal_and_no_yes(person: Person, front: Front, tmp_path: Path) -> None:
    ran = await go_live(person.written(tmp_path))
    assert (ran.code, ran.out) == (ExitCode.USAGE, "")
    assert "--yes" in ran.err
    assert orders_in(front) == []
    assert ("POST", "/v1/heartbeats") not in [(method, path) for method, path, _ in front.asked]
    assert person.secret not in ran.err
