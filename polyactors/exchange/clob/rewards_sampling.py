"""Samples the books once a minute, and pays each day what their makers earned (polymarket.md 4.3)."""

import random
from collections import defaultdict
from collections.abc import Mapping

from attrs import Factory, define, frozen

from messages.identity import MarketId
from messages.units import CASH_SCALE, NANOSECONDS_PER_SECOND, Cash
from polyactors.exchange.clob.rewards_scores import counted, wallet_scores
from polyactors.exchange.core import Exchange
from polyactors.exchange.words import OrderView, Wallet

_MINUTE_NS = 60 * NANOSECONDS_PER_SECOND
_DAY_NS = 24 * 60 * _MINUTE_NS

SAMPLES_A_DAY = 1440
SMALLEST_PAYOUT = Cash(CASH_SCALE)
DAYS_KEPT = 31

_PARTS = 10**12
"""The shares of one sample add up to this."""


@frozen
class Earning:
    """What a wallet earned in a market on a day. Below the smallest payout it is shown, but not paid."""

    market: MarketId
    wallet: Wallet
    cash: Cash
    share: float


@define
class MarketDay:
    """The samples of a market on one day. `total` is the competition in the last one, in the unit of the scores."""

    daily_rate: Cash
    samples: int = 0
    earned: defaultdict[Wallet, int] = Factory(lambda: defaultdict(int))
    latest: Mapping[Wallet, int] = Factory(dict)
    total: int = 0

    def add(self, scores: Mapping[Wallet, int]) -> None:
        self.samples += 1
        self.latest, self.total = scores, sum(scores.values())
        for wallet, found in scores.items():
            self.earned[wallet] += found * _PARTS // self.total

    def payouts(self) -> dict[Wallet, Cash]:
        """The day's pool, by how much of the day was sampled, shared among those who earned something."""
        pool = self.daily_rate * min(self.samples, SAMPLES_A_DAY) // SAMPLES_A_DAY
        everything = sum(self.earned.values())
        return {wallet: Cash(pool * found // everything) for wallet, found in self.earned.items() if found}


class RewardSampling:
    """To be moved with the exchange: each minute has its moment, each midnight (UTC) its payday."""

    def __init__(self, exchange: Exchange, seed: int, now_ns: int) -> None:
        self._exchange = exchange
        self._chance = random.Random(f"rewards {seed}")
        self._days: dict[int, dict[MarketId, MarketDay]] = {}
        self._open_day = now_ns // _DAY_NS
        self._minute = now_ns // _MINUTE_NS + 1
        self._sample_ns = self._drawn_ns()

    def advance(self, now_ns: int) -> None:
        """Samples and pays all that is due. A minute that went by while nobody called is not made up for."""
        self._pay_until(now_ns // _DAY_NS, now_ns)
        if self._sample_ns <= now_ns:
            self._sample(now_ns)
            self._minute = max(self._minute, now_ns // _MINUTE_NS) + 1
            self._sample_ns = self._drawn_ns()

    def next_due_ns(self) -> int:
        return min(self._sample_ns, (self._open_day + 1) * _DAY_NS)

    def earnings(self, day: int) -> tuple[Earning, ...]:
        """What was earned on a day, counted from 1970, or so far on the one that it is."""
        return tuple(
            Earning(market, wallet, cash, found.earned[wallet] / max(1, sum(found.earned.values())))
            for market, found in self._days.get(day, {}).items()
            for wallet, cash in found.payouts().items()
        )

    def latest_shares(self, wallet: Wallet) -> dict[MarketId, float]:
        """The wallet's part of each market in its last sample of today, from 0 to 1."""
        return {
            market: found.latest[wallet] / found.total
            for market, found in self._days.get(max(self._days, default=0), {}).items()
            if wallet in found.latest
        }

    def competition(self, market: MarketId) -> float:
        """How much the makers of a market had in its last sample: shares, weighed by their distance."""
        found = self._days.get(max(self._days, default=0), {}).get(market)
        listing = self._exchange.listings.get(market)
        if found is None or listing is None or listing.rewards is None:
            return 0.0
        return found.total / (12 * listing.rewards.maximum_spread**2 * 10**6)

    def _drawn_ns(self) -> int:
        return self._minute * _MINUTE_NS + self._chance.randrange(_MINUTE_NS)

    def _sample(self, now_ns: int) -> None:
        orders: dict[MarketId, list[OrderView]] = {}
        for view in self._exchange.open_orders():
            orders.setdefault(view.order.market, []).append(view)
        today = self._days.setdefault(now_ns // _DAY_NS, {})
        for market, listing in self._exchange.listings.items():
            if listing.rewards is not None and self._exchange.is_accepting(market, now_ns):
                scores = wallet_scores(counted(orders.get(market, ()), listing.rewards, now_ns), listing.rewards)
                today.setdefault(market, MarketDay(listing.rewards.daily_rate)).add(scores)

    def _pay_until(self, day: int, now_ns: int) -> None:
        while self._open_day < day:
            for market, found in self._days.get(self._open_day, {}).items():
                for wallet, cash in found.payouts().items():
                    if cash >= SMALLEST_PAYOUT:
                        self._exchange.pay_reward(wallet, market, cash, now_ns)
            self._days.pop(self._open_day - DAYS_KEPT, None)
            self._open_day += 1
