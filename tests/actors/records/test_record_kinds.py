"""Every kind of record survives the journal, and the hash of decisions is of decisions alone."""

from pathlib import Path

import pytest
from attrs import AttrsInstance, evolve, fields_dict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actors.records.journal_store import JournalStore, Record, Row
from actors.records.record_kinds import (
    CIRCUMSTANCES,
    DECISIONS,
    RECORD_CODEC,
    correlation_of,
    decision_hash,
    message_of,
    row_of,
)
from messages.control import ClearMode, SessionEnded, SessionStarted
from messages.fills import Fill
from messages.identity import OrderId
from messages.market_data import BookOpened
from messages.orders import OrderState
from messages.risk import ExecutionReady, ReservationReleased
from messages.serial import BadDocument
from tests.actors.samples import GAME, authorised, changed, fill_of, moved, order_of, place

KINDS = DECISIONS + CIRCUMSTANCES


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@given(data=st.data())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_kind_of_record_comes_back_as_it_was(kind: type[AttrsInstance], data: st.DataObject) -> None:
    message = data.draw(st.from_type(kind))
    text = RECORD_CODEC.encode(message)
    back = RECORD_CODEC.decode(text)
    assert back == message
    assert type(back) is kind
    assert RECORD_CODEC.encode(back) == text


def test_a_class_that_is_not_journaled_is_refused() -> None:
    with pytest.raises(KeyError):
        row_of(BookOpened(GAME, "dirty"), 1)


def test_a_kind_of_a_newer_version_is_refused() -> None:
    with pytest.raises(BadDocument, match="Prophecy"):
        message_of(Record(1, 1, "Prophecy", "", '{"kind":"Prophecy"}'))


WISH = place("i7")
ORDER = order_of(WISH, "o7")


@pytest.mark.parametrize(
    ("message", "correlation"),
    [
        (WISH, "i7"),
        (authorised(WISH), "i7"),
        (ORDER, "i7"),
        (changed(ORDER), "i7"),
        (ReservationReleased(WISH.intent), "i7"),
        (moved(ORDER, OrderState.LIVE), "o7"),
        (fill_of(ORDER), "o7"),
        (ExecutionReady(1), ""),
    ],
    ids=lambda each: type(each).__name__,
)
def test_a_record_belongs_to_its_intent_or_its_order(message: AttrsInstance, correlation: str) -> None:
    assert correlation_of(message) == row_of(message, 1).correlation == correlation


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if "intent" in fields_dict(kind)], ids=lambda kind: kind.__name__
)
@given(data=st.data())
@settings(max_examples=3, deadline=None)
def test_whatever_names_an_intent_is_found_by_it(kind: type[AttrsInstance], data: st.DataObject) -> None:
    message = data.draw(st.from_type(kind))
    assert correlation_of(message) == message.intent  # type: ignore[attr-defined]


DECIDED = [row_of(WISH, 1), row_of(authorised(WISH), 2), row_of(ORDER, 3)]


def test_two_sessions_that_decided_alike_have_one_hash() -> None:
    one = [row_of(SessionStarted("paper", 1, "1", 5), 5), *DECIDED, row_of(SessionEnded("over", 0, 9), 9)]
    other = [row_of(SessionStarted("paper", 1, "2", 7), 7), *DECIDED, row_of(ClearMode("loss"), 9)]
    assert decision_hash(one) == decision_hash(other) == decision_hash(DECIDED)


def test_records_with_numbers_have_the_hash_of_their_rows() -> None:
    assert decision_hash(Record(seq, *row) for seq, row in enumerate(DECIDED, 1)) == decision_hash(DECIDED)


@pytest.mark.parametrize(
    "other",
    [DECIDED[:2], DECIDED[::-1], [*DECIDED[:2], row_of(evolve(ORDER, order=OrderId("o8")), 3)]],
    ids=["one fewer", "another order", "another id"],
)
def test_another_decision_is_another_hash(other: list[Row]) -> None:
    assert decision_hash(other) != decision_hash(DECIDED)


def test_through_the_file_nothing_changes(tmp_path: Path) -> None:
    fill = fill_of(ORDER)
    with JournalStore.open(tmp_path / "journal.sqlite") as store:
        store.append([*DECIDED, row_of(fill, 4)])
        back = [message_of(record) for record in store.read()]
        assert decision_hash(store.read()) == decision_hash([*DECIDED, row_of(fill, 4)])
    assert back == [WISH, authorised(WISH), ORDER, fill]
    assert isinstance(back[-1], Fill)
