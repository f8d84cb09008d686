"""The lease and the orders of a strategy that wants a market only while it has something to do there.

The maker holds its market all the time and keeps two quotes; the strategies that come and go share this instead.
"""

from attrs import frozen

from actors.order_management.settings import SHORTEST_TIME_TO_LIVE_NS
from actors.paths import LEDGER, market_path
from actors.portfolio.bookkeeper import TellMarketPortfolio
from actors.portfolio.reserve import reserve_for
from actors.risk.session_rules import end_ns_of
from actors.strategies.order_in_hand import Asked, InHand, Nothing, Wish, Working, answered, refused
from actors.strategies.words import Awake
from messages.identity import IntentId, Lease, Outcome, Side, StrategyName, Tier
from messages.intents import Cancel, IntentRefused, Place, SnapshotId, TimeInForce
from messages.market_data import Snapshot
from messages.markets import Market
from messages.orders import OrderChanged
from messages.ownership import Claim, Granted, Refused, Release, Revoked
from messages.units import Cash, notional
from supervision.actor import Actor

DeskNews = Granted | Refused | Revoked | OrderChanged | IntentRefused | Awake


@frozen
class Trader:
    """Who acts, by what right and how sure of itself; times in nanoseconds."""

    strategy: StrategyName
    tier: Tier
    confidence_percent: int
    time_to_live_ns: int
    retry_after_ns: int


@frozen
class DeskState:
    """What the desk shows of itself."""

    lease: Lease | None
    is_claimed: bool
    orders: tuple[InHand, ...]


class OrderDesk:
    """Sits in a strategy's actor. At most one order a token at a time."""

    def __init__(self, actor: Actor[Awake], market: Market, trader: Trader) -> None:
        self.lease: Lease | None = None
        self._actor = actor
        self._market = market
        self._trader = trader
        self._is_claimed = False
        self._claim_not_before_ns = 0
        self._renew_ns = 0
        self._hands: dict[Outcome, InHand] = {outcome: Nothing() for outcome in Outcome}
        self._to_market = actor.address(market_path(market.event, market.market))
        self._to_ledger = actor.address(LEDGER)

    @property
    def state(self) -> DeskState:
        return DeskState(self.lease, self._is_claimed, tuple(self._hands.values()))

    @property
    def open(self) -> tuple[Asked | Working, ...]:
        """The orders that may still be filled, or be refused."""
        return tuple(hand for hand in self._hands.values() if not isinstance(hand, Nothing))

    def ask_for_portfolio(self) -> None:
        self._actor.tell(self._to_ledger, TellMarketPortfolio(self._market.market))

    def heard(self, news: DeskNews) -> bool:
        """Whether it is worth looking again."""
        actor, retry_after_ns = self._actor, self._trader.retry_after_ns
        match news:
            case Granted(lease, until_ns):
                self.lease, self._is_claimed = lease, False
                self._renew_ns = (actor.now_ns + until_ns) // 2
                actor.after("lease", self._renew_ns - actor.now_ns, Awake())
            case Refused():
                self._is_claimed = False
                self._pause()
                return False
            case Revoked(lease):
                # The market also says so to who has just released.
                if self.lease is None or self.lease.fencing != lease.fencing:
                    return False
                self.lease = None
                self._pause()
                return False
            case OrderChanged():
                self._hands = {
                    outcome: answered(hand, news, actor.now_ns, retry_after_ns) for outcome, hand in self._hands.items()
                }
                self._look_after_pauses()
            case IntentRefused():
                self._hands = {
                    outcome: refused(hand, news, actor.now_ns, retry_after_ns) for outcome, hand in self._hands.items()
                }
                self._look_after_pauses()
            case Awake():
                if self.lease is not None and actor.now_ns >= self._renew_ns:
                    self._claim()
        return True

    def want(self) -> None:
        """Ask for the market, unless that was done or refused a short time ago."""
        if self.lease is None and not self._is_claimed and self._actor.now_ns >= self._claim_not_before_ns:
            self._is_claimed = True
            self._claim()

    def release(self) -> None:
        """There is nothing to do. An order that is still open would be cancelled by the market."""
        lease = self.lease
        if lease is None:
            return
        self.lease = None
        self._claim_not_before_ns = self._actor.now_ns + self._trader.retry_after_ns
        self._actor.cancel_timer("lease")
        self._actor.tell(self._to_market, Release(self._market.market, self._trader.strategy, lease.fencing))

    def can_place(self, outcome: Outcome) -> bool:
        hand = self._hands[outcome]
        return self.lease is not None and isinstance(hand, Nothing) and self._actor.now_ns >= hand.not_before_ns

    def place(self, wish: Wish, snapshot: Snapshot, until_ns: int | None = None) -> None:
        """Ask for the order, where `can_place` allows it and neither `until_ns` nor the market's end is too near for
        it: it does not live beyond either."""
        lease, trader, now_ns = self.lease, self._trader, self._actor.now_ns
        time_to_live_ns = self._time_to_live_ns(now_ns, until_ns)
        if lease is None or time_to_live_ns is None or not self.can_place(wish.outcome):
            return
        intent = IntentId(self._actor.ids.name("intent"))
        self._hands[wish.outcome] = Asked(intent, wish)
        self._actor.tell(
            self._to_market,
            Place(
                intent=intent,
                strategy=trader.strategy,
                market=self._market.market,
                outcome=wish.outcome,
                side=wish.side,
                price=wish.price,
                size=wish.size,
                time_in_force=TimeInForce.FAK if wish.takes else TimeInForce.GTD,
                post_only=not wish.takes,
                time_to_live_ns=time_to_live_ns,
                snapshot=SnapshotId(snapshot.epoch, snapshot.number),
                fencing=lease.fencing,
                edge=wish.edge,
                confidence_percent=trader.confidence_percent,
                risk_cost=self._risk_cost(wish),
                rationale=wish.rationale,
                at_ns=now_ns,
            ),
        )

    def cancel(self, order: Working, reason: str) -> None:
        """Once; an order that is ending already is left to end."""
        if order.is_ending or order.cancel is not None:
            return
        intent = IntentId(self._actor.ids.name("intent"))
        trader = self._trader
        self._hands[order.wish.outcome] = Working(order.order, order.wish, order.since_ns, False, intent)
        cancel = Cancel(intent, trader.strategy, self._market.market, order.order, reason, self._actor.now_ns)
        self._actor.tell(self._to_market, cancel)

    def _claim(self) -> None:
        self._actor.tell(self._to_market, Claim(self._market.market, self._trader.strategy, self._trader.tier))

    def _pause(self) -> None:
        """Not to ask for the market again at once, and to look when it may be asked for."""
        self._actor.cancel_timer("lease")
        self._claim_not_before_ns = self._actor.now_ns + self._trader.retry_after_ns
        self._actor.after("retry", self._trader.retry_after_ns, Awake())

    def _look_after_pauses(self) -> None:
        until_ns = max((hand.not_before_ns for hand in self._hands.values() if isinstance(hand, Nothing)), default=0)
        if until_ns > self._actor.now_ns:
            self._actor.after("retry", until_ns - self._actor.now_ns, Awake())

    def _risk_cost(self, wish: Wish) -> Cash:
        if wish.side is Side.SELL:
            return notional(wish.price, wish.size)
        return reserve_for(wish.side, wish.outcome, wish.price, wish.size, not wish.takes, self._market.fees).cash

    def _time_to_live_ns(self, now_ns: int, until_ns: int | None) -> int | None:
        """None where the end is too near."""
        ends_ns = [each for each in (end_ns_of(self._market), until_ns) if each is not None]
        left_ns = min((each - now_ns for each in ends_ns), default=self._trader.time_to_live_ns)
        return min(self._trader.time_to_live_ns, left_ns) if left_ns >= SHORTEST_TIME_TO_LIVE_NS else None
