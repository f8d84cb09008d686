"""The commands that ask a running service: what they say when there is none, and how they show what there is."""

import io
import re
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from polyactors.cli import mailboxes
from polyactors.cli.figures import cut, duration
from polyactors.config import Configuration, ServiceSettings
from polyactors.control.wire import Mailboxes
from supervision.child import ChildState
from supervision.introspection.picture import ActorPicture
from tests.end_to_end.program import Ran, run_here
from tests.end_to_end.recordings import make

COMMANDS = (
    ("mailboxes",),
    ("mailboxes", "ledger", "--watch"),
    ("tree",),
    ("actor", "ledger"),
    ("actor", "ledger", "state"),
    ("actor", "ledger", "trace"),
    ("actor", "ledger", "kill"),
    ("actor", "ledger", "slow", "5"),
    ("dead-letters",),
    ("waits",),
)


def check_is_a_message(ran: Ran, *said: str) -> None:
    assert (ran.code, ran.out) == (2, "")
    assert "Traceback" not in ran.err
    for text in said:
        assert text in ran.err, ran.err


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("json", [(), ("--json",)], ids=["", "json"])
def test_without_a_service_they_say_where_they_looked(
    tmp_path: Path, arguments: tuple[str, ...], json: tuple[str, ...]
) -> None:
    ran = run_here(*arguments, *json, "--socket", tmp_path / "s")
    check_is_a_message(ran, "there is no service to ask", f"nobody listens at {tmp_path / 's'}", "--socket PATH")


def test_the_socket_is_the_configured_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = tmp_path / "c.toml"
    config.write_text(f'[service]\ndata_folder = "{tmp_path}/d"\ncontrol_socket = "here.sock"\n')
    check_is_a_message(run_here("tree", "--config", config), f"{tmp_path}/d/here.sock")
    check_is_a_message(
        run_here("tree", "--config", config, "--socket", tmp_path / "s"), f"nobody listens at {tmp_path}/s"
    )
    check_is_a_message(run_here("tree"), "data/control.sock")


def test_a_socket_is_in_the_data_folder_unless_it_is_somewhere_else() -> None:
    assert Configuration().service.socket_path == Path("data/control.sock")
    assert ServiceSettings(data_folder=Path("/a"), control_socket=Path("b")).socket_path == Path("/a/b")
    assert ServiceSettings(data_folder=Path("/a"), control_socket=Path("/c/b")).socket_path == Path("/c/b")


@pytest.mark.parametrize(
    "arguments", [("actor", "ledger", "slow"), ("actor", "ledger", "show", "5"), ("actor", "ledger", "kill", "5")]
)
def test_milliseconds_go_with_slow_alone(arguments: tuple[str, ...]) -> None:
    check_is_a_message(run_here(*arguments), "slow 250")


@pytest.mark.parametrize(
    "arguments",
    [
        ("actor",),
        ("actor", "ledger", "destroy"),
        ("actor", "ledger", "slow", "-1"),
        ("actor", "ledger", "slow", "soon"),
        ("mailboxes", "--limit", "0"),
        ("mailboxes", "--every", "0"),
        ("dead-letters", "--limit", "many"),
    ],
)
def test_arguments_that_make_no_sense(arguments: tuple[str, ...]) -> None:
    check_is_a_message(run_here(*arguments), "Error")


@pytest.mark.parametrize(
    ("name", "says"), [("x" * 200, "room for"), ("a/../recording/manifest.json", "is no socket"), ("a\\u0000b", "zero")]
)
def test_a_service_does_not_start_where_it_could_not_be_steered(tmp_path: Path, name: str, says: str) -> None:
    (tmp_path / "a").mkdir()
    recording = make(5).write(tmp_path / "recording")
    config = tmp_path / "c.toml"
    config.write_text(f'[service]\ndata_folder = "{tmp_path}"\ncontrol_socket = "{name}"\n')
    ran = run_here("run", "--venue", f"recording:{recording}", "--config", config)
    check_is_a_message(ran, "the control socket cannot be used", says)
    assert not (tmp_path / "recordings").exists(), "nothing was begun"


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (None, "-"),
        (0, "0 ns"),
        (999, "999 ns"),
        (1000, "1.00 µs"),
        (12_345, "12.3 µs"),
        (999_400, "999 µs"),
        (1_000_000, "1.00 ms"),
        (123_456_789, "123 ms"),
        (1_500_000_000, "1.50 s"),
        (98_765_000_000_000, "98,765 s"),
    ],
)
def test_durations_have_three_digits_and_a_unit_that_suits_them(nanoseconds: int | None, text: str) -> None:
    assert duration(nanoseconds) == text


@given(st.text("abc/", max_size=30), st.integers(1, 40))
def test_what_is_cut_keeps_its_beginning_and_its_end(text: str, most: int) -> None:
    shown = cut(text, most)
    if len(text) <= most:
        assert shown == text
    else:
        assert len(shown) == most
        beginning, end = shown.split("…")
        assert text.startswith(beginning) and text.endswith(end)


IDLE = ActorPicture(
    "a", "Actor", None, 1, ChildState.RUNNING, 0, 0, 16_384, 0, 0, None, None, None, None, None, None, None, None, 0, 0,
    (), (), (), (), 0, 0, 0, 0, False, 0,
)  # fmt: skip
PATH = "markets/cup-final/0x5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9/set-arbitrage"
actors = st.builds(
    evolve,
    st.just(IDLE),
    path=st.sampled_from(["ledger", PATH, "[red]not markup[/red]"]),
    depth=st.integers(0, 10**6),
    rate_per_second=st.none() | st.floats(0, 10**6),
    waiting_p99_ns=st.none() | st.integers(0, 10**13),
    last_error=st.none() | st.sampled_from(["crashed: [bold]x[/bold]", "two\nlines", "long " * 100]),
)


@given(st.lists(actors, max_size=5), st.integers(1, 260))
def test_a_table_fits_the_screen_and_cuts_no_figure(shown: list[ActorPicture], width: int) -> None:
    out = io.StringIO()
    answer = Mailboxes(0, len(shown), tuple(shown))
    Console(file=out, width=width).print(mailboxes._table(answer, width))
    lines = out.getvalue().splitlines()
    assert all(len(line.rstrip()) <= width for line in lines)
    if width < 30:
        return
    header, *rows = lines
    # Whatever is in a column of figures is a figure or a dash.
    for column in ("waiting", "of", "a second", "wait p99"):
        at = re.search(rf" {column}(  |$)", header)
        if at is not None:
            for row, actor in zip(rows, shown, strict=False):
                assert "…" not in row[at.start() : at.end()]
                assert column != "waiting" or f"{actor.depth:,}" in row
    assert "\n".join(rows).count("[/red]") == sum(actor.path.startswith("[red]") for actor in shown)


def test_every_command_is_listed_with_what_it_is_for() -> None:
    said = run_here("--help").out
    for name in ("mailboxes", "tree", "actor", "dead-letters", "waits"):
        assert re.search(rf"^  {name} +\w+", said, re.MULTILINE), said


def test_a_socket_that_somebody_else_s_file_is_at_is_left_alone() -> None:
    with TemporaryDirectory(prefix="pa-") as folder:
        file = Path(folder) / "notes"
        file.write_text("mine")
        check_is_a_message(run_here("tree", "--socket", file), "nobody listens")
        assert file.read_text() == "mine"
