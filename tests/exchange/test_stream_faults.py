"""Frames that are lost, doubled, late, falsified; streams that fall silent; connections that break."""

from collections import deque

from attrs import Factory, define

from messages.identity import TokenId
from polyactors.exchange.streams.stream_faults import (
    DropFrame,
    DuplicateFrame,
    FrameFault,
    HoldFrame,
    StreamKind,
    WrongHash,
)
from tests.exchange.stream_world import (
    Replica,
    StreamWorld,
    both_tokens,
    decoded,
    frames,
    login,
    owner,
    subscription,
    taken,
)
from tests.exchange.trading_floor import ALICE, BOB, BUY, GROUP, NO, PLAIN, SECOND_NS, YES


@define
class Planned:
    """The next frames have these faults, one each; the stream is silent of, and breaks, what is said here."""

    coming: deque[FrameFault | None] = Factory(deque)
    silent: set[TokenId] = Factory(set)
    breaks: bool = False

    def for_frame(self, stream: StreamKind, asset: TokenId | None, now_ns: int) -> FrameFault | None:
        return self.coming.popleft() if self.coming else None

    def is_silent(self, stream: StreamKind, asset: TokenId | None) -> bool:
        return asset in self.silent

    def drops_connection(self, stream: StreamKind, now_ns: int) -> bool:
        return self.breaks


def sizes_told(world: StreamWorld, faults: Planned, *coming: FrameFault | None) -> list[str]:
    """The sizes of three levels that are placed one after the other, as they arrive."""
    heard = world.market_client(subscription([PLAIN.yes_token], initial_dump=False))
    faults.coming.extend(coming)
    for size in (10, 20, 30):
        world.floor.placed(ALICE, BUY, YES, size / 100, size)
    return [frame["price_changes"][0]["size"] for frame in frames(taken(heard))]


def test_a_lost_frame_is_lost() -> None:
    faults = Planned()
    assert sizes_told(StreamWorld(faults), faults, None, DropFrame()) == ["10", "30"]


def test_a_doubled_frame_comes_twice() -> None:
    faults = Planned()
    assert sizes_told(StreamWorld(faults), faults, DuplicateFrame()) == ["10", "10", "20", "30"]


def test_a_frame_that_is_held_comes_behind_the_next_of_its_market() -> None:
    faults = Planned()
    assert sizes_told(StreamWorld(faults), faults, HoldFrame(SECOND_NS)) == ["20", "10", "30"]


def test_a_frame_that_is_held_waits_its_time_when_nothing_follows() -> None:
    faults = Planned()
    world = StreamWorld(faults)
    assert sizes_told(world, faults, None, None, HoldFrame(SECOND_NS)) == ["10", "20"]
    heard = world.market_client(subscription([PLAIN.yes_token], initial_dump=False))
    faults.coming.append(HoldFrame(SECOND_NS))
    world.floor.placed(ALICE, BUY, YES, 0.5, 7)
    world.floor.placed(ALICE, BUY, YES, 0.5, 7, on=GROUP[0])
    due_ns = world.now_ns() + SECOND_NS
    assert world.streams.next_due_ns() == due_ns
    world.streams.advance(due_ns - 1)
    assert taken(heard) == []
    world.streams.advance(due_ns)
    assert len(taken(heard)) == 1
    assert world.streams.next_due_ns() is None


def test_a_falsified_hash_is_not_that_of_the_book_and_the_next_one_is() -> None:
    faults = Planned()
    world = StreamWorld(faults)
    heard = world.market_client(subscription(both_tokens(), initial_dump=False))
    faults.coming.append(WrongHash())
    replica = Replica()
    world.floor.placed(ALICE, BUY, YES, 0.4, 10)
    replica.apply(decoded(taken(heard)))
    assert replica.levels == world.levels()
    assert all(said != world.hash(outcome) for outcome, said in replica.hashes.items())
    assert all(len(said or "") == 40 for said in replica.hashes.values())
    world.floor.placed(ALICE, BUY, YES, 0.3, 10)
    replica.apply(decoded(taken(heard)))
    assert all(said == world.hash(outcome) for outcome, said in replica.hashes.items())


def test_a_silent_token_says_nothing_but_the_others_and_pong_do() -> None:
    faults = Planned(silent={PLAIN.yes_token})
    world = StreamWorld(faults)
    heard = world.market_client(subscription([PLAIN.yes_token, GROUP[0].yes_token]))
    assert [frame["asset_id"] for frame in frames(taken(heard))] == [GROUP[0].yes_token]
    world.floor.placed(ALICE, BUY, YES, 0.4, 10)
    world.floor.placed(ALICE, BUY, YES, 0.4, 10, on=GROUP[0])
    heard.hear("PING")
    texts = taken(heard)
    assert texts.pop() == "PONG"
    assert [frame["market"] for frame in frames(texts)] == [GROUP[0].market]


def test_all_connections_of_the_stream_break_together() -> None:
    faults = Planned()
    world = StreamWorld(faults)
    mine = world.credentials(1)
    sessions = [world.market_client(subscription(both_tokens())) for _ in range(2)]
    user = world.user_client(login(mine))
    faults.breaks = True
    world.floor.placed(owner(mine), BUY, YES, 0.4, 10)
    assert user.outbox.is_closed and all(each.outbox.is_closed for each in sessions)
    assert (len(world.streams.market), len(world.streams.user)) == (0, 0)


def test_of_a_token_that_is_not_silent_the_other_ones_silence_takes_the_shared_changes_alone() -> None:
    world = StreamWorld(Planned(silent={PLAIN.no_token}))
    world.floor.placed(ALICE, BUY, YES, 0.4, 10)
    heard = world.market_client(subscription(both_tokens(), initial_dump=False))
    world.floor.placed(BOB, BUY, NO, 0.6, 5)
    found = frames(taken(heard))
    assert [(frame["event_type"], frame["asset_id"]) for frame in found] == [("book", PLAIN.yes_token)]


def test_a_break_that_nobody_is_connected_for_is_not_used_up() -> None:
    asked: list[StreamKind] = []

    class Counting(Planned):
        def drops_connection(self, stream: StreamKind, now_ns: int) -> bool:
            asked.append(stream)
            return False

    world = StreamWorld(Counting())
    world.floor.placed(ALICE, BUY, YES, 0.4, 10)
    world.user_client("PING")
    assert asked == []
