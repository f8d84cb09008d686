"""One market as an actor: its snapshots, its dirty spells, its lock, and what a new life of it does first."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.markets.health import MarketHealth
from actors.markets.market import MarketState
from messages.control import Resync
from messages.identity import IntentId, Lease, MarketId, OrderId, Outcome, StrategyName, Tier
from messages.intents import Cancel, Flatten, Gate, IntentRefused, Place, Refusal, SnapshotId
from messages.market_data import BookOpened, FeedLost, MarketResolution, Snapshot, TickSizeChange, TradeSeen
from messages.markets import Market, Phase
from messages.orders import CancelOrders, OrdersGone
from messages.ownership import Claim, Fence, Granted, LeaseChanged, Refused, Release, Revoked
from messages.risk import Authorise, BookClean, BookDirty
from messages.units import Price, Shares, TickSize
from supervision.specs import SECOND
from supervision.testing import MILLISECOND, ORIGIN_NS, Diary, Tree, run_tree
from tests.actors.actor_world import (
    ARBITRAGE_PATH,
    EXECUTOR_PATH,
    GATEWAY_PATH,
    GOVERNOR_PATH,
    JOURNAL_PATH,
    MAKER_PATH,
    MARKET_PATH,
    MARKET_SETTINGS,
    NO,
    OPENS,
    SHARD_PATH,
    YES,
    delta,
    heard,
    level,
    market_actor,
    trade,
    whole,
    world,
)
from tests.actors.samples import ARBITRAGE, GAME, MAKER, claim, market, place

GONE = OrdersGone(GAME, None)
MINUTE = 60 * SECOND
HIGHER = Claim(GAME, ARBITRAGE, Tier.ARBITRAGE)
SAME_TIER = Claim(GAME, ARBITRAGE, Tier.MARKET_MAKING)

Script = Callable[["Floor"], Awaitable[None]]


class Floor:
    """A market with probes around it."""

    def __init__(self, tree: Tree, diary: Diary) -> None:
        self.tree = tree
        self.diary = diary

    async def tell(self, *messages: object) -> None:
        self.tree.tell(MARKET_PATH, *messages)
        await self.tree.settle()

    async def open_for_trade(self, by: Claim | None = None) -> Lease:
        """A closed book, nothing left of former lives, and the lease granted."""
        await self.tell(whole(), GONE, by or claim())
        return self.lease

    @property
    def lease(self) -> Lease:
        return heard(self.diary, MAKER_PATH, Granted)[-1].lease

    @property
    def state(self) -> MarketState:
        actor = self.tree.cell(MARKET_PATH).actor
        assert actor is not None
        state = actor.describe()
        assert isinstance(state, MarketState)
        return state

    def intent(self, name: str = "i1", epoch: int = 1, **options: Any) -> Place:
        chosen = evolve(
            place(name), fencing=self.lease.fencing, snapshot=SnapshotId(epoch, 1), at_ns=self.tree.clock.now_ns()
        )
        return evolve(chosen, **options)

    def refusals(self) -> list[tuple[str, Refusal]]:
        return [(each.intent, each.refusal) for each in heard(self.diary, MAKER_PATH, IntentRefused)]

    def authorised(self) -> list[str]:
        return [each.place.intent for each in heard(self.diary, GOVERNOR_PATH, Authorise)]

    def cancelled_by(self) -> list[StrategyName | None]:
        return [each.strategy for each in heard(self.diary, EXECUTOR_PATH, CancelOrders)]


def run(script: Script, listing: Market | None = None, health: MarketHealth | None = None) -> None:
    diary = Diary()

    async def on_the_floor(tree: Tree) -> None:
        await script(Floor(tree, diary))

    run_tree(world(diary, {MARKET_PATH: market_actor(listing, health)}), on_the_floor)


class TestSnapshots:
    def test_each_close_is_published_in_order_to_strategies_and_gateway(self) -> None:
        async def script(floor: Floor) -> None:
            await floor.tell(whole(), delta(level(YES, 4600), bid=4600, ask=4700), trade())
            await floor.tell(delta(level(YES, 4600, 0), bid=4500, ask=4700))
            for path in (MAKER_PATH, ARBITRAGE_PATH, GATEWAY_PATH):
                messages = floor.diary.received(path)
                assert [type(each) for each in messages] == [Snapshot, Snapshot, TradeSeen, Snapshot]
                seen = heard(floor.diary, path, Snapshot)
                assert [(each.epoch, each.number, each.best_bid) for each in seen] == [
                    (1, 1, 4500),
                    (1, 2, 4600),
                    (1, 3, 4500),
                ]

        run(script)

    def test_nothing_is_published_of_an_open_book(self) -> None:
        async def script(floor: Floor) -> None:
            await floor.tell(whole(), OPENS, delta(level(YES, 4600), bid=4400, ask=4700))
            assert len(heard(floor.diary, MAKER_PATH, Snapshot)) == 1

        run(script)

    def test_nothing_is_published_before_a_whole_book_came(self) -> None:
        async def script(floor: Floor) -> None:
            await floor.tell(delta(level(YES, 4500), bid=4500, ask=10_000))
            assert heard(floor.diary, MAKER_PATH, Snapshot) == []

        run(script)

    @settings(max_examples=40, deadline=None)
    @given(
        st.lists(st.tuples(st.sampled_from(Outcome), st.integers(1, 99), st.integers(0, 3), st.booleans()), max_size=25)
    )
    def test_numbers_have_no_gap_and_no_snapshot_is_crossed_whatever_comes(
        self, changes: list[tuple[Outcome, int, int, bool]]
    ) -> None:
        async def script(floor: Floor) -> None:
            await floor.tell(whole())
            for outcome, cents, size, is_true in changes:
                await floor.tell(delta(level(outcome, cents * 100, size), bid=None if is_true else 100))
            seen = heard(floor.diary, GATEWAY_PATH, Snapshot)
            assert [each.number for each in seen] == list(range(1, len(seen) + 1))
            assert not any(each.is_crossed for each in seen)

        run(script)


class TestABookThatStaysOpen:
    def test_is_dirty_after_the_limit_and_asked_for_anew(self) -> None:
        health = MarketHealth()

        async def script(floor: Floor) -> None:
            await floor.tell(whole(), OPENS)
            await floor.tree.advance(250 * MILLISECOND - 1)
            assert heard(floor.diary, GOVERNOR_PATH, BookDirty) == []
            await floor.tree.advance(1)
            (dirty,) = heard(floor.diary, GOVERNOR_PATH, BookDirty)
            assert (dirty.market, dirty.at_ns) == (GAME, ORIGIN_NS + 250 * MILLISECOND)
            assert len(heard(floor.diary, SHARD_PATH, Resync)) == 1
            for path in (MAKER_PATH, ARBITRAGE_PATH, GATEWAY_PATH):
                assert len(heard(floor.diary, path, BookOpened)) == 1

        run(script, health=health)
        assert (health.dirty_spells, health.resyncs_asked) == (1, 1)

    def test_is_not_dirty_when_it_closes_in_time(self) -> None:
        async def script(floor: Floor) -> None:
            await floor.tell(whole(), OPENS)
            await floor.tree.advance(200 * MILLISECOND)
            await floor.tell(delta(bid=4500, ask=4700))
            await floor.tree.advance(10 * SECOND)
            assert heard(floor.diary, GOVERNOR_PATH, BookDirty) == []
            assert heard(floor.diary, SHARD_PATH, Resync) == []

        run(script)

    def test_each_opening_has_its_own_limit(self) -> None:
        async def script(floor: Floor) -> None:
            await floor.tell(whole())
            for _ in range(5):
                await floor.tell(OPENS)
                await floor.tree.advance(200 * MILLISECOND)
                await floor.tell(delta(bid=4500, ask=4700))
            assert heard(floor.diary, GOVERNOR_PATH, BookDirty) == []

        run(script)

    def test_is_clean_again_when_it_closes_and_asks_no_more(self) -> None:
        health = MarketHealth()

        async def script(floor: Floor) -> None:
            await floor.tell(whole(), OPENS)
            await floor.tree.advance(SECOND)
            await floor.tell(whole())
            assert len(heard(floor.diary, GOVERNOR_PATH, BookClean)) == 1
            assert heard(floor.diary, MAKER_PATH, Snapshot)[-1].number == 2
            await floor.tree.advance(MINUTE)
            assert len(heard(floor.diary, SHARD_PATH, Resync)) == 1

        run(script, health=health)
        assert health.dirty_ns == 750 * MILLISECOND

    def test_is_asked_for_again_and_ever_more_seldom_until_it_comes(self) -> None:
        async def script(floor: Floor) -> None:
            await floor.tree.advance(250 * MILLISECOND + (5 + 10 + 20) * SECOND)
            assert len(heard(floor.diary, SHARD_PATH, Resync)) == 4
            assert not heard(floor.diary, GOVERNOR_PATH, BookDirty), "what never was cannot be dirty"
            await floor.tell(whole())
            await floor.tree.advance(600 * SECOND)
            assert len(heard(floor.diary, SHARD_PATH, Resync)) == 4
            await floor.tell(FeedLost(GAME, "the socket closed"))
            await floor.tree.advance((5 + 10) * SECOND)
            assert len(heard(floor.diary, SHARD_PATH, Resync)) == 7
            assert len(heard(floor.diary, GOVERNOR_PATH, BookDirty)) == 1

        run(script)


class TestWhatTheFeedSays:
    def test_a_lost_feed_makes_the_book_dirty_at_once(self) -> None:
        async def script(floor: Floor) -> None:
            await floor.tell(whole(), FeedLost(GAME, "the socket closed"))
            (dirty,) = heard(floor.diary, GOVERNOR_PATH, BookDirty)
            assert "socket" in dirty.reason
            await floor.tell(delta(level(YES, 4600), bid=4600, ask=4700))
            assert len(heard(floor.diary, MAKER_PATH, Snapshot)) == 1
            await floor.tell(whole())
            assert len(heard(floor.diary, GOVERNOR_PATH, BookClean)) == 1

        run(script)

    def test_a_change_of_the_tick_drops_the_book_and_counts_for_intents(self) -> None:
        async def script(floor: Floor) -> None:
            lease = await floor.open_for_trade()
            await floor.tell(TickSizeChange(GAME, TickSize(10), 1), TickSizeChange(GAME, TickSize(10), 1))
            assert len(heard(floor.diary, GOVERNOR_PATH, BookDirty)) == 1
            await floor.tell(whole(level(YES, 4510), level(NO, 5300)))
            assert heard(floor.diary, MAKER_PATH, Snapshot)[-1].tick_size == 10
            await floor.tell(floor.intent("fine", price=Price(4510)), floor.intent("off", price=Price(4505)))
            assert floor.authorised() == ["fine"]
            assert floor.refusals() == [("off", Refusal.OFF_TICK)]
            assert lease == floor.lease

        run(script)

    def test_a_price_off_the_grid_is_counted_and_changes_nothing(self) -> None:
        health = MarketHealth()

        async def script(floor: Floor) -> None:
            await floor.tell(whole(), delta(level(YES, 4555)))
            assert len(heard(floor.diary, MAKER_PATH, Snapshot)) == 1
            assert floor.state.best_bid == 4500

        run(script, health=health)
        assert health.refused["price_off_grid"] == 1


class TestTheLease:
    def test_is_granted_only_after_the_orders_of_former_lives_are_gone(self) -> None:
        async def script(floor: Floor) -> None:
            await floor.tell(whole(), claim())
            assert heard(floor.diary, MAKER_PATH, Granted) == []
            executor = floor.diary.received(EXECUTOR_PATH)
            assert [type(each) for each in executor] == [Fence, CancelOrders]
            await floor.tell(GONE)
            (granted,) = heard(floor.diary, MAKER_PATH, Granted)
            assert granted.until_ns == floor.tree.clock.now_ns() + MARKET_SETTINGS.lease_ns
            fences = heard(floor.diary, EXECUTOR_PATH, Fence)
            assert fences[-1].fencing == granted.lease.fencing > fences[0].fencing
            (changed,) = heard(floor.diary, JOURNAL_PATH, LeaseChanged)
            assert changed.lease == granted.lease

        run(script)

    def test_is_renewed_by_its_holder_for_as_long_as_it_likes(self) -> None:
        async def script(floor: Floor) -> None:
            await floor.open_for_trade()
            for _ in range(10):
                await floor.tree.advance(20 * SECOND)
                await floor.tell(claim())
            assert len({granted.lease for granted in heard(floor.diary, MAKER_PATH, Granted)}) == 1
            assert heard(floor.diary, MAKER_PATH, Revoked) == []

        run(script)

    def test_ends_with_silence(self) -> None:
        async def script(floor: Floor) -> None:
            lease = await floor.open_for_trade()
            await floor.tree.advance(MARKET_SETTINGS.lease_ns - 1)
            assert heard(floor.diary, MAKER_PATH, Revoked) == []
            await floor.tree.advance(1)
            (revoked,) = heard(floor.diary, MAKER_PATH, Revoked)
            assert revoked.lease == lease
            assert floor.cancelled_by() == [None, MAKER]
            assert heard(floor.diary, EXECUTOR_PATH, Fence)[-1].fencing == lease.fencing + 1
            await floor.tell(floor.intent())
            assert floor.refusals() == [("i1", Refusal.NOT_OWNER)]

        run(script)

    def test_is_fenced_off_before_its_orders_are_cancelled_and_before_anybody_is_told(self) -> None:
        """Else an order could slip in between."""

        async def script(floor: Floor) -> None:
            lease = await floor.open_for_trade()
            floor.diary.forget()
            await floor.tell(HIGHER)
            assert [type(each) for each in floor.diary.received(EXECUTOR_PATH)] == [Fence, CancelOrders]
            assert heard(floor.diary, EXECUTOR_PATH, Fence)[0].fencing > lease.fencing

        run(script)

    def test_goes_to_a_higher_tier_only_after_the_old_owner_s_orders_are_gone(self) -> None:
        async def script(floor: Floor) -> None:
            lease = await floor.open_for_trade()
            await floor.tell(HIGHER)
            assert [each.lease for each in heard(floor.diary, MAKER_PATH, Revoked)] == [lease]
            assert heard(floor.diary, ARBITRAGE_PATH, Granted) == []
            await floor.tree.advance(SECOND)
            assert heard(floor.diary, ARBITRAGE_PATH, Granted) == []
            await floor.tell(OrdersGone(GAME, MAKER))
            (granted,) = heard(floor.diary, ARBITRAGE_PATH, Granted)
            assert granted.lease.fencing > lease.fencing
            await floor.tell(floor.intent())
            assert floor.refusals() == [("i1", Refusal.NOT_OWNER)]

        run(script)

    def test_is_refused_to_the_same_tier_and_a_lower_one(self) -> None:
        async def script(floor: Floor) -> None:
            lease = await floor.open_for_trade()
            await floor.tell(SAME_TIER, Claim(GAME, ARBITRAGE, Tier.DIRECTIONAL))
            refused = heard(floor.diary, ARBITRAGE_PATH, Refused)
            assert [(each.owner, each.owner_tier) for each in refused] == [(MAKER, Tier.MARKET_MAKING)] * 2
            await floor.tell(floor.intent())
            assert floor.authorised() == ["i1"]
            assert floor.lease == lease

        run(script)

    def test_ends_with_its_holder_and_comes_back_under_a_new_number_when_the_orders_are_gone(self) -> None:
        async def script(floor: Floor) -> None:
            lease = await floor.open_for_trade()
            floor.tree.kill(MAKER_PATH)
            await floor.tree.settle()
            assert floor.cancelled_by() == [None, MAKER]
            await floor.tell(claim())
            assert floor.lease == lease
            await floor.tell(OrdersGone(GAME, MAKER))
            assert floor.lease.fencing > lease.fencing

        run(script)

    def test_the_death_of_somebody_else_does_not_concern_it(self) -> None:
        async def script(floor: Floor) -> None:
            await floor.open_for_trade()
            floor.tree.kill(ARBITRAGE_PATH)
            await floor.tree.settle()
            await floor.tell(floor.intent())
            assert floor.authorised() == ["i1"]

        run(script)

    def test_that_is_released_is_drained_too(self) -> None:
        async def script(floor: Floor) -> None:
            lease = await floor.open_for_trade()
            await floor.tell(Release(GAME, MAKER, lease.fencing - 1), Release(GAME, ARBITRAGE, lease.fencing))
            assert floor.cancelled_by() == [None]
            await floor.tell(Release(GAME, MAKER, lease.fencing))
            assert floor.cancelled_by() == [None, MAKER]
            await floor.tell(SAME_TIER, OrdersGone(GAME, MAKER))
            assert len(heard(floor.diary, ARBITRAGE_PATH, Granted)) == 1

        run(script)

    def test_news_that_somebody_else_s_orders_are_gone_frees_nothing(self) -> None:
        async def script(floor: Floor) -> None:
            await floor.open_for_trade()
            await floor.tell(HIGHER, OrdersGone(GAME, ARBITRAGE))
            assert heard(floor.diary, ARBITRAGE_PATH, Granted) == []

        run(script)

    @settings(max_examples=60, deadline=None)
    @given(data=st.data())
    def test_there_are_never_two_owners_and_fencing_numbers_only_grow(self, data: st.DataObject) -> None:
        moves = st.sampled_from(["claim", "higher", "same", "release", "gone", "gone all", "kill", "wait", "market"])
        chosen = data.draw(st.lists(moves, max_size=20))

        async def script(floor: Floor) -> None:
            for move in chosen:
                match move:
                    case "claim":
                        await floor.tell(claim())
                    case "higher":
                        await floor.tell(HIGHER)
                    case "same":
                        await floor.tell(SAME_TIER)
                    case "release":
                        granted = heard(floor.diary, MAKER_PATH, Granted)
                        await floor.tell(Release(GAME, MAKER, granted[-1].lease.fencing if granted else 0))
                    case "gone":
                        await floor.tell(OrdersGone(GAME, MAKER))
                    case "gone all":
                        await floor.tell(GONE)
                    case "kill":
                        floor.tree.kill(MAKER_PATH)
                        await floor.tree.settle()
                    case "market":
                        floor.tree.kill(MARKET_PATH)
                        await floor.tree.settle()
                    case "wait":
                        await floor.tree.advance(MARKET_SETTINGS.lease_ns // 2 + 1)
            numbers = [each.lease.fencing for each in heard(floor.diary, JOURNAL_PATH, LeaseChanged) if each.lease]
            assert numbers == sorted(set(numbers))
            fences = [each.fencing for each in heard(floor.diary, EXECUTOR_PATH, Fence)]
            assert fences == sorted(fences)
            owner: Lease | None = None
            for line in floor.diary.lines:
                if isinstance(line.detail, LeaseChanged):
                    lease = line.detail.lease
                    assert lease is None or owner is None, "granted to somebody while another one holds it"
                    owner = lease
                elif isinstance(line.detail, CancelOrders) and line.detail.strategy is None:
                    # Said by each life at its start alone.
                    owner = None

        run(script)


class TestTheArbiter:
    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            ({"strategy": ARBITRAGE}, Refusal.NOT_OWNER),
            ({"fencing": 0}, Refusal.LEASE_OUTDATED),
            ({"snapshot": SnapshotId(0, 1)}, Refusal.BOOK_NOT_CLOSED),
            ({"at_ns": ORIGIN_NS - 2 * SECOND}, Refusal.BOOK_STALE),
            ({"price": Price(4050)}, Refusal.OFF_TICK),
            ({"price": Price(10_000)}, Refusal.OFF_TICK),
            ({"size": Shares(4_999_999)}, Refusal.TOO_SMALL),
        ],
        ids=lambda each: each.name if isinstance(each, Refusal) else "",
    )
    def test_tells_the_strategy_and_the_journal_why_not(self, change: dict[str, Any], expected: Refusal) -> None:
        async def script(floor: Floor) -> None:
            await floor.open_for_trade()
            wish = floor.intent(**change)
            await floor.tell(wish)
            assert floor.authorised() == []
            (kept,) = heard(floor.diary, JOURNAL_PATH, IntentRefused)
            assert (kept.refusal, kept.gate, kept.intent) == (expected, Gate.MARKET, wish.intent)
            assert heard(floor.diary, JOURNAL_PATH, Place) == [wish]
            path = ARBITRAGE_PATH if wish.strategy == ARBITRAGE else MAKER_PATH
            assert heard(floor.diary, path, IntentRefused) == [kept]

        run(script)

    def test_refuses_while_the_book_is_dirty(self) -> None:
        async def script(floor: Floor) -> None:
            await floor.open_for_trade()
            await floor.tell(FeedLost(GAME, "gone"), floor.intent())
            assert floor.refusals() == [("i1", Refusal.BOOK_NOT_CLOSED)]
            await floor.tell(whole(), floor.intent("i2"))
            assert floor.authorised() == ["i2"]

        run(script)

    def test_refuses_while_the_book_is_open(self) -> None:
        async def script(floor: Floor) -> None:
            await floor.open_for_trade()
            await floor.tell(delta(level(YES, 4800), bid=4500, ask=4700), floor.intent())
            assert floor.state.book == "crossed"
            assert floor.refusals() == [("i1", Refusal.BOOK_NOT_CLOSED)]

        run(script)

    def test_passes_cancels_of_anybody(self) -> None:
        async def script(floor: Floor) -> None:
            cancel = Cancel(IntentId("c"), StrategyName("operator"), GAME, OrderId("o"), "I want", 1)
            flatten = Flatten(IntentId("f"), StrategyName("operator"), GAME, "all of it", 1)
            await floor.tell(cancel, flatten)
            assert floor.diary.received(EXECUTOR_PATH)[-2:] == [cancel, flatten]
            assert floor.diary.received(JOURNAL_PATH)[-2:] == [cancel, flatten]

        run(script)


class TestPhases:
    def test_a_market_that_ends_takes_sells_only_then_nothing_and_its_orders_are_cancelled(self) -> None:
        ends = evolve(market(), end_ms=(ORIGIN_NS + 2 * MINUTE) // 1_000_000)

        async def script(floor: Floor) -> None:
            await floor.open_for_trade()
            await floor.tell(floor.intent("normal"))
            for _ in range(4):
                await floor.tree.advance(15 * SECOND)
                await floor.tell(claim())
            assert floor.state.phase is Phase.CLOSE_WINDOW
            await floor.tell(floor.intent("buy"))
            for _ in range(4):
                await floor.tree.advance(15 * SECOND)
                await floor.tell(claim())
            assert floor.state.phase.value == "CLOSED"
            await floor.tell(floor.intent("late"))
            assert floor.authorised() == ["normal"]
            assert floor.refusals() == [("buy", Refusal.MARKET_NOT_TRADING), ("late", Refusal.MARKET_NOT_TRADING)]
            assert floor.cancelled_by() == [None, None]

        run(script, ends)

    def test_a_resolution_ends_it_at_once(self) -> None:
        async def script(floor: Floor) -> None:
            await floor.open_for_trade()
            await floor.tell(MarketResolution(GAME, YES, 1), floor.intent())
            assert floor.state.phase is Phase.RESOLVED
            assert floor.refusals() == [("i1", Refusal.MARKET_NOT_TRADING)]
            assert floor.cancelled_by() == [None, None]

        run(script)

    def test_a_market_that_takes_no_orders_is_watched(self) -> None:
        async def script(floor: Floor) -> None:
            await floor.open_for_trade()
            await floor.tell(floor.intent())
            assert heard(floor.diary, MAKER_PATH, Snapshot)[-1].phase is Phase.WATCH
            assert floor.refusals() == [("i1", Refusal.MARKET_NOT_TRADING)]

        run(script, evolve(market(), accepting_orders=False))


class TestANewLife:
    def test_asks_for_the_book_and_clears_out_before_it_grants_anything(self) -> None:
        async def script(floor: Floor) -> None:
            old = await floor.open_for_trade()
            floor.diary.forget()
            floor.tree.kill(MARKET_PATH)
            await floor.tree.settle()
            assert len(heard(floor.diary, SHARD_PATH, Resync)) == 1
            fence, cancel = floor.diary.received(EXECUTOR_PATH)
            assert isinstance(fence, Fence)
            assert fence.fencing > old.fencing
            assert isinstance(cancel, CancelOrders)
            assert (cancel.market, cancel.strategy) == (GAME, None)
            await floor.tell(claim(), whole())
            assert heard(floor.diary, MAKER_PATH, Granted) == []
            await floor.tell(GONE)
            assert floor.lease.fencing > fence.fencing

        run(script)

    def test_numbers_its_snapshots_anew_under_its_own_epoch(self) -> None:
        async def script(floor: Floor) -> None:
            await floor.tell(whole(), delta(level(YES, 4600), bid=4600, ask=4700))
            floor.tree.kill(MARKET_PATH)
            await floor.tell(whole())
            seen = [(each.epoch, each.number) for each in heard(floor.diary, GATEWAY_PATH, Snapshot)]
            assert seen == [(1, 1), (1, 2), (2, 1)]

        run(script)

    def test_refuses_what_was_decided_on_a_book_of_the_former_one(self) -> None:
        async def script(floor: Floor) -> None:
            await floor.open_for_trade()
            floor.tree.kill(MARKET_PATH)
            await floor.tree.settle()
            await floor.open_for_trade()
            await floor.tell(floor.intent("old", epoch=1), floor.intent("new", epoch=2))
            assert floor.refusals() == [("old", Refusal.BOOK_NOT_CLOSED)]
            assert floor.authorised() == ["new"]

        run(script)

    def test_is_dirty_when_no_book_comes(self) -> None:
        async def script(floor: Floor) -> None:
            await floor.tell(whole())
            floor.tree.kill(MARKET_PATH)
            await floor.tree.advance(250 * MILLISECOND)
            assert len(heard(floor.diary, GOVERNOR_PATH, BookDirty)) == 1

        run(script)

    def test_of_a_market_that_died_dirty_says_that_the_book_is_clean_again(self) -> None:
        async def script(floor: Floor) -> None:
            await floor.tell(whole(), FeedLost(GAME, "gone"))
            assert len(heard(floor.diary, GOVERNOR_PATH, BookDirty)) == 1
            floor.tree.kill(MARKET_PATH)
            await floor.tree.settle()
            await floor.tell(whole())
            assert type(floor.diary.received(GOVERNOR_PATH)[-1]) is BookClean

        run(script)

    def test_of_a_market_that_was_resolved_takes_no_orders(self) -> None:
        async def script(floor: Floor) -> None:
            await floor.open_for_trade()
            await floor.tell(MarketResolution(GAME, YES, 1))
            floor.tree.kill(MARKET_PATH)
            await floor.tree.settle()
            await floor.tell(whole())
            assert floor.state.phase is Phase.RESOLVED

        run(script)


def test_a_foreign_market_s_name_is_never_told() -> None:
    """Everything that the market says of itself names itself."""

    async def script(floor: Floor) -> None:
        await floor.open_for_trade()
        await floor.tell(FeedLost(MarketId("0x" + "c" * 64), "gone"), whole(), HIGHER, OrdersGone(GAME, MAKER))
        for line in floor.diary.lines:
            assert getattr(line.detail, "market", GAME) in (GAME, None)

    run(script)
