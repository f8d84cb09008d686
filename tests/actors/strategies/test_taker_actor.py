"""The taker: a market only while there is something to do, one order at a time, and what it bought is sold again."""

from collections.abc import Awaitable, Callable

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.portfolio.bookkeeper import TellMarketPortfolio
from actors.strategies.taker import TAKER, Taker
from actors.strategies.taker_rules import TakerSettings
from messages.identity import OrderId, Tier
from messages.intents import Refusal, TimeInForce
from messages.market_data import BookOpened, Snapshot
from messages.orders import Order, OrderState
from messages.ownership import Claim, Refused, Release, Revoked
from messages.units import SHARE_SCALE, Price, Shares
from supervision.specs import SECOND
from supervision.testing import MILLISECOND
from tests.actors.actor_world import BUY, LEDGER_PATH, SELL, YES, heard, snapshot
from tests.actors.samples import ARBITRAGE, GAME, MAKER, market, shares
from tests.actors.strategies.strategy_stall import LEASE_NS, Stall, run_at_a_stall

SETTINGS = TakerSettings(
    order_size=shares(20),
    maximum_position=shares(50),
    minimum_edge=Price(20),
    push_at_full=Price(300),
    levels=3,
    lowest_price=Price(300),
    holding_ns=60 * SECOND,
    look_every_ns=200 * MILLISECOND,
    replace_min_age_ns=2 * SECOND,
    time_to_live_ns=30 * SECOND,
    retry_after_ns=SECOND,
)


def run(script: Callable[[Stall], Awaitable[None]], wishes: TakerSettings = SETTINGS) -> None:
    run_at_a_stall(lambda: Taker(market(), wishes), TAKER, Tier.DIRECTIONAL, script)


def worth_taking(number: int = 1) -> Snapshot:
    """Bids of 900 at 0.45, 100 offered at 0.47: YES is worth 0.492."""
    return snapshot({4500: 900}, {5300: 100}, number=number)


def balanced(number: int = 1) -> Snapshot:
    return snapshot({4500: 500}, {5300: 500}, number=number)


class TestTheLease:
    def test_is_claimed_when_there_is_something_to_take_and_not_before(self) -> None:
        async def script(stall: Stall) -> None:
            assert heard(stall.diary, LEDGER_PATH, TellMarketPortfolio) == [TellMarketPortfolio(GAME)]
            await stall.hold()
            await stall.tell(balanced())
            assert stall.claims == []
            await stall.tell(worth_taking(2), worth_taking(3))
            assert stall.claims == [Claim(GAME, TAKER, Tier.DIRECTIONAL)]
            assert stall.places == []

        run(script)

    def test_is_not_claimed_before_it_is_known_what_is_held(self) -> None:
        async def script(stall: Stall) -> None:
            await stall.tell(worth_taking())
            assert stall.claims == []

        run(script)

    def test_that_comes_too_late_is_released_at_once(self) -> None:
        async def script(stall: Stall) -> None:
            await stall.hold()
            await stall.tell(worth_taking(), balanced(2))
            await stall.grant()
            assert stall.places == []
            assert stall.releases == [Release(GAME, TAKER, stall.fencing)]
            # The market says that the lease is over also to who released it.
            await stall.tell(Revoked(stall.lease, "released"), worth_taking(3))
            await stall.tree.advance(SETTINGS.retry_after_ns)
            await stall.tell(worth_taking(4))
            assert len(stall.claims) == 2

        run(script)

    def test_is_not_lost_by_late_news_of_a_former_one(self) -> None:
        async def script(stall: Stall) -> None:
            await stall.hold()
            await stall.tell(worth_taking())
            await stall.grant()
            former = stall.lease
            await stall.refuse(stall.places[0])
            await stall.grant()
            await stall.tell(Revoked(former, "not renewed in time"))
            await stall.tree.advance(SETTINGS.retry_after_ns)
            await stall.tell(worth_taking(2))
            assert [each.fencing for each in stall.places] == [7, 8]

        run(script)

    def test_that_is_refused_is_claimed_again_after_the_delay_if_it_is_still_worth_it(self) -> None:
        async def script(stall: Stall) -> None:
            await stall.hold()
            await stall.tell(worth_taking(), Refused(GAME, TAKER, MAKER, Tier.MARKET_MAKING), worth_taking(2))
            assert len(stall.claims) == 1
            await stall.tree.advance(SETTINGS.retry_after_ns)
            assert len(stall.claims) == 2
            await stall.tell(Refused(GAME, TAKER, MAKER, Tier.MARKET_MAKING), balanced(3))
            await stall.tree.advance(SETTINGS.retry_after_ns)
            assert len(stall.claims) == 2

        run(script)

    def test_is_renewed_and_kept_until_what_was_bought_is_sold(self) -> None:
        async def script(stall: Stall) -> None:
            await stall.hold()
            await stall.tell(worth_taking())
            await stall.grant()
            order = await stall.rest(stall.places[0])
            await stall.hold(yes=20)
            await stall.end(order, OrderState.FILLED)
            await stall.tree.advance(LEASE_NS // 2)
            assert len(stall.claims) == 2
            assert stall.releases == []
            await stall.tell(balanced(2))
            sale = await stall.rest(stall.places[-1])
            assert stall.releases == []
            await stall.hold(yes=0)
            await stall.end(sale, OrderState.FILLED)
            assert stall.releases == [Release(GAME, TAKER, stall.fencing)]

        run(script, evolve(SETTINGS, maximum_position=shares(20)))

    def test_that_is_lost_ends_all_acts(self) -> None:
        async def script(stall: Stall) -> None:
            await stall.hold()
            await stall.tell(worth_taking())
            await stall.grant()
            await stall.refuse(stall.places[0], Refusal.NOT_OWNER)
            await stall.tell(Revoked(stall.lease, f"preempted by {ARBITRAGE}"), worth_taking(2))
            await stall.tree.advance(SETTINGS.retry_after_ns)
            await stall.tell(worth_taking(3))
            assert len(stall.places) == 1
            assert len(stall.claims) == 2
            await stall.grant()
            assert [each.fencing for each in stall.places] == [7, 8]

        run(script)


class TestOrders:
    def test_take_the_best_offer_and_say_why(self) -> None:
        async def script(stall: Stall) -> None:
            await stall.hold()
            await stall.tell(worth_taking(4))
            await stall.grant()
            (wish,) = stall.places
            assert (wish.outcome, wish.side, wish.price, wish.size) == (YES, BUY, 4700, shares(20))
            assert (wish.time_in_force, wish.post_only) == (TimeInForce.FAK, False)
            assert (wish.strategy, wish.fencing, wish.snapshot.number) == (TAKER, 7, 4)
            assert wish.edge >= SETTINGS.minimum_edge
            assert wish.risk_cost == 9_400_000
            assert "0.4920" in wish.rationale

        run(script)

    def test_are_one_at_a_time_and_stop_at_the_limit(self) -> None:
        async def script(stall: Stall) -> None:
            await stall.hold()
            await stall.tell(worth_taking())
            await stall.grant()
            await stall.tell(worth_taking(2))
            for bought in (20, 40, 50):
                order = await stall.rest(stall.places[-1])
                await stall.tell(worth_taking(3))
                await stall.hold(yes=bought)
                await stall.end(order, OrderState.FILLED)
            await stall.tell(worth_taking(4))
            assert [each.size for each in stall.places] == [shares(20), shares(20), shares(10)]

        run(script)

    def test_are_not_made_on_a_book_that_opened(self) -> None:
        async def script(stall: Stall) -> None:
            await stall.hold()
            await stall.tell(worth_taking(), BookOpened(GAME, "dirty"))
            await stall.grant()
            assert stall.places == []

        run(script)

    def test_that_were_rejected_are_not_asked_for_again_at_once(self) -> None:
        async def script(stall: Stall) -> None:
            await stall.hold()
            await stall.tell(worth_taking())
            await stall.grant()
            order = await stall.rest(stall.places[0])
            await stall.end(order, OrderState.REJECTED)
            await stall.tell(worth_taking(2))
            assert len(stall.places) == 1
            await stall.tree.advance(SETTINGS.retry_after_ns)
            assert len(stall.places) == 2

        run(script)


class TestWhatWasBought:
    def test_is_offered_when_the_edge_is_gone_and_sold_to_the_bid_when_its_time_is_over(self) -> None:
        async def script(stall: Stall) -> None:
            await stall.hold(yes=20)
            await stall.tell(balanced())
            await stall.grant()
            (offer,) = stall.places
            assert (offer.side, offer.price, offer.post_only) == (SELL, 4600, True)
            assert offer.time_in_force is TimeInForce.GTD
            order = await stall.rest(offer)
            await stall.tree.advance(SETTINGS.holding_ns)
            assert [each.order for each in stall.cancels] == [order.order]
            await stall.end(order)
            sale = stall.places[-1]
            assert (sale.side, sale.price, sale.size) == (SELL, 4500, shares(20))
            assert (sale.time_in_force, sale.post_only) == (TimeInForce.FAK, False)

        run(script)

    def test_is_sold_only_as_far_as_it_is_settled(self) -> None:
        async def script(stall: Stall) -> None:
            await stall.hold(yes=20, unsettled_yes=20)
            await stall.tell(balanced())
            await stall.grant()
            assert stall.places == []
            assert stall.releases == []
            await stall.hold(yes=20, unsettled_yes=12)
            assert [each.size for each in stall.places] == [shares(8)]

        run(script)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_it_never_has_two_orders_nor_more_than_it_may_whatever_happens(data: st.DataObject) -> None:
    """A market that grants, revokes, refuses, fills in part and in full, in any order."""
    moves = st.sampled_from(["book", "open", "write", "refuse", "fill", "kill", "grant", "revoke", "settle", "wait"])
    chosen = data.draw(st.lists(moves, max_size=40))

    async def script(stall: Stall) -> None:
        await stall.hold()
        held = {YES: 0}
        settled = 0
        asked: list[int] = []
        working: dict[OrderId, Order] = {}
        owned = closed = False
        for number, move in enumerate(chosen, 2):
            before = len(stall.places)
            match move:
                case "book":
                    bid = data.draw(st.integers(10, 80)) * 100
                    sizes = data.draw(st.tuples(st.integers(5, 900), st.integers(5, 900)))
                    closed = True
                    await stall.tell(snapshot({bid: sizes[0]}, {9800 - bid: sizes[1]}, number=number))
                case "open":
                    closed = False
                    await stall.tell(BookOpened(GAME, "dirty"))
                case "write" if asked:
                    order = await stall.rest(stall.places[asked.pop()])
                    working[order.order] = order
                case "refuse" if asked:
                    await stall.refuse(stall.places[asked.pop()])
                case "fill" | "kill" if working:
                    order = working.popitem()[1]
                    part = order.size if move == "fill" else Shares(order.size // (2 * SHARE_SCALE) * SHARE_SCALE)
                    moved = part if order.side is BUY else -part
                    if order.outcome is YES:
                        held[YES] += moved
                        settled = min(settled, held[YES]) if moved < 0 else settled
                        await stall.hold(held[YES] // SHARE_SCALE, unsettled_yes=(held[YES] - settled) // SHARE_SCALE)
                    await stall.end(order, OrderState.FILLED if move == "fill" else OrderState.CANCELLED, part)
                case "grant":
                    owned = True
                    await stall.grant()
                case "revoke":
                    owned = False
                    await stall.tell(Revoked(stall.lease, "preempted"))
                case "settle":
                    settled = held[YES]
                    await stall.hold(held[YES] // SHARE_SCALE)
                case "wait":
                    await stall.tree.advance(data.draw(st.integers(0, 40)) * SECOND)
            for index in range(before, len(stall.places)):
                wish = stall.places[index]
                assert owned
                assert closed
                assert wish.fencing == stall.fencing
                asked.append(index)
                if wish.outcome is YES and wish.side is BUY:
                    assert held[YES] + wish.size <= SETTINGS.maximum_position
                if wish.outcome is YES and wish.side is SELL:
                    assert wish.size <= settled
            assert len(asked) + len(working) <= 1
            owned = owned and not any(each.fencing == stall.fencing for each in stall.releases)

    run(script)
