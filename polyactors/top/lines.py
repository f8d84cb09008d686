"""A pane of lines of text, wrapped, of which only those on the screen are drawn."""

from collections import deque
from collections.abc import Iterable, Sequence
from typing import ClassVar

from attrs import frozen
from rich.segment import Segment
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.events import MouseScrollDown, MouseScrollUp, Resize
from textual.strip import Strip
from textual.widget import Widget

from polyactors.cli.plain import wrapped

WHEEL = 3


@frozen
class _Line:
    """`parts` are what it is wrapped into."""

    text: Text
    parts: tuple[Text, ...]


class LinesPane(Widget, can_focus=True):
    """Keeps the last `most` lines, and counts what had to go. With `follows` it shows the end when lines are added,
    unless somebody has scrolled up. Lines are wrapped, or else cut."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll_by(-1)", "up", show=False),
        Binding("down", "scroll_by(1)", "down", show=False),
        Binding("pageup", "page(-1)", "page up", show=False),
        Binding("pagedown", "page(1)", "page down", show=False),
        Binding("home", "scroll_by(-1000000000)", "first", show=False),
        Binding("end", "scroll_by(1000000000)", "last", show=False),
    ]

    def __init__(self, *, id: str, most: int = 20_000, follows: bool = False, wraps: bool = True) -> None:
        super().__init__(id=id)
        self._most = most
        self._follows = follows
        self._wraps = wraps
        self._lines: deque[_Line] = deque(maxlen=most)
        self._flat: Sequence[Text] | None = None
        self._first = 0
        self.gone = 0

    @property
    def count(self) -> int:
        return len(self._lines)

    @property
    def lines(self) -> tuple[str, ...]:
        return tuple(line.text.plain for line in self._lines)

    def show(self, lines: Iterable[Text]) -> None:
        """Instead of what was there; it stays scrolled as far as it was."""
        new = list(lines)
        if new != [line.text for line in self._lines]:
            self._lines.clear()
            self._append(new)

    def add(self, lines: Iterable[Text]) -> None:
        was_at_the_end = self._first >= self._last_first
        self._append(lines)
        if self._follows and was_at_the_end:
            self._first = self._last_first

    def clear(self) -> None:
        self._lines.clear()
        self.gone = 0
        self._first = 0
        self._flat = None
        self.refresh()

    def wrap(self) -> None:
        """Long lines, or cut them: the one that it does not do now."""
        self._wraps = not self._wraps
        self._lay_out()

    def action_scroll_by(self, lines: int) -> None:
        self._first = max(0, min(self._first + lines, self._last_first))
        self.refresh()

    def action_page(self, pages: int) -> None:
        self.action_scroll_by(pages * max(1, self.size.height - 1))

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        event.stop()
        self.action_scroll_by(WHEEL)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        event.stop()
        self.action_scroll_by(-WHEEL)

    def on_resize(self, event: Resize) -> None:
        self._lay_out()

    def render_line(self, y: int) -> Strip:
        width, lines = self.size.width, self._all
        place = min(self._first, self._last_first) + y
        if place >= len(lines):
            return Strip.blank(width, self.rich_style)
        segments = lines[place].render(self.app.console)
        return Strip(Segment.apply_style(segments, self.rich_style)).adjust_cell_length(width, self.rich_style)

    @property
    def _last_first(self) -> int:
        return max(0, len(self._all) - self.size.height)

    @property
    def _all(self) -> Sequence[Text]:
        if self._flat is None:
            self._flat = [part for line in self._lines for part in line.parts]
        return self._flat

    def _lay_out(self) -> None:
        was_at_the_end = self._first >= self._last_first
        lines = [line.text for line in self._lines]
        gone = self.gone
        self._lines.clear()
        self._append(lines)
        self.gone = gone
        if self._follows and was_at_the_end:
            self._first = self._last_first

    def _append(self, lines: Iterable[Text]) -> None:
        for line in lines:
            self.gone += len(self._lines) == self._most
            parts = tuple(wrapped(line, self.size.width)) if self._wraps else (line,)
            self._lines.append(_Line(line, parts))
        self._flat = None
        self.refresh()
