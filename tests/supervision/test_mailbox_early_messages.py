"""A message that is put early: what a fault has held back."""

import trio
from trio.testing import wait_all_tasks_blocked

from supervision.mailbox import Envelope, Mailbox, MailboxSpec


def letter(message: object) -> Envelope:
    return Envelope(message, 1, 1, 0, None, 0)


def taken(mailbox: Mailbox) -> list[object]:
    messages = []
    while (envelope := mailbox.take()) is not None:
        messages.append(envelope.message)
    return messages


def test_comes_before_all_others_but_system_messages() -> None:
    mailbox = Mailbox(MailboxSpec())
    for message in (1, 2):
        mailbox.put(letter(message))
    mailbox.put_system(letter("system"))
    assert mailbox.put_early(letter("early"), ())
    assert taken(mailbox) == ["system", "early", 1, 2]


def test_comes_behind_those_that_are_named() -> None:
    mailbox = Mailbox(MailboxSpec())
    mailbox.put(letter(1))
    first, second, third = letter("first"), letter("second"), letter("third")
    mailbox.put_early(first, ())
    mailbox.put_early(second, [first])
    mailbox.put_early(third, [first, second])
    assert taken(mailbox) == ["first", "second", "third", 1]


def test_comes_first_when_those_that_are_named_have_been_taken() -> None:
    mailbox = Mailbox(MailboxSpec())
    mailbox.put(letter(1))
    mailbox.put_early(letter("early"), [letter("gone")])
    assert taken(mailbox) == ["early", 1]


def test_needs_no_room() -> None:
    mailbox = Mailbox(MailboxSpec(capacity=1))
    mailbox.put(letter(1))
    assert mailbox.put_early(letter("early"), ())
    assert (mailbox.depth, mailbox.dropped, mailbox.put_count) == (2, 0, 2)
    assert not mailbox.put(letter(2))
    assert mailbox.take_system() is not None
    assert taken(mailbox) == ["early", 1]


def test_neither_replaces_one_of_its_key_nor_is_replaced() -> None:
    mailbox = Mailbox(MailboxSpec(latest_by=lambda _: "all"))
    mailbox.put(letter("new"))
    mailbox.put_early(letter("old"), ())
    mailbox.put(letter("newest"))
    assert taken(mailbox) == ["old", "newest"]
    assert mailbox.conflated == 1


def test_is_refused_by_a_closed_mailbox() -> None:
    mailbox = Mailbox(MailboxSpec())
    mailbox.close()
    assert not mailbox.put_early(letter("late"), ())
    assert mailbox.depth == 0


async def test_wakes_the_owner() -> None:
    mailbox = Mailbox(MailboxSpec())
    async with trio.open_nursery() as nursery:
        nursery.start_soon(mailbox.wait)
        await wait_all_tasks_blocked()
        mailbox.put_early(letter("early"), ())
    assert taken(mailbox) == ["early"]


async def test_keeps_those_waiting_who_wait_for_room() -> None:
    mailbox = Mailbox(MailboxSpec(capacity=1))
    mailbox.put(letter(1))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(mailbox.put_when_room, letter(2))
        await wait_all_tasks_blocked()
        mailbox.put_early(letter("early"), ())
        assert mailbox.take() is not None
        assert mailbox.waiting_senders == 1
        assert mailbox.take() is not None
    assert taken(mailbox) == [2]
