"""The actor that publishes: numbered snapshots to who follows, stale and uncertain as it says, anew after a death."""

import math
from collections.abc import Awaitable, Callable, Sequence

import pytest
from attrs import define

from actors.pricing.open_price_source import OpenPriceSource
from actors.pricing.pricer import Priced, PricerInput
from actors.pricing.settings import PricingSettings
from actors.pricing.symbol_pricer import SymbolPricer
from actors.pricing.symbol_pricer_words import SymbolPricerState
from messages.periods import Period, PeriodLength, Reading, Series, SettlementRule, UpOrDown
from messages.pricing import (
    FOLLOWED_FOR_NS,
    AboutPeriod,
    Feature,
    FeatureName,
    Features,
    FollowPrices,
    NoPrices,
    PriceSnapshot,
    TellPrices,
)
from messages.reference import (
    REFERENCE_SCALE,
    CoinSize,
    ReferenceAverage,
    ReferenceMissed,
    ReferencePrice,
    ReferenceQuote,
    ReferenceTick,
    ReferenceVenue,
    Symbol,
)
from supervision.address import Address
from supervision.mailbox import MailboxSpec
from supervision.specs import ActorSpec, Backoff, Strategy, SupervisorSpec
from supervision.testing import MILLISECOND, ORIGIN_NS, Diary, Do, Probe, Tree, probe, run_tree

SECOND = 1000 * MILLISECOND
BTC = Symbol("btcusd")
QUARTERS, MINUTES = Series(BTC, PeriodLength.FIFTEEN_MINUTES), Series(BTC, PeriodLength.FIVE_MINUTES)
CANDLE = SettlementRule(ReferenceVenue.BINANCE, Reading.CANDLE)
BINANCE, COINBASE, KRAKEN, CHAINLINK, _ = ReferenceVenue
NEXT_MS = QUARTERS.period_at(ORIGIN_NS // MILLISECOND).end_ms
"""A hundred seconds after the beginning of each test."""

PRICER, FOLLOWER, OTHER = "btcusd", "follower", "other"


@define
class Scene:
    tree: Tree
    diary: Diary

    @property
    def now_ns(self) -> int:
        return self.tree.clock.now_ns()

    def follow(self, series: Series = QUARTERS, follower: str = FOLLOWER) -> None:
        self.say(FollowPrices(series), follower)

    def say(self, message: object, speaker: str = FOLLOWER) -> None:
        address: Address[object] = self.tree.address(PRICER)

        def tell(probe: Probe) -> None:
            probe.tell(address, message)

        self.tree.tell(speaker, Do(tell))

    def trade(self, dollars: float, *venues: ReferenceVenue, at_ns: int | None = None) -> None:
        at_ns = self.now_ns if at_ns is None else at_ns
        price = ReferencePrice(round(dollars * REFERENCE_SCALE))
        for venue in venues or (BINANCE, COINBASE):
            self.tree.tell(PRICER, ReferenceTick(venue, BTC, price, CoinSize(1), None, None, at_ns, self.now_ns))

    def heard(self, follower: str = FOLLOWER, series: Series = QUARTERS) -> list[PriceSnapshot]:
        said = self.diary.received(follower)
        return [each for each in said if isinstance(each, PriceSnapshot) and each.series == series]

    @property
    def newest(self) -> PriceSnapshot:
        return self.heard()[-1]

    @property
    def state(self) -> SymbolPricerState:
        shown = self.tree.cell(PRICER).actor.describe()  # type: ignore[union-attr]
        assert isinstance(shown, SymbolPricerState)
        return shown

    async def to(self, at_ms: int) -> None:
        await self.tree.advance(at_ms * MILLISECOND - self.now_ns)

    async def warmed_up(self, seconds: int = 95, dollars: float = 77_000.0) -> None:
        """So many seconds of ticks of two venues, that end a second before the next period."""
        await self.to(NEXT_MS - seconds * 1000)
        for second in range(seconds - 1):
            self.trade(dollars + second % 7, BINANCE, COINBASE)
            await self.tree.advance(SECOND)


class SureOfUp:
    """A pricer that knows nothing and says the same."""

    def price(self, given: PricerInput) -> Priced:
        return Priced(0.75, 0.7, 0.8, False)


class OneFeature:
    """An engine of one feature: how much it saw."""

    def __init__(self) -> None:
        self._seen = 0

    def see(self, data: ReferenceTick | ReferenceQuote | ReferenceAverage) -> None:
        self._seen += 1

    def features(self, now_ns: int) -> Features:
        return Features((Feature(FeatureName("seen"), float(self._seen)),), True)


def candle(_: Series) -> SettlementRule:
    return CANDLE


def play(
    script: Callable[[Scene], Awaitable[None]],
    settings: PricingSettings = PricingSettings(),  # noqa: B008
    create: Callable[[], SymbolPricer] | None = None,
    series: Sequence[Series] = (QUARTERS, MINUTES),
) -> None:
    diary = Diary()

    def pricer() -> SymbolPricer:
        return SymbolPricer(BTC, series, settings, rule_of=candle)

    spec = SupervisorSpec(
        name="root",
        strategy=Strategy.ONE_FOR_ONE,
        is_group=True,
        intensity=10,
        backoff=Backoff(initial_ns=0, maximum_ns=0),
        children=(
            ActorSpec(name=PRICER, create=create or pricer, mailbox=MailboxSpec(capacity=100_000)),
            probe(FOLLOWER, diary, mailbox=MailboxSpec(capacity=100_000)),
            probe(OTHER, diary, mailbox=MailboxSpec(capacity=100_000)),
        ),
    )

    async def run(tree: Tree) -> None:
        await script(Scene(tree, diary))

    run_tree(spec, run)


def test_it_publishes_each_20_ms_to_those_that_follow_numbered_without_a_gap() -> None:
    async def script(scene: Scene) -> None:
        scene.follow()
        scene.follow(MINUTES, OTHER)
        await scene.tree.advance(SECOND)
        heard = scene.heard()
        assert [each.seq for each in heard] == list(range(1, 51))
        assert {each.ts_local_ms for each in heard} == {
            (ORIGIN_NS + count * 20 * MILLISECOND) // MILLISECOND for count in range(1, 51)
        }
        assert len(scene.heard(OTHER, MINUTES)) == 50 and not scene.heard(OTHER) and not scene.heard(series=MINUTES)

    play(script)


def test_whoever_does_not_ask_again_is_told_no_more_after_ten_seconds() -> None:
    async def script(scene: Scene) -> None:
        scene.follow()
        scene.follow(follower=OTHER)
        await scene.tree.advance(FOLLOWED_FOR_NS // 2)
        scene.follow(follower=OTHER)
        await scene.tree.advance(FOLLOWED_FOR_NS)
        assert len(scene.heard()) == FOLLOWED_FOR_NS // (20 * MILLISECOND) - 1
        assert scene.heard(OTHER)[-1].seq > scene.heard()[-1].seq

    play(script)


def test_with_0_it_publishes_on_every_tick() -> None:
    async def script(scene: Scene) -> None:
        scene.follow()
        for count in range(1, 20):
            scene.trade(77_000 + count, BINANCE)
            await scene.tree.settle()
            assert scene.newest.last_trade_price == 77_000 + count and scene.newest.seq == count

    play(script, PricingSettings(publish_every_ns=0))


def test_it_is_stale_once_no_price_counts_and_says_so_itself() -> None:
    async def script(scene: Scene) -> None:
        scene.follow()
        scene.trade(77_000)
        await scene.tree.advance(2 * SECOND)
        assert not scene.newest.stale and scene.newest.age_ms == 2000
        await scene.tree.advance(20 * MILLISECOND)
        assert scene.newest.stale and scene.newest.p_yes_fair is None and scene.newest.uncertain
        scene.trade(77_001)
        await scene.tree.advance(20 * MILLISECOND)
        assert not scene.newest.stale
        for venue in (BINANCE, COINBASE):
            scene.tree.tell(PRICER, ReferenceMissed(venue, None, "the connection was lost", scene.now_ns))
        await scene.tree.advance(20 * MILLISECOND)
        assert scene.newest.stale

    play(script)


def test_before_anything_is_heard_it_publishes_that_it_knows_nothing() -> None:
    async def script(scene: Scene) -> None:
        scene.follow()
        await scene.tree.advance(20 * MILLISECOND)
        found = scene.newest
        assert found.stale and found.uncertain
        assert (found.p_yes_fair, found.median.price, found.open_price, found.mid) == (None, None, None, None)
        assert found.hour_id == QUARTERS.period_at(ORIGIN_NS // MILLISECOND).name

    play(script)


def test_the_period_rolls_on_the_millisecond_with_its_open_price_and_the_snapshot_is_whole() -> None:
    async def script(scene: Scene) -> None:
        await scene.warmed_up()
        scene.follow()
        await scene.to(NEXT_MS - 20)
        former = scene.newest
        assert (former.hour_end_ts_ms, former.t_remaining_ms) == (NEXT_MS, 20)
        scene.trade(77_010, BINANCE)
        scene.trade(77_011, COINBASE)
        await scene.to(NEXT_MS)
        assert scene.newest.hour_start_ts_ms == NEXT_MS and scene.newest.open_price is None
        scene.trade(77_020, BINANCE)
        scene.trade(77_021, COINBASE)
        await scene.tree.advance(20 * MILLISECOND)
        found = scene.newest
        assert (found.open_price, found.last_trade_price) == (77_020, 77_020)
        assert found.hour_id == f"btcusd-15m-{NEXT_MS}"
        assert found.t_remaining_ms == 900_000 - 20 and found.ts_exchange_ms == NEXT_MS
        assert found.age_ms == 20 and not found.stale and not found.uncertain
        assert found.median.price == 77_020.5 and found.median.counted == (BINANCE, COINBASE)
        assert found.features.is_ready
        assert found.p_yes_fair == pytest.approx(0.5, abs=0.001)
        assert [each.seq for each in scene.heard()] == list(range(1, len(scene.heard()) + 1))
        for _ in range(40):
            scene.follow()
            await scene.tree.advance(SECOND)
            scene.trade(77_120)
        assert scene.newest.open_price == 77_020
        fair, lo, hi = scene.newest.p_yes_fair, scene.newest.p_yes_band_lo, scene.newest.p_yes_band_hi
        assert fair is not None and lo is not None and hi is not None and 0.5 < lo <= fair <= hi

    play(script)


def test_a_strike_that_the_market_tells_before_is_the_open_price() -> None:
    async def script(scene: Scene) -> None:
        await scene.warmed_up()
        scene.say(AboutPeriod(UpOrDown(Period(QUARTERS, NEXT_MS), CANDLE, 76_500.25)))
        scene.follow()
        await scene.to(NEXT_MS + 20)
        assert scene.newest.open_price == 76_500.25
        scene.trade(77_020)
        await scene.tree.advance(20 * MILLISECOND)
        assert scene.newest.open_price == 76_500.25
        assert scene.newest.p_yes_fair is not None and scene.newest.p_yes_fair > 0.9

    play(script)


def test_fewer_than_two_venues_make_it_uncertain() -> None:
    async def script(scene: Scene) -> None:
        await scene.warmed_up()
        await scene.to(NEXT_MS)
        scene.follow()
        scene.trade(77_020)
        await scene.tree.advance(20 * MILLISECOND)
        assert not scene.newest.uncertain
        await scene.tree.advance(3 * SECOND)
        scene.trade(77_021, BINANCE)
        await scene.tree.advance(20 * MILLISECOND)
        assert scene.newest.uncertain and scene.newest.median.is_uncertain and not scene.newest.stale

    play(script)


def test_without_its_source_the_others_say_what_it_would_say_and_it_is_uncertain_and_wider() -> None:
    async def script(scene: Scene) -> None:
        await scene.warmed_up()
        await scene.to(NEXT_MS)
        scene.follow()
        for _ in range(60):
            scene.trade(77_000, BINANCE)
            scene.trade(77_040, COINBASE, KRAKEN)
            scene.follow()
            await scene.tree.advance(SECOND)
        before = scene.newest
        for _ in range(4):
            scene.trade(77_040, COINBASE, KRAKEN)
            scene.follow()
            await scene.tree.advance(SECOND)
        after = scene.newest
        assert before.open_price == after.open_price == 77_000
        assert not before.uncertain and after.uncertain
        for found in (before, after):
            assert found.p_yes_fair == pytest.approx(0.5, abs=0.05)
        assert before.p_yes_band_lo is not None and after.p_yes_band_lo is not None
        assert after.p_yes_band_lo < before.p_yes_band_lo

    play(script)


def test_a_new_life_begins_anew_says_so_and_knows_the_open_price_of_the_next_period() -> None:
    async def script(scene: Scene) -> None:
        await scene.warmed_up()
        await scene.to(NEXT_MS)
        scene.follow()
        scene.trade(77_020)
        await scene.tree.advance(SECOND)
        assert scene.newest.open_price == 77_020
        epoch = scene.newest.epoch
        scene.tree.kill(PRICER)
        await scene.tree.settle()
        await scene.tree.advance(10 * SECOND)
        scene.follow()
        scene.trade(77_030)
        await scene.tree.advance(20 * MILLISECOND)
        found = scene.newest
        assert (found.seq, found.open_price, found.p_yes_fair) == (1, None, 0.5) and found.epoch > epoch
        assert found.uncertain and (found.p_yes_band_lo, found.p_yes_band_hi) == (0.0, 1.0)
        assert scene.tree.logged("begins anew: open prices are unknown until they are told")
        told = UpOrDown(Period(QUARTERS, NEXT_MS), CANDLE, 77_020.0)
        scene.say(AboutPeriod(told))
        await scene.tree.advance(20 * MILLISECOND)
        assert scene.newest.open_price == 77_020

    play(script)


@define
class Candles(OpenPriceSource):
    """Knows the open price when asked the second time."""

    asked: int = 0

    async def open_price(self, period: Period, rule: SettlementRule) -> float | None:
        self.asked += 1
        return None if self.asked == 1 else 76_999.5


def test_an_open_price_that_was_missed_is_asked_for_until_it_is_told() -> None:
    candles = Candles()

    async def script(scene: Scene) -> None:
        scene.follow()
        scene.trade(77_000)
        await scene.tree.advance(SECOND)
        assert scene.newest.open_price is None
        scene.follow()
        await scene.tree.advance(10 * SECOND)
        assert scene.newest.open_price == 76_999.5
        await scene.tree.advance(30 * SECOND)
        assert candles.asked == 2
        assert [line.fields["reason"] for line in scene.tree.logged("no open price")] == ["the first trade was missed"]

    play(script, create=lambda: SymbolPricer(BTC, (QUARTERS,), PricingSettings(), rule_of=candle, open_prices=candles))


def test_whoever_asks_is_answered_with_the_newest_or_with_why_there_is_none() -> None:
    async def script(scene: Scene) -> None:
        scene.trade(77_000)
        scene.say(TellPrices(QUARTERS))
        scene.say(TellPrices(Series(Symbol("ethusd"), PeriodLength.HOUR)))
        scene.say(FollowPrices(Series(BTC, PeriodLength.HOUR)))
        await scene.tree.settle()
        assert [each.seq for each in scene.heard()] == [1]
        assert scene.newest.last_trade_price == 77_000
        missing = [each for each in scene.diary.received(FOLLOWER) if isinstance(each, NoPrices)]
        assert [each.series.name for each in missing] == ["ethusd-1h", "btcusd-1h"]
        scene.say(TellPrices(QUARTERS))
        await scene.tree.settle()
        assert [each.seq for each in scene.heard()] == [1, 1]

    play(script)


def test_what_is_told_of_a_series_that_is_not_priced_changes_nothing() -> None:
    async def script(scene: Scene) -> None:
        other = Series(Symbol("ethusd"), PeriodLength.HOUR)
        scene.say(AboutPeriod(UpOrDown(Period(other, NEXT_MS), CANDLE, 5.0)))
        await scene.tree.settle()
        assert scene.tree.logged("told of a series that is not priced")
        assert scene.tree.is_up(PRICER)

    play(script)


def test_another_engine_and_pricer_need_no_other_change() -> None:
    async def script(scene: Scene) -> None:
        scene.follow()
        scene.trade(77_000)
        await scene.tree.advance(20 * MILLISECOND)
        found = scene.newest
        assert found.features.value(FeatureName("seen")) == 2
        assert (found.p_yes_fair, found.p_yes_band_lo, found.p_yes_band_hi) == (0.75, 0.7, 0.8)
        assert not found.uncertain

    play(
        script,
        create=lambda: SymbolPricer(
            BTC, (QUARTERS,), PricingSettings(), rule_of=candle, engine=OneFeature, pricer=SureOfUp()
        ),
    )


def test_a_plugged_in_engine_without_the_usual_features_leaves_the_default_volatility() -> None:
    async def script(scene: Scene) -> None:
        await scene.to(NEXT_MS - 1000)
        scene.trade(77_000)
        await scene.to(NEXT_MS)
        scene.follow()
        scene.trade(77_000)
        scene.trade(77_200)
        await scene.tree.advance(20 * MILLISECOND)
        sigma = 0.5 / math.sqrt(365 * 24 * 4)
        assert scene.newest.open_price == 77_000 and scene.newest.p_yes_fair is not None
        expected = 0.5 * math.erfc(-math.log(77_200 / 77_000) / sigma / math.sqrt(2))
        assert scene.newest.p_yes_fair == pytest.approx(expected, abs=0.06)

    play(script, create=lambda: SymbolPricer(BTC, (QUARTERS,), PricingSettings(), rule_of=candle, engine=OneFeature))


def test_bad_ticks_change_nothing_that_is_published_and_are_shown_by_venue() -> None:
    async def script(scene: Scene) -> None:
        scene.follow()
        scene.trade(77_000)
        await scene.tree.advance(20 * MILLISECOND)
        before = scene.newest
        scene.trade(0.0, BINANCE)
        scene.trade(-1.0, COINBASE)
        scene.trade(70_000 * 1.3, BINANCE)
        scene.trade(77_001, BINANCE, at_ns=scene.now_ns + 60 * SECOND)
        await scene.tree.advance(20 * MILLISECOND)
        after = scene.newest
        assert (after.median, after.features, after.last_trade_price) == (
            before.median,
            before.features,
            before.last_trade_price,
        )
        shown = {(each.venue, each.reason.value): each.count for each in scene.state.refused}
        assert shown == {
            (BINANCE, "zero"): 1,
            (COINBASE, "negative"): 1,
            (BINANCE, "too far from the venue's price before"): 1,
            (BINANCE, "from the future"): 1,
        }

    play(script)


def test_it_shows_where_each_series_is_who_follows_and_who_was_heard() -> None:
    async def script(scene: Scene) -> None:
        scene.follow()
        scene.trade(77_000)
        await scene.tree.advance(SECOND)
        quarters, minutes = scene.state.series
        assert quarters.followers == (FOLLOWER,) and minutes.followers == ()
        assert quarters.now is not None and quarters.now.why_no_open == "the first trade was missed"
        assert quarters.seq == 50 and quarters.newest == scene.newest
        assert dict(scene.state.taken) == {BINANCE: 1, COINBASE: 1}
        assert scene.state.median.counted == (BINANCE, COINBASE)

    play(script)
