"""The summary as tables for a person at a terminal."""

from collections.abc import Iterable

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from messages.units import PRICE_SCALE, Cash, Shares, format_price, format_shares
from polyactors.summary.document import Activity, ProfitAndLoss, Summary


def show(summary: Summary, console: Console) -> None:
    """Print everything that a trader asks after a run."""
    console.print(
        Group(
            _head(summary),
            _strategies(summary),
            _markets(summary),
            _refusals(summary),
            _arbitrage(summary),
            _feed(summary),
            _bad_input(summary),
            _faults(summary),
            _actors(summary),
            _broken(summary),
            _foot(summary),
        )
    )


def _head(summary: Summary) -> RenderableType:
    account, timing = summary.account, summary.timing
    lines = Table.grid(padding=(0, 2))
    lines.add_row("[bold]" + summary.recording, f"{summary.why}; {timing.simulated_ms / 60_000:.1f} simulated minutes")
    lines.add_row(
        "account", f"{dollars(account.deposited)} put in, {dollars(account.equity)} now: {_pnl(account.profit)}"
    )
    rest = f"{account.open_orders} orders resting" if account.open_orders else "no order resting"
    lines.add_row(
        "", f"cash {dollars(account.cash)}, positions at the middle {dollars(account.positions_value)}, {rest}"
    )
    return lines


def _strategies(summary: Summary) -> RenderableType:
    table = _table("Strategies", "strategy", *_ACTIVITY, "fees", "spread", "inventory", "profit")
    for line in summary.strategies:
        table.add_row(
            line.strategy, *_activity(line.activity), dollars(line.fees), *_profit_cells(line.profit)
        )  # fmt: skip
    return table


def _markets(summary: Summary) -> RenderableType:
    columns = ("market", "strategy", *_ACTIVITY, "YES", "NO", "cash", "middle", "fees", "spread", "inventory", "profit")
    table = _table("Markets", *columns)
    for line in summary.markets:
        table.add_row(
            _short(line.slug),
            line.strategy,
            *_activity(line.activity),
            shares(line.yes),
            shares(line.no),
            dollars(line.cash),
            "-" if line.middle is None else format_price(line.middle),
            dollars(line.fees),
            *_profit_cells(line.profit),
        )
    return table


def _refusals(summary: Summary) -> RenderableType:
    table = _table("Rejects by reason", "strategy", "by", "reason", "count")
    for line in summary.strategies:
        for reason, count in line.activity.refused.items():
            gate, _, text = reason.partition(": ")
            table.add_row(line.strategy, gate, text, str(count))
        for reason, count in line.activity.rejected.items():
            table.add_row(line.strategy, "venue", reason, str(count))
    return table if table.row_count else Text("No rejects.")


def _arbitrage(summary: Summary) -> RenderableType:
    if not summary.set_arbitrage:
        return Text("")
    seen = sum(line.snapshots for line in summary.set_arbitrage)
    found = sum(line.opportunities for line in summary.set_arbitrage)
    left = sum(line.after_fees for line in summary.set_arbitrage)
    costs = [line.lowest_cost for line in summary.set_arbitrage if line.lowest_cost is not None]
    lowest = f"; the cheapest set of YES and NO cost {min(costs) / PRICE_SCALE:.4f}" if costs else ""
    crossed = summary.feed.crossed_instants
    verdict = _NO_ARBITRAGE if not found else f"{found} below 1, {left} of them after fees"
    return Text(
        f"Set arbitrage: {verdict}, at {seen:,} changes of a best price on {summary.feed.books_closed:,} closed books"
        f"{lowest}. A scanner that does not wait for books to close would have seen {crossed} crossed instants.\n"
    )


def _feed(summary: Summary) -> RenderableType:
    feed = summary.feed
    title = (
        f"Feed: {feed.frames:,} frames, {feed.books_closed:,} books closed, {feed.dirty_spells} dirty spells, "
        f"{feed.crossed_instants} crossed instants, {feed.resyncs} resyncs, {feed.connections} connections"
    )
    columns = ("market", "frames", "closed", "by hash", "open", "crossed", "dirty", "dirty ms", "resyncs", "trades")
    table = _table(title, *columns)
    for book in feed.markets:
        table.add_row(
            _short(book.slug),
            *(
                f"{number:,}"
                for number in (
                    book.frames,
                    book.books_closed,
                    book.closed_by_hash,
                    book.open_instants,
                    book.crossed_instants,
                    book.dirty_spells,
                    book.dirty_ms,
                    book.resyncs_asked,
                    book.trades,
                )
            ),
        )
    return table


def _bad_input(summary: Summary) -> RenderableType:
    feed = summary.feed
    unread = ", ".join(f"{count:,} of {channel}" for channel, count in feed.unread.items())
    note = Text(f"Frames of channels that nobody here reads yet: {unread}\n") if unread else Text("")
    if not feed.bad_input:
        return Group(note, Text("No bad input.\n"))
    table = _table("Bad input", "kind", "source", "count", "for example")
    for line in feed.bad_input:
        table.add_row(line.kind, line.source, f"{line.count:,}", Text(line.example[:80]))
    return Group(note, table)


def _faults(summary: Summary) -> RenderableType:
    """Nothing, where none was planned."""
    never = Text("".join(f"A fault that never came: {fault}\n" for fault in summary.faults_that_never_came))
    if not summary.faults:
        return never
    table = _table("Faults injected", "fault", "actor", "count")
    for line in summary.faults:
        table.add_row(Text(line.fault), Text(line.actor), f"{line.count:,}")
    return Group(table, never)


def _actors(summary: Summary) -> RenderableType:
    restarted = [line for line in summary.actors if line.lives > 1]
    if not restarted and not summary.dead_letters:
        return Text(f"{len(summary.actors)} actors, none restarted, no dead letters.\n")
    table = _table(f"Restarts ({summary.dead_letters} dead letters)", "actor", "lives", "last failure")
    for line in restarted:
        table.add_row(Text(line.path), str(line.lives), Text((line.last_failure or "restarted with its group")[:80]))
    return table


def _broken(summary: Summary) -> RenderableType:
    if not summary.broken_invariants:
        return Text("Invariants 1 to 5 held throughout.\n")
    table = _table("[bold red]Broken invariants", "number", "what", "journal record")
    for broken in summary.broken_invariants:
        table.add_row(str(broken.number), Text(broken.text), str(broken.record))
    return table


def _foot(summary: Summary) -> RenderableType:
    timing = summary.timing
    kept = f"journal {summary.journal}" if summary.journal else "journal not kept (--journal FILE keeps it)"
    return Text(
        f"{timing.real_ms / 1000:.1f} s, {timing.frames_per_second:,} frames/s, {timing.speed:,.0f} times real time, "
        f"{timing.peak_memory_mb} MB at most; {kept}, {summary.journal_records:,} records\n"
        f"seed {summary.seed}, {summary.decisions:,} decisions, hash {summary.decision_hash}"
    )


_NO_ARBITRAGE = "nothing, as expected (a closed book cannot show one: it would be crossed)"
_ACTIVITY = ("intents", "orders", "rejects", "cancels", "fills", "bought", "sold")


def _activity(activity: Activity) -> Iterable[str]:
    rejects = sum(activity.refused.values()) + sum(activity.rejected.values())
    counts = (activity.intents, activity.orders, rejects, activity.cancels, activity.fills)
    return (*(f"{count:,}" for count in counts), shares(activity.bought), shares(activity.sold))


def _profit_cells(profit: ProfitAndLoss) -> Iterable[Text | str]:
    return dollars(profit.spread), dollars(profit.inventory), _signed(profit.total)


def _pnl(profit: ProfitAndLoss) -> str:
    parts = f"spread {dollars(profit.spread)}, fees {dollars(profit.fees)}, inventory {dollars(profit.inventory)}"
    return f"[bold]{_sign(profit.total)}{dollars(profit.total)}[/] ({parts})"


def _signed(amount: Cash) -> Text:
    style = "green" if amount > 0 else "red" if amount < 0 else ""
    return Text(f"{_sign(amount)}{dollars(amount)}", style=style)


def _sign(amount: Cash) -> str:
    return "+" if amount > 0 else ""


def dollars(amount: Cash) -> str:
    """Money with two decimals, for people."""
    return f"{amount / 1_000_000:,.2f}"


def shares(amount: Shares) -> str:
    return format_shares(amount)


def _short(slug: str) -> str:
    return slug if len(slug) <= 28 else f"…{slug[-27:]}"


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", header_style="dim", box=None, padding=(0, 1))
    for number, column in enumerate(columns):
        is_text = number == 0 or column in ("strategy", "by", "reason", "source", "for example", "last failure", "what")
        table.add_column(column, justify="left" if is_text else "right", no_wrap=column != "for example")
    return table
