"""A glob fits a path part by part, as a shell's would."""

import fnmatch
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supervision.registry import matcher


def fits(path: list[str], glob: list[str]) -> bool:
    """The plainest way to say it."""
    if not glob:
        return not path
    if glob[0] == "**":
        return any(fits(path[skipped:], glob[1:]) for skipped in range(len(path) + 1))
    return bool(path) and fnmatch.fnmatchcase(path[0], glob[0]) and fits(path[1:], glob[1:])


parts = st.text("ab.[!?", min_size=1, max_size=4)
SPECIAL = (
    "**",
    "*",
    "?",
    "a*",
    "*b*",
    "*a*b",
    "a**b",
    "[ab]",
    "[!a]",
    "[!a-z]*",
    "[.*]",
    "[",
    "[!",
    "a?b",
    "b.",
    "[]]",
)
globs = st.sampled_from(SPECIAL) | st.text("ab*?[!", min_size=1, max_size=5) | parts


@given(st.lists(parts, min_size=1, max_size=5), st.lists(globs, min_size=1, max_size=5))
def test_as_the_plainest_way_says(path: list[str], glob: list[str]) -> None:
    assert matcher("/".join(glob))("/".join(path)) == fits(path, glob)


@pytest.mark.parametrize("glob", ["a?b", "a[!x]b", "a*b", "a[.-0]b"])
def test_nothing_but_two_stars_goes_beyond_a_part(glob: str) -> None:
    assert not matcher(glob)("a/b")


@pytest.mark.parametrize("glob", ["/".join(["**"] * 500) + "/x", "*?" * 20 + "z", "**/" + "*a" * 30 + "/**/*z"])
def test_no_glob_takes_for_ever(glob: str) -> None:
    began = time.perf_counter()
    assert not matcher(glob)("a" * 66)
    assert not matcher(glob)("/".join(["a" * 66] * 6))
    assert time.perf_counter() - began < 1
