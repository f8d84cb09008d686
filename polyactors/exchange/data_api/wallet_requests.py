"""Requests about one wallet, or about what all of them did: positions, trades, activity, and what came of it."""

from collections.abc import Callable

from attrs import frozen
from starlette.responses import Response

from messages.units import CASH_SCALE, NANOSECONDS_PER_SECOND, SHARE_SCALE
from polyactors.exchange.core import Exchange
from polyactors.exchange.data_api.activity import ActivityBook, ActivityRow
from polyactors.exchange.data_api.asking import Asked, BadRequest, page, single
from polyactors.exchange.data_api.documents import activity_document, trade_document
from polyactors.exchange.data_api.positions import PositionRow, PositionStatus, position_rows
from polyactors.exchange.data_api.selecting import asked_markets, selection, time_window
from polyactors.exchange.words import TransferKind

KINDS = frozenset(("TRADE", *(kind.value for kind in TransferKind)))
_DEPOSITS_AND_WITHDRAWALS = (TransferKind.DEPOSIT.value, TransferKind.WITHDRAWAL.value)
_KINDS_ELSEWHERE = frozenset(("TAKER_REBATE", "REFERRAL_REWARD", "MIGRATION", "YIELD", "TIP"))
_DIRECTIONS = ("DESC", "ASC")
_AMOUNTS = ("TOKENS", "CASH")
_LEAST_SHARES = 0.1
"""What is less is not shown unless it is asked for (polymarket.md 7)."""

_SORTS: dict[str, Callable[[PositionRow], float]] = {
    "TOKENS": lambda row: row.size,
    "CURRENT_VALUE": lambda row: row.value,
    "PRICE": lambda row: row.price,
    "UNREALIZED_PNL": lambda row: row.unrealized,
    "REALIZED_PNL": lambda row: row.realized,
    "TOTAL_PNL": lambda row: row.realized + row.unrealized,
    "TIMESTAMP": lambda row: row.position.changed_ns // NANOSECONDS_PER_SECOND,
}


@frozen
class WalletRequests:
    activity: ActivityBook
    exchange: Exchange
    now_ns: Callable[[], int]

    def trades(self, asked: Asked) -> Response:
        """Newest first; those of takers alone, unless the others are asked for too."""
        user, wanted, in_time = asked.wallet(), selection(asked), time_window(asked)
        side = asked.choice("side", ("BUY", "SELL", ""), "")
        takers_only = asked.flag("taker_only", default=True)
        by_cash, least = asked.choice("filter_type", _AMOUNTS, "TOKENS") == "CASH", asked.number("filter_amount", 0)
        found = self.activity.trades if user is None else self.activity.rows(user)
        rows = [
            row
            for row in found
            if row.kind == "TRADE"
            and wanted(row.place)
            and in_time(row.at_s)
            and (row.is_taker or not takers_only)
            and (not side or (row.side is not None and row.side.value == side))
            and (row.cash / CASH_SCALE if by_cash else row.shares / SHARE_SCALE) >= least
        ]
        return page(asked, rows, _sequence, trade_document)

    def happenings(self, asked: Asked) -> Response:
        user, wanted, in_time = asked.needed_wallet(), selection(asked), time_window(asked)
        kinds, side = _kinds(asked), asked.choice("side", ("BUY", "SELL", ""), "")
        hides_deposits = asked.flag("exclude_deposits_withdrawals", default=True)
        is_descending = asked.choice("sort_direction", _DIRECTIONS, "DESC") == "DESC"
        rows = [
            row
            for row in self.activity.rows(user)
            if row.kind in kinds
            and wanted(row.place)
            and in_time(row.at_s)
            and (not side or (row.side is not None and row.side.value == side))
            and not (hides_deposits and row.kind in _DEPOSITS_AND_WITHDRAWALS)
        ]
        return page(asked, rows, _sequence, activity_document, descending=is_descending)

    def positions(self, asked: Asked) -> Response:
        """Of one wallet, or of everybody in one market."""
        rows = self._positions(asked)
        value = _SORTS[asked.choice("sort_by", tuple(_SORTS), "TOKENS")]
        is_descending = asked.choice("sort_direction", _DIRECTIONS, "DESC") == "DESC"
        return page(
            asked,
            rows,
            lambda row: (value(row), f"{row.portfolio.wallet} {row.token}"),
            PositionRow.document,
            descending=is_descending,
        )

    def value(self, asked: Asked) -> Response:
        """What the wallet's positions are worth together."""
        user, markets = asked.needed_wallet(), asked_markets(asked)
        portfolio = self.activity.portfolio(user)
        rows = [] if portfolio is None else position_rows(self.exchange, portfolio)
        value = sum(row.value for row in rows if markets is None or row.market in markets)
        return single({"proxy_wallet": user.lower(), "value": round(value, 6)})

    def _positions(self, asked: Asked) -> list[PositionRow]:
        user, wanted, in_time = asked.wallet(), selection(asked), time_window(asked)
        markets = asked_markets(asked)
        if user is None and (markets is None or "," in (asked.text("condition_id") or "")):
            raise BadRequest("user: give it, or exactly one condition_id")
        status = PositionStatus(asked.choice("status", tuple(each.value for each in PositionStatus), "OPEN"))
        title = (asked.text("title") or "").lower()
        asked.flag("include_archived", default=False)
        by_cash = asked.choice("filter_type", _AMOUNTS, "TOKENS") == "CASH"
        usual = 0.0 if by_cash or status is PositionStatus.CLOSED else _LEAST_SHARES
        least = asked.number("filter_amount", usual)
        found = self.activity.portfolio(user) if user is not None else None
        portfolios = self.activity.portfolios() if user is None else () if found is None else (found,)
        return [
            row
            for portfolio in portfolios
            for row in position_rows(self.exchange, portfolio)
            if row.has(status)
            and wanted(row.position.place)
            and in_time(row.position.changed_ns // NANOSECONDS_PER_SECOND)
            and title in row.position.place.listing.market.question.lower()
            and (row.value if by_cash else row.size) >= least
        ]


def _kinds(asked: Asked) -> frozenset[str]:
    texts = asked.texts("type")
    if texts is None:
        return KINDS
    kinds = frozenset(text.upper() for text in texts)
    unknown = sorted(kinds - KINDS - _KINDS_ELSEWHERE)
    if unknown:
        raise BadRequest(f"type: {unknown[0][:40]!r} is no kind of activity")
    return kinds


def _sequence(row: ActivityRow) -> tuple[float, str]:
    return row.sequence, ""
