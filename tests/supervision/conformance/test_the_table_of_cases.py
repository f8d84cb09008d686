"""The table in `docs/supervision.md` has every case of OTP's suite, and names tests that exist."""

import re
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE.parents[2] / "docs" / "supervision.md"
CASES = 71


def rows() -> dict[int, str]:
    """The rows of the table by their number."""
    found = re.findall(r"^\| (\d+) \| (.*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return {int(number): text for number, text in found}


def test_every_case_has_a_row_with_a_result() -> None:
    assert sorted(rows()) == list(range(1, CASES + 1))
    for number, text in rows().items():
        assert "| holds |" in text or re.search(r"\| deviation \| \S", text), f"row {number}: {text}"


def test_every_test_that_is_named_exists() -> None:
    for number, text in rows().items():
        file = None
        for named in re.findall(r"`([\w.:]*test_\w+)`", text):
            name, _, inside = named.partition("::") if ".py" in named else ("", "", named)
            file = HERE / name if name else file
            assert file is not None and file.is_file(), f"row {number}: {named}"
            source = file.read_text(encoding="utf-8")
            for part in inside.split("::"):
                kind = "class" if part.startswith("Test") else "def"
                assert re.search(rf"\b{kind} {part}\b", source), f"row {number}: {part} is not in {file.name}"


def test_every_row_names_a_test() -> None:
    for number, text in rows().items():
        assert "test_otp_" in text, f"row {number} names no test"
