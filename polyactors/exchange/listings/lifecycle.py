"""Lists markets before their time, ends them, resolves them by the venue's rules, and lists what follows them."""

import random
from itertools import count

from attrs import frozen

from messages.identity import EventId, MarketId, Outcome
from messages.units import NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND, ONE, PRICE_SCALE, Price
from polyactors.exchange.agenda import Agenda
from polyactors.exchange.core import Exchange
from polyactors.exchange.listings.binary import (
    TENTH_OF_A_CENT,
    NewEvent,
    binary_event,
    neg_risk_event,
    protocol_two_event,
)
from polyactors.exchange.listings.hidden_value import HiddenValues
from polyactors.exchange.listings.plan import ListingPlan
from polyactors.exchange.listings.reference_price import ReferencePrices
from polyactors.exchange.listings.up_down import Period, UpDown, periods_from, up_down_listings

_FIRST_NUMBER = 2_000_000
_FIRST_SERIES = 10_000
_TICKS_LOOKED_AT_EVERY_NS = 5 * NANOSECONDS_PER_SECOND
_FORGETTING_TRIED_AGAIN_NS = 3600 * NANOSECONDS_PER_SECOND
_NEAR_ZERO, _NEAR_ONE = Price(400), Price(9600)
"""Beyond these the tick is a tenth of a cent (polymarket.md 3.2)."""


@frozen
class ListNext:
    """The period that is now due to be listed ahead of its time."""

    symbol: str
    period: Period
    start_ns: int


@frozen
class Stop:
    market: MarketId


@frozen
class Resolve:
    market: MarketId


@frozen
class Replace:
    """List the next generation in a place of the plan."""

    maker: str
    index: int
    generation: int


@frozen
class Forget:
    market: MarketId


@frozen
class LookAtTicks:
    pass


Step = ListNext | Stop | Resolve | Replace | Forget | LookAtTicks

_MAKERS = {"binary": binary_event, "negRisk": neg_risk_event, "protocol two": protocol_two_event}


class Lifecycle:
    """Lists everything of the plan when it is made. `values` knows what each market is worth.

    Raises `ValueError` for up/down markets of a symbol that has no price.
    """

    def __init__(self, exchange: Exchange, plan: ListingPlan, seed: int, prices: ReferencePrices, now_ns: int) -> None:
        unknown = {symbol for period in Period for symbol in plan.up_down(period).symbols} - set(prices.symbols)
        if unknown:
            raise ValueError(
                f"there is no price of {', '.join(sorted(unknown))}: there is of {', '.join(prices.symbols)}"
            )
        self.values = HiddenValues(prices)
        self.prices = prices
        self._exchange = exchange
        self._plan = plan
        self._seed = seed
        self._random = random.Random(f"{seed} lifecycle")
        self._numbers = count(_FIRST_NUMBER)
        self._series: dict[str, int] = {}
        self._agenda: Agenda[Step] = Agenda()
        self._steps = count()
        prices.advance(now_ns)
        for maker, places in (
            ("binary", plan.binary_markets),
            ("negRisk", len(plan.neg_risk_outcomes)),
            ("protocol two", plan.protocol_two_markets),
        ):
            for index in range(places):
                self._list_event(maker, index, 0, now_ns)
        for period in Period:
            series = plan.up_down(period)
            for symbol in series.symbols:
                for about in periods_from(symbol, period, now_ns, series.ahead + 1):
                    self._list_up_down(about, now_ns)
        self._plan_step(now_ns + _TICKS_LOOKED_AT_EVERY_NS, LookAtTicks())

    def fair_value(self, market: MarketId, now_ns: int) -> float:
        """What a YES share is truly worth. Raises `KeyError` for a market that was never listed here."""
        self.prices.advance(now_ns)
        return self.values.fair_value(market, now_ns)

    def advance(self, now_ns: int) -> None:
        """Does everything that is due at `now_ns` or before, each thing at its own time."""
        while (due := self._agenda.pop_due(now_ns)) is not None:
            due_ns, step = due
            self.prices.advance(due_ns)
            self._do(step, due_ns)
        self.prices.advance(now_ns)

    def next_due_ns(self) -> int | None:
        return self._agenda.next_due_ns()

    def resolve_now(self, market: MarketId, payout: Price, now_ns: int) -> None:
        """At once, whatever the truth was. The YES of a negRisk event's market is the NO of all its others.

        Raises `KeyError` for an unknown market, `ValueError` for another payout than 0, a half or 1. The markets of a
        negRisk event cannot pay a half: with another one's YES that would be more than is locked.
        """
        if payout not in (0, PRICE_SCALE // 2, PRICE_SCALE):
            raise ValueError(f"a YES share pays 0, {PRICE_SCALE // 2} or {PRICE_SCALE}, not {payout}")
        if payout not in (0, ONE) and self._exchange.listings[market].market.neg_risk:
            raise ValueError("a negRisk market pays 0 or 1")
        self._exchange.tick_size(market)
        self._settle(market, payout, now_ns)
        if payout == ONE:
            for other in self.values.together_with(market):
                if other != market:
                    self._settle(other, Price(0), now_ns)

    def _do(self, step: Step, now_ns: int) -> None:
        match step:
            case ListNext(symbol, period, start_ns):
                self._list_up_down(UpDown(symbol, period, start_ns), now_ns)
            case Stop(market):
                if self._is_open(market):
                    self._exchange.stop_orders(market, now_ns)
            case Resolve(market):
                if self._is_open(market):
                    self._settle(market, self.values.payout(market), now_ns)
            case Replace(maker, index, generation):
                self._list_event(maker, index, generation, now_ns)
            case Forget(market):
                self._forget(market, now_ns)
            case LookAtTicks():
                self._look_at_ticks(now_ns)
                self._plan_step(now_ns + _TICKS_LOOKED_AT_EVERY_NS, step)

    def _list_event(self, maker: str, index: int, generation: int, now_ns: int) -> None:
        new = _MAKERS[maker](self._plan, self._seed, index, generation, next(self._numbers), now_ns)
        for _ in new.listings[1:]:
            next(self._numbers)
        self._exchange.list_event(new.event, now_ns)
        for listing in new.listings:
            self._exchange.list_market(listing, now_ns)
        end_ns = self._add_question(new, maker, now_ns)
        resolves_ns = end_ns + self._plan.proposed_for_s * NANOSECONDS_PER_SECOND
        for listing in new.listings:
            self._plan_step(end_ns, Stop(listing.market.market))
            self._plan_step(resolves_ns, Resolve(listing.market.market))
        self._plan_step(resolves_ns, Replace(maker, index, generation + 1))

    def _add_question(self, new: NewEvent, maker: str, now_ns: int) -> int:
        end_ns = new.event.end_ms * NANOSECONDS_PER_MILLISECOND
        self.values.add_question(
            [listing.market.market for listing in new.listings],
            new.chances,
            now_ns,
            end_ns,
            random.Random(f"{self._seed} truth of {new.event.event}"),
            self._plan.half_payout_ppm,
        )
        return end_ns

    def _list_up_down(self, about: UpDown, now_ns: int) -> None:
        """When clocks go back two hours have one name: the venue's slugs cannot tell them apart, so one is listed."""
        ahead = self._plan.up_down(about.period).ahead
        following = UpDown(about.symbol, about.period, about.end_ns)
        self._agenda.plan(
            f"next {about.symbol} {about.period.name} {following.start_ns}",
            following.start_ns - ahead * about.period.length_ns,
            ListNext(about.symbol, about.period, following.start_ns),
        )
        if EventId(about.slug) in self._exchange.events:
            return
        series = self._series.setdefault(about.series_slug, _FIRST_SERIES + len(self._series))
        event, listing = up_down_listings(self._seed, about, next(self._numbers), series, now_ns)
        market = listing.market.market
        self.values.add_up_down(market, about)
        self._exchange.list_event(event, now_ns)
        self._exchange.list_market(listing, now_ns)
        least, most = self._plan.up_down_resolves_after_s
        self._plan_step(about.end_ns, Stop(market))
        self._plan_step(about.end_ns + self._random.randint(least, most) * NANOSECONDS_PER_SECOND, Resolve(market))

    def _settle(self, market: MarketId, payout: Price, now_ns: int) -> None:
        if self._is_open(market):
            self.values.settle(market, payout, now_ns)
            self._exchange.resolve(market, payout, now_ns)
            self._plan_step(now_ns + self._plan.forgotten_after_s * NANOSECONDS_PER_SECOND, Forget(market))

    def _is_open(self, market: MarketId) -> bool:
        return market in self._exchange.listings and self._exchange.resolution(market) is None

    def _forget(self, market: MarketId, now_ns: int) -> None:
        """Once nobody owns shares of it: until then it can be redeemed, and has to be found."""
        listing = self._exchange.listings.get(market)
        if listing is None:
            return
        self._exchange.forget_market(market)
        if market in self._exchange.listings:
            self._plan_step(now_ns + _FORGETTING_TRIED_AGAIN_NS, Forget(market))
            return
        self.values.forget(market)
        event = listing.market.event
        if not any(other.market.event == event for other in self._exchange.listings.values()):
            self._exchange.events.pop(event, None)

    def _look_at_ticks(self, now_ns: int) -> None:
        for market in tuple(self._exchange.listings):
            if self._exchange.tick_size(market) > TENTH_OF_A_CENT and self._exchange.is_accepting(market, now_ns):
                bid = self._exchange.best_bid(market, Outcome.YES)
                bid_of_no = self._exchange.best_bid(market, Outcome.NO)
                if bid and bid_of_no:
                    middle = (bid + PRICE_SCALE - bid_of_no) / 2
                    if not _NEAR_ZERO <= middle <= _NEAR_ONE:
                        self._exchange.change_tick_size(market, TENTH_OF_A_CENT, now_ns)

    def _plan_step(self, due_ns: int, step: Step) -> None:
        self._agenda.plan(f"step {next(self._steps)}", due_ns, step)
