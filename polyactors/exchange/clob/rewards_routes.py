"""What liquidity earns, for everybody and for oneself (reference polymarket_wire.md 4.6)."""

import re
from collections.abc import Callable, Sequence
from datetime import date

from attrs import frozen
from starlette.requests import Request
from starlette.routing import BaseRoute, Route

from messages.units import Cash
from polyactors.exchange.clob.answering import answering
from polyactors.exchange.clob.asking import listed_market
from polyactors.exchange.clob.errors import Rejected
from polyactors.exchange.clob.pagination import page
from polyactors.exchange.clob.rebate_history import RebateHistory
from polyactors.exchange.clob.rewards_documents import (
    current_document,
    discovered_document,
    earning_document,
    market_rewards_document,
    rebate_document,
    total_document,
    user_market_document,
)
from polyactors.exchange.clob.rewards_filters import RewardRow, page_size, wanted_rows
from polyactors.exchange.clob.rewards_sampling import Earning, RewardSampling
from polyactors.exchange.clob.signed_in import SignedIn
from polyactors.exchange.clob.wallets_of_keys import signature_type_of, wallet_of
from polyactors.exchange.core import Exchange
from polyactors.exchange.gamma.statistics import MarketStatistics
from polyactors.exchange.words import Listing, Refused, RewardTerms, Wallet
from polyactors.venues.polymarket.signing.addresses import BadAddress, checksummed

MOST_IN_A_PAGE = 500

_DAY_S = 24 * 3600
_FIRST_DAY = date(1970, 1, 1)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INVALID_DATE = Refused(400, "Invalid date")
_INVALID_ADDRESS = Refused(400, "Invalid maker_address")


def routes(
    exchange: Exchange,
    who: SignedIn,
    sampling: RewardSampling,
    rebates: RebateHistory,
    statistics: MarketStatistics,
    now_ns: Callable[[], int],
) -> Sequence[BaseRoute]:
    """`sampling` is moved with the exchange; `rebates` and `statistics` have listened to it from its beginning."""
    rewards = RewardRequests(exchange, who, sampling, rebates, statistics, now_ns)
    return [
        Route("/rewards/markets/current", answering(rewards.current)),
        Route("/rewards/markets/multi", answering(rewards.discovered)),
        Route("/rewards/markets/{condition}", answering(rewards.of_market)),
        Route("/rewards/user", answering(rewards.of_user)),
        Route("/rewards/user/total", answering(rewards.total_of_user)),
        Route("/rewards/user/percentages", answering(rewards.percentages)),
        Route("/rewards/user/markets", answering(rewards.markets_of_user)),
        Route("/rebates/current", answering(rewards.rebates_of_maker)),
    ]


@frozen
class RewardRequests:
    exchange: Exchange
    signed_in: SignedIn
    sampling: RewardSampling
    rebates: RebateHistory
    statistics: MarketStatistics
    now_ns: Callable[[], int]

    def current(self, request: Request, body: bytes) -> object:
        """Nothing is sponsored here, so that whoever asks for the sponsored ones alone gets none."""
        rows = [] if request.query_params.get("sponsored") == "true" else self._paying()
        return page(rows, _cursor(request), MOST_IN_A_PAGE, lambda row: current_document(*row))

    def of_market(self, request: Request, body: bytes) -> object:
        listing = listed_market(self.exchange, request.path_params["condition"])
        rows = [] if listing.rewards is None else [self._market_document(listing, listing.rewards)]
        return page(rows, _cursor(request), MOST_IN_A_PAGE)

    def discovered(self, request: Request, body: bytes) -> object:
        now_ns = self.now_ns()
        rows = [self._row(listing, terms, now_ns) for listing, terms in self._paying()]
        wanted = wanted_rows(rows, request.query_params)
        return page(wanted, _cursor(request), page_size(request.query_params), self._discovered_document)

    def of_user(self, request: Request, body: bytes) -> object:
        wallet, day = self._wallet(request, body), _day(request)
        return page(
            self._earnings(wallet, day), _cursor(request), MOST_IN_A_PAGE, lambda found: earning_document(found, day)
        )

    def total_of_user(self, request: Request, body: bytes) -> object:
        wallet, day = self._wallet(request, body), _day(request)
        earnings = self._earnings(wallet, day)
        if not earnings:
            return []
        total = total_document(wallet, Cash(sum(found.cash for found in earnings)), day)
        return [total | {"native_earnings": total["earnings"], "sponsored_earnings": 0}]

    def percentages(self, request: Request, body: bytes) -> object:
        shares = self.sampling.latest_shares(self._wallet(request, body))
        return {market: round(100 * share, 4) for market, share in shares.items()}

    def markets_of_user(self, request: Request, body: bytes) -> object:
        """All markets that pay, with what the user has earned in each; the best come first."""
        wallet, day = self._wallet(request, body), _day(request)
        earned = {found.market: found for found in self._earnings(wallet, day)}
        rows = sorted(self._paying(), key=lambda row: -_cash(earned.get(row[0].market.market)))

        def document(row: tuple[Listing, RewardTerms]) -> dict[str, object]:
            listing, terms = row
            market = listing.market.market
            competition = self.sampling.competition(market)
            return user_market_document(self.exchange, listing, terms, competition, wallet, earned.get(market))

        found = page(rows, _cursor(request), page_size(request.query_params), document)
        return found | {"total_count": len(rows)}

    def rebates_of_maker(self, request: Request, body: bytes) -> object:
        day = _day(request)
        try:
            wallet = Wallet(checksummed(request.query_params.get("maker_address", "")))
        except BadAddress:
            raise Rejected(_INVALID_ADDRESS) from None
        return [rebate_document(found.market, wallet, found.cash, day) for found in self.rebates.of(wallet, day)]

    def _paying(self) -> list[tuple[Listing, RewardTerms]]:
        now_ns = self.now_ns()
        return [
            (listing, listing.rewards)
            for market, listing in self.exchange.listings.items()
            if listing.rewards is not None and self.exchange.is_accepting(market, now_ns)
        ]

    def _earnings(self, wallet: Wallet, day: int) -> list[Earning]:
        return [found for found in self.sampling.earnings(day) if found.wallet == wallet]

    def _market_document(self, listing: Listing, terms: RewardTerms) -> dict[str, object]:
        return market_rewards_document(self.exchange, listing, terms, self.sampling.competition(listing.market.market))

    def _row(self, listing: Listing, terms: RewardTerms, now_ns: int) -> RewardRow:
        market = listing.market
        return RewardRow(
            self.exchange,
            listing,
            terms,
            self.exchange.events.get(market.event),
            self.statistics.of(market.market),
            self.sampling.competition(market.market),
            now_ns,
        )

    def _discovered_document(self, row: RewardRow) -> dict[str, object]:
        return discovered_document(row.exchange, row.listing, row.terms, row.competition, row.count, row.now_ns)

    def _wallet(self, request: Request, body: bytes) -> Wallet:
        credentials = self.signed_in(request, body)
        signature_type = signature_type_of(request.query_params.get("signature_type"))
        return wallet_of(credentials.address, signature_type, self.exchange.vault)


def _cursor(request: Request) -> str | None:
    return request.query_params.get("next_cursor")


def _day(request: Request) -> int:
    """Counted from 1970. Raises `Rejected`."""
    text = request.query_params.get("date", "")
    try:
        if _DATE.fullmatch(text):
            return (date.fromisoformat(text) - _FIRST_DAY).days
    except ValueError:
        pass
    raise Rejected(_INVALID_DATE)


def _cash(earning: Earning | None) -> Cash:
    return Cash(0) if earning is None else earning.cash
