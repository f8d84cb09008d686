"""Of which markets the account is compared with the venue's, while markets come and go."""

from collections.abc import Iterable

from actors.execution.live.reconciliation import Baseline
from messages.control import AccountOpened
from messages.identity import MarketId, Outcome
from messages.markets import Market
from messages.portfolio import SettledAccount
from messages.sessions import MarketJoined, MarketLeft

KINDS = (AccountOpened.__name__, MarketJoined.__name__, MarketLeft.__name__)
"""The records that tell it."""


class ComparedMarkets:
    """One that joined is compared once it is known what the account had of it before: nobody trades it until then. One
    that left is compared once more, and after that as long as the ledger holds something of it.
    """

    def __init__(self, fixed: Iterable[Market], baseline: Baseline) -> None:
        self._present = {market.market: None for market in fixed}
        self._fixed = frozenset(self._present)
        self._leaving: dict[MarketId, None] = {}
        self._left: dict[MarketId, None] = {}
        self._last_time: tuple[MarketId, ...] = ()
        self._cash = baseline.cash
        self._shares = dict(baseline.shares)

    @property
    def baseline(self) -> Baseline:
        return Baseline(self._cash, self._shares)

    def recover(self, records: Iterable[object]) -> None:
        for record in records:
            self.hear(record)
        self._left |= self._leaving
        self._leaving = {}

    def hear(self, news: object) -> None:
        match news:
            case AccountOpened():
                known = {(market, outcome): size for market, outcome, size in news.shares}
                self._shares = {**known, **self._shares}
            case MarketJoined(market):
                self._leaving.pop(market.market, None)
                self._left.pop(market.market, None)
                self._present[market.market] = None
            case MarketLeft(market) if market in self._present and market not in self._fixed:
                del self._present[market]
                self._leaving[market] = None

    def wanted(self, account: SettledAccount) -> tuple[MarketId, ...]:
        """For a comparison that begins now, with what the ledger has."""
        self._last_time = tuple(self._leaving)
        held = {market for market, _, size in account.shares if size} | {fill.market for fill in account.unsettled}
        left = (market for market in self._left if market in held)
        present = (market for market in (*self._present, *self._leaving) if self._is_known(market))
        return (*present, *left)

    def agreed(self) -> None:
        """The comparison found no difference."""
        for market in self._last_time:
            if market in self._leaving:
                del self._leaving[market]
                self._left[market] = None
        self._last_time = ()

    def _is_known(self, market: MarketId) -> bool:
        return market in self._fixed or (market, Outcome.YES) in self._shares
