"""An ideal venue beside the order manager, and what may be wanted of it."""

from collections.abc import Sequence

from attrs import evolve
from hypothesis import strategies as st

from actors.order_management.desired import Desired, Funds, Stage, WorkingOrder
from actors.order_management.mutation_budget import MutationBudget
from actors.order_management.order_manager import MarketNow, Plan, plan
from actors.order_management.settings import OrderManagerSettings
from messages.identity import OrderId, Outcome, Side
from messages.units import SHARE_SCALE, Price, Shares, TickSize

YES, NO, BUY, SELL = Outcome.YES, Outcome.NO, Side.BUY, Side.SELL
MILLISECOND = 1_000_000
SECOND = 1_000_000_000
TICK = TickSize(100)
NOW = 1_000 * SECOND

SETTINGS = OrderManagerSettings(
    replace_min_ticks=2,
    replace_min_age_ns=2 * SECOND,
    time_to_live_ns=60 * SECOND,
    near_end_ns=300 * SECOND,
    time_to_live_near_end_ns=20 * SECOND,
    mutations_per_second=1000,
    cooldown_ns=0,
)


def shares(whole: int) -> Shares:
    return Shares(whole * SHARE_SCALE)


def want(
    price: int = 4500, size: int = 50, outcome: Outcome = YES, side: Side = BUY, worst: int | None = None
) -> Desired:
    least = price if worst is None else worst
    return Desired(outcome, side, Price(price), shares(size), Price(least), 100, "")


def order(
    price: int = 4500,
    size: int = 50,
    outcome: Outcome = YES,
    side: Side = BUY,
    *,
    age_ns: int = 10 * SECOND,
    stage: Stage = Stage.RESTING,
    name: str | None = "o1",
    replaceable: bool = False,
) -> WorkingOrder:
    identity = None if name is None else OrderId(name)
    since_ns = NOW - age_ns
    return WorkingOrder(
        identity, outcome, side, Price(price), shares(size), stage, since_ns, may_be_replaced=replaceable
    )


def plan_of(
    desired: Sequence[Desired],
    orders: Sequence[WorkingOrder],
    settings: OrderManagerSettings = SETTINGS,
    *,
    tick: int = TICK,
    funds: Funds | None = None,
    budget: MutationBudget | None = None,
    now_ns: int = NOW,
    end_ns: int | None = None,
) -> Plan:
    market = MarketNow(TickSize(tick), now_ns, end_ns)
    return plan(desired, orders, market, budget or MutationBudget(), settings, funds)


def actions_of(todo: Plan) -> int:
    """An order that replaces another is a cancel and a place."""
    return len(todo.cancels) + len(todo.places) + sum(each.replaces is not None for each in todo.places)


class IdealVenue:
    """It cancels what it is told to and takes everything, once `confirm` is called."""

    def __init__(self, orders: Sequence[WorkingOrder]) -> None:
        self.orders = list(orders)
        self.made = 0
        self._asked: list[Shares] = []

    def apply(self, todo: Plan, now_ns: int) -> None:
        """Sent and not answered yet."""
        known = {each.order: each for each in self.orders}
        replaced = {each.replaces for each in todo.places} - {None}
        assert replaced <= set(known)
        cancelled = {each.order for each in todo.cancels}
        assert not cancelled & replaced
        rest = [each for each in self.orders if each.order is None or each.order not in replaced]
        self.orders = [evolve(each, stage=Stage.ENDING) if each.order in cancelled else each for each in rest]
        for place in todo.places:
            new = place.wanted
            old = 0 if place.replaces is None else known[place.replaces].remaining
            most = Shares(max(old, new.size))
            self.orders.append(WorkingOrder(None, new.outcome, new.side, new.price, most, Stage.ASKED, now_ns))
            self._asked.append(new.size)

    def confirm(self) -> None:
        kept = [each for each in self.orders if each.stage is not Stage.ENDING]
        for number, each in enumerate(kept):
            if each.stage is Stage.ASKED:
                self.made += 1
                name, size = OrderId(f"new{self.made}"), self._asked.pop(0)
                kept[number] = evolve(
                    each, order=name, stage=Stage.RESTING, remaining=size, may_be_replaced=self.made % 2 == 0
                )
        self.orders = kept


def prices(lowest: int = 40, highest: int = 50) -> st.SearchStrategy[int]:
    return st.integers(lowest, highest).map(lambda cents: cents * TICK)


@st.composite
def desires(draw: st.DrawFn) -> Desired:
    outcome, side = draw(st.sampled_from(Outcome)), draw(st.sampled_from(Side))
    price, slack = draw(prices()), draw(st.integers(0, 400))
    return want(price, draw(st.sampled_from([20, 50])), outcome, side, price + slack if side is BUY else price - slack)


@st.composite
def resting_orders(draw: st.DrawFn, most: int) -> list[WorkingOrder]:
    """Of every age, on the tick and off it."""
    number = draw(st.integers(0, most))
    return [
        order(
            draw(prices()) + draw(st.sampled_from([0, 0, 0, 0, 50])),
            draw(st.sampled_from([10, 20, 50, 80])),
            draw(st.sampled_from(Outcome)),
            draw(st.sampled_from(Side)),
            age_ns=draw(st.sampled_from([0, SECOND, 2 * SECOND, 10 * SECOND])),
            name=f"o{each}",
            replaceable=draw(st.booleans()),
        )
        for each in range(number)
    ]
