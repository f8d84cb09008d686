"""The strategies of a session that come and go: a market while there is something to do, and a way out in time."""

from collections.abc import Awaitable, Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from actors.strategies.divergence import DIVERGENCE, Divergence
from actors.strategies.divergence_rules import DivergenceSettings
from actors.strategies.fair_taker import FAIR_TAKER, FairTaker
from actors.strategies.fair_taker_rules import FairTakerSettings
from messages.identity import IntentId, OrderId, Tier
from messages.intents import Place, TimeInForce
from messages.market_data import BookOpened, Snapshot
from messages.orders import Order, OrderState
from messages.ownership import Claim
from messages.sessions import SessionState
from messages.units import Price
from supervision.specs import SECOND
from supervision.testing import MILLISECOND
from tests.actors.actor_world import BUY, NO, SELL, YES, snapshot
from tests.actors.samples import GAME, shares
from tests.actors.session_world import DIVERGENCE_PATH, PERIOD, TAKER_PATH, period_market
from tests.actors.strategies.period_stall import PeriodStall, run_at_a_period_stall

BOOT, ACTIVE, WIND_DOWN, FLATTEN, DONE = SessionState
TAKER = FairTakerSettings()
DIVERGES = DivergenceSettings(threshold=Price(400), close_at=Price(100), hold_ns=2 * SECOND, minimum_edge=Price(50))
Script = Callable[[PeriodStall], Awaitable[None]]


def run_taker(script: Script, wishes: FairTakerSettings = TAKER) -> None:
    run_at_a_period_stall(lambda: FairTaker(period_market(), wishes), TAKER_PATH, FAIR_TAKER, Tier.DIRECTIONAL, script)


def run_divergence(script: Script) -> None:
    run_at_a_period_stall(
        lambda: Divergence(period_market(), DIVERGES), DIVERGENCE_PATH, DIVERGENCE, Tier.DIRECTIONAL, script
    )


def book(number: int = 1, bid: int = 4500, ask: int = 4700) -> Snapshot:
    return snapshot({bid: 100} if bid else {}, {10_000 - ask: 100} if ask < 10_000 else {}, number=number)


async def begin(stall: PeriodStall, yes: int = 0) -> None:
    """In ACTIVE, with a book of 0.45 and 0.47."""
    await stall.be_told(ACTIVE, for_s=200)
    await stall.hold(yes)
    await stall.tell(book())


class TestTheFairTaker:
    def test_claims_the_market_only_when_something_is_worth_taking_and_takes_it_then(self) -> None:
        async def script(stall: PeriodStall) -> None:
            await begin(stall)
            await stall.see(0.49)
            assert stall.claims == []
            await stall.see(0.55)
            assert stall.claims == [Claim(GAME, FAIR_TAKER, Tier.DIRECTIONAL)]
            await stall.grant()
            (take,) = stall.places
            assert (take.outcome, take.side, take.price, take.size) == (YES, BUY, 4700, shares(10))
            assert take.time_in_force is TimeInForce.FAK
            assert take.edge >= TAKER.minimum_edge

        run_taker(script)

    def test_takes_nothing_on_stale_prices_or_outside_of_the_session(self) -> None:
        async def script(stall: PeriodStall) -> None:
            await stall.hold()
            await stall.tell(book())
            await stall.see(0.60, stale=True)
            await stall.be_told(ACTIVE)
            await stall.see(0.60, stale=True)
            for state in (FLATTEN, DONE, ACTIVE):
                await stall.be_told(state)
                await stall.see(0.60)
            assert stall.claims == [], "not even when it were to go back"

        run_taker(script)

    def test_lets_go_when_the_bid_pays_the_fair_value_and_gives_the_market_up(self) -> None:
        async def script(stall: PeriodStall) -> None:
            await begin(stall, yes=10)
            await stall.see(0.43)
            await stall.grant()
            (sale,) = stall.places
            assert (sale.side, sale.price, sale.time_in_force) == (SELL, 4500, TimeInForce.FAK)
            order = await stall.rest(sale)
            await stall.hold()
            await stall.end(order, OrderState.FILLED)
            assert len(stall.releases) == 1

        run_taker(script)

    def test_sells_only_what_is_settled(self) -> None:
        async def script(stall: PeriodStall) -> None:
            await begin(stall)
            await stall.hold(yes=10, unsettled_yes=10)
            await stall.see(0.44)
            assert stall.claims == []

        run_taker(script)

    def test_leaves_in_flatten_by_an_offer_and_then_by_the_bids(self) -> None:
        async def script(stall: PeriodStall) -> None:
            await begin(stall, yes=20)
            await stall.see(0.60)
            await stall.be_told(FLATTEN, for_s=20)
            await stall.grant()
            offer = stall.places[-1]
            assert (offer.side, offer.price, offer.post_only) == (SELL, 4600, True)
            resting = await stall.rest(offer)
            await stall.tree.advance(10 * SECOND)
            assert [each.order for each in stall.cancels] == [resting.order]
            await stall.end(resting)
            take = stall.places[-1]
            assert (take.side, take.price, take.size, take.post_only) == (SELL, 4500, shares(20), False)

        run_taker(script)

    def test_gives_the_market_up_in_flatten_where_nobody_bids_and_takes_it_back_when_somebody_does(self) -> None:
        """Others may hold what somebody does bid for."""

        async def script(stall: PeriodStall) -> None:
            await begin(stall, yes=20)
            await stall.see(0.44)
            await stall.grant()
            await stall.refuse(stall.places[-1])
            await stall.be_told(FLATTEN, for_s=20)
            await stall.tree.advance(10 * SECOND)
            for wish in stall.places[1:]:
                await stall.refuse(wish)
            await stall.tell(book(2, bid=0))
            assert len(stall.releases) == 1
            claims = len(stall.claims)
            await stall.tree.advance(TAKER.retry_after_ns)
            assert len(stall.claims) == claims
            await stall.tell(book(3))
            assert len(stall.claims) == claims + 1

        run_taker(script)

    def test_has_no_order_and_no_market_when_it_is_over(self) -> None:
        async def script(stall: PeriodStall) -> None:
            await begin(stall, yes=20)
            await stall.see(0.44)
            await stall.grant()
            await stall.refuse(stall.places[-1])
            await stall.be_told(DONE)
            assert len(stall.releases) == 1
            places = len(stall.places)
            await stall.tree.advance(10 * SECOND)
            assert len(stall.places) == places

        run_taker(script)


class TestDivergence:
    def test_waits_for_the_difference_to_last(self) -> None:
        async def script(stall: PeriodStall) -> None:
            await begin(stall)
            await stall.see(0.55)
            await stall.tree.advance(SECOND)
            await stall.see(0.55)
            assert stall.claims == []
            await stall.tree.advance(SECOND)
            assert len(stall.claims) == 1
            await stall.grant()
            (take,) = stall.places
            assert (take.outcome, take.side, take.price) == (YES, BUY, 4700)

        run_divergence(script)

    def test_begins_to_wait_anew_after_a_break(self) -> None:
        async def script(stall: PeriodStall) -> None:
            for pause in ("stale", "book", "closed"):
                await begin(stall)
                await stall.see(0.55)
                await stall.tree.advance(SECOND)
                if pause == "stale":
                    await stall.see(0.55, stale=True)
                elif pause == "book":
                    await stall.tell(BookOpened(GAME, "dirty"), book(2))
                else:
                    await stall.see(0.47)
                await stall.see(0.55)
                await stall.tree.advance(3 * SECOND // 2)
                assert stall.claims == [], pause
                await stall.see(0.47)

        run_divergence(script)

    def test_lets_go_when_it_has_closed(self) -> None:
        async def script(stall: PeriodStall) -> None:
            await begin(stall, yes=10)
            await stall.see(0.55)
            assert stall.places == []
            await stall.see(0.465)
            await stall.grant()
            (sale,) = stall.places
            assert (sale.outcome, sale.side, sale.price, sale.time_in_force) == (YES, SELL, 4500, TimeInForce.FAK)

        run_divergence(script)

    def test_lets_go_after_its_time_and_does_not_come_back_before_it_has_closed(self) -> None:
        async def script(stall: PeriodStall) -> None:
            await begin(stall, yes=10)
            for _ in range(60):
                await stall.see(0.55)
                await stall.tree.advance(SECOND)
            await stall.grant()
            sale = stall.places[-1]
            assert sale.side is SELL
            order = await stall.rest(sale)
            await stall.hold()
            await stall.end(order, OrderState.FILLED)
            placed = len(stall.places)
            for _ in range(10):
                await stall.see(0.55)
                await stall.tree.advance(SECOND)
            assert len(stall.places) == placed
            await stall.see(0.465)
            for _ in range(4):
                await stall.see(0.55)
                await stall.tree.advance(SECOND)
            await stall.grant()
            assert len(stall.places) == placed + 1
            assert stall.places[-1].side is BUY

        run_divergence(script)


MOVES = ["book", "open", "price", "stale", "unsure", "grant", "rest", "refuse", "cancelled", "filled", "hold", "wait"]


@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_whatever_happens_there_is_one_order_at_a_time_and_nothing_new_on_the_way_out(data: st.DataObject) -> None:
    chosen = data.draw(st.lists(st.sampled_from(MOVES), max_size=40))
    changes = data.draw(st.lists(st.integers(0, 40), min_size=3, max_size=3).map(sorted))
    is_taker = data.draw(st.booleans())

    async def script(stall: PeriodStall) -> None:
        await stall.be_told(ACTIVE, for_s=300)
        await stall.hold()
        state, yes, no = ACTIVE, 0, 0
        asked: dict[IntentId, Place] = {}
        orders: dict[OrderId, Order] = {}
        for number, move in enumerate(chosen, 1):
            while changes and number > changes[0]:
                changes.pop(0)
                state = {ACTIVE: WIND_DOWN, WIND_DOWN: FLATTEN}.get(state, DONE)
                await stall.be_told(state, 0.3 if state is WIND_DOWN else None, for_s=30)
            before = len(stall.places)
            match move:
                case "book":
                    bid = data.draw(st.integers(0, 98)) * 100
                    await stall.tell(book(number, bid, min(bid + data.draw(st.integers(1, 20)) * 100, 10_000)))
                case "open":
                    await stall.tell(BookOpened(GAME, "dirty"))
                case "price" | "stale" | "unsure":
                    fair = data.draw(st.floats(0, 1))
                    await stall.see(fair, stale=move == "stale", uncertain=move == "unsure")
                case "grant":
                    await stall.grant()
                case "rest" if asked:
                    wish = asked.pop(data.draw(st.sampled_from(sorted(asked))))
                    order = await stall.rest(wish)
                    orders[order.order] = order
                case "refuse" if asked:
                    await stall.refuse(asked.pop(data.draw(st.sampled_from(sorted(asked)))))
                case "cancelled" | "filled" if orders:
                    order = orders.pop(data.draw(st.sampled_from(sorted(orders))))
                    await stall.end(order, OrderState.FILLED if move == "filled" else OrderState.CANCELLED)
                case "hold":
                    yes, no = data.draw(st.integers(0, 30)), data.draw(st.integers(0, 30))
                    await stall.hold(yes, no)
                case "wait":
                    await stall.tree.advance(data.draw(st.integers(0, 4)) * SECOND)
            for wish in stall.places[before:]:
                asked[wish.intent] = wish
                assert wish.at_ns + wish.time_to_live_ns <= PERIOD.end_ms * MILLISECOND
                assert state is not DONE
                if wish.side is BUY:
                    assert state in (ACTIVE, WIND_DOWN)
                else:
                    assert wish.size <= shares(abs(yes - no))
                    assert wish.outcome is (YES if yes > no else NO)
            assert len(asked) + len(orders) <= 1

    (run_taker if is_taker else run_divergence)(script)
