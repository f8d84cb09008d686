"""Our queue models beside those of hftbacktest: the same recording, the same orders, both sums."""

from collections.abc import Callable, Sequence
from pathlib import Path

from attrs import frozen

from actors.execution.paper.queue_position import CancelModel, LogProbability, PowerProbability, RiskAverse
from messages.units import Shares
from polyactors.comparisons.market_history import histories_of
from polyactors.comparisons.on_hftbacktest import Asset, Hftbacktest
from polyactors.comparisons.on_paper import on_paper
from polyactors.comparisons.order_plan import PlanRules, plan
from polyactors.comparisons.outcome_of_orders import OrdersOutcome
from polyactors.comparisons.prints_first import with_prints_first

AS_RECORDED = "as recorded"
PRINTS_FIRST = "prints first"


@frozen
class ModelPair:
    """A queue model here, and how the same is asked of hftbacktest."""

    name: str
    ours: CancelModel
    theirs: Callable[[Asset], Asset]


EXPONENT = 3

PAIRS = (
    ModelPair(
        f"power:{EXPONENT}", PowerProbability(EXPONENT), lambda asset: asset.power_prob_queue_model(float(EXPONENT))
    ),
    ModelPair("log", LogProbability(), lambda asset: asset.log_prob_queue_model()),
    ModelPair("risk-averse", RiskAverse(), lambda asset: asset.risk_adverse_queue_model()),
)


@frozen
class Sums:
    """Over all markets and phases: how many orders were filled at all, how often, and how much of them."""

    orders: int = 0
    fills: int = 0
    size: Shares = Shares(0)

    def plus(self, outcome: OrdersOutcome) -> "Sums":
        return Sums(self.orders + len(outcome.filled), self.fills + outcome.fills, Shares(self.size + outcome.size))


@frozen
class Comparison:
    """One line: `planned` orders of `order_size` through both, by the queue model `model`."""

    feed: str
    model: str
    order_size: Shares
    planned: int
    ours: Sums
    theirs: Sums


def compare_queue_models(
    recording: Path, sizes: Sequence[Shares], rules: PlanRules | None = None, pairs: Sequence[ModelPair] = PAIRS
) -> tuple[Comparison, ...]:
    """Every model with every size of orders, once on the recording as it is and once with its prints first.

    Raises `NoComparison` without the extra `hftbacktest`, without the recording, and when hftbacktest gives up.
    """
    yardstick = Hftbacktest()
    histories = histories_of(recording)
    lines: list[Comparison] = []
    for name, arranged in ((AS_RECORDED, histories), (PRINTS_FIRST, tuple(map(with_prints_first, histories)))):
        feeds = [yardstick.feed(history) for history in arranged]
        for size in sizes:
            with_size = _with_size(rules or PlanRules(), size)
            for pair in pairs:
                planned, ours, theirs = 0, Sums(), Sums()
                for feed in feeds:
                    for phase in range(with_size.phases):
                        orders = plan(feed.history, with_size, phase)
                        planned += len(orders)
                        ours = ours.plus(on_paper(feed.history, orders, with_size.latency_ns, pair.ours))
                        theirs = theirs.plus(yardstick.run(feed, orders, with_size.latency_ns, pair.theirs))
                lines.append(Comparison(name, pair.name, size, planned, ours, theirs))
    return tuple(lines)


def _with_size(rules: PlanRules, size: Shares) -> PlanRules:
    return PlanRules(size, rules.every_ns, rules.life_ns, rules.latency_ns, rules.phases)
