"""`polyactors doctor` as its users have it: table, document, exit codes, and nothing of the key in any of them."""

import json
import subprocess
from collections.abc import AsyncIterator, Iterator
from io import StringIO
from pathlib import Path

import pytest
import trio
from rich.console import Console

from messages.serial import to_json
from polyactors.doctor.document import diagnosis
from polyactors.doctor.finding import Check, State, failed
from polyactors.doctor.table import show
from polyactors.exit_codes import ExitCode
from tests.doctor.doctor_world import FEW, Front, Person, ended, front_of
from tests.end_to_end.program import Ran, command, run_here, surroundings
from tests.exchange_clients.served_exchange import ServedExchange, serve

NOBODY_LISTENS = "http://127.0.0.1:9"


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


async def doctor(configuration: Path, *options: str, **environment: str) -> Ran:
    """In a process of its own, while the front is served in this one."""
    done = await trio.run_process(
        command("doctor", "--config", configuration, *options),
        capture_stdout=True,
        capture_stderr=True,
        check=False,
        env=surroundings(**environment),
        cwd=configuration.parent,
        stdin=subprocess.DEVNULL,
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


async def test_a_table_for_people(person: Person, tmp_path: Path) -> None:
    ran = await doctor(person.written(tmp_path))
    assert (ran.code, ran.err) == (ExitCode.OK, "")
    lines = ran.out.splitlines()
    for check, line in zip(Check, lines[1:], strict=False):
        assert line.split(None, 1)[0] == "OK"
        assert f" {check.value} " in line
    assert lines[-1] == f"ready for live trading: {len(Check)} OK"


async def test_a_document_for_programs(person: Person, tmp_path: Path) -> None:
    ran = await doctor(person.written(tmp_path), "--json")
    assert (ran.code, ran.err) == (ExitCode.OK, "")
    said = ran.summary
    assert (said["is_ready"], said["exit_code"]) == (True, 0)
    assert [each["check"] for each in said["findings"]] == [check.value for check in Check]
    assert {each["state"] for each in said["findings"]} == {"OK"}


async def test_what_is_wrong_is_exit_code_six(person: Person, front: Front, tmp_path: Path) -> None:
    front.says("/auth/ban-status/closed-only", {"closed_only": True})
    ran = await doctor(person.written(tmp_path))
    assert ran.code == 6
    (line,) = (each for each in ran.out.splitlines() if "FAILED" in each and "closed only" in each)
    assert "the account may only close" in line
    assert ran.out.splitlines()[-1] == f"not ready for live trading: {len(Check) - 1} OK, 1 FAILED"


async def test_a_key_in_the_environment_is_enough(person: Person, tmp_path: Path) -> None:
    path = person.written(tmp_path, key_file="", key_variable="THE_KEY")
    ran = await doctor(path, "--json", THE_KEY=person.secret)
    assert ran.code == ExitCode.OK, ran.out
    assert person.secret not in ran.out + ran.err
    assert (await doctor(path, "--json")).code == ExitCode.NOT_READY


async def test_nothing_of_the_key_is_ever_shown(person: Person, tmp_path: Path) -> None:
    def check_silent(said: str) -> None:
        assert person.secret[5:40] not in said.lower()
        assert "Traceback" not in said

    well = await doctor(person.written(tmp_path))
    assert well.code == ExitCode.OK
    check_silent(well.out + well.err)
    for text, mode, advice in (
        (person.secret, 0o644, "chmod 600"),
        (person.secret[:-1], 0o600, "64 hexadecimal digits"),
        (f"{person.secret} {person.secret}", 0o600, "no valid key"),
        (person.secret[:-1] + "g", 0o600, "no valid key"),
        (f"{person.secret}\xff", 0o600, "it is no text"),
    ):
        person.key_file.write_text(text)
        person.key_file.chmod(mode)
        found = await person.examined()
        assert found[Check.SIGNER].state is State.FAILED
        assert advice in found[Check.SIGNER].seen
        check_silent(to_json(diagnosis(found.findings)))


@pytest.mark.parametrize("setting", ["key_file", "key_variable", "keyring_service", "keyring_user", "wallet"])
@pytest.mark.parametrize("prefix", ["", "0x"])
async def test_a_key_where_its_place_belongs_is_refused_and_not_repeated(
    person: Person, tmp_path: Path, setting: str, prefix: str
) -> None:
    person.choose(key_file="")
    ran = run_here("doctor", "--config", person.written(tmp_path, **{setting: prefix + person.secret}))
    assert ran.code == ExitCode.USAGE
    assert f"live.{setting}:" in ran.err
    assert person.secret[:20] not in ran.out + ran.err


def test_a_server_that_is_dead_is_told_of_every_service(tmp_path: Path) -> None:
    ran = run_here("doctor", "--json", "--config", Person(tmp_path, NOBODY_LISTENS).written(tmp_path))
    assert ran.code == ExitCode.NOT_READY
    states = {each["check"]: each for each in ran.summary["findings"]}
    unreached = ("CLOB", "Gamma", "Data API", "clock", "location", "markets", "API key")
    assert {states[check]["state"] for check in unreached} == {"FAILED"}
    assert "look at the network" in states["CLOB"]["advice"]
    assert (states["signer"]["state"], states["wallet"]["state"]) == ("OK", "OK")
    assert {states[check]["state"] for check in ("balance", "allowances", "rate tier")} == {"SKIPPED"}


def test_a_configuration_that_is_wrong_has_all_its_mistakes_told(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(
        '[live]\nis_allowed = "yes"\nwallet = "0x12"\nwallet_type = "VAULT"\norder_notional = "-1"\n'
        'website_url = "http://example.org"\nheartbeat_ms = 9500\nreconcile_every = 5\n'
    )
    ran = run_here("doctor", "--config", path)
    assert (ran.code, ran.out) == (ExitCode.USAGE, "")
    for setting in (
        "is_allowed", "wallet", "wallet_type", "order_notional", "website_url", "reconcile_every", "live: heartbeat_ms",
    ):  # fmt: skip
        assert setting in ran.err, setting


def test_what_the_venue_says_cannot_rule_the_terminal() -> None:
    written = StringIO()
    show(diagnosis([failed(Check.CLOB, "\x1b[2J[bold]wiped\r\n", "\u202eadvice")]), Console(file=written, width=200))
    assert "\\x1b[2J[bold]wiped\\r\\n" in written.getvalue()
    assert "\x1b" not in written.getvalue() and "\u202e" not in written.getvalue()
    assert json.dumps("\u202e")[1:-1] in written.getvalue()
