"""The real market, executor, gateway and paper venue together: who waits for orders to go when execution dies."""

from actors.execution.executor import Executor, ExecutorSettings
from actors.execution.gateway import Gateway
from actors.execution.paper.settings import PaperSettings
from actors.execution.paper.venue import PaperVenue
from actors.execution.words import OpenOrders, OrderOnDisk, TellOpenOrders
from actors.paths import EXECUTOR
from messages.identity import OrderId
from messages.orders import Order, OrderMoved
from messages.ownership import Granted, Release
from messages.risk import ExecutionReady
from supervision.actor import Actor
from supervision.specs import SECOND, Strategy
from supervision.testing import MILLISECOND, Diary, Tree, run_tree
from tests.actors.actor_world import (
    EXECUTOR_PATH,
    GATEWAY_PATH,
    GOVERNOR_PATH,
    LEDGER_PATH,
    MAKER_PATH,
    MARKET_PATH,
    Create,
    heard,
    market_actor,
    whole,
    world,
)
from tests.actors.samples import GAME, MAKER, OTHER_GAME, authorised, changed, claim, market, place


class SimpleLedger(Actor[object]):
    """Has every order on disk at once, and knows which are open."""

    def __init__(self) -> None:
        self._open: dict[OrderId, Order] = {}

    def receive(self, message: object) -> None:
        match message:
            case TellOpenOrders():
                self.reply(OpenOrders(tuple(map(changed, self._open.values()))))
            case Order():
                self._open[message.order] = message
                self.tell(self.address(EXECUTOR), OrderOnDisk(message))
            case OrderMoved() if message.state.is_final:
                self._open.pop(message.order, None)


class Scene:
    """The maker holds the lease, one order of its rests."""

    def __init__(self) -> None:
        markets = (market(), market(OTHER_GAME))
        self.diary = Diary()
        self.venue = PaperVenue(PaperSettings(), markets)
        self.real: dict[str, Create] = {
            LEDGER_PATH: SimpleLedger,
            GATEWAY_PATH: lambda: Gateway(self.venue),
            EXECUTOR_PATH: lambda: Executor(markets, ExecutorSettings(settle_ns=SECOND)),
            MARKET_PATH: market_actor(),
        }

    async def begin(self, tree: Tree) -> None:
        tree.tell(MARKET_PATH, whole(), claim())
        await tree.settle()
        (granted,) = self.granted()
        tree.tell(EXECUTOR_PATH, authorised(place(price=4400, fencing=granted.lease.fencing)))
        await tree.advance(100 * MILLISECOND)
        assert len(self.venue.open_orders()) == 1

    def granted(self) -> list[Granted]:
        return heard(self.diary, MAKER_PATH, Granted)


def test_a_market_is_granted_again_once_the_orders_of_the_former_lease_are_gone() -> None:
    scene = Scene()

    async def script(tree: Tree) -> None:
        await scene.begin(tree)
        fencing = scene.granted()[0].lease.fencing
        tree.tell(MARKET_PATH, Release(GAME, MAKER, fencing), claim())
        await tree.settle()
        assert len(scene.granted()) == 1
        await tree.advance(100 * MILLISECOND)
        assert scene.granted()[-1].lease.fencing > fencing
        assert scene.venue.open_orders() == ()

    run_tree(world(scene.diary, scene.real, execution=Strategy.ONE_FOR_ALL), script)


def test_a_restart_of_execution_withdraws_what_rests_and_is_ready_again() -> None:
    scene = Scene()

    async def script(tree: Tree) -> None:
        await scene.begin(tree)
        tree.kill(EXECUTOR_PATH)
        await tree.advance(SECOND - 1)
        assert scene.venue.open_orders() == ()
        assert len(heard(scene.diary, GOVERNOR_PATH, ExecutionReady)) == 1
        await tree.advance(1)
        assert len(heard(scene.diary, GOVERNOR_PATH, ExecutionReady)) == 2

    run_tree(world(scene.diary, scene.real, execution=Strategy.ONE_FOR_ALL), script)


def test_a_market_whose_orders_are_being_cancelled_when_execution_dies_is_granted_all_the_same() -> None:
    scene = Scene()

    async def script(tree: Tree) -> None:
        await scene.begin(tree)
        fencing = scene.granted()[0].lease.fencing
        tree.tell(MARKET_PATH, Release(GAME, MAKER, fencing), claim())
        await tree.settle()
        tree.kill(EXECUTOR_PATH)
        await tree.advance(60 * SECOND)
        assert scene.venue.open_orders() == ()
        assert len(heard(scene.diary, GOVERNOR_PATH, ExecutionReady)) == 2
        assert scene.granted()[-1].lease.fencing > fencing

    run_tree(world(scene.diary, scene.real, execution=Strategy.ONE_FOR_ALL), script)
