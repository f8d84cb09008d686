"""How figures are shown to people."""

from rich.console import Console

WIDE = 1000


def console() -> Console:
    """Of a terminal as it is, and wide enough for any table elsewhere."""
    found = Console()
    return found if found.is_terminal else Console(width=WIDE)


def duration(nanoseconds: int | None) -> str:
    """With a unit that suits it; a dash where there is none."""
    if nanoseconds is None:
        return "-"
    for unit, size in (("s", 1_000_000_000), ("ms", 1_000_000), ("µs", 1_000)):
        if nanoseconds >= size:
            return f"{_three_digits(nanoseconds / size)} {unit}"
    return f"{nanoseconds} ns"


def _three_digits(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def rate(per_second: float | None) -> str:
    return "-" if per_second is None else f"{per_second:,.1f}"


def cut(text: str, most: int) -> str:
    """In its middle: the beginning and the end of a path say the most."""
    if len(text) <= most:
        return text
    end = (most - 1) // 2
    return f"{text[: most - 1 - end]}…{text[len(text) - end :]}"
