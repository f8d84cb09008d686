"""A table of any number of rows, of which only those on the screen are ever drawn."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.events import Click, MouseScrollDown, MouseScrollUp, Resize
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from polyactors.cli.plain import MOST_FIGURE, fitted
from polyactors.cli.tree import STYLES
from polyactors.top.rows import COLUMNS, Column, Row, with_pictures
from supervision.introspection.picture import ActorPicture

GAP = 2
SHORTEST_LABEL = 30
WHEEL = 3

HEADER = Style(bold=True, underline=True)
SELECTED = Style(reverse=True)
SUPERVISOR = Style(bold=True)
PLAIN = Style()


class RowTable(Widget, can_focus=True):
    """What is selected is a path: it stays selected when the rows change their places."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "up", show=False),
        Binding("down", "move(1)", "down", show=False),
        Binding("pageup", "page(-1)", "page up", show=False),
        Binding("pagedown", "page(1)", "page down", show=False),
        Binding("home", "move(-1000000000)", "first", show=False),
        Binding("end", "move(1000000000)", "last", show=False),
    ]

    class Selected(Message):
        """Another row is selected, or none is there any more."""

    class Moved(Message):
        """Other rows are on the screen."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._rows: Sequence[Row] = ()
        self._places: dict[str, int] = {}
        self._pictures: Mapping[str, ActorPicture] = {}
        self._place = 0
        self._first = 0
        # A column never becomes narrower, so that figures stay where the eye looks for them.
        self._widths = {column: column.width or len(column.name) for column in COLUMNS}
        self.selected: str | None = None

    def show(self, rows: Sequence[Row]) -> None:
        """Without the pictures of before."""
        self._rows = rows
        self._places = {row.path: place for place, row in enumerate(rows)}
        before = self.selected
        if self.selected in self._places:
            self._place = self._places[self.selected]
        else:
            self._place = max(0, min(self._place, len(rows) - 1))
            self.selected = rows[self._place].path if rows else None
        self._keep_in_sight()
        self.refresh()
        if self.selected != before:
            self.post_message(self.Selected())

    def show_pictures(self, pictures: Mapping[str, ActorPicture]) -> None:
        self._pictures = pictures
        self.refresh()

    def begin_anew(self) -> None:
        """Other rows are to come: at their beginning, unless what is selected is among them."""
        self._place = 0

    def select(self, path: str) -> None:
        """Also one that is not there yet."""
        self.selected = path
        if path in self._places:
            self._place = self._places[path]
            self._keep_in_sight()
            self.refresh()

    @property
    def on_screen(self) -> Sequence[Row]:
        return self._rows[self._first : self._first + self._room]

    @property
    def last_on_screen(self) -> int:
        """The number of rows up to the end of the screen."""
        return self._first + self._room

    @property
    def selected_row(self) -> Row | None:
        place = self._places.get(self.selected or "")
        return with_pictures(self._rows[place], self._pictures) if place is not None else None

    @property
    def span(self) -> str:
        last = min(self.last_on_screen, len(self._rows))
        return f"{self._first + 1:,}-{last:,} of {len(self._rows):,}" if self._rows else "nobody"

    def action_move(self, steps: int) -> None:
        if not self._rows:
            return
        self._place = max(0, min(self._place + steps, len(self._rows) - 1))
        self.selected = self._rows[self._place].path
        self._keep_in_sight()
        self.refresh()
        self.post_message(self.Selected())

    def action_page(self, pages: int) -> None:
        self.action_move(pages * max(1, self._room - 1))

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        event.stop()
        self.action_move(WHEEL)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        event.stop()
        self.action_move(-WHEEL)

    def on_click(self, event: Click) -> None:
        place = self._first + event.y - 1
        if event.y >= 1 and place < len(self._rows):
            self.action_move(place - self._place)

    def on_resize(self, event: Resize) -> None:
        self._keep_in_sight()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if y == 0:
            self._widen()
        columns = self._that_fit(width)
        label_width = max(1, width - sum(GAP + self._widths[column] for column in columns))
        if y == 0:
            return self._header(columns, label_width)
        place = self._first + y - 1
        if place >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        row = with_pictures(self._rows[place], self._pictures)
        return self._drawn(row, columns, label_width, is_selected=row.path == self.selected)

    @property
    def _room(self) -> int:
        return max(0, self.size.height - 1)

    def _keep_in_sight(self) -> None:
        first = max(0, min(self._first, self._place, len(self._rows) - self._room))
        first = max(first, self._place - self._room + 1)
        if first != self._first:
            self._first = first
            self.post_message(self.Moved())

    def _widen(self) -> None:
        for row in self.on_screen:
            shown = with_pictures(row, self._pictures)
            for column in COLUMNS:
                if not column.width:
                    needed = min(MOST_FIGURE, len(column.show(shown)))
                    self._widths[column] = max(self._widths[column], needed)

    def _that_fit(self, width: int) -> list[Column]:
        left = width - SHORTEST_LABEL
        chosen = set()
        for column in sorted(COLUMNS, key=lambda each: each.rank):
            left -= GAP + self._widths[column]
            if left < 0:
                break
            chosen.add(column)
        return [column for column in COLUMNS if column in chosen]

    def _header(self, columns: Sequence[Column], label_width: int) -> Strip:
        texts = [fitted(f"actor  {self.span}", label_width)]
        for column in columns:
            texts.append(" " * GAP + fitted(column.name, self._widths[column], right=not column.width))
        return self._strip([Segment(text, HEADER) for text in texts])

    def _drawn(self, row: Row, columns: Sequence[Column], label_width: int, *, is_selected: bool) -> Strip:
        segments = [Segment(fitted(row.label, label_width), SUPERVISOR if row.is_supervisor else PLAIN)]
        for column in columns:
            text = fitted(column.show(row), self._widths[column], right=not column.width)
            style = Style.parse(STYLES[row.state]) if column.name == "state" else PLAIN
            segments.append(Segment(" " * GAP + text, style))
        strip = self._strip(segments)
        return strip.apply_style(SELECTED) if is_selected else strip

    def _strip(self, segments: list[Segment]) -> Strip:
        strip = Strip(Segment.apply_style(segments, self.rich_style))
        return strip.adjust_cell_length(self.size.width, self.rich_style)
