"""A history in which every trade comes before the book that shows it, as hftbacktest's queue models expect it.

The venue reports them the other way round: its books come some 20 ms before the prints that explain them, so that those
models count a trade twice, once as a cancel.
"""

from attrs import evolve

from actors.execution.paper.matching import what_was_hit
from actors.execution.paper.settings import PaperSettings
from actors.execution.paper.trade_reports import TradeReports
from messages.market_data import Snapshot
from polyactors.comparisons.market_history import MarketHistory, Seen


def with_prints_first(history: MarketHistory) -> MarketHistory:
    """Each print moves before the first book whose decrease it explains, and takes the time of that book."""
    window_ns = PaperSettings().trade_report_window_ns
    reports = TradeReports(window_ns)
    books: list[Snapshot] = []
    places: list[tuple[int, int, Seen]] = []
    for number, seen in enumerate(history.seen):
        if isinstance(seen, Snapshot):
            reports.remember(seen, seen.received_ns)
            books.append(seen)
            places.append((2 * len(books), number, seen))
            continue
        hit = what_was_hit(seen)
        explained = reports.explain(hit.outcome, hit.price, seen.size, seen.received_ns)
        if explained:
            first = explained[0].book
            moved = evolve(seen, received_ns=books[first - 1].received_ns)
            places.append((2 * first - 1, number, moved))
        else:
            places.append((2 * len(books) + 1, number, seen))
    return evolve(history, seen=tuple(seen for _, _, seen in sorted(places, key=lambda place: place[:2])))
