"""The runtime's benchmarks do the work that they measure, on small trees; how fast it goes is not for tests to say."""

import json
from collections.abc import Callable, Sequence

import pytest
from click.testing import CliRunner

from polyactors.bench import asks, collector, crashes, idle, messages, pictures, pykka_yardsticks, subtrees
from polyactors.bench.markdown import markdown
from polyactors.bench.measure import Figure, Line, Rated, Timed, WorkNotDone, demand, in_turns, rates, times
from polyactors.bench.report import Machine, Part, Quoted, Report
from polyactors.cli import bench as command


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, sizes in (
        (messages, {"BURSTS": 3, "LONE_MESSAGES": 5, "HOPS": 5}),
        (asks, {"ASKS": 5}),
        (crashes, {"CRASHES": 5}),
        (subtrees, {"AIMS": {4: "1 or less"}, "RUNS": 1}),
        (idle, {"COUNT": 20, "RUNS": 1, "MESSAGES": 3}),
        (pictures, {"COUNT": 20}),
        (collector, {"LIVE_OBJECTS": 100, "BURSTS": 20, "RUNS": 1, "KEPT": 50}),
    ):
        for name, size in sizes.items():
            monkeypatch.setattr(module, name, size)


@pytest.mark.parametrize("run", command.RUNTIME.values(), ids=command.RUNTIME)
def test_each_measures_something_beside_a_yardstick(run: Callable[[object], Sequence[Line]]) -> None:
    figures = [line for line in run(None) if isinstance(line, Figure)]
    assert all(figure.least >= 0 and figure.most >= figure.median >= figure.least for figure in figures)
    names = {figure.name for figure in figures}
    assert all(figure.beside for figure in figures if figure.aim and figure.median)
    assert {ratio.yardstick for figure in figures for ratio in figure.beside} <= names


def test_contenders_take_turns_and_the_first_round_does_not_count() -> None:
    calls: list[str] = []

    def contender(name: str) -> Callable[[], int]:
        def run() -> int:
            calls.append(name)
            return len(calls)

        return run

    assert in_turns(2, contender("a"), contender("b")) == [[3, 5], [4, 6]]
    assert calls == ["a", "b"] * 3


def test_a_rate_goes_by_the_number_of_things_and_has_a_ratio_to_each_yardstick() -> None:
    def work() -> int:
        return sum(range(50_000))

    measured, yardstick = rates([Rated("many", "things/s", 1000, work)], [Rated("one", "things/s", 1, work)])
    assert [(ratio.yardstick, ratio.value > 100) for ratio in measured.beside] == [("one", True)]
    assert not yardstick.beside


def test_times_have_a_line_for_each_percentile_and_contender() -> None:
    a = Timed("a", lambda: [float(each) for each in range(100, 0, -1)], {50: "51 or less", 99: ""})
    b = Timed("b", lambda: [2.0] * 10, {})
    figures = times([a], [b], runs=1)
    assert [figure.name for figure in figures] == ["a, p50", "b, p50", "a, p99", "b, p99"]
    assert [figure.median for figure in figures] == [51.0, 2.0, 100.0, 2.0]
    assert [figure.aim for figure in figures] == ["51 or less", "", "", ""]


def test_without_pykka_the_comparison_is_skipped_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pykka_yardsticks, "IS_INSTALLED", False)
    result = CliRunner().invoke(command.bench, ["asks", "--json"])
    report = json.loads(result.stdout)
    assert result.exit_code == 0
    assert not any("pykka" in figure["name"] for figure in report["parts"][0]["figures"])
    assert "pykka is not installed" in report["skipped"][0]


def test_a_benchmark_that_lost_messages_fails_and_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def receive_half(self: messages._Counter, message: object) -> None:
        self.count += 1
        if self.count == self._expected:
            self._complete.set()

    monkeypatch.setattr(messages._Counter, "receive", receive_half)
    result = CliRunner().invoke(command.bench, ["messages", "--markdown"])
    assert result.exit_code == 1
    assert "ticks told to an actor: expected" in result.stdout


def test_what_was_not_done_is_an_error() -> None:
    demand(2, 2, "messages")
    with pytest.raises(WorkNotDone, match="messages: expected 2, found 1"):
        demand(1, 2, "messages")


def test_a_report_in_markdown_is_a_table_for_each_part() -> None:
    figure = Figure("tell", "messages/s", 1_000.0, 2_000.0, 3_000.0, 5, "800 or more")
    text = markdown(
        Report(
            Machine("processor", 2, "3.11", "Linux"),
            (Part("messages", (figure,)),),
            (Quoted("raw send", "8 million", "a book"),),
            ("pykka was skipped: it is not here",),
            (),
        )
    )
    assert "| tell, messages/s | 1,000 | 2,000 | 3,000 | 5 | 800 or more |  |" in text
    assert "## messages" in text
    assert "| raw send | 8 million | a book |" in text
    assert "- pykka was skipped: it is not here" in text
    assert "Failed" not in text
