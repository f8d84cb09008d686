"""Whatever the user gave that cannot be used: one message with every mistake and how to mend it, and exit code 2."""

import json
import sqlite3
from pathlib import Path

import pytest

from polyactors.venues.polymarket.live_paper.market_choice import NoMarkets
from tests.end_to_end.program import Ran, run_here, run_process
from tests.end_to_end.recordings import make


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(20).write(tmp_path_factory.mktemp("recording"))


def check_is_a_message(ran: Ran, *said: str) -> None:
    assert ran.code == 2
    assert ran.out == ""
    assert "Traceback" not in ran.err
    for text in said:
        assert text in ran.err, ran.err


def test_every_mistake_of_manifest_and_markets_at_once(tmp_path: Path) -> None:
    folder = make(5).write(tmp_path / "r", name="../../etc/passwd", start_ms=1_780_000_000, frames={"clob.market": -4})
    markets = json.loads((folder / "markets.json").read_text())
    markets[0]["conditionId"] = 5
    markets[0]["orderPriceMinTickSize"] = 0.3
    markets[1]["clobTokenIds"] = '["1"]'
    markets.append("hello")
    (folder / "markets.json").write_text(json.dumps(markets))
    ran = run_here("replay", folder, "--json")
    check_is_a_message(
        ran,
        "manifest.json.name",
        "manifest.json.start_ms",
        "are these seconds?",
        "manifest.json.frames.clob.market",
        "[0].conditionId",
        "[0].orderPriceMinTickSize",
        "[1].clobTokenIds",
        "[2]",
    )
    assert ran.err.count("\n") == 8
    assert ran.err.count("polyactors:") == 1


@pytest.mark.parametrize("content", ["", "{", "[]", "null", "[1]", "\ud800"])
@pytest.mark.parametrize("name", ["manifest.json", "markets.json"])
def test_files_that_are_no_documents(tmp_path: Path, name: str, content: str) -> None:
    folder = make(5).write(tmp_path)
    (folder / name).write_bytes(content.encode(errors="surrogatepass"))
    if (name, content) == ("markets.json", "[]"):
        assert run_here("replay", folder).code == 0
    else:
        check_is_a_message(run_here("replay", folder, "--json"), name)


@pytest.mark.parametrize("name", ["manifest.json", "markets.json", "frames.jsonl.gz"])
def test_a_file_of_the_recording_is_missing(tmp_path: Path, name: str) -> None:
    folder = make(5).write(tmp_path)
    (folder / name).unlink()
    check_is_a_message(run_here("replay", folder, "--json"), f"{name} is missing")


@pytest.mark.parametrize("name", ["/etc/passwd", "..", "a/b", ".hidden", "x" * 101, "new\nline", "\ud800", "naïve"])
def test_a_recording_whose_name_is_no_file_name_is_refused(tmp_path: Path, name: str) -> None:
    """Journals are kept under it: a name from somebody else's file must not lead out of the data folder."""
    check_is_a_message(run_here("replay", make(5).write(tmp_path, name=name)), "manifest.json.name", "files are named")


def test_everything_wrong_with_everything_in_one_message(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text("[maker]\nquote_sise = 5\nminimum_edge = true\n[limits]\nopen_orders = -1\n")
    ran = run_here("replay", tmp_path / "nowhere", "--config", tmp_path / "c.toml", "--kill", "x", "--kill", "y@0")
    check_is_a_message(
        ran, "did you mean quote_size", "minimum_edge", "open_orders", "'x' is no PATH@N", "'y@0'", "does not exist"
    )  # fmt: skip
    assert ran.err.count("polyactors:") == 1


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("= 5", "is no TOML"),
        ("\xff", "is no TOML"),
        ("nonsense = 1", "there is no such setting"),
        ("maker = 5", "is a section"),
        ("[service]\nseed = -1", "service.seed"),
        ("[service]\nseed = 1.5", "service.seed"),
        ("[service]\nstop_within_ms = 1", "stop_within_ms"),
        ('[service]\nstop_within_ms = "soon"', "write whole milliseconds"),
        ("[service]\nstop_within_ms = 0", "stop_within_ms"),
        ("[service]\nstop_within_ms = 99999999999999999", "write whole milliseconds"),
        ("[strategies]\nmaker = 1", "neither true nor false"),
        ("[maker]\nquote_size = 0.5", "in quotes"),
        ('[maker]\nquote_size = "1e3"', "quote_size"),
        ('[maker]\nlowest_price = "1.5"', "lowest_price"),
        ("[maker]\nwidth_of_volatility = nan", "width_of_volatility"),
        ("[maker]\nwidth_of_volatility = inf", "width_of_volatility"),
        ('[paper]\ninitial_deposit = "-5"', "initial_deposit"),
        ('[paper]\ncancel_model = "psychic"', "risk-averse"),
        ("[market.book.grid]\nframes = 0", "market.book.grid.frames"),
    ],
)
def test_a_mistake_in_the_configuration_has_its_place(tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / "c.toml"
    path.write_bytes(content.encode("latin-1"))
    check_is_a_message(run_here("config", "--config", path), str(path), says)


@pytest.mark.parametrize("path", ["nowhere.toml", "."])
def test_a_configuration_that_cannot_be_read(path: str) -> None:
    check_is_a_message(run_here("config", "--config", path), "cannot be read")


@pytest.mark.parametrize("kill", ["", "ledger", "ledger@", "@5", "ledger@-1", "ledger@0", "ledger@x", "ledger@1.5"])
def test_a_kill_that_is_none(recording: Path, kill: str) -> None:
    check_is_a_message(run_here("replay", recording, "--kill", kill), "--kill was not understood", "ledger@100")


@pytest.mark.parametrize("kill", ["nobody@1", "Ledger@1", "markets@1", "execution@3", "root@1"])
def test_a_kill_of_nobody_says_who_there_is(recording: Path, kill: str) -> None:
    check_is_a_message(run_here("replay", recording, "--kill", kill), "no actor fits", "execution/executor", "maker")


@pytest.mark.parametrize(
    "options",
    [("--seed", "-1"), ("--seed", "x"), ("--seed", str(2**63)), ("--log-level", "loud"), ("--nonsense",), ("more",)],
)
def test_options_out_of_range(recording: Path, options: tuple[str, ...]) -> None:
    check_is_a_message(run_here("replay", recording, *options), "Error: ")


@pytest.mark.parametrize("speed", ["0", "-1", "nan", "inf", "1e9", "fast", "0.0001"])
def test_a_speed_that_is_none(recording: Path, speed: str) -> None:
    check_is_a_message(run_here("run", "--venue", f"recording:{recording}", "--speed", speed), "speed")


@pytest.mark.parametrize(
    ("venue", "says"),
    [
        ("nonsense", "or recording:PATH"),
        ("recording:", "or recording:PATH"),
        ("", "or recording:PATH"),
        ("recording:nowhere", "does not exist"),
    ],
)
def test_a_venue_that_is_none(venue: str, says: str) -> None:
    check_is_a_message(run_here("run", "--venue", venue), says)


def test_without_a_command_it_runs_and_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nobody_there(*_: object) -> None:
        raise NoMarkets(["there is no network in a test"])

    monkeypatch.setattr("polyactors.cli.run.chosen_markets", nobody_there)
    check_is_a_message(run_here(), "polymarket", "no network in a test", "--venue exchange")


def test_a_command_that_there_is_not() -> None:
    check_is_a_message(run_here("trade"), "No such command 'trade'")


def test_a_journal_that_is_something_else_is_not_touched(recording: Path, tmp_path: Path) -> None:
    text, database = tmp_path / "notes.txt", tmp_path / "other.sqlite"
    text.write_text("my notes\n" * 100)
    with sqlite3.connect(database) as connection:
        connection.execute("CREATE TABLE treasure (gold INTEGER)")
    connection.close()
    for path in (text, database):
        before = path.read_bytes()
        check_is_a_message(run_here("replay", recording, "--journal", path), str(path), "journal")
        assert path.read_bytes() == before


@pytest.mark.parametrize("path", ["/proc/nowhere/journal", "/dev/null/journal", "."])
def test_a_journal_that_cannot_be_written(recording: Path, path: str) -> None:
    check_is_a_message(run_here("replay", recording, "--journal", path), "the journal cannot be used")


def test_a_journal_with_records_is_not_written_over(recording: Path, tmp_path: Path) -> None:
    journal = tmp_path / "deep" / "down" / "journal"
    assert run_here("replay", recording, "--journal", journal).code == 0
    before = journal.read_bytes()
    check_is_a_message(run_here("replay", recording, "--journal", journal), "name another file")
    assert journal.read_bytes() == before


@pytest.mark.parametrize("folder", ["/proc/self", "/proc/nowhere", "/dev/null"])
def test_a_log_folder_that_cannot_be_written(recording: Path, folder: str) -> None:
    check_is_a_message(run_here("replay", recording, "--log-dir", folder), "name a folder that can be written to")


def test_a_process_of_its_own_exits_so_too(tmp_path: Path) -> None:
    check_is_a_message(run_process("replay", tmp_path / "nowhere", "--json"), "does not exist")


@pytest.mark.parametrize("arguments", [("--help",), ("-h",), ("replay", "--help"), ("--version",)])
def test_help_is_no_mistake(arguments: tuple[str, ...]) -> None:
    ran = run_here(*arguments)
    assert ran.code == 0
    assert "polyactors" in ran.out
