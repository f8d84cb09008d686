"""The unwinder: never where somebody quotes, a turn at a time, and out of the way when there is nothing to sell."""

from collections.abc import Awaitable, Callable

from attrs import evolve

from actors.portfolio.bookkeeper import TellMarketPortfolio
from actors.strategies.unwinder import UNWINDER, Unwinder
from actors.strategies.unwinder_rules import UnwinderSettings
from messages.identity import Tier
from messages.intents import Refusal, TimeInForce
from messages.market_data import BookOpened
from messages.markets import Market
from messages.orders import OrderState
from messages.ownership import Claim, Release
from messages.portfolio import Position
from messages.units import SHARE_SCALE, Price, Shares
from supervision.specs import SECOND
from supervision.testing import MILLISECOND, ORIGIN_NS
from tests.actors.actor_world import LEDGER_PATH, SELL, YES, heard, snapshot
from tests.actors.samples import GAME, MAKER, changed, market, order_of, place, shares
from tests.actors.strategies.strategy_stall import Stall, run_at_a_stall

SETTINGS = UnwinderSettings(
    age_limit_ns=60 * SECOND,
    take_after_ns=120 * SECOND,
    near_end_ns=100 * SECOND,
    take_near_end_ns=20 * SECOND,
    lowest_price=Price(200),
    quiet_ns=3 * SECOND,
    turn_ns=30 * SECOND,
    pause_ns=10 * SECOND,
    look_every_ns=SECOND,
    replace_min_age_ns=2 * SECOND,
    time_to_live_ns=60 * SECOND,
    retry_after_ns=500 * MILLISECOND,
)
BOUGHT = Position(GAME, MAKER, yes=shares(30))


def run(
    script: Callable[[Stall], Awaitable[None]], wishes: UnwinderSettings = SETTINGS, listing: Market | None = None
) -> None:
    run_at_a_stall(lambda: Unwinder(listing or market(), wishes), UNWINDER, Tier.EVENT_ARBITRAGE, script)


async def see(stall: Stall, seconds: int, *positions: Position, quoted: bool = False) -> None:
    """So many seconds go by, and the ledger tells each second what the account has."""
    orders = (changed(order_of(place())),) if quoted else ()
    for _ in range(seconds):
        await stall.portfolio(*positions, orders=orders)
        await stall.tree.advance(SECOND)
    await stall.portfolio(*positions, orders=orders)


def test_it_asks_each_second_what_the_account_has() -> None:
    async def script(stall: Stall) -> None:
        await stall.tree.advance(5 * SECOND)
        assert len(heard(stall.diary, LEDGER_PATH, TellMarketPortfolio)) == 6

    run(script)


class TestTheLease:
    def test_is_claimed_when_what_is_held_is_too_old_and_not_before(self) -> None:
        async def script(stall: Stall) -> None:
            await stall.tell(snapshot())
            await see(stall, 59, BOUGHT)
            assert stall.claims == []
            await see(stall, 1, BOUGHT)
            assert stall.claims == [Claim(GAME, UNWINDER, Tier.EVENT_ARBITRAGE)]

        run(script)

    def test_is_never_claimed_where_somebody_quotes(self) -> None:
        async def script(stall: Stall) -> None:
            await stall.tell(snapshot())
            await see(stall, 200, BOUGHT, quoted=True)
            assert stall.claims == []
            await see(stall, 2, BOUGHT)
            assert stall.claims == []
            await see(stall, 1, BOUGHT)
            assert len(stall.claims) == 1

        run(script)

    def test_is_not_claimed_for_pairs_or_for_what_cannot_be_sold(self) -> None:
        async def script(stall: Stall) -> None:
            await stall.tell(snapshot())
            await see(stall, 200, BOUGHT, Position(GAME, UNWINDER, no=shares(28)))
            assert stall.claims == []
            await see(stall, 200, evolve(BOUGHT, provisional_yes=shares(30)))
            assert stall.claims == []

        run(script)

    def test_is_released_when_all_is_sold(self) -> None:
        async def script(stall: Stall) -> None:
            await stall.tell(snapshot())
            await see(stall, 60, BOUGHT)
            await stall.grant()
            order = await stall.rest(stall.places[0])
            sold = Position(GAME, UNWINDER, yes=Shares(-30 * SHARE_SCALE))
            await stall.portfolio(BOUGHT, sold)
            await stall.end(order, OrderState.FILLED)
            assert stall.releases == [Release(GAME, UNWINDER, stall.fencing)]
            await see(stall, 100, BOUGHT, sold)
            assert len(stall.claims) == 1

        run(script)

    def test_is_given_up_after_a_turn_so_that_others_may_quote_again(self) -> None:
        async def script(stall: Stall) -> None:
            await stall.tell(snapshot())
            await see(stall, 60, BOUGHT)
            await stall.grant()
            order = await stall.rest(stall.places[0])
            await see(stall, 29, BOUGHT)
            assert stall.cancels == []
            await see(stall, 1, BOUGHT)
            assert [each.order for each in stall.cancels] == [order.order]
            await stall.end(order)
            assert len(stall.releases) == 1
            claims = len(stall.claims)
            await see(stall, 9, BOUGHT)
            assert len(stall.claims) == claims
            await see(stall, 1, BOUGHT)
            assert len(stall.claims) == claims + 1

        run(script)

    def test_is_given_back_while_the_governor_lets_nothing_pass(self) -> None:
        async def script(stall: Stall) -> None:
            await stall.tell(snapshot())
            await see(stall, 60, BOUGHT)
            await stall.grant()
            await stall.refuse(stall.places[0], Refusal.MODE)
            assert stall.releases == [Release(GAME, UNWINDER, stall.fencing)]
            await see(stall, 9, BOUGHT)
            assert len(stall.claims) == 1
            await see(stall, 1, BOUGHT)
            assert len(stall.claims) == 2

        run(script)

    def test_that_comes_when_somebody_else_has_sold_already_is_given_back(self) -> None:
        async def script(stall: Stall) -> None:
            await stall.tell(snapshot())
            await see(stall, 60, BOUGHT)
            await stall.portfolio()
            await stall.grant()
            assert stall.places == []
            assert len(stall.releases) == 1

        run(script)


class TestOrders:
    def test_rest_a_tick_below_the_best_offer_first(self) -> None:
        async def script(stall: Stall) -> None:
            await stall.tell(snapshot({4500: 1000}, {5000: 1000}, number=9))
            await see(stall, 60, BOUGHT)
            await stall.grant()
            (wish,) = stall.places
            assert (wish.outcome, wish.side, wish.price, wish.size) == (YES, SELL, 4900, shares(30))
            assert (wish.time_in_force, wish.post_only) == (TimeInForce.GTD, True)
            assert (wish.strategy, wish.fencing, wish.snapshot.number) == (UNWINDER, 7, 9)
            assert wish.rationale
            # Its own offer is the best one now; it does not outbid itself.
            await stall.rest(wish)
            await stall.tree.advance(SETTINGS.replace_min_age_ns)
            await stall.tell(snapshot({4500: 1000}, {5100: 30, 5000: 1000}, number=10))
            assert stall.cancels == []

        run(script)

    def test_follow_the_market(self) -> None:
        async def script(stall: Stall) -> None:
            await stall.tell(snapshot({4500: 1000}, {5000: 1000}))
            await see(stall, 60, BOUGHT)
            await stall.grant()
            order = await stall.rest(stall.places[0])
            await stall.tree.advance(SETTINGS.replace_min_age_ns)
            await stall.tell(snapshot({4200: 1000}, {5500: 1000}, number=2))
            assert [each.order for each in stall.cancels] == [order.order]
            await stall.refuse(stall.cancels[0], Refusal.RECONCILING)
            await stall.tell(snapshot({4200: 1000}, {5500: 1000}, number=3))
            assert len(stall.cancels) == 1
            await stall.tree.advance(SETTINGS.replace_min_age_ns)
            await stall.tell(snapshot({4200: 1000}, {5500: 1000}, number=4))
            assert len(stall.cancels) == 2
            await stall.end(order)
            assert stall.places[-1].price == 4400

        run(script)

    def test_that_nobody_knows_any_more_are_made_anew_after_the_delay(self) -> None:
        async def script(stall: Stall) -> None:
            await stall.tell(snapshot({4500: 1000}, {5000: 1000}))
            await see(stall, 60, BOUGHT)
            await stall.grant()
            await stall.rest(stall.places[0])
            await stall.tree.advance(SETTINGS.replace_min_age_ns)
            await stall.tell(snapshot({4200: 1000}, {5500: 1000}, number=2))
            await stall.refuse(stall.cancels[0], Refusal.UNKNOWN_ORDER)
            assert len(stall.places) == 1
            await stall.tree.advance(SETTINGS.retry_after_ns)
            assert len(stall.places) == 2

        run(script)

    def test_take_the_bid_when_even_that_time_is_over(self) -> None:
        async def script(stall: Stall) -> None:
            await stall.tell(snapshot())
            await see(stall, 120, BOUGHT)
            await stall.grant()
            wish = stall.places[-1]
            assert (wish.price, wish.size, wish.time_in_force) == (4500, shares(30), TimeInForce.FAK)
            assert not wish.post_only

        run(script)

    def test_come_near_the_market_s_end_whatever_the_age(self) -> None:
        async def script(stall: Stall) -> None:
            await stall.tell(snapshot())
            await see(stall, 5, BOUGHT)
            assert len(stall.claims) == 1
            await stall.grant()
            order = await stall.rest(stall.places[-1])
            assert stall.places[-1].post_only
            await see(stall, 12, BOUGHT)
            await stall.end(order)
            last = stall.places[-1]
            assert last.time_in_force is TimeInForce.FAK
            assert last.time_to_live_ns <= 20 * SECOND

        # 33 seconds before the end it begins to be near.
        listing = evolve(market(), end_ms=(ORIGIN_NS + 35 * SECOND) // MILLISECOND)
        run(script, evolve(SETTINGS, near_end_ns=33 * SECOND), listing)

    def test_are_not_made_on_a_book_that_opened(self) -> None:
        async def script(stall: Stall) -> None:
            await stall.tell(snapshot())
            await see(stall, 60, BOUGHT)
            await stall.tell(BookOpened(GAME, "dirty"))
            await stall.grant()
            assert stall.places == []

        run(script)
