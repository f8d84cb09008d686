"""What is seen while a run goes on: a bar on a terminal, a line now and then elsewhere, always on standard error."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from polyactors.logs import readable_time
from polyactors.service import Service

LOOK_EVERY = 256
"""Instants between two looks at the machine's clock."""

REDRAW_S = 0.1
LINE_EVERY_S = 5.0


class ProgressBar:
    """Frames, simulated time, speed, orders and fills. Costs nothing to speak of: it counts instants between looks."""

    def __init__(self, service: Service, console: Console) -> None:
        self._service = service
        self._console = console
        self._total = service.place.frames
        self._started = self._drawn = time.monotonic()
        self._started_ns = service.now_ns
        self._looks = 0
        self._progress = Progress(
            TextColumn("[bold]{task.fields[name]}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[text]}"),
            console=console,
            transient=True,
            auto_refresh=False,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task(
            "replay", total=self._total, name=service.place.name, text=""
        )  # fmt: skip

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._progress.stop()

    def look(self) -> None:
        """To be called at each instant."""
        self._looks += 1
        if self._looks % LOOK_EVERY == 0:
            self.draw()

    def draw(self) -> None:
        now = time.monotonic()
        every = REDRAW_S if self._console.is_terminal else LINE_EVERY_S
        if now - self._drawn < every:
            return
        self._drawn = now
        text = self._text(now)
        if self._console.is_terminal:
            self._progress.update(self._task, completed=self._service.tape.frames, text=text, refresh=True)
        else:
            self._console.print(text, highlight=False)

    def _text(self, now: float) -> str:
        service = self._service
        frames, elapsed = service.tape.frames, max(now - self._started, 1e-9)
        speed = (service.now_ns - self._started_ns) / 1e9 / elapsed
        orders, fills = service.submitted, service.fill_count
        at = readable_time(service.now_ns)[11:19]
        return f"{at}  {frames:,} frames  {speed:,.0f}x  {frames / elapsed:,.0f}/s  {orders:,} orders  {fills:,} fills"
