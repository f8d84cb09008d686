"""A strategy of a session, with probes around it and the orders that the venue would have."""

from collections.abc import Awaitable, Callable

from messages.identity import Lease, StrategyName, Tier
from messages.intents import Cancel, Gate, IntentRefused, Place, Refusal
from messages.orders import Order, OrderChanged, OrderState
from messages.ownership import Claim, Granted, Release
from messages.portfolio import MarketPortfolio, PortfolioChanged, Position, Wallet
from messages.pricing import FollowPrices
from messages.sessions import SessionState
from messages.units import Cash, Shares
from supervision.specs import SECOND
from supervision.testing import Diary, Tree, run_tree
from tests.actors.actor_world import MARKET_PATH, Create, heard
from tests.actors.samples import GAME, dollars, order_of, shares
from tests.actors.session_world import ENDS_IN_NS, PRICES_PATH, STARTS_IN_NS, prices, session_world, told

LEASE_NS = 3600 * SECOND
WALLET = Wallet(dollars(1000), dollars(1000), Cash(0))


class PeriodStall:
    """It is at the start of the period. `path` is that of the strategy."""

    def __init__(self, tree: Tree, diary: Diary, path: str, strategy: StrategyName, tier: Tier) -> None:
        self.tree = tree
        self.diary = diary
        self.path = path
        self.strategy = strategy
        self.tier = tier
        self.made = 0
        self.seq = 0
        self.fencing = 6

    async def tell(self, *messages: object) -> None:
        self.tree.tell(self.path, *messages)
        await self.tree.settle()

    async def grant(self) -> None:
        self.fencing += 1
        lease = Lease(GAME, self.strategy, self.tier, self.fencing)
        await self.tell(Granted(lease, self.tree.clock.now_ns() + LEASE_NS))

    async def be_told(self, state: SessionState, wound_down: float | None = None, for_s: int = 60) -> None:
        now_ns = self.tree.clock.now_ns()
        await self.tell(told(state, wound_down, now_ns, now_ns + for_s * SECOND))

    async def see(self, fair: float | None = 0.5, *, stale: bool = False, uncertain: bool = False) -> None:
        """A price that is newer than all before, and the time within which it is looked at."""
        self.seq += 1
        await self.tell(prices(fair, seq=self.seq, stale=stale, uncertain=uncertain))
        await self.tree.advance(SECOND // 10)

    async def hold(self, yes: int = 0, no: int = 0, *, unsettled_yes: int = 0) -> None:
        position = Position(GAME, self.strategy, shares(yes), shares(no), provisional_yes=shares(unsettled_yes))
        none = Shares(0)
        await self.tell(PortfolioChanged(MarketPortfolio(GAME, 1, (position,), (), Cash(0), none, none), WALLET))

    async def rest(self, wish: Place) -> Order:
        self.made += 1
        order = order_of(wish, f"o{self.made}", self.tree.clock.now_ns())
        for state in (OrderState.WRITTEN, OrderState.SENT, OrderState.LIVE):
            await self.tell(OrderChanged(order, state, Shares(0), "", 1))
        return order

    async def end(self, order: Order, state: OrderState = OrderState.CANCELLED) -> None:
        filled = order.size if state is OrderState.FILLED else Shares(0)
        await self.tell(OrderChanged(order, state, filled, "", 1))

    async def refuse(self, wish: Place, refusal: Refusal = Refusal.SESSION) -> None:
        now_ns = self.tree.clock.now_ns()
        await self.tell(IntentRefused(wish.intent, self.strategy, GAME, Gate.GOVERNOR, refusal, "", now_ns))

    @property
    def places(self) -> list[Place]:
        return heard(self.diary, MARKET_PATH, Place)

    @property
    def cancels(self) -> list[Cancel]:
        return heard(self.diary, MARKET_PATH, Cancel)

    @property
    def claims(self) -> list[Claim]:
        return heard(self.diary, MARKET_PATH, Claim)

    @property
    def releases(self) -> list[Release]:
        return heard(self.diary, MARKET_PATH, Release)

    @property
    def follows(self) -> list[FollowPrices]:
        return heard(self.diary, PRICES_PATH, FollowPrices)

    @property
    def left_ns(self) -> int:
        """To the end of the period."""
        return ENDS_IN_NS - STARTS_IN_NS - (self.tree.clock.now_ns() - self.began_ns)

    began_ns = 0


def run_at_a_period_stall(
    create: Create, path: str, strategy: StrategyName, tier: Tier, script: Callable[[PeriodStall], Awaitable[None]]
) -> None:
    diary = Diary()

    async def at_the_stall(tree: Tree) -> None:
        await tree.advance(STARTS_IN_NS)
        stall = PeriodStall(tree, diary, path, strategy, tier)
        stall.began_ns = tree.clock.now_ns()
        await script(stall)

    run_tree(session_world(diary, {path: create}), at_the_stall)
