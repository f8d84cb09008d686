"""A strategy that comes and goes, with probes around it and the orders that the venue would have."""

from collections.abc import Awaitable, Callable

from messages.identity import Lease, StrategyName, Tier
from messages.intents import Cancel, Gate, IntentRefused, Place, Refusal
from messages.orders import Order, OrderChanged, OrderState
from messages.ownership import Claim, Granted, Release
from messages.portfolio import MarketPortfolio, PortfolioChanged, Position, Wallet
from messages.units import Cash, Shares
from supervision.specs import SECOND
from supervision.testing import Diary, Tree, run_tree
from tests.actors.actor_world import MAKER_PATH, MARKET_PATH, Create, heard, world
from tests.actors.samples import GAME, dollars, order_of, shares

LEASE_NS = 30 * SECOND
WALLET = Wallet(dollars(1000), dollars(1000), Cash(0))


class Stall:
    """The strategy sits in the maker's place of the test world; `strategy` and `tier` are its own."""

    def __init__(self, tree: Tree, diary: Diary, strategy: StrategyName, tier: Tier) -> None:
        self.tree = tree
        self.diary = diary
        self.strategy = strategy
        self.tier = tier
        self.made = 0
        self.fencing = 6

    async def tell(self, *messages: object) -> None:
        self.tree.tell(MAKER_PATH, *messages)
        await self.tree.settle()

    @property
    def lease(self) -> Lease:
        return Lease(GAME, self.strategy, self.tier, self.fencing)

    async def grant(self) -> None:
        """A new lease."""
        self.fencing += 1
        await self.tell(Granted(self.lease, self.tree.clock.now_ns() + LEASE_NS))

    async def hold(self, yes: int = 0, no: int = 0, *, unsettled_yes: int = 0, unsettled_no: int = 0) -> None:
        position = Position(
            GAME,
            self.strategy,
            shares(yes),
            shares(no),
            provisional_yes=shares(unsettled_yes),
            provisional_no=shares(unsettled_no),
        )
        await self.portfolio(position)

    async def portfolio(self, *positions: Position, orders: tuple[OrderChanged, ...] = ()) -> None:
        none = Shares(0)
        await self.tell(PortfolioChanged(MarketPortfolio(GAME, 1, positions, orders, Cash(0), none, none), WALLET))

    async def rest(self, wish: Place) -> Order:
        self.made += 1
        order = order_of(wish, f"o{self.made}", self.tree.clock.now_ns())
        for state in (OrderState.WRITTEN, OrderState.SENT, OrderState.LIVE):
            await self.tell(OrderChanged(order, state, Shares(0), "", 1))
        return order

    async def end(self, order: Order, state: OrderState = OrderState.CANCELLED, filled: Shares | None = None) -> None:
        done = order.size if state is OrderState.FILLED else Shares(0)
        await self.tell(OrderChanged(order, state, done if filled is None else filled, "", 1))

    async def refuse(self, wish: Place | Cancel, refusal: Refusal = Refusal.MODE) -> None:
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


def run_at_a_stall(
    create: Create, strategy: StrategyName, tier: Tier, script: Callable[[Stall], Awaitable[None]]
) -> None:
    diary = Diary()

    async def at_the_stall(tree: Tree) -> None:
        await script(Stall(tree, diary, strategy, tier))

    run_tree(world(diary, {MAKER_PATH: create}), at_the_stall)
