"""The one who polls: what a service does wrong is noticed, and never becomes a price."""

from collections.abc import Awaitable, Callable

import trio
from attrs import define, evolve, field

from actors.pricing.remote_pricer import RemotePricer
from actors.pricing.remote_words import (
    NoAnswer,
    PriceService,
    RemotePricerHealth,
    RemotePricerSettings,
    RemotePricerState,
)
from messages.periods import Series, UpOrDown
from messages.pricing import AboutPeriod, FollowPrices, NoPrices, PriceSnapshot, TellPrices
from supervision.actor import Actor
from supervision.address import Path
from supervision.specs import ActorSpec, Strategy, SupervisorSpec
from supervision.testing import MILLISECOND, ORIGIN_NS, Tree, run_tree
from tests.pricer.pricing_world import CANDLE, NEXT, PRESENT, SECOND
from tests.pricer.snapshots import HOURS, SERIES, publication

PATH = "reference/btcusd"
SETTINGS = RemotePricerSettings()
REFUSED = NoAnswer("unreachable", "connection refused")


@define(eq=False)
class Scripted:
    """A `PriceService` that does what it is told, and sees how it is asked."""

    answer: Callable[[Series], Awaitable[PriceSnapshot | NoAnswer]]
    asked: int = 0
    under_way: dict[Series, int] = field(factory=dict)
    most_under_way: int = 0
    told: list[UpOrDown] = field(factory=list)
    refusals: list[NoAnswer] = field(factory=list)
    closed: int = 0

    async def get_latest(self, series: Series) -> PriceSnapshot | NoAnswer:
        self.asked += 1
        self.under_way[series] = self.under_way.get(series, 0) + 1
        self.most_under_way = max(self.most_under_way, self.under_way[series])
        try:
            return await self.answer(series)
        finally:
            self.under_way[series] -= 1

    async def tell_period(self, about: UpOrDown) -> NoAnswer | None:
        await trio.lowlevel.checkpoint()
        if self.refusals:
            return self.refusals.pop(0)
        self.told.append(about)
        return None

    async def close(self) -> None:
        self.closed += 1


class Listener(Actor[PriceSnapshot | NoPrices | None]):
    def __init__(self, heard: list[tuple[int, PriceSnapshot | NoPrices]]) -> None:
        self._heard = heard

    def receive(self, message: PriceSnapshot | NoPrices | None) -> None:
        if message is None:
            self.tell(self.address(Path(PATH)), FollowPrices(SERIES))
            self.after("follow", 3 * SECOND, None)
        else:
            self._heard.append((self.now_ns - ORIGIN_NS, message))


@define(eq=False)
class Polling:
    tree: Tree
    service: Scripted
    heard: list[tuple[int, PriceSnapshot | NoPrices]]
    pricers: list[RemotePricer]

    @property
    def state(self) -> RemotePricerState:
        return self.pricers[-1].describe()

    @property
    def silences(self) -> list[tuple[int, str]]:
        return [(at_ns, each.reason) for at_ns, each in self.heard if isinstance(each, NoPrices)]

    async def ask(self, series: Series = SERIES) -> object:
        tree = self.tree
        return await tree.run(lambda: tree.runtime.ask(tree.address(PATH), TellPrices(series), SECOND))


class Counting:
    """A pricer that works: a publication each 20 ms."""

    def __init__(self) -> None:
        self.epoch = 3
        self.began_s = 0.0
        self.failure: NoAnswer | None = None
        self.frozen: int | None = None

    async def __call__(self, series: Series) -> PriceSnapshot | NoAnswer:
        await trio.sleep(0.001)
        if self.failure is not None:
            return self.failure
        seq = 1 + int((trio.current_time() - self.began_s) * 50) if self.frozen is None else self.frozen
        return publication(seq, self.epoch, series)


def poll(
    answer: Callable[[Series], Awaitable[PriceSnapshot | NoAnswer]],
    script: Callable[[Polling], Awaitable[None]],
    series: tuple[Series, ...] = (SERIES,),
) -> Polling:
    service, health = Scripted(answer), RemotePricerHealth()
    heard: list[tuple[int, PriceSnapshot | NoPrices]] = []
    pricers: list[RemotePricer] = []
    port: PriceService = service

    def create() -> RemotePricer:
        pricers.append(RemotePricer(series, port, SETTINGS, health))
        return pricers[-1]

    spec = SupervisorSpec(
        name="root",
        strategy=Strategy.ONE_FOR_ONE,
        is_group=True,
        children=(
            ActorSpec(name=PATH.split("/", maxsplit=1)[0] + "/btcusd", create=create),
            ActorSpec(name="listener", create=lambda: Listener(heard)),
        ),
    )
    polled: list[Polling] = []

    async def whole(tree: Tree) -> None:
        polled.append(Polling(tree, service, heard, pricers))
        tree.tell("listener", None)
        await script(polled[0])

    run_tree(spec, whole)
    return polled[0]


def test_it_polls_at_its_pace_and_passes_each_publication_on_once() -> None:
    async def script(polling: Polling) -> None:
        await polling.tree.advance(2 * SECOND)

    polled = poll(Counting(), script)
    assert abs(polled.service.asked - 80) <= 1
    numbers = [each.seq for _, each in polled.heard if isinstance(each, PriceSnapshot)]
    assert numbers == sorted(set(numbers)) and len(numbers) >= 78
    assert polled.state.missed == numbers[-1] - len(numbers)
    assert not polled.silences


def test_what_is_published_is_passed_on_unchanged() -> None:
    strange = evolve(publication(7), stale=True, uncertain=True, age_ms=9_999, ts_local_ms=5, epoch=0)

    async def answer(_: Series) -> PriceSnapshot | NoAnswer:
        await trio.sleep(0.001)
        return strange

    async def script(polling: Polling) -> None:
        await polling.tree.advance(SECOND // 2)
        assert await polling.ask() is strange

    assert [each for _, each in poll(answer, script).heard] == [strange]


def test_one_request_a_series_is_under_way_however_long_it_takes() -> None:
    async def slow(series: Series) -> PriceSnapshot | NoAnswer:
        await trio.sleep(0.2)
        return publication(1 + int(trio.current_time() * 50), series=series)

    async def script(polling: Polling) -> None:
        await polling.tree.advance(3 * SECOND)

    polled = poll(slow, script, (SERIES, HOURS))
    assert polled.service.most_under_way == 1
    assert polled.service.asked <= 32
    assert not polled.silences


def test_an_answer_that_does_not_come_in_time_is_not_waited_for() -> None:
    async def never(_: Series) -> PriceSnapshot | NoAnswer:
        await trio.sleep_forever()
        raise AssertionError("it does not come back")

    async def script(polling: Polling) -> None:
        await polling.tree.advance(3 * SECOND)
        told = await polling.ask()
        assert isinstance(told, NoPrices) and "250 ms" in told.reason

    polled = poll(never, script)
    assert dict(polled.state.failures)["late"] == polled.service.asked - 1
    ((at_ns, reason),) = polled.silences
    assert SECOND <= at_ns <= SECOND + SECOND // 10 and "no answer within 250 ms" in reason


def test_followers_are_told_once_when_a_service_is_silent_and_hear_of_it_again() -> None:
    counting = Counting()

    async def script(polling: Polling) -> None:
        await polling.tree.advance(SECOND)
        counting.failure = REFUSED
        await polling.tree.advance(4 * SECOND)
        assert polling.state.silent == (SERIES.name,)
        assert isinstance(await polling.ask(), NoPrices)
        counting.failure = None
        await polling.tree.advance(SECOND)
        assert isinstance(await polling.ask(), PriceSnapshot)

    polled = poll(counting, script)
    ((at_ns, reason),) = polled.silences
    assert 2 * SECOND - 50 * MILLISECOND <= at_ns <= 2 * SECOND + SECOND // 10
    assert "connection refused" in reason
    assert [type(each) for _, each in polled.heard][-1] is PriceSnapshot
    assert polled.state.silent == ()


def test_the_same_snapshot_again_and_again_is_silence_too() -> None:
    """A server that lives while who publishes has died answers well, and says nothing."""
    counting = Counting()

    async def script(polling: Polling) -> None:
        await polling.tree.advance(SECOND)
        counting.frozen = 40
        await polling.tree.advance(3 * SECOND)

    polled = poll(counting, script)
    assert len(polled.silences) == 1 and "repeats itself" in polled.silences[0][1]


def test_a_failure_between_does_not_make_an_old_snapshot_new() -> None:
    counting = Counting()
    counting.frozen = 5

    async def script(polling: Polling) -> None:
        for _ in range(8):
            await polling.tree.advance(200 * MILLISECOND)
            counting.failure = REFUSED if counting.failure is None else None

    polled = poll(counting, script)
    assert [each.seq for _, each in polled.heard if isinstance(each, PriceSnapshot)] == [5]
    assert len(polled.silences) == 1


def test_numbers_that_go_back_within_a_life_are_not_passed_on() -> None:
    counting = Counting()

    async def script(polling: Polling) -> None:
        await polling.tree.advance(SECOND)
        counting.frozen = 2
        await polling.tree.advance(2 * SECOND)
        assert polling.state.backwards == 1

    polled = poll(counting, script)
    numbers = [each.seq for _, each in polled.heard if isinstance(each, PriceSnapshot)]
    assert numbers == sorted(set(numbers))
    assert len(polled.silences) == 1


def test_a_pricer_that_lives_anew_is_told_of_the_periods_again() -> None:
    counting = Counting()
    present, following = UpOrDown(PRESENT, CANDLE), UpOrDown(NEXT, CANDLE, 60_000.0)

    def start(about: UpOrDown) -> int:
        return about.period.start_ms

    async def script(polling: Polling) -> None:
        polling.tree.tell(PATH, AboutPeriod(present), AboutPeriod(following))
        await polling.tree.advance(SECOND)
        assert sorted(polling.service.told, key=start) == [present, following]
        counting.epoch, counting.began_s = 4, trio.current_time()
        await polling.tree.advance(SECOND)
        assert sorted(polling.service.told, key=start) == [present, present, following, following]
        await polling.tree.advance(120 * SECOND)
        counting.epoch = 5
        await polling.tree.advance(SECOND)
        assert polling.service.told[4:] == [following], "the other one is over"

    polled = poll(counting, script)
    epochs = [each.epoch for _, each in polled.heard if isinstance(each, PriceSnapshot)]
    assert set(epochs) == {3, 4, 5} and epochs == sorted(epochs)


def test_a_period_is_told_until_it_is_taken_and_a_strike_that_comes_later_as_well() -> None:
    first, with_strike = UpOrDown(NEXT, CANDLE), UpOrDown(NEXT, CANDLE, 60_000.0)

    async def script(polling: Polling) -> None:
        polling.service.refusals = [REFUSED, NoAnswer("not ready", "status 503: not yet")]
        polling.tree.tell(PATH, AboutPeriod(first))
        await polling.tree.advance(SECOND // 2)
        polling.tree.tell(PATH, AboutPeriod(with_strike), AboutPeriod(UpOrDown(NEXT, CANDLE, 70_000.0)))
        assert polling.service.told == []
        await polling.tree.advance(5 * SECOND)

    assert poll(Counting(), script).service.told == [first, with_strike]


def test_what_a_pricer_refuses_is_not_said_again() -> None:
    async def script(polling: Polling) -> None:
        polling.service.refusals = [NoAnswer("refused", "status 404: no such series")]
        polling.tree.tell(PATH, AboutPeriod(UpOrDown(NEXT, CANDLE)))
        await polling.tree.advance(5 * SECOND)
        assert [line.fields["reason"] for line in polling.tree.logged("the pricer was not told")] == [
            "status 404: no such series"
        ]

    assert poll(Counting(), script).service.told == []


def test_nothing_is_told_to_a_follower_who_has_gone_for_good() -> None:
    """As the strategies of a market that was left."""

    async def script(polling: Polling) -> None:
        tree = polling.tree
        await tree.advance(SECOND)
        assert polling.state.followers == 1
        await tree.run(lambda: tree.supervisor("root").terminate_child("listener"))
        heard = len(polling.heard)
        await tree.advance(SECOND)
        assert (polling.state.followers, len(polling.heard), tree.runtime.dead_letter_count) == (0, heard, 0)

    poll(Counting(), script)


def test_a_new_life_begins_with_nothing_and_gives_its_connections_back() -> None:
    counting = Counting()

    async def script(polling: Polling) -> None:
        await polling.tree.advance(SECOND)
        counting.failure = REFUSED
        polling.tree.kill(PATH)
        await polling.tree.advance(SECOND // 2)
        assert isinstance(await polling.ask(), NoPrices)
        assert polling.service.closed == 1

    assert poll(counting, script).service.closed == 2
