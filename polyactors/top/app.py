"""The screen of `polyactors top`: asks the service once a second for what is to be seen, and never waits for an answer
before it takes a key."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import Enum
from functools import partial
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal
from textual.widgets import ContentSwitcher, Footer, Input, Static

from polyactors.cli.plain import plain
from polyactors.control.client import NoService, RequestRefused, ServiceLost
from polyactors.control.wire import (
    MOST_SHOWN,
    Refused,
    ShowActor,
    ShowDeadLetters,
    ShowMailboxes,
    ShowState,
    ShowTree,
    ShowWaits,
)
from polyactors.top.confirmation import Confirmation
from polyactors.top.connection import Connection
from polyactors.top.facts import Detail, lines_of_detail
from polyactors.top.header import header_line, tabs_line, trace_line
from polyactors.top.lines import LinesPane
from polyactors.top.pace import ROUND_S, Pace
from polyactors.top.rows import glob_of, rows_of_actors, rows_of_tree
from polyactors.top.steering import PATIENCE_S, STEERING, Steering
from polyactors.top.table import RowTable
from polyactors.top.told import line_of_event, lines_of_letters, lines_of_waits

MOST_LETTERS = 200
TRACE_LINES = 1000
MOST_AT_ONCE = 200
"""Actors whose figures are asked for in one round: rows of a very tall screen."""

Pause = Callable[[float], Awaitable[None]]


class Order(Enum):
    TREE = "tree"
    PRESSURE = "pressure"


class TopApp(App[None]):
    """`pause` waits between two rounds of questions."""

    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - declared so by textual
        (0, "-narrow"),
        (120, "-wide"),
    ]
    CSS = """
    #header, #tabs, #notice, #trace-title { height: 1; }
    #header { background: $primary-background; }
    #tabs { color: $text-muted; }
    #notice { color: $text-warning; }
    #trace-title { background: $panel; }
    #trace-pane { height: 12; }
    LinesPane { height: 1fr; }
    #table { width: 3fr; height: 1fr; }
    #detail { width: 2fr; height: 1fr; border-left: solid $panel; padding-left: 1; }
    #detail:focus, #trace:focus { background: $boost; }
    .-narrow #both { layout: vertical; }
    .-narrow #table, .-narrow #detail { width: 1fr; }
    .-narrow #detail { border-left: none; border-top: solid $panel; padding-left: 0; }
    #filter { height: 3; display: none; }
    ContentSwitcher { height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "quit", "quit"),
        Binding("ctrl+c", "quit", "quit", show=False, priority=True),
        Binding("1", "tab('actors')", "actors", show=False),
        Binding("2", "tab('letters')", "dead letters", show=False),
        Binding("3", "tab('waits')", "waits", show=False),
        # First of all others, so that what is typed next is never taken for a key that steers.
        Binding("slash", "filter", "filter", key_display="/", priority=True),
        Binding("escape", "end_filter", "no filter", show=False),
        Binding("o", "order", "order"),
        Binding("t", "trace", "trace"),
        Binding("w", "wrap", "wrap the trace", show=False),
        *(Binding(each.key, f"steer('{each.name}')", each.name) for each in STEERING.values()),
    ]

    def __init__(
        self,
        path: Path,
        *,
        text: str = "",
        order: Order = Order.TREE,
        selected: str | None = None,
        pause: Pause = asyncio.sleep,
        pace: Pace | None = None,
    ) -> None:
        """`text` is the filter; see `glob_of`, as which it raises `ValueError`."""
        super().__init__()
        self._path = path
        self._pause = pause
        self._pace = pace or Pace()
        self._text = text
        self._glob = glob_of(text)
        self._order = order
        self._wanted = selected
        self._detail: Detail | None = None
        self._pid: int | None = None
        self._up_s: float | None = None
        self._up_since = 0.0
        self._lost: str | None = "connecting"
        self._service_ns: int | None = None
        self._actors = 0
        self._traced: str | None = None

    def compose(self) -> ComposeResult:
        yield Static(id="header")
        yield Static(id="tabs")
        with ContentSwitcher(initial="actors"):
            with Container(id="actors"):
                with Horizontal(id="both"):
                    yield RowTable(id="table")
                    yield LinesPane(id="detail")
                with Container(id="trace-pane"):
                    yield Static(id="trace-title")
                    yield LinesPane(id="trace", most=TRACE_LINES, follows=True, wraps=False)
            yield LinesPane(id="letters")
            yield LinesPane(id="waits")
        yield Input(id="filter", placeholder="a part of a path, or a glob: *maker, markets/**")
        yield Static(id="notice")
        yield Footer()

    def on_mount(self) -> None:
        # Kept, since a question covers the screen, and a screen that is being left has none of them any more.
        self._header = self.query_one("#header", Static)
        self._tabs = self.query_one("#tabs", Static)
        self._notice = self.query_one("#notice", Static)
        self._box = self.query_one("#filter", Input)
        self._switcher = self.query_one(ContentSwitcher)
        self._letters = self.query_one("#letters", LinesPane)
        self._waits = self.query_one("#waits", LinesPane)
        self._trace_pane = self.query_one("#trace-pane", Container)
        self._trace_title = self.query_one("#trace-title", Static)
        self._table = self.query_one("#table", RowTable)
        self._details = self.query_one("#detail", LinesPane)
        self._trace_lines = self.query_one("#trace", LinesPane)
        self._trace_pane.display = False
        self._table.focus()
        if self._wanted is not None:
            self._table.select(self._wanted)
        self._show_header()
        self.run_worker(self._watch(), name="watch")

    @property
    def tab(self) -> str:
        return self._switcher.current or "actors"

    def action_tab(self, name: str) -> None:
        self._switcher.current = name
        {"actors": self._table, "letters": self._letters, "waits": self._waits}[name].focus()
        self._show_header()

    def action_order(self) -> None:
        self._order = Order.PRESSURE if self._order is Order.TREE else Order.TREE
        self._table.begin_anew()
        self._pace.forget()
        self._show_header()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Within the filter a slash is a slash, and nothing begins while a question is open."""
        return action != "filter" or (self.focused is not self._box and len(self.screen_stack) == 1)

    def action_filter(self) -> None:
        self._box.value = self._text
        self._box.display = True
        self.screen.set_focus(self._box)

    def action_end_filter(self) -> None:
        self._filter("")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self._filter(event.value.strip())

    def action_trace(self) -> None:
        """Of the selected actor; again for it, and it ends."""
        row = self._table.selected_row
        if row is None and self._traced is None:
            return
        path = row.path if row is not None and row.path != self._traced else None
        if path is not None and row is not None and row.is_supervisor:
            self._say(f"{path} is a supervisor, and handles no messages: there is nothing to trace")
            return
        self._traced = path
        self._trace_pane.display = path is not None
        self._trace_lines.clear()
        self._follow()

    def action_wrap(self) -> None:
        self._trace_lines.wrap()

    def action_steer(self, name: str) -> None:
        steering, row = STEERING[name], self._table.selected_row
        if len(self.screen_stack) > 1:
            return
        if self.tab != "actors" or row is None:
            self._say("no actor is selected: press 1")
        elif self._lost is not None:
            self._say(f"not connected, so nothing can be done to {row.path}")
        elif row.is_supervisor and not steering.also_supervisors:
            self._say(f"{row.path} is a supervisor: {steering.name} is for actors")
        else:
            question = Confirmation(steering.name, row.path, steering.effect)
            self.push_screen(question, partial(self._answered, steering, row.path))

    def on_row_table_selected(self) -> None:
        row = self._table.selected_row
        self._detail = Detail(row.path, row.picture) if row is not None else None
        self._show_detail()

    def _answered(self, steering: Steering, path: str, is_meant: bool | None) -> None:
        if is_meant:
            self._say(f"{steering.name} {path} …")
            self.run_worker(self._steer(steering, path), group="steering")
        else:
            self._say(f"{path} was left alone")

    async def _steer(self, steering: Steering, path: str) -> None:
        """On a connection of its own: it may take long."""
        try:
            connection = await Connection.connect(self._path, PATIENCE_S)
            try:
                self._say((await connection.ask(steering.request(path))).what)
            finally:
                await connection.close()
        except RequestRefused as error:
            self._say(f"{steering.name} {path} was refused: {error.why}")
        except (NoService, ServiceLost) as error:
            self._say(f"it is not known whether {steering.name} {path} was done: {error}")

    async def _watch(self) -> None:
        while True:
            try:
                connection = await Connection.connect(self._path)
                try:
                    self._connected(connection)
                    while True:
                        self._pace.begin()
                        await self._round(connection)
                        self._show_header()
                        await self._pause(self._pace.rest_s())
                finally:
                    await connection.close()
            except (NoService, ServiceLost, RequestRefused) as error:
                self._went_away(str(error))
            await self._pause(ROUND_S)

    def _connected(self, connection: Connection) -> None:
        before, self._pid = self._pid, connection.peer_pid
        self._up_s, self._up_since = connection.uptime_s, asyncio.get_running_loop().time()
        if before is not None:
            is_new = before != self._pid
            self._say("connected again" + (f": the service was restarted, it is process {self._pid}" if is_new else ""))
        self._lost = None
        self._pace.forget()
        self._follow()

    def _went_away(self, why: str) -> None:
        if self._lost is None:
            self._say(f"the service went away ({why}); trying again every second")
        self._lost = why
        self._show_header()

    async def _round(self, connection: Connection) -> None:
        match self.tab:
            case "letters":
                if self._pace.is_due(ShowDeadLetters):
                    letters = await self._pace.timed(ShowDeadLetters, connection.ask(ShowDeadLetters(MOST_LETTERS)))
                    self._service_ns = None
                    self._letters.show(lines_of_letters(letters))
            case "waits":
                if self._pace.is_due(ShowWaits):
                    waits = await self._pace.timed(ShowWaits, connection.ask(ShowWaits()))
                    self._service_ns = waits.now_ns
                    self._waits.show(lines_of_waits(waits))
            case _ if self._order is Order.TREE:
                await self._look_at_the_tree(connection)
                await self._look_at_the_selected(connection)
            case _:
                await self._look_at_the_pressed(connection)
                await self._look_at_the_selected(connection)

    async def _look_at_the_tree(self, connection: Connection) -> None:
        if self._pace.is_due(ShowTree):
            tree = await self._pace.timed(ShowTree, connection.ask(ShowTree()))
            self._actors = sum(line.strategy is None for line in tree.lines)
            self._table.show(rows_of_tree(tree.lines, self._glob))
        wanted = [row.path for row in self._table.on_screen if not row.is_supervisor][:MOST_AT_ONCE]
        answers = await connection.ask_all([ShowActor(path) for path in wanted])
        shown = [answer for answer in answers if not isinstance(answer, Refused)]
        self._service_ns = shown[-1].now_ns if shown else self._service_ns
        self._table.show_pictures({answer.actor.path: answer.actor for answer in shown})

    async def _look_at_the_pressed(self, connection: Connection) -> None:
        if self._pace.is_due(ShowMailboxes):
            # A screen more than is seen, so that one can go on.
            limit = min(MOST_SHOWN, self._table.last_on_screen + len(self._table.on_screen) + 20)
            request = ShowMailboxes(self._glob, limit)
            mailboxes = await self._pace.timed(ShowMailboxes, connection.ask(request))
            self._actors, self._service_ns = mailboxes.total, mailboxes.at_ns
            self._table.show_pictures({})
            self._table.show(rows_of_actors(mailboxes.actors))

    async def _look_at_the_selected(self, connection: Connection) -> None:
        path = self._table.selected
        if path is None:
            return
        (answer,) = await connection.ask_all([ShowActor(path)])
        detail = self._detail if self._detail is not None and self._detail.path == path else Detail(path)
        if isinstance(answer, Refused):
            detail = Detail(path, missing=answer.why)
        else:
            state = detail.state
            if answer.actor.strategy is None and self._pace.is_due((ShowState, path)):
                (told,) = await self._pace.timed((ShowState, path), connection.ask_all([ShowState(path)]))
                state = None if isinstance(told, Refused) else told
            detail = Detail(path, answer.actor, state)
        if self._table.selected == path:
            self._detail = detail
            self._show_detail()

    def _filter(self, text: str) -> None:
        try:
            self._glob, self._text = glob_of(text), text
        except ValueError as error:
            self._say(f"this is no filter: {error}")
            return
        self._box.display = False
        self._table.begin_anew()
        self._pace.forget()
        self._table.focus()
        self._show_header()

    def _follow(self) -> None:
        """What is traced from now on, and nothing else."""
        self.workers.cancel_group(self, "trace")
        self._show_trace_title()
        if self._traced is not None:
            self.run_worker(self._trace(self._traced), group="trace")

    async def _trace(self, path: str) -> None:
        try:
            connection = await Connection.connect(self._path)
            try:
                async for events in connection.follow(path):
                    self._trace_lines.add(map(line_of_event, events))
                    self._show_trace_title()
            finally:
                await connection.close()
        except (NoService, ServiceLost, RequestRefused) as error:
            self._trace_lines.add([Text(f"the trace ended: {plain(str(error))}", "bold red")])

    def _say(self, text: str) -> None:
        self._notice.update(Text(f"{datetime.now():%H:%M:%S} {plain(text)}"))

    def _show_detail(self) -> None:
        self._details.show(lines_of_detail(self._detail) if self._detail is not None else ())

    def _show_trace_title(self) -> None:
        lines = self._trace_lines
        self._trace_title.update(trace_line(self._traced or "", lines.count, lines.gone))

    def _show_header(self) -> None:
        up_s = self._up_s
        if up_s is not None:
            up_s += asyncio.get_running_loop().time() - self._up_since
        self._header.update(header_line(self._lost, self._pid, up_s, self._actors, self._service_ns))
        self._tabs.update(tabs_line(self.tab, self._order.value, self._text))
