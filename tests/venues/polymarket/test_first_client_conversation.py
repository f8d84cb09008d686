"""What is said with the process that posts: strict about requests, silent about secrets, in doubt where it may be."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trio
from attrs import define, field
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import MockClock, wait_all_tasks_blocked

from polyactors.venues.polymarket.first_client.client import NotStarted, PostingClient
from polyactors.venues.polymarket.first_client.conversation import Conversation
from polyactors.venues.polymarket.first_client.installed import INSTALL
from polyactors.venues.polymarket.first_client.official_client import NotInstalled
from polyactors.venues.polymarket.first_client.process import main
from polyactors.venues.polymarket.first_client.wire import (
    Answer,
    Answered,
    NotSent,
    Post,
    Reason,
    Refused,
    Request,
    Start,
    Started,
    Unanswered,
    decode_request,
    encode,
)
from polyactors.venues.polymarket.own_process.lines import Lines
from polyactors.venues.polymarket.rest import transport
from polyactors.venues.polymarket.rest.authenticator import ApiCredentials
from tests.venues.polymarket.first_client_orders import CREDENTIALS, HOST, SECRET, first_order

ORDER = first_order()
START = Start(1, HOST, CREDENTIALS)
POST = Post(2, (ORDER,), False, 10**18)


@define
class Office:
    """Answers what it is told to, or raises it."""

    ends: Answered | NotSent | Unanswered | Exception
    asked: list[Post] = field(factory=list)

    def post(self, post: Post) -> Answered | NotSent | Unanswered:
        self.asked.append(post)
        if isinstance(self.ends, Exception):
            raise self.ends
        return self.ends


def started(office: Office) -> Conversation:
    def opened(host: str, credentials: ApiCredentials) -> Office:
        assert (host, credentials) == (HOST, CREDENTIALS)
        return office

    conversation = Conversation(opened)
    assert conversation.answer(encode(START)) == Started(1)
    return conversation


def reason_of(answer: Answer) -> Reason:
    assert isinstance(answer, Refused), answer
    return answer.reason


def test_orders_arrive_as_they_were_signed_and_the_answer_comes_back() -> None:
    office = Office(Answered(2, 200, (("a", "b"),), b"\x00\xff"))
    assert started(office).answer(encode(POST)) == office.ends
    assert office.asked == [POST]


def test_it_is_started_once_and_first() -> None:
    assert reason_of(Conversation().answer(encode(POST))) is Reason.NOT_STARTED
    assert reason_of(started(Office(ValueError())).answer(encode(START))) is Reason.ALREADY_STARTED


def test_without_the_official_client_it_says_what_to_install() -> None:
    def opened(host: str, credentials: ApiCredentials) -> Office:
        raise NotInstalled(INSTALL)

    assert Conversation(opened).answer(encode(START)) == Refused(1, Reason.NOT_INSTALLED, INSTALL)


def test_an_unforeseen_error_leaves_doubt_and_nothing_of_its_text() -> None:
    answer = started(Office(ZeroDivisionError(SECRET))).answer(encode(POST))
    assert answer == Unanswered(2, "unforeseen: ZeroDivisionError")

    def opened(host: str, credentials: ApiCredentials) -> Office:
        raise ZeroDivisionError(SECRET)

    assert Conversation(opened).answer(encode(START)) == Refused(1, Reason.INTERNAL, "ZeroDivisionError")


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_what_is_no_request_is_refused_and_it_goes_on(line: bytes) -> None:
    office = Office(NotSent(2, "no"))
    conversation = started(office)
    assert reason_of(conversation.answer(line)) is Reason.MALFORMED
    assert conversation.answer(encode(POST)) == NotSent(2, "no")


@pytest.mark.parametrize("arguments", [[], ["x"], ["1", "2"], ["-1"]])
def test_nobody_starts_it_by_hand(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert "started by the trading process" in capsys.readouterr().err


def test_what_is_sent_to_the_process_does_not_show_the_secret_when_it_is_printed() -> None:
    assert SECRET not in repr(START)
    assert CREDENTIALS.passphrase not in repr(START)
    assert ORDER.signed.signature.hex() not in repr(POST)


# The trading process's side, against a process that the test plays.


@define
class Peer:
    stream: trio.SocketStream
    _lines: Lines = field(factory=Lines)

    async def heard(self) -> Request:
        while True:
            for line in self._lines.feed(bytes(await self.stream.receive_some(1 << 20))):
                return decode_request(line)

    async def says(self, answer: Answer) -> None:
        await self.stream.send_all(encode(answer))


@asynccontextmanager
async def talking() -> AsyncIterator[tuple[PostingClient, Peer]]:
    ours, theirs = (trio.SocketStream(trio.socket.from_stdlib_socket(each)) for each in socket.socketpair())
    client = PostingClient(ours)
    async with ours, theirs, trio.open_nursery() as nursery:
        nursery.start_soon(client.run)
        yield client, Peer(theirs)
        nursery.cancel_scope.cancel()


async def posted(client: PostingClient, within_s: float = 60.0) -> transport.Exchanged:
    return await client.post((ORDER,), is_batch=False, deadline_s=trio.current_time() + within_s)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (NotSent(1, "over"), transport.Unsent("over")),
        (Unanswered(1, "cut"), transport.Unanswered("cut")),
        (Refused(1, Reason.NOT_STARTED), transport.Unsent("not_started: ")),
        (Started(1), transport.Unanswered("it answered to something else")),
    ],
)
async def test_what_its_answers_mean(said: Answer, meant: transport.Exchanged) -> None:
    found = []

    async def post(client: PostingClient) -> None:
        found.append(await posted(client))

    async with talking() as (client, peer), trio.open_nursery() as nursery:
        nursery.start_soon(post, client)
        assert isinstance(await peer.heard(), Post)
        await peer.says(said)
    assert found == [meant]


async def test_calls_do_not_wait_for_one_another_and_answers_find_theirs() -> None:
    found = dict[int, transport.Exchanged]()

    async def post(number: int) -> None:
        found[number] = await posted(client)

    async with talking() as (client, peer), trio.open_nursery() as nursery:
        for number in (1, 2, 3):
            nursery.start_soon(post, number)
            await wait_all_tasks_blocked()
        for number in (3, 1, 2):
            await peer.says(Answered(number, 200 + number, (("Retry-After", "7"),), b"%d" % number, number == 2))
        await peer.says(Answered(17, 200, (), b""))
    for number in (1, 2, 3):
        answer = found[number]
        assert isinstance(answer, transport.Answer), answer
        assert (answer.status, answer.body, answer.is_cut) == (200 + number, b"%d" % number, number == 2)
        assert answer.headers["retry-after"] == "7"


async def test_without_an_answer_in_time_it_is_in_doubt_and_the_process_knew_the_deadline(
    autojump_clock: MockClock,
) -> None:
    async with talking() as (client, peer):
        began_ns = client._monotonic_ns()
        assert await posted(client, 5.0) == transport.Unanswered("no answer in time")
        asked = await peer.heard()
        assert isinstance(asked, Post)
        assert 5 * 10**9 <= asked.deadline_ns - began_ns < 60 * 10**9


@pytest.mark.parametrize("last", [b"", b"nonsense\n", b'{"type":"Started","number":0}\n'])
async def test_when_the_process_is_gone_what_it_had_is_in_doubt_and_nothing_more_is_sent(last: bytes) -> None:
    found = []

    async def post(client: PostingClient) -> None:
        found.append(await posted(client))

    async with talking() as (client, peer), trio.open_nursery() as nursery:
        nursery.start_soon(post, client)
        await peer.heard()
        await (peer.stream.send_all(last) if last else peer.stream.aclose())
        await wait_all_tasks_blocked()
        assert isinstance(found[0], transport.Unanswered)
        assert isinstance(await posted(client), transport.Unsent)
        assert client.why_gone


async def test_a_process_that_reads_nothing_is_given_up(autojump_clock: MockClock) -> None:
    async with talking() as (client, _):
        while not client.why_gone:
            assert isinstance(await posted(client, 3.0), transport.Unanswered)
        assert "takes nothing" in client.why_gone
        assert isinstance(await posted(client), transport.Unsent)


async def test_why_it_did_not_start_is_said(autojump_clock: MockClock) -> None:
    async with talking() as (client, peer), trio.open_nursery() as nursery:
        nursery.start_soon(peer.says, Refused(1, Reason.NOT_INSTALLED, INSTALL))
        with pytest.raises(NotStarted, match=r"polyactors\[v1\]"):
            await client.start(HOST, CREDENTIALS, 5.0)
    async with talking() as (client, _):
        with pytest.raises(NotStarted, match="no answer within 5 s"):
            await client.start(HOST, CREDENTIALS, 5.0)
    async with talking() as (client, peer):
        await peer.stream.aclose()
        with pytest.raises(NotStarted, match="has ended"):
            await client.start(HOST, CREDENTIALS, 5.0)
