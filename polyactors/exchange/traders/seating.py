"""Who trades in a market: the traders of each, with the accounts and the chance that are theirs."""

import random

from attrs import evolve

from messages.identity import MarketId
from messages.units import NANOSECONDS_PER_MILLISECOND
from polyactors.exchange.core import Exchange
from polyactors.exchange.traders.accounts import AccountPool
from polyactors.exchange.traders.arbitrageur import Arbitrageur
from polyactors.exchange.traders.counts import TraderCounts
from polyactors.exchange.traders.fair_view import FairValue, FairView
from polyactors.exchange.traders.informed_taker import InformedTaker
from polyactors.exchange.traders.maker import Maker
from polyactors.exchange.traders.noise_taker import NoiseTaker
from polyactors.exchange.traders.seat import Seat
from polyactors.exchange.traders.settings import TraderSettings
from polyactors.exchange.traders.sweeper import Sweeper
from polyactors.exchange.traders.trader import Trader
from polyactors.exchange.words import Listing

ONCE_QUOTED = 2
"""Takers come after so many times the delay of the first quotes."""


class Seating:
    """What a market's traders are like follows from the seed and the market, whenever it is listed."""

    def __init__(
        self,
        exchange: Exchange,
        fair_value: FairValue,
        accounts: AccountPool,
        counts: TraderCounts,
        seed: int,
        settings: TraderSettings,
    ) -> None:
        self._exchange = exchange
        self._fair_value = fair_value
        self._accounts = accounts
        self._counts = counts
        self._seed = seed
        self._settings = settings

    def traders(self, listing: Listing, now_ns: int) -> list[Trader]:
        """Makers who quote as soon as the market takes orders, and takers who come a little later."""
        settings = self._settings
        market = listing.market.market
        chance = self._chance(market, "market")
        # In turn, not by chance: how much there is to do is the same for all seeds.
        pace = settings.pace * settings.paces[listing.number % len(settings.paces)]
        width = chance.choice(settings.widths)
        view = FairView(market, self._fair_value, self._chance(market, "mood"), settings.mood, settings.mood_lasts_ns)
        opens_ns = max(now_ns, listing.accepts_from_ms * NANOSECONDS_PER_MILLISECOND)
        traders: list[Trader] = [
            Maker(
                self._seat(listing, "maker", index),
                settings,
                pace,
                opens_ns + chance.randrange(settings.first_quotes_within_ns),
                view,
                evolve(maker, half_spread=maker.half_spread * width, step=maker.step * width),
            )
            for index, maker in enumerate(settings.makers)
        ]
        quoted_ns = opens_ns + ONCE_QUOTED * settings.first_quotes_within_ns

        def first_act_ns(every_ns: int) -> int:
            return quoted_ns + round(chance.expovariate(pace) * every_ns)

        noise, informed, sweeper = settings.noise, settings.informed, settings.sweeper
        for index in range(noise.how_many):
            seat = self._seat(listing, "noise", index)
            traders.append(NoiseTaker(seat, settings, pace, first_act_ns(noise.every_ns), noise))
        for index in range(informed.how_many):
            seat = self._seat(listing, "informed", index)
            traders.append(InformedTaker(seat, settings, pace, first_act_ns(informed.every_ns), view, informed))
        seat = self._seat(listing, "sweeper", 0)
        traders.append(Sweeper(seat, settings, pace, first_act_ns(sweeper.every_ns), sweeper))
        return traders

    def arbitrageur(self, listing: Listing, now_ns: int) -> Arbitrageur:
        """Of the whole event, of which this is the first market."""
        about = self._settings.arbitrageur
        opens_ns = max(now_ns, listing.accepts_from_ms * NANOSECONDS_PER_MILLISECOND)
        seat = self._seat(listing, "arbitrageur", 0)
        return Arbitrageur(seat, self._settings, self._settings.pace, opens_ns + about.every_ns, about)

    def _seat(self, listing: Listing, kind: str, index: int) -> Seat:
        return Seat(
            exchange=self._exchange,
            listing=listing,
            account=self._accounts.take(kind),
            kind=kind,
            chance=self._chance(listing.market.market, f"{kind} {index}"),
            counts=self._counts,
            cash=self._settings.cash,
            sets_ppm=self._settings.sets_ppm,
        )

    def _chance(self, market: MarketId, what: str) -> random.Random:
        return random.Random(f"{self._seed} {what} in {market}")
