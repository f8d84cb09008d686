"""What is written to the wire is read as the same, and whatever else comes is refused without harm."""

import json
from typing import get_args

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages.serial import BadDocument
from polyactors.control.wire import (
    MOST_DOUBLE_STARS,
    ActorShown,
    Answer,
    AnyRequest,
    DeadLetters,
    Done,
    LetterLine,
    LinesLost,
    Mailboxes,
    Pages,
    Refused,
    ShowActor,
    ShowMailboxes,
    ShowTree,
    SlowDown,
    StateShown,
    Suspend,
    Trace,
    TraceBegun,
    TraceEvent,
    Tree,
    TreeLine,
    Waits,
    answer_class,
    decode_answer,
    decode_request,
    encode,
)
from supervision.child import ChildState
from supervision.introspection.picture import ActorPicture
from supervision.introspection.trace import TraceLine
from supervision.introspection.waits import Waiting

REQUESTS = get_args(AnyRequest)
ANSWERS = (*get_args(Answer), *get_args(TraceEvent))


def of(kind: type) -> st.SearchStrategy[object]:
    return st.from_type(kind)


numbers = st.integers(-(2**63), 2**63)
texts = st.text(st.characters(exclude_categories=()), max_size=30)
pictures = st.builds(
    ActorPicture,
    **{
        field.name: {
            "str": texts,
            "int": numbers,
            "bool": st.booleans(),
            "ChildState": st.sampled_from(ChildState),
        }.get(getattr(field.type, "__name__", ""), st.none())
        for field in attrs.fields(attrs.resolve_types(ActorPicture))
        if "tuple" not in str(field.type)
    },
    children=st.tuples(texts),
    workers=st.tuples(),
    monitors=st.tuples(texts, texts),
    watched_by=st.tuples(),
)
answers = st.one_of(
    st.builds(Mailboxes, numbers, numbers, st.lists(pictures, max_size=2).map(tuple), st.booleans()),
    st.builds(ActorShown, numbers, pictures),
    st.builds(Tree, st.lists(of(TreeLine), max_size=2).map(tuple), st.booleans()),
    st.builds(DeadLetters, numbers, st.lists(of(LetterLine), max_size=2).map(tuple), st.booleans()),
    st.builds(Waits, numbers, st.lists(of(Waiting), max_size=2).map(tuple), st.just((("a", "b"),))),
    *(of(kind) for kind in (StateShown, Done, TraceBegun, Refused, TraceLine, LinesLost)),
)
requests = st.one_of(
    st.builds(ShowMailboxes, st.text("ab*/", max_size=8), st.integers(1, 1000)),
    *(st.builds(kind, st.text(min_size=1)) for kind in REQUESTS if "path" in attrs.fields_dict(kind)),
    *(st.builds(kind) for kind in REQUESTS if not any(field.default is attrs.NOTHING for field in attrs.fields(kind))),
)


@given(answers)
def test_every_answer_is_one_line_and_reads_back(answer: Answer | TraceEvent) -> None:
    line = encode(answer)
    assert line.endswith(b"\n") and line.count(b"\n") == 1
    assert decode_answer(line) == answer


@given(requests)
def test_every_request_is_one_line_and_reads_back(request: AnyRequest) -> None:
    line = encode(request)
    assert line.endswith(b"\n") and line.count(b"\n") == 1
    assert decode_request(line) == request


@pytest.mark.parametrize("kind", REQUESTS)
def test_every_request_names_its_answer(kind: type) -> None:
    assert answer_class(kind) in ANSWERS


def check_is_refused(line: bytes) -> BadDocument:
    with pytest.raises(BadDocument) as caught:
        decode_request(line)
    assert caught.value.mistakes
    return caught.value


@given(st.binary(max_size=200))
def test_bytes_that_are_no_request_are_refused(line: bytes) -> None:
    check_is_refused(line)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(["path", "by_ns", "glob", "limit", "more"]), json_values, st.sampled_from(REQUESTS))
def test_a_document_is_a_request_exactly_when_its_fields_are_right(name: str, value: object, kind: type) -> None:
    plain = {"kind": kind.__name__, "path": "a", name: value}
    known = attrs.fields_dict(kind)
    if "path" not in known and name != "path":
        del plain["path"]
    line = json.dumps(plain).encode()
    is_known = set(plain) - {"kind"} <= set(known)
    is_right = {
        "path": isinstance(value, str) and 0 < len(value) <= 1000,
        "by_ns": type(value) is int and 0 <= value <= 3_600_000_000_000,
        "glob": isinstance(value, str),
        "limit": type(value) is int and 1 <= value <= 1000,
        "more": False,
    }[name]
    if is_known and is_right:
        assert encode(decode_request(line))
    else:
        check_is_refused(line)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"kind":"Done","what":"x"}', "unknown kind 'Done'"),
        ('{"kind":"Kill"}', "path"),
        ('{"kind":"Kill","path":""}', "path"),
        ('{"kind":"Kill","path":7}', "7"),
        ('{"kind":"SlowDown","path":"a","by_ns":-1}', "by_ns"),
        ('{"kind":"SlowDown","path":"a","by_ns":1e3}', "1000.0"),
        ('{"kind":"ShowTree","depth":1}', "depth"),
        ("[" * 100_000, "no JSON"),
        ("9" * 10_000, "no JSON"),
    ],
)
def test_a_refusal_says_what_is_wrong(text: str, said: str) -> None:
    assert said in str(check_is_refused(text.encode()))


def test_globs_that_would_take_for_ever_are_refused() -> None:
    few, many = "/".join(["**"] * MOST_DOUBLE_STARS), "/".join(["**"] * (MOST_DOUBLE_STARS + 1))
    assert decode_request(encode(ShowMailboxes(few))) == ShowMailboxes(few)
    check_is_refused(json.dumps({"kind": "ShowMailboxes", "glob": many}).encode())


def test_what_no_text_can_hold_is_escaped() -> None:
    """Half a surrogate pair comes out of JSON, and has to go into it again."""
    assert decode_request(encode(Suspend("\ud800"))) == Suspend("\ud800")


pages = st.lists(st.lists(of(TreeLine), max_size=2), min_size=1, max_size=4)


@given(st.lists(pages, max_size=3))
def test_pages_make_one_answer_each(several: list[list[list[TreeLine]]]) -> None:
    reader, whole = Pages(), []
    for answer in several:
        for number, lines in enumerate(answer):
            done = reader.take(encode(Tree(tuple(lines), is_last=number == len(answer) - 1)))
            if done is not None:
                whole.append(done)
    assert whole == [Tree(tuple(line for lines in answer for line in lines)) for answer in several]


def test_a_refusal_in_the_middle_ends_what_was_begun() -> None:
    reader = Pages()
    assert reader.take(encode(Tree((), is_last=False))) is None
    assert reader.take(encode(Refused("no more"))) == Refused("no more")
    assert reader.take(encode(Mailboxes(1, 0, ()))) == Mailboxes(1, 0, ())


def test_requests_and_answers_are_apart() -> None:
    for request in (ShowTree(), ShowActor("a"), SlowDown("a", 1), Trace("a")):
        with pytest.raises(BadDocument):
            decode_answer(encode(request))
