"""The maker: one order a side, only with a lease, only on a closed book; and it comes back from every refusal."""

from collections.abc import Awaitable, Callable

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.portfolio.bookkeeper import TellMarketPortfolio
from actors.strategies.maker import Maker, MakerState
from actors.strategies.maker_quotes import MakerSettings
from actors.strategies.quote_slot import Asked, Cancelling, Empty, Resting
from messages.identity import IntentId, Lease, OrderId, Outcome, Tier
from messages.intents import Cancel, Gate, IntentRefused, Place, Refusal, TimeInForce
from messages.market_data import BookOpened, Snapshot
from messages.markets import Market
from messages.orders import Order, OrderChanged, OrderState
from messages.ownership import Claim, Granted, Refused, Revoked
from messages.portfolio import MarketPortfolio, PortfolioChanged, Position, Wallet
from messages.units import Cash, Shares
from supervision.specs import SECOND
from supervision.testing import MILLISECOND, ORIGIN_NS, Diary, Tree, run_tree
from tests.actors.actor_world import (
    BUY,
    LEDGER_PATH,
    MAKER_PATH,
    MAKER_SETTINGS,
    MARKET_PATH,
    NO,
    SELL,
    YES,
    heard,
    snapshot,
    world,
)
from tests.actors.samples import ARBITRAGE, GAME, MAKER, changed, dollars, market, order_of, shares

SETTINGS = MAKER_SETTINGS
LEASE_NS = 30 * SECOND
Script = Callable[["Stall"], Awaitable[None]]


def lease(fencing: int = 7) -> Lease:
    return Lease(GAME, MAKER, Tier.MARKET_MAKING, fencing)


def holding(yes: int = 0, no: int = 0) -> PortfolioChanged:
    where = Position(GAME, MAKER, shares(yes), shares(no))
    portfolio = MarketPortfolio(GAME, 1, (where,), (), Cash(0), Shares(0), Shares(0))
    return PortfolioChanged(portfolio, Wallet(dollars(1000), dollars(1000), Cash(0)))


def book(bid: int = 4500, ask: int = 4700, number: int = 1) -> Snapshot:
    return snapshot({bid: 1000, bid - 100: 1000}, {10_000 - ask: 1000, 9_900 - ask: 1000}, number=number)


class Stall:
    """A maker with probes around it, and the orders that the venue would have."""

    def __init__(self, tree: Tree, diary: Diary) -> None:
        self.tree = tree
        self.diary = diary
        self.made = 0

    async def tell(self, *messages: object) -> None:
        self.tree.tell(MAKER_PATH, *messages)
        await self.tree.settle()

    async def grant(self, fencing: int = 7) -> None:
        await self.tell(Granted(lease(fencing), self.tree.clock.now_ns() + LEASE_NS))

    async def rest(self, wish: Place) -> Order:
        """The intent became an order and rests."""
        self.made += 1
        order = order_of(wish, f"o{self.made}", self.tree.clock.now_ns())
        await self.tell(changed(order, OrderState.WRITTEN), changed(order, OrderState.LIVE))
        return order

    async def quote_both_sides(self) -> tuple[Order, Order]:
        await self.grant()
        await self.tell(book())
        bid, ask = self.places
        return await self.rest(bid), await self.rest(ask)

    async def refuse(self, intent: IntentId, refusal: Refusal = Refusal.MODE) -> None:
        now_ns = self.tree.clock.now_ns()
        await self.tell(IntentRefused(intent, MAKER, GAME, Gate.GOVERNOR, refusal, "", now_ns))

    @property
    def places(self) -> list[Place]:
        return heard(self.diary, MARKET_PATH, Place)

    @property
    def cancels(self) -> list[Cancel]:
        return heard(self.diary, MARKET_PATH, Cancel)

    @property
    def claims(self) -> int:
        return len(heard(self.diary, MARKET_PATH, Claim))

    @property
    def state(self) -> MakerState:
        actor = self.tree.cell(MAKER_PATH).actor
        assert actor is not None
        state = actor.describe()
        assert isinstance(state, MakerState)
        return state


def run(script: Script, listing: Market | None = None, wishes: MakerSettings = SETTINGS) -> None:
    diary = Diary()

    async def at_the_stall(tree: Tree) -> None:
        await script(Stall(tree, diary))

    run_tree(world(diary, {MAKER_PATH: lambda: Maker(listing or market(), wishes)}), at_the_stall)


class TestTheLease:
    def test_is_claimed_first_of_all_with_the_portfolio_asked_for(self) -> None:
        async def script(stall: Stall) -> None:
            assert stall.diary.received(MARKET_PATH) == [Claim(GAME, MAKER, Tier.MARKET_MAKING)]
            assert heard(stall.diary, LEDGER_PATH, TellMarketPortfolio) == [TellMarketPortfolio(GAME)]

        run(script)

    def test_is_renewed_well_before_it_ends(self) -> None:
        async def script(stall: Stall) -> None:
            for _ in range(5):
                before = stall.claims
                await stall.grant()
                await stall.tree.advance(LEASE_NS - 1)
                assert stall.claims > before

        run(script)

    def test_that_is_refused_is_claimed_again_after_the_delay(self) -> None:
        async def script(stall: Stall) -> None:
            await stall.tell(Refused(GAME, MAKER, ARBITRAGE, Tier.ARBITRAGE))
            await stall.tree.advance(SETTINGS.retry_after_ns - 1)
            assert stall.claims == 1
            await stall.tree.advance(1)
            assert stall.claims == 2

        run(script)

    def test_is_needed_for_any_act(self) -> None:
        async def script(stall: Stall) -> None:
            await stall.tell(book(), book(4600, 4800, 2))
            assert stall.places == []
            await stall.grant()
            assert len(stall.places) == 2

        run(script)

    def test_that_is_lost_ends_all_acts_until_it_is_regained_and_then_its_new_number_counts(self) -> None:
        async def script(stall: Stall) -> None:
            bid, ask = await stall.quote_both_sides()
            await stall.tell(Revoked(lease(), "preempted"))
            for order in (bid, ask):
                await stall.tell(changed(order, OrderState.CANCELLING), changed(order, OrderState.CANCELLED))
            await stall.tell(book(4600, 4800, 2))
            assert len(stall.places) == 2
            assert stall.cancels == []
            await stall.grant(9)
            assert [each.fencing for each in stall.places] == [7, 7, 9, 9]
            assert {each.snapshot.number for each in stall.places[2:]} == {2}

        run(script)


class TestTheBook:
    def test_that_opens_is_not_decided_on_any_more(self) -> None:
        async def script(stall: Stall) -> None:
            await stall.tell(book(), BookOpened(GAME, "dirty"))
            await stall.grant()
            assert stall.places == []
            await stall.tell(book(number=2))
            assert [each.snapshot.number for each in stall.places] == [2, 2]

        run(script)

    def test_with_one_side_is_not_quoted_and_what_rests_is_cancelled(self) -> None:
        async def script(stall: Stall) -> None:
            bid, ask = await stall.quote_both_sides()
            await stall.tell(snapshot(no={}, number=2))
            assert [each.order for each in stall.cancels] == [bid.order, ask.order]
            assert stall.state.last_reason_not_to_quote is not None

        run(script)


class TestOrders:
    def test_say_who_wants_them_on_what_book_by_what_right_and_why(self) -> None:
        async def script(stall: Stall) -> None:
            await stall.grant()
            await stall.tell(book(number=3))
            assert [(each.outcome, each.side) for each in stall.places] == [(YES, BUY), (NO, BUY)]
            for place in stall.places:
                assert (place.strategy, place.fencing, place.snapshot.number) == (MAKER, 7, 3)
                assert place.post_only
                assert place.time_in_force is TimeInForce.GTD
                assert place.time_to_live_ns == SETTINGS.time_to_live_ns
                assert "fair 0.4600" in place.rationale
                assert place.edge >= SETTINGS.minimum_edge
                assert place.risk_cost > 0

        run(script)

    def test_that_are_asked_for_or_rest_are_not_asked_for_again(self) -> None:
        async def script(stall: Stall) -> None:
            await stall.grant()
            await stall.tell(book(), book(number=2))
            assert len(stall.places) == 2
            bid, ask = stall.places
            await stall.rest(bid)
            await stall.rest(ask)
            await stall.tell(book(number=3))
            assert len(stall.places) == 2
            assert stall.cancels == []

        run(script)

    def test_at_a_loss_are_cancelled_first_and_placed_when_they_are_gone(self) -> None:
        async def script(stall: Stall) -> None:
            bid, _ = await stall.quote_both_sides()
            await stall.tell(book(4200, 4400, 2))
            assert [each.order for each in stall.cancels] == [bid.order]
            await stall.tell(book(4200, 4400, 3))
            assert len(stall.places) == 2
            await stall.tell(changed(bid, OrderState.CANCELLED))
            assert [each.price for each in stall.places[2:]] == [4200]

        run(script)

    def test_that_should_be_elsewhere_are_replaced_with_what_is_known_of_their_fills(self) -> None:
        async def script(stall: Stall) -> None:
            _, ask = await stall.quote_both_sides()
            await stall.tree.advance(SETTINGS.replace_min_age_ns)
            await stall.tell(changed(ask, OrderState.PARTIALLY_FILLED, shares(10)))
            await stall.tell(book(4200, 4400, 4))
            replacing = stall.places[-1]
            assert (replacing.outcome, replacing.replaces, replacing.replaced_filled) == (NO, ask.order, shares(10))
            assert ask.order not in [each.order for each in stall.cancels]
            await stall.tell(book(4200, 4400, 5))
            assert stall.places[-1] == replacing
            await stall.tell(changed(ask, OrderState.CANCELLED, shares(10)))
            await stall.rest(replacing)
            await stall.tell(book(4200, 4400, 6))
            assert stall.places[-1] == replacing

        run(script)

    def test_that_could_not_be_replaced_are_cancelled(self) -> None:
        async def script(stall: Stall) -> None:
            _, ask = await stall.quote_both_sides()
            await stall.tree.advance(SETTINGS.replace_min_age_ns)
            await stall.tell(book(4200, 4400, 4))
            await stall.refuse(stall.places[-1].intent, Refusal.MARKET_LIMIT)
            await stall.tell(book(4200, 4400, 5))
            assert ask.order in [each.order for each in stall.cancels]

        run(script)

    def test_that_are_filled_are_followed_by_the_sale_of_what_was_bought(self) -> None:
        async def script(stall: Stall) -> None:
            bid, ask = await stall.quote_both_sides()
            await stall.tell(holding(yes=50), changed(bid, OrderState.FILLED, bid.size))
            assert [each.order for each in stall.cancels] == [ask.order]
            await stall.tell(changed(ask, OrderState.CANCELLED))
            sale = stall.places[-1]
            assert (sale.outcome, sale.side, sale.size) == (YES, SELL, shares(50))

        run(script)

    def test_that_wait_for_the_budget_are_placed_when_there_is_some_without_another_book(self) -> None:
        async def script(stall: Stall) -> None:
            await stall.grant()
            await stall.tell(book())
            assert len(stall.places) == 1
            await stall.rest(stall.places[0])
            await stall.tree.advance(SECOND)
            assert len(stall.places) == 2

        run(script, wishes=evolve(SETTINGS, mutations_per_second=2))

    def test_are_not_asked_for_without_the_cash_for_them(self) -> None:
        async def script(stall: Stall) -> None:
            await stall.grant()
            poor = Wallet(dollars(1000), dollars(1000), dollars(970))
            await stall.tell(evolve(holding(), wallet=poor), book())
            # 22.50 for the bid, and 26.50 more for the ask.
            assert [each.outcome for each in stall.places] == [YES]
            await stall.tell(holding(), book(number=2))
            assert [each.outcome for each in stall.places] == [YES, NO]

        run(script)

    def test_live_shorter_near_the_end_of_the_market(self) -> None:
        async def script(stall: Stall) -> None:
            await stall.grant()
            await stall.tell(book())
            assert {each.time_to_live_ns for each in stall.places} == {SETTINGS.time_to_live_near_end_ns}

        run(script, listing=evolve(market(), end_ms=ORIGIN_NS // MILLISECOND + 100_000))


class TestARefusal:
    def test_is_heeded_for_the_delay_and_no_longer(self) -> None:
        async def script(stall: Stall) -> None:
            await stall.grant()
            await stall.tell(book())
            for wish in stall.places:
                await stall.refuse(wish.intent)
            await stall.tree.advance(SETTINGS.retry_after_ns - MILLISECOND)
            await stall.tell(book(number=2))
            assert len(stall.places) == 2
            await stall.tree.advance(MILLISECOND)
            await stall.tell(book(number=3))
            assert len(stall.places) == 4
            assert len({each.intent for each in stall.places}) == 4

        run(script)

    def test_of_one_side_does_not_touch_the_other(self) -> None:
        async def script(stall: Stall) -> None:
            await stall.grant()
            await stall.tell(book())
            await stall.refuse(stall.places[0].intent)
            assert isinstance(stall.state.bid, Empty)
            assert isinstance(stall.state.ask, Asked)

        run(script)

    def test_of_a_cancel_because_nobody_knows_the_order_frees_the_side(self) -> None:
        async def script(stall: Stall) -> None:
            await stall.quote_both_sides()
            await stall.tell(book(4200, 4400, 2))
            await stall.refuse(stall.cancels[0].intent, Refusal.UNKNOWN_ORDER)
            assert isinstance(stall.state.bid, Empty)
            assert isinstance(stall.state.ask, Resting)

        run(script)

    def test_of_one_side_s_cancel_does_not_make_the_other_side_forget_its_order(self) -> None:
        """Both sides are being cancelled; the bid was filled meanwhile, so that nobody knows it any more."""

        async def script(stall: Stall) -> None:
            _, ask = await stall.quote_both_sides()
            await stall.tell(snapshot(no={}, number=2))
            assert len(stall.cancels) == 2
            await stall.refuse(stall.cancels[0].intent, Refusal.UNKNOWN_ORDER)
            slot = stall.state.ask
            assert isinstance(slot, Cancelling)
            assert slot.order == ask.order

        run(script)


def test_a_new_life_claims_again_and_knows_nothing_of_the_former_one_s_orders() -> None:
    """They are cancelled by its market."""

    async def script(stall: Stall) -> None:
        await stall.quote_both_sides()
        stall.diary.forget()
        stall.tree.kill(MAKER_PATH)
        await stall.tree.settle()
        await stall.tell(book(number=5))
        assert stall.claims == 1
        assert stall.places == []
        assert stall.cancels == []

    run(script)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_there_is_never_more_than_one_order_a_side_whatever_happens(data: st.DataObject) -> None:
    moves = st.sampled_from(
        ["book", "open", "write", "refuse", "cancelled", "filled", "grant", "revoke", "hold", "wait"]
    )
    chosen = data.draw(st.lists(moves, max_size=40))

    async def script(stall: Stall) -> None:
        """Exposure that is gained is the bid, exposure that is given up is the ask."""
        await stall.grant()
        asked: dict[IntentId, Place] = {}
        orders: dict[OrderId, Order] = {}
        answered: set[IntentId] = set()
        owned, closed, fencing = True, False, 7
        for number, move in enumerate(chosen, 2):
            before = len(stall.places)
            open_orders = sorted(orders)
            match move:
                case "book":
                    bid = data.draw(st.integers(5, 90)) * 100
                    closed = True
                    await stall.tell(book(bid, bid + 100 * data.draw(st.integers(1, 4)), number))
                case "open":
                    closed = False
                    await stall.tell(BookOpened(GAME, "dirty"))
                case "write" if asked:
                    wish = asked.pop(data.draw(st.sampled_from(sorted(asked))))
                    if wish.replaces in orders:
                        ended = orders.pop(wish.replaces)
                        await stall.tell(OrderChanged(ended, OrderState.CANCELLED, shares(0), "", 1))
                    order = order_of(wish, f"o{number}", stall.tree.clock.now_ns())
                    orders[order.order] = order
                    await stall.tell(changed(order, data.draw(st.sampled_from([OrderState.WRITTEN, OrderState.SENT]))))
                case "refuse" if asked:
                    intent = data.draw(st.sampled_from(sorted(asked)))
                    del asked[intent]
                    await stall.refuse(intent)
                case "cancelled" | "filled" if open_orders:
                    order = orders.pop(data.draw(st.sampled_from(open_orders)))
                    state = OrderState.CANCELLED if move == "cancelled" else OrderState.FILLED
                    await stall.tell(OrderChanged(order, state, order.size, "", 1))
                case "grant":
                    owned, fencing = True, fencing + 1
                    await stall.grant(fencing)
                case "revoke":
                    owned = False
                    await stall.tell(Revoked(lease(fencing), "preempted"))
                case "hold":
                    await stall.tell(holding(data.draw(st.integers(0, 300)), data.draw(st.integers(0, 300))))
                case "wait":
                    await stall.tree.advance(data.draw(st.integers(0, 3)) * SECOND)
            new = stall.places[before:]
            assert not new or (owned and closed)
            for wish in new:
                assert wish.intent not in answered
                answered.add(wish.intent)
                asked[wish.intent] = wish
            assert all(wish.replaces is None or wish.replaces in orders for wish in new)
            replaced = {each.replaces for each in asked.values()}
            alive: list[Place | Order] = [
                *asked.values(),
                *(each for each in orders.values() if each.order not in replaced),
            ]
            sides = [gains(each.outcome, each.side is BUY) for each in alive]
            assert len(sides) == len(set(sides)), "two orders on one side"
            assert {each.order for each in stall.cancels} <= {OrderId(f"o{n}") for n in range(2, number + 1)}

    run(script)


def gains(outcome: Outcome, is_buy: bool) -> bool:
    return (outcome is YES) == is_buy
