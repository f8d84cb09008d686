"""The trader counts like the detector, takes both legs at once under a lease, and never keeps one alone."""

from collections.abc import Awaitable, Callable

from actors.strategies.set_arbitrage import SET_ARBITRAGE, ArbitrageTally
from actors.strategies.set_arbitrage_rules import SetArbitrageSettings
from actors.strategies.set_arbitrage_trader import SetArbitrageTrader
from messages.identity import Tier
from messages.intents import OpportunityCounted, TimeInForce
from messages.market_data import BookOpened, Snapshot
from messages.markets import NO_FEES, FeeSchedule
from messages.orders import OrderState
from messages.ownership import Claim, Release
from messages.units import Price, Shares
from supervision.specs import SECOND
from supervision.testing import MILLISECOND
from tests.actors.actor_world import BUY, JOURNAL_PATH, NO, SELL, YES, heard, snapshot
from tests.actors.samples import GAME, TAKER_FEES, market, shares
from tests.actors.strategies.strategy_stall import Stall, run_at_a_stall

SETTINGS = SetArbitrageSettings(
    order_size=shares(20),
    maximum_sets=shares(30),
    minimum_edge=Price(20),
    look_every_ns=200 * MILLISECOND,
    time_to_live_ns=5 * SECOND,
    retry_after_ns=SECOND,
)


def run(
    script: Callable[[Stall], Awaitable[None]],
    tally: ArbitrageTally | None = None,
    fees: FeeSchedule = NO_FEES,
) -> None:
    counts = tally or ArbitrageTally()
    run_at_a_stall(
        lambda: SetArbitrageTrader(market(fees=fees), counts, SETTINGS), SET_ARBITRAGE, Tier.ARBITRAGE, script
    )


def crossed(number: int = 1) -> Snapshot:
    """YES is offered at 0.48 and NO at 0.49."""
    return snapshot({5100: 100}, {5200: 40}, number=number)


def test_it_counts_what_the_detector_counts_and_leaves_what_the_fees_eat() -> None:
    tally = ArbitrageTally()

    async def script(stall: Stall) -> None:
        await stall.hold()
        await stall.tell(snapshot(), snapshot({5100: 100}, {5000: 100}, number=2))
        assert [each.snapshot.number for each in heard(stall.diary, JOURNAL_PATH, OpportunityCounted)] == [2]
        assert (tally.snapshots, tally.opportunities, tally.after_fees, tally.lowest_cost) == (2, 1, 0, 9900)
        assert stall.claims == []

    run(script, tally, TAKER_FEES)


def test_it_claims_at_the_highest_tier_and_takes_both_legs_at_once() -> None:
    async def script(stall: Stall) -> None:
        await stall.hold()
        await stall.tell(crossed(4))
        assert stall.claims == [Claim(GAME, SET_ARBITRAGE, Tier.ARBITRAGE)]
        await stall.grant()
        assert [(each.outcome, each.side, each.price) for each in stall.places] == [(YES, BUY, 4800), (NO, BUY, 4900)]
        for each in stall.places:
            assert each.time_in_force is TimeInForce.FAK
            assert (each.size, each.fencing, each.snapshot.number) == (shares(20), 7, 4)
            assert each.rationale

    run(script)


def test_a_book_is_traded_on_once_and_the_limit_is_kept() -> None:
    async def script(stall: Stall) -> None:
        await stall.hold()
        await stall.tell(crossed())
        await stall.grant()
        yes, no = [await stall.rest(each) for each in stall.places]
        await stall.hold(20, 20, unsettled_yes=20, unsettled_no=20)
        await stall.end(yes, OrderState.FILLED)
        await stall.end(no, OrderState.FILLED)
        assert len(stall.places) == 2
        assert stall.releases == [Release(GAME, SET_ARBITRAGE, stall.fencing)]
        await stall.tree.advance(SETTINGS.retry_after_ns)
        await stall.tell(crossed(2))
        await stall.grant()
        assert [each.size for each in stall.places[2:]] == [shares(10), shares(10)]

    run(script)


def test_sets_that_are_held_and_settled_are_sold_for_more_than_1() -> None:
    async def script(stall: Stall) -> None:
        await stall.hold(20, 20)
        await stall.tell(crossed())
        await stall.grant()
        assert [(each.outcome, each.side, each.price) for each in stall.places] == [(YES, SELL, 5100), (NO, SELL, 5200)]

    run(script)


def test_an_unsettled_leg_that_stayed_alone_is_completed_at_once() -> None:
    async def script(stall: Stall) -> None:
        await stall.hold()
        await stall.tell(crossed())
        await stall.grant()
        yes, no = [await stall.rest(each) for each in stall.places]
        await stall.tell(snapshot(number=2))
        await stall.hold(yes=20, unsettled_yes=20)
        await stall.end(yes, OrderState.FILLED)
        assert len(stall.places) == 2
        await stall.end(no, OrderState.CANCELLED, Shares(0))
        completing = stall.places[-1]
        assert (completing.outcome, completing.side, completing.price) == (NO, BUY, 5500)
        assert (completing.size, completing.time_in_force) == (shares(20), TimeInForce.FAK)
        assert stall.releases == []

    run(script)


def test_a_settled_leg_that_stayed_alone_is_sold_and_asked_for_again_after_a_rejection() -> None:
    async def script(stall: Stall) -> None:
        await stall.hold(yes=20)
        await stall.tell(snapshot())
        await stall.grant()
        (sale,) = stall.places
        assert (sale.outcome, sale.side, sale.price) == (YES, SELL, 4500)
        order = await stall.rest(sale)
        await stall.end(order, OrderState.REJECTED)
        assert len(stall.places) == 1
        await stall.tree.advance(SETTINGS.retry_after_ns)
        assert len(stall.places) == 2
        again = await stall.rest(stall.places[-1])
        await stall.hold()
        await stall.end(again, OrderState.FILLED)
        assert len(stall.releases) == 1

    run(script)


def test_nothing_is_done_on_a_book_that_opened_or_before_it_is_known_what_is_held() -> None:
    async def script(stall: Stall) -> None:
        await stall.tell(crossed())
        assert stall.claims == []
        await stall.tell(BookOpened(GAME, "dirty"))
        await stall.hold()
        assert stall.claims == []

    run(script)
