"""What a mailbox promises: order, lanes, conflation, capacity, back-pressure, and what a restart finds."""

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import wait_all_tasks_blocked

from supervision.mailbox import Envelope, Mailbox, MailboxFull, MailboxSpec, Missed, OnRestart, Overflow


def letter(message: object, number: int = 1) -> Envelope:
    return Envelope(message, number, number, 0, None, 0)


def taken(mailbox: Mailbox) -> list[object]:
    messages = []
    while (envelope := mailbox.take()) is not None:
        messages.append(envelope.message)
    return messages


def by_first_letter(message: object) -> str | None:
    return message[0] if isinstance(message, str) and message[0].isupper() else None


class TestOrder:
    def test_ordinary_messages_are_taken_as_they_were_put(self) -> None:
        mailbox = Mailbox(MailboxSpec())
        for number in range(100):
            assert mailbox.put(letter(number))
        assert taken(mailbox) == list(range(100))

    def test_system_messages_overtake_ordinary_ones_and_keep_their_own_order(self) -> None:
        mailbox = Mailbox(MailboxSpec())
        mailbox.put(letter("first"))
        mailbox.put_system(letter("stop"))
        mailbox.put_system(letter("down"))
        assert taken(mailbox) == ["stop", "down", "first"]

    def test_there_is_room_for_system_messages_in_a_full_mailbox(self) -> None:
        mailbox = Mailbox(MailboxSpec(capacity=1))
        mailbox.put(letter("only"))
        for number in range(10):
            mailbox.put_system(letter(number))
        assert taken(mailbox) == [*range(10), "only"]


class TestConflation:
    def test_the_newest_of_a_key_stands_in_the_place_of_the_first(self) -> None:
        mailbox = Mailbox(MailboxSpec(latest_by=by_first_letter))
        for message in ("A1", "x", "B1", "A2", "y", "A3"):
            mailbox.put(letter(message))
        assert taken(mailbox) == ["A3", "x", "B1", "y"]
        assert mailbox.conflated == 2

    def test_a_key_that_was_taken_queues_anew_at_the_end(self) -> None:
        mailbox = Mailbox(MailboxSpec(latest_by=by_first_letter))
        mailbox.put(letter("A1"))
        mailbox.put(letter("x"))
        assert mailbox.take() is not None
        mailbox.put(letter("A2"))
        assert taken(mailbox) == ["x", "A2"]

    def test_a_full_mailbox_takes_the_newer_of_what_waits(self) -> None:
        mailbox = Mailbox(MailboxSpec(capacity=2, latest_by=by_first_letter))
        assert [mailbox.put(letter(each)) for each in ("A1", "x", "A2")] == [True, True, True]
        assert taken(mailbox) == ["A2", "x"]

    def test_one_that_was_refused_is_not_remembered(self) -> None:
        mailbox = Mailbox(MailboxSpec(capacity=1, overflow=Overflow.DROP, latest_by=by_first_letter))
        mailbox.put(letter("x"))
        assert not mailbox.put(letter("A1"))
        assert taken(mailbox) == [Missed(1), "x"]
        assert mailbox.put(letter("A2"))
        assert taken(mailbox) == ["A2"]

    def test_the_envelope_is_the_newest_one_s(self) -> None:
        mailbox = Mailbox(MailboxSpec(latest_by=by_first_letter))
        mailbox.put(letter("A1", number=1))
        mailbox.put(letter("A2", number=2))
        envelope = mailbox.take()
        assert envelope is not None
        assert envelope.number == 2


class TestOverflow:
    def test_capacity_counts_ordinary_messages_exactly(self) -> None:
        mailbox = Mailbox(MailboxSpec(capacity=3))
        assert [mailbox.put(letter(number)) for number in range(4)] == [True, True, True, False]
        assert (mailbox.depth, mailbox.dropped) == (3, 1)

    def test_a_mailbox_without_room_for_anything_is_refused(self) -> None:
        with pytest.raises(ValueError, match="capacity"):
            MailboxSpec(capacity=0)

    def test_drop_tells_the_receiver_how_many_it_missed(self) -> None:
        mailbox = Mailbox(MailboxSpec(capacity=1, overflow=Overflow.DROP))
        for number in range(4):
            mailbox.put(letter(number))
        assert taken(mailbox) == [Missed(3), 0]

    def test_what_is_missed_later_is_told_anew(self) -> None:
        mailbox = Mailbox(MailboxSpec(capacity=1, overflow=Overflow.DROP))
        mailbox.put(letter(0))
        mailbox.put(letter(1))
        assert taken(mailbox) == [Missed(1), 0]
        mailbox.put(letter(2))
        mailbox.put(letter(3))
        assert taken(mailbox) == [Missed(1), 2]

    def test_the_notice_belongs_to_the_correlation_of_what_was_dropped(self) -> None:
        mailbox = Mailbox(MailboxSpec(capacity=1, overflow=Overflow.DROP))
        mailbox.put(letter(0, number=5))
        mailbox.put(letter(1, number=6))
        notice = mailbox.take()
        assert notice is not None
        assert notice.correlation == 6

    def test_crash_is_one_system_message_that_raises(self) -> None:
        mailbox = Mailbox(MailboxSpec(capacity=1))
        for number in range(4):
            mailbox.put(letter(number))
        word = mailbox.take()
        assert word is not None
        with pytest.raises(MailboxFull, match="1 messages waited when one more int came"):
            mailbox.raise_if_overflowed(word.message)
        assert taken(mailbox) == [0]


class TestARestart:
    def test_keeps_ordinary_messages_in_order_and_forgets_system_messages(self) -> None:
        mailbox = Mailbox(MailboxSpec())
        for number in range(5):
            mailbox.put(letter(number))
        mailbox.put_system(letter("down"))
        assert mailbox.begin_life() == []
        assert taken(mailbox) == [0, 1, 2, 3, 4]

    def test_that_keeps_messages_keeps_the_word_that_some_were_missed(self) -> None:
        mailbox = Mailbox(MailboxSpec(capacity=1, overflow=Overflow.DROP))
        mailbox.put(letter(0))
        mailbox.put(letter(1))
        mailbox.begin_life()
        assert taken(mailbox) == [Missed(1), 0]

    def test_that_discards_counts_what_it_discards(self) -> None:
        mailbox = Mailbox(MailboxSpec(on_restart=OnRestart.DISCARD, latest_by=by_first_letter))
        for message in ("A1", "x", "A2"):
            mailbox.put(letter(message))
        assert len(mailbox.begin_life()) == 2
        assert (mailbox.discarded, mailbox.depth, mailbox.taken_count, mailbox.put_count) == (2, 0, 0, 2)
        mailbox.put(letter("A3"))
        assert taken(mailbox) == ["A3"]

    def test_may_overflow_again(self) -> None:
        mailbox = Mailbox(MailboxSpec(capacity=1))
        mailbox.put(letter(0))
        mailbox.put(letter(1))
        mailbox.begin_life()
        assert not mailbox.put(letter(2))
        word = mailbox.take()
        assert word is not None
        with pytest.raises(MailboxFull):
            mailbox.raise_if_overflowed(word.message)


class TestBackPressure:
    async def test_a_sender_waits_for_room_and_nothing_is_lost(self) -> None:
        mailbox = Mailbox(MailboxSpec(capacity=2))
        got: list[object] = []

        async def send() -> None:
            for number in range(50):
                await mailbox.put_when_room(letter(number))
                assert mailbox.depth <= 2

        async with trio.open_nursery() as nursery:
            nursery.start_soon(send)
            while len(got) < 50:
                await mailbox.wait()
                envelope = mailbox.take()
                assert envelope is not None
                got.append(envelope.message)
        assert got == list(range(50))
        assert (mailbox.put_count, mailbox.taken_count, mailbox.depth, mailbox.dropped) == (50, 50, 0, 0)

    async def test_those_who_wait_are_let_in_in_order_and_before_newcomers(self) -> None:
        mailbox = Mailbox(MailboxSpec(capacity=1, overflow=Overflow.DROP))
        mailbox.put(letter("first"))
        async with trio.open_nursery() as nursery:
            for number in range(3):
                nursery.start_soon(mailbox.put_when_room, letter(number))
                await wait_all_tasks_blocked()
            assert mailbox.take() is not None
            assert not mailbox.put(letter("newcomer"))
            got = []
            while (envelope := mailbox.take()) is not None:
                got.append(envelope.message)
        assert got == [Missed(1), 0, 1, 2]

    async def test_what_waited_is_conflated_like_everything_else(self) -> None:
        mailbox = Mailbox(MailboxSpec(capacity=1, latest_by=by_first_letter))
        mailbox.put(letter("x"))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(mailbox.put_when_room, letter("A1"))
            await wait_all_tasks_blocked()
            nursery.start_soon(mailbox.put_when_room, letter("A2"))
            await wait_all_tasks_blocked()
            assert taken(mailbox) == ["x", "A2"]
        assert mailbox.conflated == 1

    async def test_one_that_replaces_another_need_not_wait(self) -> None:
        mailbox = Mailbox(MailboxSpec(capacity=1, latest_by=by_first_letter))
        mailbox.put(letter("A1"))
        await mailbox.put_when_room(letter("A2"))
        assert taken(mailbox) == ["A2"]

    async def test_a_cancelled_sender_s_message_was_not_queued(self) -> None:
        mailbox = Mailbox(MailboxSpec(capacity=1))
        mailbox.put(letter("x"))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(mailbox.put_when_room, letter("y"))
            await wait_all_tasks_blocked()
            nursery.cancel_scope.cancel()
        assert taken(mailbox) == ["x"]

    async def test_a_discarding_restart_lets_those_in_who_wait(self) -> None:
        mailbox = Mailbox(MailboxSpec(capacity=1, on_restart=OnRestart.DISCARD))
        mailbox.put(letter("old"))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(mailbox.put_when_room, letter("new"))
            await wait_all_tasks_blocked()
            assert len(mailbox.begin_life()) == 1
        assert taken(mailbox) == ["new"]


class TestTheOwner:
    @pytest.mark.parametrize("lane", ["system", "ordinary"])
    async def test_is_woken_by_either_lane(self, lane: str) -> None:
        mailbox = Mailbox(MailboxSpec(capacity=1))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(mailbox.wait)
            await wait_all_tasks_blocked()
            put = mailbox.put_system if lane == "system" else mailbox.put
            put(letter("word"))
        assert taken(mailbox) == ["word"]

    async def test_many_system_messages_to_a_sleeping_owner_take_no_room(self) -> None:
        mailbox = Mailbox(MailboxSpec(capacity=1))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(mailbox.wait)
            await wait_all_tasks_blocked()
            for number in range(3):
                mailbox.put_system(letter(number))
            assert mailbox.put(letter("ordinary"))
        assert taken(mailbox) == [0, 1, 2, "ordinary"]
        with trio.move_on_after(0) as nothing_more:
            await mailbox.wait()
        assert nothing_more.cancelled_caught

    async def test_that_sleeps_gives_no_room_beyond_the_capacity(self) -> None:
        mailbox = Mailbox(MailboxSpec(capacity=2, overflow=Overflow.DROP))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(mailbox.wait)
            await wait_all_tasks_blocked()
            assert [mailbox.put(letter(number)) for number in range(3)] == [True, True, False]
        assert taken(mailbox) == [Missed(1), 0, 1]

    @pytest.mark.parametrize("cancel_first", [True, False])
    async def test_that_is_cancelled_while_a_message_comes_loses_none(self, cancel_first: bool) -> None:
        mailbox = Mailbox(MailboxSpec())
        async with trio.open_nursery() as nursery:
            nursery.start_soon(mailbox.wait)
            await wait_all_tasks_blocked()
            if cancel_first:
                nursery.cancel_scope.cancel()
            mailbox.put(letter("a"))
            mailbox.put(letter("b"))
            nursery.cancel_scope.cancel()
        assert mailbox.depth == 2
        assert taken(mailbox) == ["a", "b"]

    def test_sees_the_highest_depth(self) -> None:
        mailbox = Mailbox(MailboxSpec())
        for number in range(7):
            mailbox.put(letter(number))
        taken(mailbox)
        mailbox.put(letter(8))
        taken(mailbox)
        assert mailbox.high_water == 7


@given(st.lists(st.sampled_from(["put", "send", "take", "wait", "cancel owner", "cancel sender", "system"])))
def test_whatever_is_cancelled_no_message_is_lost_doubled_or_out_of_order(steps: list[str]) -> None:
    """Of each sender's own numbers; a sender that is cancelled while it waits keeps its message."""

    async def main() -> None:
        mailbox = Mailbox(MailboxSpec(capacity=2, overflow=Overflow.DROP))
        expected: list[int] = []
        waiting: dict[int, trio.CancelScope] = {}
        got: list[object] = []
        number = 0
        owner = trio.CancelScope()
        owner_sleeps = False

        async def wait() -> None:
            nonlocal owner_sleeps
            owner_sleeps = True
            with owner:
                await mailbox.wait()
            owner_sleeps = False

        async def send(value: int) -> None:
            with trio.CancelScope() as waiting[value]:
                await mailbox.put_when_room(letter(value))
                expected.append(value)
            del waiting[value]

        async with trio.open_nursery() as nursery:
            for step in steps:
                number += 1
                match step:
                    case "put":
                        if mailbox.put(letter(number)):
                            expected.append(number)
                    case "send":
                        nursery.start_soon(send, number)
                    case "system":
                        mailbox.put_system(letter("system"))
                    case "take" if not owner_sleeps:
                        envelope = mailbox.take()
                        if envelope is not None:
                            got.append(envelope.message)
                    case "wait" if not owner_sleeps:
                        owner = trio.CancelScope()
                        nursery.start_soon(wait)
                    case "cancel owner":
                        owner.cancel()
                    case "cancel sender" if waiting:
                        next(reversed(waiting.values())).cancel()
                await wait_all_tasks_blocked()
                assert 0 <= mailbox.depth <= 2
                assert not waiting or mailbox.depth == 2
            owner.cancel()
            await wait_all_tasks_blocked()
            while (envelope := mailbox.take()) is not None:
                got.append(envelope.message)
                await wait_all_tasks_blocked()
        ordinary = [message for message in got if isinstance(message, int)]
        assert ordinary == expected
        assert sum(each.count for each in got if isinstance(each, Missed)) == mailbox.dropped

    trio.run(main)
