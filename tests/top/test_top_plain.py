"""Whatever others wrote is shown as text, in the room that there is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.text import Text

from polyactors.cli.figures import duration, rate
from polyactors.cli.plain import MOST_FIGURE, figure, fitted, moment, plain, wrapped
from polyactors.logs import readable_time

anything = st.text(st.characters() | st.sampled_from("\x1b\x9b\x07\r\n\u202e\u200b\ud800[]\\"))
printable = anything.map(plain)


@given(anything)
def test_nothing_that_a_terminal_obeys_is_left(text: str) -> None:
    assert plain(text).isprintable()


@given(anything.filter(str.isprintable))
def test_what_is_harmless_is_left_as_it_is(text: str) -> None:
    assert plain(text) == text


def test_control_characters_are_written_as_escapes() -> None:
    assert plain("\x1b]0;mine\x07\r\n\u202e\ud800 [red]ü[/red]") == "\\x1b]0;mine\\x07\\r\\n\\u202e\\ud800 [red]ü[/red]"


@given(printable, st.integers(0, 40), st.booleans())
def test_a_fitted_text_has_just_so_many_cells(text: str, width: int, right: bool) -> None:
    assert cell_len(fitted(text, width, right=right)) == width


@given(printable, st.integers(2, 40))
def test_nothing_is_lost_by_wrapping(text: str, width: int) -> None:
    parts = [part.plain for part in wrapped(Text(text), width)]
    assert "".join(parts) == text
    assert all(cell_len(part) <= width for part in parts)


@given(st.integers() | st.sampled_from([10**4000, -(10**4000), 2**63]))
def test_an_absurd_figure_is_never_an_error(number: int) -> None:
    for show in (duration, str, "{:,}".format):
        assert len(figure(show, number)) <= MOST_FIGURE
    assert moment(readable_time, number)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 1e308])
def test_nor_is_an_absurd_rate(value: float) -> None:
    assert len(figure(rate, value)) <= MOST_FIGURE
