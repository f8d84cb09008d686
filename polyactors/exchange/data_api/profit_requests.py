"""Requests about what wallets made: profit over time, volumes, and who made most."""

from collections.abc import Callable, Iterable

from attrs import frozen
from starlette.responses import Response

from messages.units import CASH_SCALE, NANOSECONDS_PER_SECOND, SHARE_SCALE
from polyactors.exchange.data_api.activity import ActivityBook
from polyactors.exchange.data_api.asking import Asked, page, single
from polyactors.exchange.data_api.documents import pnl_document, proxy_wallet
from polyactors.exchange.data_api.portfolio import Portfolio, Position
from polyactors.exchange.listings.categories import CATEGORIES

_HOUR_S = 3600
_DAY_S = 24 * _HOUR_S
_WINDOWS_S = {"day": _DAY_S, "week": 7 * _DAY_S, "month": 30 * _DAY_S, "all": None}
_INTERVALS_S = {
    "max": None,
    "all": None,
    "1m": 30 * _DAY_S,
    "1w": 7 * _DAY_S,
    "1d": _DAY_S,
    "12h": 12 * _HOUR_S,
    "6h": 6 * _HOUR_S,
}
_FIDELITIES_S = {"1d": _DAY_S, "18h": 18 * _HOUR_S, "12h": 12 * _HOUR_S, "3h": 3 * _HOUR_S, "1h": _HOUR_S}
_ANY = "overall"
_CATEGORIES = (_ANY, *(category.slug for category in CATEGORIES))


@frozen
class Standing:
    """What a wallet made in a window, in cash units, and what it traded, in share units."""

    portfolio: Portfolio
    pnl: int
    volume: int

    def document(self) -> dict[str, object]:
        return {
            "user_id": proxy_wallet(self.portfolio),
            "pnl": self.pnl / CASH_SCALE,
            "volume": self.volume / SHARE_SCALE,
            "user_name": "",
            "profile_image": "",
            "x_username": "",
            "verified": False,
        }


@frozen
class Win:
    """A position that brought more than it had cost. It stands in the list at `rank`."""

    portfolio: Portfolio
    position: Position
    rank: int

    def document(self) -> dict[str, object]:
        place, position = self.position.place, self.position
        return {
            "win_rank": self.rank,
            "user_id": proxy_wallet(self.portfolio),
            "pnl": position.realized / CASH_SCALE,
            "initial_value": position.sold_cost / CASH_SCALE,
            "final_value": (position.sold_cost + position.realized) / CASH_SCALE,
            "resolved_at": position.changed_ns // NANOSECONDS_PER_SECOND,
            "user_name": "",
            "profile_image": "",
            "event_title": "" if place.event is None else place.event.title,
            "kind": "market",
            "condition_id": place.listing.market.market,
            "position_id": place.listing.market.token(place.outcome),
            "event_id": place.listing.number if place.event is None else place.event.number,
            "event_slug": place.listing.market.event,
        }


@frozen
class ProfitRequests:
    activity: ActivityBook
    now_ns: Callable[[], int]

    def stats(self, asked: Asked) -> Response:
        portfolio = self.activity.portfolio(asked.needed_wallet())
        if portfolio is None:
            return single(None)
        return single(
            {
                "proxy_wallet": proxy_wallet(portfolio),
                "trades": len(portfolio.markets_traded),
                "biggest_win": portfolio.biggest_win / CASH_SCALE,
                "views": 0,
                "join_date": portfolio.joined_ns // NANOSECONDS_PER_SECOND,
                "all_time_pnl": pnl_document(portfolio.totals, self._now_s()),
            }
        )

    def pnl(self, asked: Asked) -> Response:
        """What had been made by the end of each step: an hour, or several."""
        user = asked.needed_wallet()
        interval = asked.choice("interval", tuple(_INTERVALS_S), "all")
        fidelity = asked.choice("fidelity", tuple(_FIDELITIES_S), "1d" if interval in ("max", "all", "1m") else "1h")
        step_s, length_s, now_s = _FIDELITIES_S[fidelity], _INTERVALS_S[interval], self._now_s()
        start_s = 0 if length_s is None else now_s - length_s
        portfolio = self.activity.portfolio(user)
        points: dict[int, dict[str, object]] = {}
        for point in () if portfolio is None else portfolio.points:
            at_s = (point.hour + 1) * _HOUR_S
            at_s += -at_s % step_s
            if at_s >= start_s:
                points[at_s] = pnl_document(point, min(at_s, now_s))
        return single(
            {
                "proxy_wallet": user.lower(),
                "interval": interval,
                "fidelity": fidelity,
                "source_fidelity": "1h",
                "points": list(points.values()),
            }
        )

    def volume(self, asked: Asked) -> Response:
        """By whole hours."""
        portfolio = self.activity.portfolio(asked.needed_wallet())
        start_s, end_s = asked.second("start") or 0, asked.second("end")
        before = None if portfolio is None else portfolio.totals_before(start_s // _HOUR_S)
        after = None if portfolio is None else portfolio.totals_before(1 + (end_s or self._now_s()) // _HOUR_S)
        if before is None or after is None or after.hour < before.hour:
            return single({"volume": 0, "volume_usdc": 0, "trade_count": 0})
        return single(
            {
                "volume": (after.volume - before.volume) / SHARE_SCALE,
                "volume_usdc": (after.volume_cash - before.volume_cash) / CASH_SCALE,
                "trade_count": after.trades - before.trades,
            }
        )

    def leaderboard(self, asked: Asked) -> Response:
        """All who traded, or where one of them stands. Categories are not told apart."""
        asked.choice("category", _CATEGORIES, _ANY)
        window_s = _WINDOWS_S[asked.choice("time_period", tuple(_WINDOWS_S), "day")]
        by_volume = asked.choice("sort_by", ("PNL", "VOLUME"), "PNL") == "VOLUME"
        user, standings = asked.wallet(), self._standings(window_s)
        by_pnl, most_traded = _ranked(standings, by_volume=False), _ranked(standings, by_volume=True)
        if user is not None:
            key = user.lower()
            found = next((each for each in standings if proxy_wallet(each.portfolio) == key), None)
            ranks = {"rank_pnl": by_pnl.get(key, 0), "rank_volume": most_traded.get(key, 0)}
            return single(None if found is None else found.document() | ranks)
        ranks = most_traded if by_volume else by_pnl
        return page(
            asked,
            standings,
            lambda row: (ranks[proxy_wallet(row.portfolio)], ""),
            lambda row: {"rank": ranks[proxy_wallet(row.portfolio)]} | row.document(),
            descending=False,
        )

    def winners(self, asked: Asked) -> Response:
        asked.choice("category", _CATEGORIES, _ANY)
        window_s = _WINDOWS_S[asked.choice("time_period", tuple(_WINDOWS_S), "day")]
        since_ns = 0 if window_s is None else self.now_ns() - window_s * NANOSECONDS_PER_SECOND
        won = [
            (position.realized, portfolio, position)
            for portfolio in self.activity.portfolios()
            for position in portfolio.positions.values()
            if position.realized > 0 and position.changed_ns >= since_ns
        ]
        won.sort(key=lambda each: (-each[0], each[1].wallet))
        rows = [Win(portfolio, position, rank) for rank, (_, portfolio, position) in enumerate(won, 1)]
        return page(asked, rows, lambda row: (row.rank, ""), Win.document, descending=False)

    def _standings(self, window_s: int | None) -> list[Standing]:
        found = []
        for portfolio in self.activity.portfolios():
            now, before = portfolio.totals, portfolio.totals_before(0)
            if window_s is not None:
                before = portfolio.totals_before((self._now_s() - window_s) // _HOUR_S)
            if now.trades > before.trades:
                found.append(Standing(portfolio, now.realized - before.realized, now.volume - before.volume))
        return found

    def _now_s(self) -> int:
        return self.now_ns() // NANOSECONDS_PER_SECOND


def _ranked(standings: Iterable[Standing], *, by_volume: bool) -> dict[str, int]:
    """From 1 on, by wallet."""
    ordered = sorted(standings, key=lambda row: (-row.volume if by_volume else -row.pnl, proxy_wallet(row.portfolio)))
    return {proxy_wallet(row.portfolio): rank for rank, row in enumerate(ordered, 1)}
