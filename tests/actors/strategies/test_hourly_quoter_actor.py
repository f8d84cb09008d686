"""The quoter of periods: quotes while session and prices let it, gets out when they do not, and leaves nothing."""

from collections.abc import Awaitable, Callable

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.portfolio.bookkeeper import TellMarketPortfolio
from actors.risk.session import TellSession
from actors.strategies.hourly_quoter import HOURLY_QUOTER, HourlyQuoter, HourlyQuoterState
from actors.strategies.hourly_quoter_settings import HourlyQuoterSettings
from actors.strategies.stance import Aim
from messages.identity import IntentId, Lease, OrderId, Tier
from messages.intents import Place, TimeInForce
from messages.market_data import BookOpened, Snapshot
from messages.orders import Order, OrderChanged, OrderState
from messages.ownership import Claim, Revoked
from messages.pricing import FOLLOWED_FOR_NS, FollowPrices, NoPrices
from messages.sessions import SessionState
from messages.units import Price
from supervision.specs import SECOND
from supervision.testing import MILLISECOND
from tests.actors.actor_world import BUY, LEDGER_PATH, MARKET_PATH, NO, SELL, YES, heard, snapshot
from tests.actors.samples import GAME, shares
from tests.actors.session_world import PERIOD, QUOTER_PATH, SERIES, SESSION_PATH, period_market, prices
from tests.actors.strategies.period_stall import PeriodStall, run_at_a_period_stall

SETTINGS = HourlyQuoterSettings()
BOOT, ACTIVE, WIND_DOWN, FLATTEN, DONE = SessionState
Script = Callable[[PeriodStall], Awaitable[None]]


def run(script: Script, wishes: HourlyQuoterSettings = SETTINGS) -> None:
    def create() -> HourlyQuoter:
        return HourlyQuoter(period_market(), wishes)

    run_at_a_period_stall(create, QUOTER_PATH, HOURLY_QUOTER, Tier.MARKET_MAKING, script)


def book(number: int = 1, bid: int = 4500, ask: int = 5500) -> Snapshot:
    return snapshot({bid: 100} if bid else {}, {10_000 - ask: 100} if ask < 10_000 else {}, number=number)


def shown(stall: PeriodStall) -> HourlyQuoterState:
    actor = stall.tree.cell(QUOTER_PATH).actor
    assert actor is not None
    state = actor.describe()
    assert isinstance(state, HourlyQuoterState)
    return state


async def quote(stall: PeriodStall) -> tuple[Order, Order]:
    """Both sides rest around 0.50."""
    await stall.grant()
    await stall.hold()
    await stall.tell(book())
    await stall.be_told(ACTIVE, for_s=200)
    await stall.see()
    bid, ask = stall.places
    return await stall.rest(bid), await stall.rest(ask)


class TestTheStart:
    def test_claims_the_market_and_asks_for_session_prices_and_portfolio(self) -> None:
        async def script(stall: PeriodStall) -> None:
            assert stall.claims[0] == Claim(GAME, HOURLY_QUOTER, Tier.MARKET_MAKING)
            assert heard(stall.diary, SESSION_PATH, TellSession) == [TellSession()]
            assert stall.follows[0] == FollowPrices(SERIES)
            assert heard(stall.diary, LEDGER_PATH, TellMarketPortfolio) == [TellMarketPortfolio(GAME)]

        run(script)

    def test_follows_on_before_it_is_forgotten(self) -> None:
        async def script(stall: PeriodStall) -> None:
            before = len(stall.follows)
            await stall.tree.advance(FOLLOWED_FOR_NS)
            assert len(stall.follows) >= before + 3

        run(script)

    def test_quotes_only_with_lease_book_session_and_prices(self) -> None:
        async def script(stall: PeriodStall) -> None:
            await stall.see()
            await stall.tell(book())
            await stall.hold()
            await stall.be_told(ACTIVE)
            assert stall.places == []
            await stall.grant()
            assert [(each.outcome, each.side, each.price) for each in stall.places] == [
                (YES, BUY, 4800),
                (NO, BUY, 4800),
            ]

        run(script)

    def test_does_nothing_before_the_session_is_active(self) -> None:
        async def script(stall: PeriodStall) -> None:
            await stall.grant()
            await stall.be_told(BOOT)
            await stall.hold(yes=40)
            await stall.tell(book())
            await stall.see()
            assert stall.places == []

        run(script)


class TestQuotes:
    def test_are_post_only_name_their_reasons_and_end_by_themselves(self) -> None:
        async def script(stall: PeriodStall) -> None:
            await quote(stall)
            for place in stall.places:
                assert place.post_only
                assert place.time_in_force is TimeInForce.GTD
                assert place.time_to_live_ns == SETTINGS.time_to_live_ns
                assert "fair 0.5000" in place.rationale
                assert place.edge >= SETTINGS.minimum_edge

        run(script)

    def test_follow_the_fair_value(self) -> None:
        async def script(stall: PeriodStall) -> None:
            bid, _ = await quote(stall)
            await stall.tree.advance(SETTINGS.replace_min_age_ns)
            await stall.see(0.47)
            assert bid.order in [each.order for each in stall.cancels] or stall.places[-1].replaces is not None

        run(script)

    def test_widen_where_the_fair_value_is_uncertain(self) -> None:
        async def script(stall: PeriodStall) -> None:
            orders = await quote(stall)
            await stall.see(uncertain=True)
            assert {each.order for each in stall.cancels} == {each.order for each in orders}
            for order in orders:
                await stall.end(order)
            assert {each.price for each in stall.places[2:]} == {4600}

        run(script)

    def test_are_not_looked_at_for_every_price_but_in_time(self) -> None:
        async def script(stall: PeriodStall) -> None:
            await quote(stall)
            stall.diary.forget()
            for seq in range(10, 15):
                await stall.tell(prices(0.40, seq=seq))
            assert len(stall.cancels) <= 2
            await stall.tree.advance(SETTINGS.look_every_ns)
            assert stall.cancels != []

        run(script)

    def test_an_older_price_changes_nothing(self) -> None:
        async def script(stall: PeriodStall) -> None:
            await quote(stall)
            await stall.see(0.5)
            await stall.tree.advance(SECOND)
            await stall.tell(prices(0.30, seq=1))
            assert shown(stall).fair == 5000

        run(script)


class TestWithoutAFairValue:
    def test_what_rests_is_cancelled_and_nothing_new_is_quoted(self) -> None:
        async def script(stall: PeriodStall) -> None:
            bid, ask = await quote(stall)
            await stall.see(stale=True)
            assert {each.order for each in stall.cancels} == {bid.order, ask.order}
            await stall.end(bid)
            await stall.end(ask)
            assert len(stall.places) == 2
            assert shown(stall).aim is Aim.REDUCE

        run(script)

    def test_prices_that_stop_count_as_none_without_any_message(self) -> None:
        async def script(stall: PeriodStall) -> None:
            bid, ask = await quote(stall)
            await stall.tree.advance(SETTINGS.oldest_prices_ns + SETTINGS.look_every_ns)
            assert {each.order for each in stall.cancels} == {bid.order, ask.order}

        run(script)

    def test_prices_of_the_next_period_or_none_at_all_count_as_none(self) -> None:
        async def script(stall: PeriodStall) -> None:
            await quote(stall)
            await stall.tree.advance(SECOND)
            await stall.tell(prices(seq=99, period=PERIOD.following))
            assert shown(stall).aim is Aim.REDUCE
            await stall.see()
            stall.seq = 100
            await stall.see()
            assert shown(stall).aim is Aim.TRADE
            await stall.tell(NoPrices(SERIES, "gone"))
            assert shown(stall).aim is Aim.REDUCE

        run(script)

    def test_what_is_held_is_offered(self) -> None:
        async def script(stall: PeriodStall) -> None:
            bid, ask = await quote(stall)
            await stall.end(bid, OrderState.FILLED)
            await stall.hold(yes=20)
            await stall.see(stale=True)
            await stall.end(ask)
            sale = stall.places[-1]
            assert (sale.outcome, sale.side, sale.price, sale.size) == (YES, SELL, 5500, shares(20))
            assert sale.post_only

        run(script)


class TestWindDown:
    def test_shrinks_sizes_and_lives(self) -> None:
        async def script(stall: PeriodStall) -> None:
            bid, ask = await quote(stall)
            await stall.be_told(WIND_DOWN, 0.5, for_s=25)
            await stall.see()
            for order in (bid, ask):
                await stall.end(order)
            for place in stall.places[2:]:
                assert place.size <= shares(10)
                assert place.time_to_live_ns < SETTINGS.time_to_live_ns

        run(script)

    def test_ends_each_order_before_flatten_begins(self) -> None:
        async def script(stall: PeriodStall) -> None:
            await stall.grant()
            await stall.hold()
            await stall.tell(book())
            await stall.be_told(WIND_DOWN, 0.0, for_s=10)
            await stall.see()
            assert stall.places != []
            for place in stall.places:
                assert place.at_ns + place.time_to_live_ns <= stall.began_ns + 10 * SECOND

        run(script)


class TestFlatten:
    def test_offers_first_and_takes_then_what_is_left(self) -> None:
        async def script(stall: PeriodStall) -> None:
            bid, ask = await quote(stall)
            await stall.end(bid, OrderState.FILLED)
            await stall.end(ask)
            await stall.hold(yes=20)
            for wish in stall.places[2:]:
                await stall.refuse(wish)
            stall.diary.forget()
            await stall.be_told(FLATTEN, for_s=8)
            await stall.tree.advance(SETTINGS.retry_after_ns)
            offer = stall.places[-1]
            assert (offer.outcome, offer.side, offer.price, offer.post_only) == (YES, SELL, 5400, True)
            resting = await stall.rest(offer)
            await stall.tree.advance(3 * SECOND)
            assert stall.cancels[-1].order == resting.order
            assert stall.places[-1] == offer, "nothing is taken while something rests"
            await stall.end(resting)
            take = stall.places[-1]
            assert (take.side, take.price, take.size) == (SELL, 4500, shares(20))
            assert take.time_in_force is TimeInForce.FAK
            assert not take.post_only

        run(script)

    def test_does_not_go_before_its_own_offer(self) -> None:
        async def script(stall: PeriodStall) -> None:
            await stall.grant()
            await stall.be_told(FLATTEN, for_s=200)
            await stall.hold(yes=20)
            await stall.tell(book())
            (offer,) = stall.places
            await stall.rest(offer)
            with_ours = snapshot({4500: 100}, {4600: 20, 4500: 100}, number=2)
            assert with_ours.best_ask == offer.price
            await stall.tree.advance(3 * SECOND)
            await stall.tell(with_ours)
            assert (stall.places, stall.cancels) == ([offer], [])
            await stall.tell(snapshot({4500: 100}, {4600: 50, 4500: 100}, number=3))
            assert [each.price for each in stall.places] == [5400, 5300]

        run(script, evolve(SETTINGS, replace_min_ticks=1))

    def test_takes_again_what_the_bids_could_not_bear_and_not_twice_at_once(self) -> None:
        async def script(stall: PeriodStall) -> None:
            await stall.grant()
            await stall.hold(yes=40)
            await stall.tell(book())
            await stall.be_told(FLATTEN, for_s=20)
            for offer in stall.places:
                await stall.refuse(offer)
            await stall.tree.advance(12 * SECOND)
            stall.diary.forget()
            await stall.tell(book(2))
            asked = len(stall.places)
            await stall.tell(book(3))
            assert len(stall.places) == asked <= 1

        run(script)

    def test_needs_no_prices(self) -> None:
        async def script(stall: PeriodStall) -> None:
            await stall.grant()
            await stall.hold(no=20)
            await stall.tell(book())
            await stall.be_told(FLATTEN)
            assert [(each.outcome, each.side) for each in stall.places] == [(NO, SELL)]

        run(script)


def test_when_it_is_over_the_market_is_given_up_for_good() -> None:
    async def script(stall: PeriodStall) -> None:
        await quote(stall)
        claims = len(stall.claims)
        await stall.be_told(DONE)
        assert len(stall.releases) == 1
        await stall.tell(Revoked(lease=stall_lease(stall), reason="released"))
        await stall.tree.advance(10 * SECOND)
        assert len(stall.claims) == claims
        places = len(stall.places)
        await stall.see()
        await stall.tell(book(9))
        assert len(stall.places) == places

    run(script)


def stall_lease(stall: PeriodStall) -> Lease:
    return Lease(GAME, HOURLY_QUOTER, Tier.MARKET_MAKING, stall.fencing)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_whatever_happens_no_order_outlives_the_end_adds_risk_on_the_way_out_or_doubles(data: st.DataObject) -> None:
    moves = ["book", "open", "price", "stale", "unsure", "rest", "refuse", "cancelled", "filled", "hold", "wait"]
    chosen = data.draw(st.lists(st.sampled_from(moves), max_size=40))
    chosen_states = data.draw(st.lists(st.integers(0, 40), min_size=3, max_size=3).map(sorted))

    async def script(stall: PeriodStall) -> None:
        await stall.grant()
        await stall.hold()
        await stall.be_told(ACTIVE, for_s=300)
        state, yes, no = ACTIVE, 0, 0
        asked: dict[IntentId, Place] = {}
        orders: dict[OrderId, Order] = {}
        for number, move in enumerate(chosen, 1):
            while chosen_states and number > chosen_states[0]:
                chosen_states.pop(0)
                state = {ACTIVE: WIND_DOWN, WIND_DOWN: FLATTEN}.get(state, DONE)
                await stall.be_told(state, 0.3 if state is WIND_DOWN else None, for_s=30)
            before = len(stall.places)
            match move:
                case "book":
                    bid = data.draw(st.integers(0, 98)) * 100
                    ask = bid + data.draw(st.integers(1, 20)) * 100
                    await stall.tell(book(number, bid, min(ask, 10_000)))
                case "open":
                    await stall.tell(BookOpened(GAME, "dirty"))
                case "price" | "stale" | "unsure":
                    fair = data.draw(st.floats(0, 1))
                    await stall.see(fair, stale=move == "stale", uncertain=move == "unsure")
                case "rest" if asked:
                    wish = asked.pop(data.draw(st.sampled_from(sorted(asked))))
                    if wish.replaces in orders:
                        await stall.end(orders.pop(wish.replaces))
                    order = await stall.rest(wish)
                    orders[order.order] = order
                case "refuse" if asked:
                    await stall.refuse(asked.pop(data.draw(st.sampled_from(sorted(asked)))))
                case "cancelled" | "filled" if orders:
                    order = orders.pop(data.draw(st.sampled_from(sorted(orders))))
                    await stall.end(order, OrderState.FILLED if move == "filled" else OrderState.CANCELLED)
                case "hold":
                    yes, no = data.draw(st.integers(0, 100)), data.draw(st.integers(0, 100))
                    await stall.hold(yes, no)
                case "wait":
                    await stall.tree.advance(data.draw(st.integers(0, 4)) * SECOND)
            for wish in stall.places[before:]:
                asked[wish.intent] = wish
                assert wish.at_ns + wish.time_to_live_ns <= PERIOD.end_ms * MILLISECOND
                assert state is not DONE
                if state is FLATTEN:
                    assert wish.side is SELL
                    assert wish.size <= shares(abs(yes - no))
                    assert (wish.outcome is YES) == (yes > no)
            replaced = {each.replaces for each in asked.values()}
            alive: list[Place | Order] = [
                *asked.values(),
                *(each for each in orders.values() if each.order not in replaced),
            ]
            sides = [(each.outcome is YES) == (each.side is BUY) for each in alive]
            assert len(sides) == len(set(sides)), "two orders on one side"

    run(script)


def test_a_new_life_claims_and_asks_again() -> None:
    async def script(stall: PeriodStall) -> None:
        await quote(stall)
        stall.diary.forget()
        stall.tree.kill(QUOTER_PATH)
        await stall.tree.settle()
        assert len(stall.claims) == 1
        assert heard(stall.diary, SESSION_PATH, TellSession) == [TellSession()]
        assert heard(stall.diary, MARKET_PATH, Place) == []

    run(script)


def test_levels_rest_side_by_side_and_news_of_one_leave_the_others() -> None:
    async def script(stall: PeriodStall) -> None:
        await stall.grant()
        await stall.hold()
        await stall.tell(book())
        await stall.be_told(ACTIVE, for_s=200)
        await stall.see()
        assert [each.price for each in stall.places] == [4800, 4600, 4800, 4600]
        orders = [await stall.rest(each) for each in stall.places]
        await stall.tell(OrderChanged(orders[0], OrderState.CANCELLED, shares(0), "", 1))
        assert [each.price for each in stall.places[4:]] == [4800]
        assert stall.cancels == []

    run(script, evolve(SETTINGS, levels=2, level_ticks=2, replace_min_ticks=1, minimum_edge=Price(50)))
