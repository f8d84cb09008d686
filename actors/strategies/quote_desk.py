"""The lease and the quotes of a strategy that rests on both sides of one market and moves with its mind.

Those who come and go have `OrderDesk` instead.
"""

from collections.abc import Callable, Sequence
from enum import Enum

from attrs import frozen

from actors.order_management.desired import Desired, Funds
from actors.order_management.mutation_budget import MutationBudget
from actors.order_management.order_manager import CancelOrder, MarketNow, PlaceOrder, plan
from actors.order_management.settings import SHORTEST_TIME_TO_LIVE_NS, OrderManagerSettings
from actors.paths import market_path
from actors.portfolio.reserve import reserve_for
from actors.strategies import order_in_hand as in_hand
from actors.strategies.maker_quotes import Quote
from actors.strategies.order_in_hand import InHand, Wish
from actors.strategies.quote_slot import (
    Asked,
    Cancelling,
    Empty,
    Replacing,
    Resting,
    Slot,
    answered,
    refused,
    working_order,
)
from actors.strategies.words import Awake
from messages.identity import IntentId, Lease, OrderId, Outcome, Side, StrategyName, Tier
from messages.intents import Cancel, IntentRefused, Place, SnapshotId, TimeInForce
from messages.market_data import Snapshot
from messages.markets import Market
from messages.orders import OrderChanged
from messages.ownership import Claim, Granted, Refused, Release, Revoked
from messages.units import Cash, Price, Shares, notional
from supervision.actor import Actor


class QuoteSide(Enum):
    """The bid gains exposure to YES, the ask gives it up."""

    BID = "bid"
    ASK = "ask"


@frozen
class LookAgain:
    """Timer: what the order manager held back may be done now."""


@frozen
class Quoter:
    """Who quotes, by what right and how sure of itself. `levels` is the most quotes a side."""

    strategy: StrategyName
    tier: Tier
    confidence_percent: int
    retry_after_ns: int
    levels: int = 1


@frozen
class QuotesShown:
    """What the desk shows of itself."""

    lease: Lease | None
    bids: tuple[Slot, ...]
    asks: tuple[Slot, ...]
    take: InHand


Why = Callable[[QuoteSide, Desired], str]


class QuoteDesk:
    """Sits in a strategy's actor. At most one order a slot; besides, one at a time that takes, while nothing rests."""

    def __init__(self, actor: Actor[Awake | LookAgain], market: Market, quoter: Quoter, end_ns: int | None) -> None:
        self.lease: Lease | None = None
        self.funds: Funds | None = None
        self._actor = actor
        self._market = market
        self._quoter = quoter
        self._end_ns = end_ns
        self._slots: dict[tuple[QuoteSide, int], Slot] = {
            (side, level): Empty() for side in QuoteSide for level in range(quoter.levels)
        }
        self._take: InHand = in_hand.Nothing()
        self._budget = MutationBudget()
        self._to_market = actor.address(market_path(market.event, market.market))

    def slots(self, side: QuoteSide) -> tuple[Slot, ...]:
        return tuple(slot for (where, _), slot in self._slots.items() if where is side)

    def resting_at(self, outcome: Outcome, side: Side, price: Price) -> Shares:
        """What of ours is displayed there, as far as was heard."""
        there = 0
        for slot in self._slots.values():
            match slot:
                case Resting(quote=Quote(known, on, at)) if (known, on, at) == (outcome, side, price):
                    there += slot.quote.size - slot.filled
        return Shares(there)

    @property
    def shown(self) -> QuotesShown:
        return QuotesShown(self.lease, self.slots(QuoteSide.BID), self.slots(QuoteSide.ASK), self._take)

    @property
    def is_idle(self) -> bool:
        """Whether no order is open or asked for."""
        return not self._is_taking and all(isinstance(slot, Empty) for slot in self._slots.values())

    def claim(self) -> None:
        quoter = self._quoter
        self._actor.tell(self._to_market, Claim(self._market.market, quoter.strategy, quoter.tier))

    def release(self) -> None:
        """There is nothing to do here any more. What is still open would be cancelled by the market."""
        lease = self.lease
        if lease is None:
            return
        self.lease = None
        self._actor.cancel_timer("renew")
        self._actor.tell(self._to_market, Release(self._market.market, self._quoter.strategy, lease.fencing))

    def heard_of_lease(self, news: Granted | Refused | Revoked) -> bool:
        """Whether the market is ours now. It is claimed again in time whether it is or not."""
        actor = self._actor
        if isinstance(news, Granted):
            self.lease = news.lease
            actor.after("renew", (news.until_ns - actor.now_ns) // 2, Awake())
            return True
        self.lease = None
        actor.after("renew", self._quoter.retry_after_ns, Awake())
        return False

    def heard_of_order(self, changed: OrderChanged) -> bool:
        """Whether it changed what rests on one of the sides."""
        before, now_ns, retry_after_ns = dict(self._slots), self._actor.now_ns, self._quoter.retry_after_ns
        for key, slot in before.items():
            self._slots[key] = answered(slot, changed, now_ns, self._quoter)
        taken, self._take = self._take, in_hand.answered(self._take, changed, now_ns, retry_after_ns)
        is_other_take = type(taken) is not type(self._take)
        return is_other_take or any(type(slot) is not type(before[key]) for key, slot in self._slots.items())

    def heard_of_refusal(self, refusal: IntentRefused) -> None:
        now_ns, quoter = self._actor.now_ns, self._quoter
        for key, slot in self._slots.items():
            self._slots[key] = refused(slot, refusal.intent, refusal.refusal, now_ns, quoter)
        self._take = in_hand.refused(self._take, refusal, now_ns, quoter.retry_after_ns)

    def rest(self, wanted: Sequence[Desired], snapshot: Snapshot, settings: OrderManagerSettings, why: Why) -> None:
        """Compare what rests with what should, and act on the difference; only with a lease."""
        orders = [each for each in map(working_order, self._slots.values()) if each is not None]
        lease = self.lease
        if lease is None or self._is_taking or (not wanted and not orders):
            return
        actor = self._actor
        market = MarketNow(snapshot.tick_size, actor.now_ns, self._end_ns)
        todo = plan(self._without_pauses(wanted), orders, market, self._budget, settings, self._free())
        self._budget = todo.budget
        for cancel in todo.cancels:
            self._cancel(cancel)
        for place in todo.places:
            self._place(place, snapshot, lease, why)
        if todo.look_again_ns is not None:
            actor.after("look", todo.look_again_ns - actor.now_ns, LookAgain())

    def take(self, wish: Wish, snapshot: Snapshot) -> None:
        """Ask for an order that takes, once nothing rests: call `rest` with nothing before. At most one at a time."""
        lease, now_ns, take = self.lease, self._actor.now_ns, self._take
        if lease is None or not self.is_idle:
            return
        if isinstance(take, in_hand.Nothing) and now_ns < take.not_before_ns:
            return
        if self._end_ns is not None and self._end_ns - now_ns < SHORTEST_TIME_TO_LIVE_NS:
            return
        intent = IntentId(self._actor.ids.name("intent"))
        self._take = in_hand.Asked(intent, wish)
        cost = notional(wish.price, wish.size)
        if wish.side is Side.BUY:
            cost = reserve_for(wish.side, wish.outcome, wish.price, wish.size, False, self._market.fees).cash
        self._ask_for(intent, wish, snapshot, lease, TimeInForce.FAK, SHORTEST_TIME_TO_LIVE_NS, cost, wish.rationale)

    @property
    def _is_taking(self) -> bool:
        return not isinstance(self._take, in_hand.Nothing)

    def _without_pauses(self, wanted: Sequence[Desired]) -> list[Desired]:
        """Without as many on a side as there are slots of it where something was refused a short time ago."""
        now_ns = self._actor.now_ns
        desired = []
        for side, gains in ((QuoteSide.BID, Outcome.YES), (QuoteSide.ASK, Outcome.NO)):
            paused = sum(1 for slot in self.slots(side) if isinstance(slot, Empty) and now_ns < slot.not_before_ns)
            most = self._quoter.levels - paused
            desired += [each for each in wanted if each.gains is gains][:most]
        return desired

    def _free(self) -> Funds | None:
        """The funds without what was asked for and is not yet in the portfolio."""
        free = self.funds
        for slot in self._slots.values():
            if free is None or not isinstance(slot, Asked | Replacing):
                continue
            handed_over = free
            if isinstance(slot, Replacing) and (old := working_order(slot.old)) is not None:
                handed_over = free.instead_of(old)
            after = handed_over.without(slot.quote.outcome, slot.quote.side, slot.quote.price, slot.quote.size)
            free = after.at_most(free)
        return free

    def _place(self, place: PlaceOrder, snapshot: Snapshot, lease: Lease, why: Why) -> None:
        intent = IntentId(self._actor.ids.name("intent"))
        order = place.wanted
        side = QuoteSide.BID if order.gains is Outcome.YES else QuoteSide.ASK
        quote = Quote(order.outcome, order.side, order.price, order.size, order.edge)
        key, old = self._slot_for(side, place)
        replaced_filled = Shares(0)
        if isinstance(old, Resting) and place.replaces == old.order:
            self._slots[key], replaced_filled = Replacing(old, intent, quote), old.filled
        else:
            self._slots[key] = Asked(intent, quote)
        cost = notional(order.price, order.size)
        life_ns, replaces = place.time_to_live_ns, place.replaces
        reason = why(side, order)
        self._ask_for(intent, order, snapshot, lease, TimeInForce.GTD, life_ns, cost, reason, replaces, replaced_filled)

    def _ask_for(
        self,
        intent: IntentId,
        order: Desired | Wish,
        snapshot: Snapshot,
        lease: Lease,
        time_in_force: TimeInForce,
        time_to_live_ns: int,
        risk_cost: Cash,
        rationale: str,
        replaces: OrderId | None = None,
        replaced_filled: Shares = Shares(0),
    ) -> None:
        self._actor.tell(
            self._to_market,
            Place(
                intent=intent,
                strategy=self._quoter.strategy,
                market=self._market.market,
                outcome=order.outcome,
                side=order.side,
                price=order.price,
                size=order.size,
                time_in_force=time_in_force,
                post_only=time_in_force is TimeInForce.GTD,
                time_to_live_ns=time_to_live_ns,
                snapshot=SnapshotId(snapshot.epoch, snapshot.number),
                fencing=lease.fencing,
                edge=order.edge,
                confidence_percent=self._quoter.confidence_percent,
                risk_cost=risk_cost,
                rationale=rationale,
                at_ns=self._actor.now_ns,
                replaces=replaces,
                replaced_filled=replaced_filled,
            ),
        )

    def _slot_for(self, side: QuoteSide, place: PlaceOrder) -> tuple[tuple[QuoteSide, int], Slot]:
        """That of the order which is replaced, or one that is empty."""
        now_ns = self._actor.now_ns
        own = [(key, slot) for key, slot in self._slots.items() if key[0] is side]
        for key, slot in own:
            if place.replaces is not None and isinstance(slot, Resting) and slot.order == place.replaces:
                return key, slot
        return next((each for each in own if isinstance(each[1], Empty) and now_ns >= each[1].not_before_ns), own[0])

    def _cancel(self, cancel: CancelOrder) -> None:
        intent = IntentId(self._actor.ids.name("intent"))
        for key, slot in self._slots.items():
            if isinstance(slot, Resting) and slot.order == cancel.order:
                self._slots[key] = Cancelling(slot.order, slot.quote, intent, slot.filled)
        market, strategy = self._market.market, self._quoter.strategy
        wish = Cancel(intent, strategy, market, cancel.order, cancel.reason, self._actor.now_ns)
        self._actor.tell(self._to_market, wish)
