"""A wallet's accounts as an archive: what it holds, and what that and its cash are worth."""

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from messages.units import CASH_SCALE, NANOSECONDS_PER_SECOND
from polyactors.exchange.core import Exchange
from polyactors.exchange.data_api.activity import ActivityBook
from polyactors.exchange.data_api.positions import PositionStatus, position_rows
from polyactors.exchange.words import Wallet

_FIRST_DATE = (1980, 1, 1, 0, 0, 0)


def snapshot(activity: ActivityBook, exchange: Exchange, wallet: Wallet, now_ns: int) -> bytes:
    """A ZIP of `positions.csv` and `equity.csv`."""
    portfolio = activity.portfolio(wallet)
    rows = [] if portfolio is None else position_rows(exchange, portfolio)
    held = [row for row in rows if row.has(PositionStatus.OPEN)]
    account = exchange.vault.accounts.get(wallet)
    cash = 0.0 if account is None else account.cash / CASH_SCALE
    value = round(sum(row.value for row in held), 6)
    at = datetime.fromtimestamp(now_ns // NANOSECONDS_PER_SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        _add(
            file,
            "positions.csv",
            ("conditionId", "asset", "size", "curPrice", "valuationTime"),
            ((row.market, row.token, row.size, row.price, at) for row in held),
        )
        _add(
            file,
            "equity.csv",
            ("cashBalance", "positionsValue", "equity", "valuationTime"),
            [(cash, value, round(cash + value, 6), at)],
        )
    return archive.getvalue()


def _add(file: zipfile.ZipFile, name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """With a date of its own, so that the same accounts give the same bytes."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows(rows)
    file.writestr(zipfile.ZipInfo(name, _FIRST_DATE), text.getvalue())
