"""Which rows a filter lets through, and what a filter that was typed means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyactors.control.wire import TreeLine
from polyactors.top.rows import COLUMNS, glob_of, rows_of_actors, rows_of_tree, with_pictures
from supervision.registry import matcher
from tests.top.top_world import IDLE, tree_line


@st.composite
def trees(draw: st.DrawFn) -> list[TreeLine]:
    """In the order of the tree; each path has its parent's in it."""
    lines = [tree_line(0, "root", strategy="one_for_one")]
    way = ["root"]
    for number in range(draw(st.integers(0, 25))):
        depth = draw(st.integers(1, len(way)))
        path = "/".join([*way[1:depth], draw(st.sampled_from("abc")) + str(number)])
        way = [*way[:depth], path.rpartition("/")[2]]
        lines.append(tree_line(depth, path))
    return lines


@given(trees(), st.sampled_from(["a", "b1", "c/", "*a*", "**/b*", "nobody"]))
def test_a_filter_keeps_who_fits_and_who_is_above_them(lines: list[TreeLine], text: str) -> None:
    fits = matcher(glob_of(text))
    kept = [row.path for row in rows_of_tree(lines, glob_of(text))]
    wanted = set()
    for place, line in enumerate(lines):
        if fits(line.path):
            depth = line.depth + 1
            for above in reversed(lines[: place + 1]):
                if above.depth < depth:
                    wanted.add(above.path)
                    depth = above.depth
    assert kept == [line.path for line in lines if line.path in wanted]


@given(trees())
def test_without_a_filter_everybody_is_there_in_order(lines: list[TreeLine]) -> None:
    rows = rows_of_tree(lines, glob_of(""))
    assert [row.path for row in rows] == [line.path for line in lines]
    assert [row.label for row in rows] == ["  " * line.depth + line.name for line in lines]


@pytest.mark.parametrize(
    ("text", "path", "fits"),
    [
        ("maker", "markets/a/b/maker", True),
        ("a/b", "markets/a/b/maker", True),
        ("maker", "markets/a/b/market", False),
        ("*/maker", "a/maker", True),
        ("*/maker", "markets/a/b/maker", False),
        ("[red]", "x[red]y", True),
        ("[red]", "red", False),
        ("a?", "ab", False),
    ],
)
def test_a_text_without_stars_is_looked_for_anywhere(text: str, path: str, fits: bool) -> None:
    assert matcher(glob_of(text))(path) == fits


@pytest.mark.parametrize("text", ["**/" * 9, "a" * 2000])
def test_what_the_service_would_not_take_is_refused_here(text: str) -> None:
    with pytest.raises(ValueError):
        glob_of(text)


@given(st.integers() | st.just(10**4000), st.none() | st.floats(), st.text())
def test_no_figure_is_too_absurd_for_a_column(number: int, rate: float | None, name: str) -> None:
    from attrs import evolve

    picture = evolve(
        IDLE,
        path=name,
        type_name=name,
        generation=number,
        restarts=number,
        depth=number,
        capacity=number,
        high_water=number,
        handled=number,
        rate_per_second=rate,
        waiting_p99_ns=number,
        handling_p99_ns=number,
        handling_worst_ns=number,
        dropped=number,
    )
    (row,) = rows_of_actors([picture])
    (line,) = rows_of_tree([tree_line(number, name)], "**")
    for shown in (row, with_pictures(line, {name: picture})):
        assert shown.label.isprintable()
        assert all(column.show(shown).isprintable() for column in COLUMNS)
