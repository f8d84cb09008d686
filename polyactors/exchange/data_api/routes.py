"""All of the Data API. The paths are relative: the server mounts them under a prefix of its own."""

from collections.abc import Callable

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from polyactors.exchange.chain.approvals import Approvals, approvals_document
from polyactors.exchange.core import Exchange
from polyactors.exchange.data_api.accounting import snapshot
from polyactors.exchange.data_api.activity import ActivityBook
from polyactors.exchange.data_api.asking import Asked, answering, page, single
from polyactors.exchange.data_api.market_requests import MarketRequests
from polyactors.exchange.data_api.price_history import PriceHistory
from polyactors.exchange.data_api.profit_requests import ProfitRequests
from polyactors.exchange.data_api.wallet_requests import WalletRequests
from polyactors.exchange.gamma.statistics import MarketStatistics

_MOST_BUCKETS = 90


def routes(
    activity: ActivityBook,
    prices: PriceHistory,
    statistics: MarketStatistics,
    exchange: Exchange,
    approvals: Approvals,
    now_ns: Callable[[], int],
) -> list[BaseRoute]:
    """The first three have to have listened to the exchange from its beginning."""
    wallets = WalletRequests(activity, exchange, now_ns)
    profits = ProfitRequests(activity, now_ns)
    markets = MarketRequests(activity, prices, statistics, exchange, now_ns)

    def approved(asked: Asked) -> Response:
        return single(approvals_document(approvals, asked.needed_wallet()))

    def accounts(asked: Asked) -> Response:
        archive = snapshot(activity, exchange, asked.needed_wallet(), now_ns())
        return Response(archive, media_type="application/zip")

    answers = {
        "/v2/trades": wallets.trades,
        "/v2/activity": wallets.happenings,
        "/v2/activity/combos": _nothing_of_a_wallet,
        "/v2/positions": wallets.positions,
        "/v2/positions/combos": _nothing_of_a_wallet,
        "/v2/value": wallets.value,
        "/v2/user-stats": profits.stats,
        "/v2/user-pnl": profits.pnl,
        "/v2/user-volume": profits.volume,
        "/v2/leaderboard": profits.leaderboard,
        "/v2/biggest-winners": profits.winners,
        "/v2/builders/leaderboard": _nothing,
        "/v2/builders/volume": _no_buckets,
        "/v2/holders": markets.holders,
        "/v2/tokens": markets.tokens,
        "/v2/oi": markets.open_interest,
        "/v2/live-volume": markets.live_volume,
        "/v2/prices-history": markets.prices_history,
        "/v2/resolutions": markets.resolutions,
        "/v2/approvals": approved,
        "/v1/accounting/snapshot": accounts,
    }
    return [Route(path, answering(answer)) for path, answer in answers.items()]


def _nothing(asked: Asked) -> Response:
    """There are no combos here, and no builders are ranked."""
    nobody: list[str] = []
    return page(asked, nobody, lambda row: (0, row), lambda row: {})


def _nothing_of_a_wallet(asked: Asked) -> Response:
    asked.needed_wallet()
    return _nothing(asked)


def _no_buckets(asked: Asked) -> Response:
    asked.count("limit", 1, _MOST_BUCKETS)
    return single([])
