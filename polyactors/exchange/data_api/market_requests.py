"""Requests about markets: who holds them, what they cost, how much is in them, and how they ended."""

from collections.abc import Callable

from attrs import frozen
from starlette.responses import Response

from messages.identity import Outcome, TokenId
from messages.units import CASH_SCALE, NANOSECONDS_PER_SECOND, SHARE_SCALE
from polyactors.exchange.core import Exchange
from polyactors.exchange.data_api.activity import ActivityBook
from polyactors.exchange.data_api.asking import Asked, BadRequest, page, single
from polyactors.exchange.data_api.market_documents import holder_document, resolution_document, token_document
from polyactors.exchange.data_api.positions import PositionRow, position_rows
from polyactors.exchange.data_api.price_history import PriceHistory, PricePoint
from polyactors.exchange.data_api.selecting import asked_markets, long_id, selected_listings
from polyactors.exchange.gamma.statistics import MarketStatistics
from polyactors.exchange.words import Listing

_DAY_S = 24 * 3600
_INTERVALS_S = {"1h": 3600, "6h": 6 * 3600, "1d": _DAY_S, "1w": 7 * _DAY_S, "1m": 30 * _DAY_S, "all": None, "max": None}
_LEAST_BUCKETS_S = {"1w": 300, "1m": 600, "all": 600, "max": 600}
_LONGEST_WINDOW_S = 15 * _DAY_S
_MOST_HOLDERS = 1000
_MOST_HOLDERS_WITH_PNL = 100

HeldToken = tuple[TokenId, list[PositionRow]]


@frozen
class MarketRequests:
    activity: ActivityBook
    prices: PriceHistory
    statistics: MarketStatistics
    exchange: Exchange
    now_ns: Callable[[], int]

    def holders(self, asked: Asked) -> Response:
        """A row for each token, with whoever holds most of it first."""
        if asked_markets(asked) is None:
            raise BadRequest("condition_id: it is required")
        with_pnl, least = asked.flag("include_pnl", default=False), asked.number("min_balance", 1)
        most = _MOST_HOLDERS_WITH_PNL if with_pnl else _MOST_HOLDERS
        rows = self._held(selected_listings(asked, self.exchange), least, most)
        return page(
            asked,
            rows,
            lambda row: (0, row[0]),
            lambda row: {"token_id": row[0], "holders": [holder_document(each, with_pnl) for each in row[1]]},
            descending=False,
            most=most,
        )

    def tokens(self, asked: Asked) -> Response:
        names, markets = asked.texts("token_id", 50), asked_markets(asked, "condition")
        if (names is None) == (markets is None):
            raise BadRequest("token_id: give either it or condition")
        return single(
            [
                token_document(self.exchange, listing, outcome)
                for listing in self.exchange.listings.values()
                for outcome in Outcome
                if (markets is not None and listing.market.market in markets)
                or (names is not None and listing.market.token(outcome) in names)
            ]
        )

    def open_interest(self, asked: Asked) -> Response:
        """The sets that there are of each market; of all together what they are locked for."""
        if asked_markets(asked) is None:
            locked = self.exchange.totals().locked
            return single([{"condition_id": "GLOBAL", "value": locked / CASH_SCALE}])
        return single(
            [
                {"condition_id": long_id(listing.market.market), "value": self._sets_of(listing) / SHARE_SCALE}
                for listing in selected_listings(asked, self.exchange)
            ]
        )

    def live_volume(self, asked: Asked) -> Response:
        if asked.texts("event_id") is None:
            raise BadRequest("event_id: it is required")
        volumes = [
            {
                "condition_id": long_id(listing.market.market),
                "taker_volume": self.statistics.of(listing.market.market).shares / SHARE_SCALE,
            }
            for listing in selected_listings(asked, self.exchange)
        ]
        total = sum(self.statistics.of(each.market.market).shares for each in selected_listings(asked, self.exchange))
        return single({"taker_volume_total": total / SHARE_SCALE, "conditions": volumes})

    def prices_history(self, asked: Asked) -> Response:
        """Oldest first. Nothing is known of a token that is not listed."""
        token = asked.text("token_id")
        if token is None:
            raise BadRequest("token_id: it is required")
        points = self._points(asked, TokenId(token))
        return page(
            asked,
            points,
            lambda point: (point.at_s, ""),
            PricePoint.document,
            descending=False,
            most=10_000,
            usual=1000,
        )

    def resolutions(self, asked: Asked) -> Response:
        given = [name for name in ("question_id", "condition_id", "event_id") if asked.text(name) is not None]
        if len(given) != 1:
            raise BadRequest("question_id: give exactly one of it, condition_id and event_id")
        question = asked.text("question_id")
        return single(
            [
                resolution_document(self.exchange, listing, self.statistics.of(listing.market.market), self.now_ns())
                for listing in selected_listings(asked, self.exchange)
                if question is None or listing.question_id == question.lower()
            ]
        )

    def _held(self, listings: list[Listing], least: float, most: int) -> list[HeldToken]:
        tokens: dict[TokenId, list[PositionRow]] = {
            listing.market.token(outcome): [] for listing in listings for outcome in Outcome
        }
        for portfolio in self.activity.portfolios():
            for row in position_rows(self.exchange, portfolio):
                if row.token in tokens and row.size >= max(least, 1 / SHARE_SCALE):
                    tokens[row.token].append(row)
        for rows in tokens.values():
            rows.sort(key=lambda row: (-row.size, row.portfolio.wallet))
            del rows[most:]
        return list(tokens.items())

    def _sets_of(self, listing: Listing) -> int:
        return self.exchange.vault.outstanding(listing.market.market, Outcome.YES)

    def _points(self, asked: Asked, token: TokenId) -> list[PricePoint]:
        interval, start_s, as_of_s = asked.text("interval"), asked.second("start"), asked.second("as_of")
        if sum(each is not None for each in (interval, start_s, as_of_s)) != 1:
            raise BadRequest("interval: give exactly one of it, start and as_of")
        now_s = self.now_ns() // NANOSECONDS_PER_SECOND
        end_s = asked.second("end")
        end_s = now_s if end_s is None else end_s
        if interval is not None:
            length_s = _INTERVALS_S[asked.choice("interval", tuple(_INTERVALS_S), "max")]
            start_s, end_s = 0 if length_s is None else now_s - length_s, now_s
        elif start_s is not None and not 0 <= end_s - start_s <= _LONGEST_WINDOW_S:
            raise BadRequest("end: from start to end is at most 15 days")
        least_s = _LEAST_BUCKETS_S.get(interval or "", 60)
        bucket_s = asked.count("bucket_seconds", least_s, _DAY_S, least_s)
        found = self.exchange.listing_of(token)
        if found is None:
            return []
        market, outcome = found[0].market.market, found[1]
        if as_of_s is not None:
            point = self.prices.price_at(market, outcome, as_of_s)
            return [] if point is None else [point]
        return self.prices.points(market, outcome, start_s or 0, end_s, bucket_s)
