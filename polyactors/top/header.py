"""The lines above the panes: whether there is a service, which one, and what of it is to be seen."""

from rich.text import Text

from polyactors.cli.plain import figure, moment, plain
from polyactors.logs import readable_time

TABS = (("1", "actors", "actors"), ("2", "letters", "dead letters"), ("3", "waits", "waits"))


def header_line(lost: str | None, pid: int | None, uptime_s: float | None, actors: int, at_ns: int | None) -> Text:
    """`lost` says why there is no connection; `at_ns` is of the service's clock."""
    line = Text("polyactors top  ", "bold", no_wrap=True, overflow="ellipsis")
    if lost is None:
        line.append("● connected  ", "bold green")
        line.append(f"process {pid}{_uptime(uptime_s)}  " if pid else "")
    else:
        line.append(f"✗ NOT CONNECTED: {plain(lost)}; trying again  ", "bold red")
    line.append(f"{figure('{:,}'.format, actors)} actors  ")
    if at_ns is not None:
        line.append(f"its clock {moment(readable_time, at_ns)}")
    return line


def tabs_line(current: str, order: str, text: str) -> Text:
    """`text` is the filter."""
    line = Text(no_wrap=True, overflow="ellipsis")
    for key, name, title in TABS:
        line.append(f" {key} {title} ", "reverse" if name == current else "")
    line.append(f"   by {order}")
    if text:
        line.append(f"   filter: {plain(text)} (escape ends it)", "yellow")
    return line


def trace_line(path: str, count: int, gone: int) -> Text:
    older = f", {gone:,} older ones are gone" if gone else ""
    return Text(f"trace of {plain(path)}: the last {count:,} lines{older} (t ends it, w wraps)")


def _uptime(uptime_s: float | None) -> str:
    if uptime_s is None:
        return ""
    minutes, seconds = divmod(int(uptime_s), 60)
    hours, minutes = divmod(minutes, 60)
    return f", up {hours} h {minutes:02} min" if hours else f", up {minutes} min {seconds:02} s"
