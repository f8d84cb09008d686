"""The paper venue's latencies, refusals by chance, and restricted modes: all from the configuration and a seed."""

from statistics import quantiles

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.execution.paper.admission import MARKET_CONDITIONS
from actors.execution.paper.latency import Latency
from actors.execution.paper.restrictions import Mode, Restriction, Restrictions, parse_restriction
from actors.execution.paper.settings import PaperSettings
from messages.orders import Accepted, Ended, Rejected
from messages.units import NANOSECONDS_PER_SECOND
from tests.actors.execution.paper.paper_world import BUY, MS, YES, World, order

SECOND = NANOSECONDS_PER_SECOND


class TestALatency:
    def test_without_a_tail_is_always_the_same(self) -> None:
        latency = Latency(50 * MS, 0, "seed")
        assert {latency.next_ns() for _ in range(100)} == {50 * MS}
        assert latency.slowest_ns == 50 * MS

    def test_has_the_median_and_the_99th_percentile_that_were_asked_for(self) -> None:
        latency = Latency(40 * MS, 200 * MS, "seed")
        drawn = [latency.next_ns() for _ in range(20_000)]
        percentiles = quantiles(drawn, n=100)
        assert percentiles[49] == pytest.approx(40 * MS, rel=0.03)
        assert percentiles[98] == pytest.approx(200 * MS, rel=0.1)

    @given(median=st.integers(1, 10**10), tail=st.integers(0, 10**10), seed=st.text(max_size=5))
    def test_is_never_below_nothing_nor_above_its_slowest(self, median: int, tail: int, seed: str) -> None:
        latency = Latency(median, median + tail, seed)
        assert all(0 <= latency.next_ns() <= latency.slowest_ns for _ in range(50))

    def test_follows_from_its_seed(self) -> None:
        def draws(seed: str) -> list[int]:
            latency = Latency(50 * MS, 100 * MS, seed)
            return [latency.next_ns() for _ in range(20)]

        assert draws("one") == draws("one") != draws("two")

    @pytest.mark.parametrize(("median", "p99"), [(50 * MS, 49 * MS), (0, MS)])
    def test_with_a_tail_before_its_median_is_refused(self, median: int, p99: int) -> None:
        with pytest.raises(ValueError, match="99th percentile"):
            PaperSettings(order_latency_ns=median, order_latency_p99_ns=p99)


def test_orders_and_cancels_do_not_disturb_each_other_s_draws() -> None:
    settings = PaperSettings(order_latency_p99_ns=300 * MS, cancel_latency_p99_ns=300 * MS)

    def arrivals(cancels: int) -> list[int]:
        world = World(settings)
        for number in range(5):
            world.note(world.venue.submit(order(f"o{number}", YES, BUY, "0.50", "5"), world.now))
            for _ in range(cancels):
                world.note(world.venue.withdraw(order("nobody", YES, BUY, "0.50", "5").order, world.now))
        world.after(10 * SECOND)
        return [event.at_ns for event in world.events if isinstance(event, Accepted)]

    assert len(set(arrivals(0))) == 5
    assert arrivals(0) == arrivals(3)


def test_a_cancel_that_overtakes_its_order_is_refused_and_the_order_rests() -> None:
    world = World(PaperSettings(order_latency_ns=100 * MS, cancel_latency_ns=1))
    wanted = order("a", YES, BUY, "0.50", "5")
    world.note(world.venue.submit(wanted, 0)).note(world.venue.withdraw(wanted.order, 0)).after(SECOND)
    assert [type(event).__name__ for event in world.events] == ["CancelRefused", "Accepted"]
    assert world.venue.open_orders() == ("a",)


class TestRefusalsByChance:
    def outcomes(self, probability: float, seed: int = 0) -> list[str]:
        world = World(PaperSettings(reject_probability=probability, seed=seed))
        for number in range(60):
            world.sends(order(f"o{number}", YES, BUY, "0.50", "5"))
        return [reason for number in range(60) for reason in world.rejections(f"o{number}") or [""]]

    def test_are_off_at_none_and_certain_at_one(self) -> None:
        assert set(self.outcomes(0.0)) == {""}
        assert set(self.outcomes(1.0)) == {MARKET_CONDITIONS}

    def test_follow_from_the_seed(self) -> None:
        assert self.outcomes(0.5) == self.outcomes(0.5) != self.outcomes(0.5, seed=1)
        assert 15 < self.outcomes(0.5).count(MARKET_CONDITIONS) < 45

    def test_leave_the_order_unknown_so_that_it_may_be_sent_again(self) -> None:
        world = World(PaperSettings(reject_probability=0.9))
        for _ in range(100):
            world.sends(order("again", YES, BUY, "0.50", "5"))
            if world.venue.open_orders():
                break
        assert world.venue.open_orders() == ("again",)
        assert set(world.rejections("again")) == {MARKET_CONDITIONS}


class TestARestriction:
    def world(self, mode: Mode) -> World:
        return World(PaperSettings(restrictions=(Restriction(mode, SECOND, 10 * SECOND),)))

    @pytest.mark.parametrize("mode", Mode, ids=str)
    def test_begins_and_ends_as_planned(self, mode: Mode) -> None:
        world = self.world(mode)
        world.sends(order("before", YES, BUY, "0.50", "5"))
        world.after(SECOND).sends(order("during", YES, BUY, "0.50", "5"))
        world.after(10 * SECOND).sends(order("after", YES, BUY, "0.50", "5"))
        assert world.venue.open_orders() == ("before", "after")
        (reason,) = world.rejections("during")
        assert reason

    @pytest.mark.parametrize(("mode", "taken"), [(mode, mode is Mode.POST_ONLY) for mode in Mode], ids=str)
    def test_to_post_only_takes_orders_that_are_that(self, mode: Mode, taken: bool) -> None:
        world = self.world(mode).after(2 * SECOND).sends(order("a", YES, BUY, "0.50", "5", post_only=True))
        assert world.venue.open_orders() == (("a",) if taken else ())

    @pytest.mark.parametrize("mode", Mode, ids=str)
    def test_takes_cancels_or_does_them_once_it_is_over(self, mode: Mode) -> None:
        world = self.world(mode).sends(order("a", YES, BUY, "0.50", "5")).after(2 * SECOND)
        world.note(world.venue.withdraw(order("a", YES, BUY, "0.50", "5").order, world.now)).after(20 * SECOND)
        (ended,) = [event for event in world.events if isinstance(event, Ended)]
        assert (ended.at_ns < 3 * SECOND) == mode.takes_cancels
        assert ended.at_ns < 13 * SECOND

    def test_counts_from_the_first_time_that_the_venue_hears_of_anything(self) -> None:
        plan = Restrictions((Restriction(Mode.DISABLED, 0, 5),))
        assert plan.refusal(post_only=True, at_ns=3) is None
        plan.begin(1_000)
        plan.begin(2_000)
        assert [plan.takes_cancels(at) for at in (999, 1_000, 1_004, 1_005)] == [True, False, False, True]

    @given(st.sampled_from(Mode), st.integers(0, 10**9), st.integers(1, 10**9))
    def test_reads_as_it_is_written(self, mode: Mode, after_ms: int, length_ms: int) -> None:
        restriction = Restriction(mode, after_ms * MS, length_ms * MS)
        assert parse_restriction(str(restriction)) == restriction

    @pytest.mark.parametrize(
        "text",
        ["", "closed at 1 for 1", "disabled at 1 for 0", "disabled at -1 for 1", "disabled at 1 for 999999999999"],
    )
    def test_that_is_none_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"disabled|out of range"):
            parse_restriction(text)


def test_nothing_of_this_is_on_unless_it_is_asked_for() -> None:
    settings = PaperSettings()
    assert settings.settles_at_once
    assert settings.there_and_back_ns == settings.order_latency_ns + settings.cancel_latency_ns
    world = World(settings)
    for number in range(40):
        world.sends(order(f"o{number}", YES, BUY, "0.50", "5"))
    assert not [event for event in world.events if isinstance(event, Rejected)]
