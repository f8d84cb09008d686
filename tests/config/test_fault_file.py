"""A file of faults: what it says, and every mistake in it at once with its place and how to mend it."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from polyactors.fault_file import BadFaults, read_faults
from supervision.faults.plan import (
    AfterStart,
    AtMessage,
    AtTime,
    CancelWorker,
    Delay,
    Drop,
    Duplicate,
    Fault,
    FaultPlan,
    Fill,
    Kill,
    MessageLike,
    OnMessage,
    Raise,
    Reorder,
    Slow,
    Stall,
    What,
    When,
    WithProbability,
)

MS = 1_000_000


def read(folder: Path, text: str) -> FaultPlan:
    path = folder / "faults.toml"
    path.write_text(text, encoding="utf-8")
    return read_faults(path)


def mistakes(folder: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(BadFaults) as refused:
        read(folder, text)
    assert refused.value.source == str(folder / "faults.toml")
    return refused.value.mistakes


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('what = "kill"', Kill()),
        ('what = "raise"', Raise()),
        ('what = "raise"\ntext = "no money"', Raise("no money")),
        ('what = "stall"\nfor_ms = 5', Stall(5 * MS)),
        ('what = "slow"\nby_ms = 2', Slow(2 * MS)),
        ('what = "slow"\nby_ms = 2\nfor_ms = 500', Slow(2 * MS, 500 * MS)),
        ('what = "drop"', Drop()),
        ('what = "duplicate"', Duplicate()),
        ('what = "delay"\nby_ms = 40', Delay(40 * MS)),
        ('what = "reorder"', Reorder()),
        ('what = "reorder"\nwithin = 4\nfor_ms = 20', Reorder(4, 20 * MS)),
        ('what = "fill"', Fill()),
        ('what = "cancel-worker"', CancelWorker()),
        ('what = "cancel-worker"\nworker = "read *"', CancelWorker("read *")),
    ],
)
def test_every_fault_can_be_written(tmp_path: Path, text: str, what: What) -> None:
    plan = read(tmp_path, f'[[fault]]\nactor = "ledger"\nat_message = 7\n{text}\n')
    assert plan.faults == (Fault("ledger", what, AtMessage(7)),)


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("at_message = 100", AtMessage(100)),
        ('at_message = 3\nmessage = "Trade"', AtMessage(3, MessageLike("Trade"))),
        ("at_ms = 1_780_000_000_000", AtTime(1_780_000_000_000 * MS)),
        ("at_ms = 0", AtTime(0)),
        ("after_ms = 250", AfterStart(250 * MS)),
        ("probability = 0.25", WithProbability(0.25)),
        ("probability = 1", WithProbability(1.0)),
        ('probability = 0.5\nmessage = "Fill"', WithProbability(0.5, MessageLike("Fill"))),
        ('message = "Fill"', OnMessage(MessageLike("Fill"))),
        (
            'message = "Fill"\nwhere = { side = "BUY", size = 5, is_last = true, "order.id" = "x" }',
            OnMessage(MessageLike("Fill", (("side", "BUY"), ("size", 5), ("is_last", True), ("order.id", "x")))),
        ),
    ],
)
def test_every_trigger_can_be_written(tmp_path: Path, text: str, when: When) -> None:
    plan = read(tmp_path, f'[[fault]]\nactor = "a/*/**"\nwhat = "drop"\n{text}\n')
    assert plan.faults == (Fault("a/*/**", Drop(), when),)


def test_how_often_can_be_said(tmp_path: Path) -> None:
    text = '[[fault]]\nactor = "a"\nwhat = "drop"\nat_message = 7\n'
    assert [
        read(tmp_path, text + times).faults[0].times for times in ("", "times = 3", 'times = "unlimited"')
    ] == [1, 3, None]  # fmt: skip


def test_faults_keep_their_order(tmp_path: Path) -> None:
    text = "".join(f'[[fault]]\nactor = "a{number}"\nwhat = "drop"\nat_message = 1\n' for number in range(20))
    assert [fault.glob for fault in read(tmp_path, text).faults] == [f"a{number}" for number in range(20)]


def test_a_file_without_faults_is_a_plan_without_faults(tmp_path: Path) -> None:
    assert read(tmp_path, "# nothing yet\n") == FaultPlan()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('what = "drop"', "when? write one of at_message, at_ms, after_ms, probability"),
        ('what = "explode"\nat_message = 1', "what: 'explode' is no fault; there are kill, raise, stall"),
        ('what = "kil"\nat_message = 1', "did you mean kill?"),
        ("what = 5\nat_message = 1", "what: 5 is no fault"),
        ("at_message = 1", "what: is missing"),
        ('what = "stall"\nat_message = 1', "for_ms: is missing"),
        ('what = "slow"\nat_message = 1', "by_ms: is missing"),
        ('what = "delay"\nat_message = 1', "by_ms: is missing"),
        ('what = "stall"\nfor_ms = 0\nat_message = 1', "for_ms: 0 is no length of time"),
        ('what = "stall"\nfor_ms = 1.5\nat_message = 1', "for_ms: 1.5 is no length of time; write whole milliseconds"),
        ('what = "stall"\nfor_ms = true\nat_message = 1', "for_ms: True is no length"),
        ('what = "stall"\nfor_sm = 5\nfor_ms = 5\nat_message = 1', "for_sm: means nothing here; did you mean for_ms?"),
        ('what = "drop"\nfor_ms = 5\nat_message = 1', "for_ms: means nothing here"),
        ('what = "reorder"\nwithin = 0\nat_message = 1', "within: 0 is no number"),
        ('what = "reorder"\nwithin = true\nat_message = 1', "within: True is no number"),
        ('what = "stal"\nfor_ms = 5\nat_message = 1', "what: 'stal' is no fault; did you mean stall?"),
        ('what = "cancel-worker"\nworker = ""\nat_message = 1', "worker: '' is no text"),
        ('what = "drop"\nat_message = 0', "at_message: 0 is no number; write a whole one from 1 on"),
        ('what = "drop"\nat_message = "1"', "at_message: '1' is no number"),
        ('what = "drop"\nat_ms = -1', "at_ms: -1 is no time; write whole milliseconds since 1970"),
        ('what = "drop"\nat_ms = 2026-01-01', "is no time"),
        ('what = "drop"\nafter_ms = 0', "after_ms: 0 is no length"),
        ('what = "drop"\nprobability = 0', "probability: 0 is no probability"),
        ('what = "drop"\nprobability = 1.01', "probability: 1.01 is no probability"),
        ('what = "drop"\nprobability = nan', "probability: nan is no probability"),
        ('what = "drop"\nat_message = 1\nafter_ms = 5', "at_message and after_ms: a fault has one of them"),
        ('what = "drop"\nafter_ms = 5\nmessage = "X"', "message: none is waited for with after_ms"),
        ('what = "drop"\nmessage = 5', "message: 5 is no text"),
        ('what = "drop"\nat_message = 1\nwhere = { a = 5 }', "where: fields of what?"),
        ('what = "drop"\nmessage = "X"\nwhere = 5', "where: is a table"),
        ('what = "drop"\nmessage = "X"\nwhere = { a = [1] }', "where: is a table"),
        ('what = "drop"\nat_message = 1\ntimes = 0', "times: 0 is not how often"),
        ('what = "drop"\nat_message = 1\ntimes = "often"', "times: 'often' is not how often"),
        ('what = "drop"\nat_ms = 1\ntimes = 2', "times: an instant comes once"),
        ('what = "slow"\nby_ms = 1\nprobability = 0.5', "times: slower for ever, again and again, has no end"),
    ],
)
def test_a_mistake_has_its_place_and_how_to_mend_it(tmp_path: Path, text: str, says: str) -> None:
    (mistake,) = mistakes(tmp_path, f'[[fault]]\nactor = "ledger"\n{text}\n')
    assert mistake.startswith("fault 1: ")
    assert says in mistake


@pytest.mark.parametrize(
    ("actor", "says"),
    [("", "actor: is missing"), ("actor = 5", "actor: 5 is no text"), ('actor = "a//b"', "'a//b' is no path")],
)
def test_an_actor_that_cannot_be_is_a_mistake(tmp_path: Path, actor: str, says: str) -> None:
    (mistake,) = mistakes(tmp_path, f'[[fault]]\nwhat = "drop"\nat_message = 1\n{actor}\n')
    assert says in mistake


def test_every_mistake_of_every_fault_is_told_at_once(tmp_path: Path) -> None:
    found = mistakes(
        tmp_path,
        'seed = 5\n[[fault]]\nactor = 1\nwhat = "kill"\nat_mesage = 5\n[[fault]]\nactor = "ok"\nwhat = "kill"\n'
        'at_message = 1\n[[fault]]\nactor = "x//y"\nwhat = "slow"\nby_ms = 1\nmessage = "M"\nwith_in = 3\n',
    )
    assert [mistake.split(";")[0] for mistake in found] == [
        "seed: there is no such setting",
        "fault 1: actor: 1 is no text",
        "fault 1: when? write one of at_message, at_ms, after_ms, probability, or the type of a message: message",
        "fault 1: at_mesage: means nothing here",
        "fault 3: with_in: means nothing here",
        "fault 3: 'x//y' is no path: write names with / between them, stars for any",
        "fault 3: times: slower for ever, again and again, has no end",
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("= 5", "is no TOML"),
        ("fault = 5", "fault: is a list; write [[fault]] above each of them"),
        ("fault = [5]", "fault: is a list"),
        ('[fault]\nactor = "a"', "fault: is a list"),
    ],
)
def test_what_is_no_list_of_faults_is_refused(tmp_path: Path, text: str, says: str) -> None:
    assert says in mistakes(tmp_path, text)[0]


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    with pytest.raises(BadFaults, match="cannot be read: No such file"):
        read_faults(tmp_path / "nowhere.toml")
    (tmp_path / "faults.toml").write_bytes(b"\xff")
    with pytest.raises(BadFaults, match="is no TOML"):
        read_faults(tmp_path / "faults.toml")


WORDS = st.sampled_from(
    ["actor", "what", "at_message", "for_ms", "by_ms", "times", "message", "where", "probability", "after_ms", "x"]
)
VALUES = st.sampled_from(['"a"', '"kill"', '"slow"', "5", "0", "-1", "0.5", "true", "[]", "{ a = 1 }", '"unlimited"'])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.dictionaries(WORDS, VALUES), max_size=3))
def test_whatever_is_written_is_a_plan_or_a_list_of_mistakes(tmp_path: Path, tables: list[dict[str, str]]) -> None:
    text = "".join(
        "[[fault]]\n" + "".join(f"{key} = {value}\n" for key, value in table.items()) for table in tables
    )  # fmt: skip
    try:
        assert len(read(tmp_path, text).faults) == len(tables)
    except BadFaults as error:
        assert error.mistakes
        assert all(mistake.startswith("fault ") for mistake in error.mistakes)


def test_the_example_of_the_docs_is_a_plan(tmp_path: Path) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "faults.md").read_text(encoding="utf-8")
    example = page.partition("```toml\n")[2].partition("```")[0]
    assert len(read(tmp_path, example).faults) == 3
