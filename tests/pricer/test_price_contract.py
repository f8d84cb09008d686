"""The contract of prices, held to by both ways to have them: made in the tree, and polled from another process."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from attrs.exceptions import FrozenInstanceError

from messages.pricing import FOLLOWED_FOR_NS, NoPrices, PriceSnapshot, TellPrices
from supervision.testing import MILLISECOND
from tests.pricer.pricing_world import (
    BOUNDARY_NS,
    NEXT,
    OTHER,
    PRESENT,
    SECOND,
    SERIES,
    InProcess,
    Prices,
    Remote,
    Way,
    play,
)

WAYS: tuple[Callable[[], Way], ...] = (InProcess, Remote)
BEFORE_NS = 85 * SECOND
"""Time that passes before anything happens, so that the end of the period is near."""


async def asked(prices: Prices, question: object) -> object:
    runtime = prices.tree.runtime
    return await prices.tree.run(lambda: runtime.ask(prices.tree.address(prices.way.path), question, SECOND))


def check_sound(snapshot: PriceSnapshot) -> None:
    """What holds of every publication by itself."""
    assert snapshot.series == SERIES
    period = SERIES.period_at(snapshot.ts_local_ms)
    assert (snapshot.hour_id, snapshot.hour_start_ts_ms, snapshot.hour_end_ts_ms) == (
        period.name,
        period.start_ms,
        period.end_ms,
    )
    assert snapshot.t_remaining_ms == snapshot.hour_end_ts_ms - snapshot.ts_local_ms > 0
    assert snapshot.age_ms >= 0
    if snapshot.mid is not None:
        assert snapshot.bbo_bid is not None and snapshot.bbo_ask is not None
        assert snapshot.bbo_bid <= snapshot.mid <= snapshot.bbo_ask
    chances = (snapshot.p_yes_band_lo, snapshot.p_yes_fair, snapshot.p_yes_band_hi)
    if any(each is not None for each in chances):
        lo, fair, hi = (each for each in chances if each is not None)
        assert 0 <= lo <= fair <= hi <= 1
    assert snapshot.median.is_uncertain <= snapshot.uncertain
    # All of the test's prices are made of one number at one instant: so they have to be within one publication.
    if snapshot.last_trade_price is not None and snapshot.mid is not None and snapshot.median.price is not None:
        assert abs(snapshot.last_trade_price - snapshot.mid) < 0.02
        assert abs(snapshot.median.price - snapshot.last_trade_price) < 0.02


@pytest.mark.parametrize("new_way", WAYS, ids=lambda way: way.__name__)
class TestPriceContract:
    def test_publications_are_numbered_and_each_is_consistent_with_itself(self, new_way: Callable[[], Way]) -> None:
        async def script(prices: Prices) -> None:
            await prices.follow()
            await prices.ticks(3 * SECOND)

        prices = play(new_way(), script)
        snapshots = prices.snapshots
        assert len(snapshots) >= 90
        assert len({each.epoch for each in snapshots}) == 1
        steps = [later.seq - earlier.seq for earlier, later in pairwise(snapshots)]
        if prices.way.name == "in process":
            assert set(steps) == {1}
        else:
            # A poller does not see all of them, and none twice, at the pace at which they are made.
            assert min(steps) >= 1 and max(steps) <= 4
        for snapshot in snapshots:
            check_sound(snapshot)
        assert snapshots[-1].p_yes_fair is not None or snapshots[-1].uncertain

    def test_a_publication_is_with_its_followers_within_a_poll(self, new_way: Callable[[], Way]) -> None:
        async def script(prices: Prices) -> None:
            await prices.follow()
            await prices.ticks(2 * SECOND)

        prices = play(new_way(), script)
        late = [
            at_ns - each.ts_local_ms * MILLISECOND for at_ns, each in prices.heard if isinstance(each, PriceSnapshot)
        ]
        assert min(late) >= 0 and max(late) <= prices.way.slack_ns
        gaps = [later - earlier for (earlier, _), (later, _) in pairwise(prices.heard)]
        assert max(gaps) <= prices.way.slack_ns

    def test_all_fields_roll_over_at_the_boundary_to_the_millisecond(self, new_way: Callable[[], Way]) -> None:
        async def script(prices: Prices) -> None:
            await prices.quiet(BEFORE_NS)
            prices.about(PRESENT)
            prices.about(NEXT)
            await prices.follow()
            await prices.ticks(18 * SECOND)

        prices = play(new_way(), script)
        snapshots = prices.snapshots
        assert {each.hour_id for each in snapshots} == {PRESENT.name, NEXT.name}
        for snapshot in snapshots:
            check_sound(snapshot)
            assert (snapshot.hour_id == NEXT.name) == (snapshot.ts_local_ms * MILLISECOND >= BOUNDARY_NS)
        numbers = [each.seq for each in snapshots]
        assert numbers == sorted(set(numbers)), "the numbers go on over the boundary"
        last = next(each for each in reversed(snapshots) if each.hour_id == PRESENT.name)
        first = next(each for each in snapshots if each.hour_id == NEXT.name)
        assert first.ts_local_ms - last.ts_local_ms <= prices.way.slack_ns // MILLISECOND
        assert last.open_price is None or last.open_price != first.open_price

    def test_the_open_price_is_that_of_the_first_trade_and_never_changes(self, new_way: Callable[[], Way]) -> None:
        async def script(prices: Prices) -> None:
            await prices.quiet(BEFORE_NS)
            prices.about(NEXT)
            await prices.follow()
            await prices.ticks(20 * SECOND)
            prices.about(NEXT, strike=1.0)
            await prices.ticks(2 * SECOND)

        prices = play(new_way(), script)
        opens = [each.open_price for each in prices.snapshots if each.hour_id == NEXT.name]
        known = [each for each in opens if each is not None]
        assert opens[len(opens) - len(known) :] == known, "once known it stays known"
        # 15 s before the boundary the price was 60,001, and it rises by a dollar each 100 ms.
        assert set(known) == {60_151.0}

    def test_a_strike_that_the_market_tells_before_is_the_open_price(self, new_way: Callable[[], Way]) -> None:
        async def script(prices: Prices) -> None:
            await prices.quiet(BEFORE_NS)
            await prices.follow()
            prices.about(NEXT, strike=60_100.5)
            await prices.ticks(17 * SECOND)

        prices = play(new_way(), script)
        assert {each.open_price for each in prices.snapshots if each.hour_id == NEXT.name} == {60_100.5}

    def test_stale_goes_on_at_the_limit_and_off_with_the_next_tick(self, new_way: Callable[[], Way]) -> None:
        silent_from_ns: list[int] = []
        again_ns: list[int] = []

        async def script(prices: Prices) -> None:
            await prices.follow()
            await prices.ticks(2 * SECOND)
            silent_from_ns.append(prices.now_ns - 100 * MILLISECOND)
            await prices.quiet(5 * SECOND)
            again_ns.append(prices.now_ns)
            await prices.ticks(SECOND)

        prices = play(new_way(), script)
        stale = [(at_ns, each.stale) for at_ns, each in prices.heard if isinstance(each, PriceSnapshot)]
        flips = [(at_ns, now) for (_, before), (at_ns, now) in pairwise(stale) if before != now]
        assert [now for _, now in flips[-2:]] == [True, False]
        (on_ns, _), (off_ns, _) = flips[-2:]
        assert 0 <= on_ns - silent_from_ns[0] - 2 * SECOND <= prices.way.slack_ns
        assert 0 <= off_ns - again_ns[0] <= prices.way.slack_ns
        assert not [each for _, each in prices.heard if isinstance(each, NoPrices)], "it says so, and is not silent"

    def test_who_does_not_ask_again_is_forgotten(self, new_way: Callable[[], Way]) -> None:
        async def script(prices: Prices) -> None:
            await prices.ticks(SECOND)
            await prices.follow(renews=False)
            began.append(prices.now_ns)
            await prices.quiet(FOLLOWED_FOR_NS + 3 * SECOND)

        began: list[int] = []
        prices = play(new_way(), script)
        heard_for_ns = prices.heard[-1][0] - began[0]
        assert FOLLOWED_FOR_NS - prices.way.slack_ns <= heard_for_ns <= FOLLOWED_FOR_NS + prices.way.slack_ns

    def test_the_newest_is_told_to_who_asks(self, new_way: Callable[[], Way]) -> None:
        async def script(prices: Prices) -> None:
            await prices.follow()
            await prices.ticks(SECOND)
            told = await asked(prices, TellPrices(SERIES))
            assert isinstance(told, PriceSnapshot)
            check_sound(told)
            assert told.seq >= prices.snapshots[-1].seq
            assert prices.now_ns - told.ts_local_ms * MILLISECOND <= prices.way.slack_ns

        play(new_way(), script)

    def test_a_series_that_there_is_not_has_no_prices(self, new_way: Callable[[], Way]) -> None:
        async def script(prices: Prices) -> None:
            told = await asked(prices, TellPrices(OTHER))
            assert isinstance(told, NoPrices) and told.series == OTHER and told.reason

        play(new_way(), script)

    def test_what_was_published_is_never_changed(self, new_way: Callable[[], Way]) -> None:
        async def script(prices: Prices) -> None:
            await prices.follow()
            await prices.ticks(SECOND)
            before = [(each, hash(each), repr(each)) for each in prices.snapshots]
            await prices.ticks(SECOND)
            assert [(hash(each), repr(each)) for each, _, _ in before] == [(was, text) for _, was, text in before]
            with pytest.raises(FrozenInstanceError):
                prices.snapshots[0].stale = True  # type: ignore[misc]

        play(new_way(), script)

    def test_a_fast_reader_never_sees_two_looks_in_one(self, new_way: Callable[[], Way]) -> None:
        """Asked in each millisecond of the two around a boundary: what it says is of one period and one moment."""

        async def script(prices: Prices) -> None:
            await prices.quiet(BEFORE_NS)
            prices.about(NEXT)
            await prices.follow()
            await prices.ticks(BOUNDARY_NS - prices.now_ns - 100 * MILLISECOND)
            numbers = []
            for _ in range(200):
                await prices.quiet(MILLISECOND)
                told = await asked(prices, TellPrices(SERIES))
                assert isinstance(told, PriceSnapshot)
                check_sound(told)
                numbers.append(told.seq)
            assert numbers == sorted(numbers)

        play(new_way(), script)

    def test_a_publisher_that_dies_is_followed_again_in_another_epoch(self, new_way: Callable[[], Way]) -> None:
        async def script(prices: Prices) -> None:
            await prices.follow()
            await prices.ticks(2 * SECOND)
            prices.tree.kill("reference/btcusd")
            await prices.ticks(6 * SECOND)

        prices = play(new_way(), script)
        epochs = [each.epoch for each in prices.snapshots]
        assert len(set(epochs)) == 2 and epochs == sorted(epochs)
        first = next(each for each in prices.snapshots if each.epoch == epochs[-1])
        assert first.seq <= 10
