"""What the claiming process answers: strict about requests, silent about secrets, in doubt whenever it may be."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from attrs import define
from hypothesis import given
from hypothesis import strategies as st
from polymarket._internal.eoa.rpc import JsonRpcCallError
from polymarket.errors import (
    PolymarketError,
    RateLimitError,
    RequestRejectedError,
    SigningError,
    TimeoutError,
    TransactionFailedError,
    TransportError,
    UnexpectedResponseError,
    UserInputError,
)

from messages.identity import MarketId, TokenId
from messages.units import Shares
from polyactors.venues.polymarket.claims.conversation import Conversation
from polyactors.venues.polymarket.claims.endings import attempt
from polyactors.venues.polymarket.claims.json_rpc import JsonRpc
from polyactors.venues.polymarket.claims.known_market import KnownMarket
from polyactors.venues.polymarket.claims.official_client import INSTALL, PublicOffice
from polyactors.venues.polymarket.claims.services import BadServices, ClaimServices, served_at
from polyactors.venues.polymarket.claims.wire import (
    Answer,
    Done,
    Doubtful,
    Look,
    Merge,
    Reason,
    Redeem,
    Refused,
    Start,
    Started,
    decode_answer,
    encode,
)
from polyactors.venues.polymarket.signer.key_source import KeyFile
from polyactors.venues.polymarket.signing.addresses import checksummed
from tests.venues.polymarket.signers import KEY, SECRET, key_file

MARKET = MarketId("0x" + "ab" * 32)
WALLET = checksummed("0x" + "12" * 20)
HERE = served_at("http://127.0.0.1:9", "http://127.0.0.1:9/gamma", "http://127.0.0.1:9/data")


@define
class Sent:
    """A transaction of which the client says this, or raises it."""

    ends: str | Exception
    name: str = "0xsent"

    def wait(self) -> str:
        if isinstance(self.ends, Exception):
            raise self.ends
        return self.ends


def sending(ends: str | Exception, refuses: Exception | None = None) -> Any:
    def send() -> Sent:
        if refuses is not None:
            raise refuses
        return Sent(ends)

    return send


def rejected(status: int) -> PolymarketError:
    return RequestRejectedError("no", status=status)


def node_said(message: str, method: str = "eth_sendRawTransaction") -> PolymarketError:
    return JsonRpcCallError(method=method, code=-32000, message=message, data=None)


def test_what_is_final_is_done() -> None:
    assert attempt(7, sending("0xabc")) == Done(7, "0xabc")


@pytest.mark.parametrize(
    "error",
    [
        UserInputError("no positions"),
        RateLimitError("slow down"),
        SigningError("no"),
        rejected(400),
        rejected(403),
        node_said("insufficient funds for gas"),
        node_said("execution reverted"),
        node_said("anything", "eth_estimateGas"),
    ],
    ids=repr,
)
def test_what_a_server_refused_has_not_happened(error: Exception) -> None:
    assert isinstance(attempt(1, sending("", error)), Refused)


@pytest.mark.parametrize(
    "error",
    [
        TransportError("gone"),
        UnexpectedResponseError("what?"),
        rejected(500),
        rejected(502),
        rejected(408),
        node_said("already known"),
        node_said("nonce too low"),
        RuntimeError("a bug"),
    ],
    ids=repr,
)
def test_everything_else_may_have_happened(error: Exception) -> None:
    assert isinstance(attempt(1, sending("", error)), Doubtful)


@pytest.mark.parametrize("error", [TransportError("gone"), TimeoutError("long"), UnexpectedResponseError("what?")])
def test_what_was_sent_and_not_heard_of_is_in_doubt_and_named(error: Exception) -> None:
    ended = attempt(1, sending(error))
    assert isinstance(ended, Doubtful) and "0xsent" in ended.detail


def test_a_revert_is_a_refusal_unless_another_transaction_went_before() -> None:
    reverted = TransactionFailedError("reverted")
    assert attempt(1, sending(reverted)) == Refused(1, Reason.REVERTED, "TransactionFailedError: reverted")
    assert isinstance(attempt(1, sending(reverted), is_one_transaction=False), Doubtful)
    assert isinstance(attempt(1, sending("", rejected(400)), is_one_transaction=False), Doubtful)


def started(folder: Path, text: str = SECRET, **settings: Any) -> tuple[Conversation, Answer]:
    def secure(*_: Any) -> Any:
        raise AssertionError("not meant")

    conversation = Conversation(lambda services, wallet: Office(wallet), settings.pop("secure", secure))
    start = Start(1, HERE, key_file(folder, text), **settings)
    return conversation, conversation.answer(encode(start))


class Office(PublicOffice):
    """Of a venue that knows no market."""

    def __init__(self, wallet: Any) -> None:
        self.wallet = wallet

    def markets(self, wanted: Any) -> Any:
        return ()


def test_a_dry_run_is_the_default_and_opens_nothing_that_has_the_key(tmp_path: Path) -> None:
    conversation, answer = started(tmp_path)
    assert answer == Started(1, KEY.address)
    assert conversation.answer(encode(Look(2, (MARKET,)))) == decode_answer(
        b'{"type":"Looked","number":2,"holdings":[]}'
    )
    (tmp_path / "key").unlink()
    refused = conversation.answer(encode(Start(3, HERE)))
    assert isinstance(refused, Refused) and refused.reason is Reason.ALREADY_STARTED
    without = Conversation(lambda services, wallet: Office(wallet)).answer(encode(Start(4, HERE, wallet=WALLET)))
    assert without == Started(4, WALLET)


@pytest.mark.parametrize("text", ["", SECRET + "00", "0x" + SECRET[:-2] + "zz"], ids=["none", "long", "no digits"])
def test_a_key_that_is_none_is_refused_without_being_shown(text: str, tmp_path: Path) -> None:
    _, answer = started(tmp_path, text)
    assert isinstance(answer, Refused) and answer.reason is Reason.NO_KEY
    assert SECRET[:12] not in repr(answer)


def test_what_the_client_says_when_it_is_opened_stays_in_the_process(tmp_path: Path) -> None:
    def secure(services: Any, key: str, *_: Any) -> Any:
        raise RequestRejectedError(f"invalid {key}", status=401)

    _, answer = started(tmp_path, secure=secure, dry_run=False)
    assert answer == Refused(1, Reason.NO_CLIENT, "RequestRejectedError 401")


def test_without_the_extra_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "polymarket", None)
    for dry_run in (True, False):
        answer = Conversation().answer(encode(Start(1, HERE, key_file(tmp_path), dry_run=dry_run)))
        assert isinstance(answer, Refused) and answer.reason is Reason.NOT_INSTALLED
        assert INSTALL in answer.detail and "polyactors[claims]" in INSTALL


def test_a_catalogue_that_cannot_be_read_is_a_refusal_for_nothing_was_sent() -> None:
    class Down(Office):
        def markets(self, wanted: Any) -> Any:
            raise TransportError("gone")

    conversation = Conversation(lambda services, wallet: Down(wallet))
    conversation.answer(encode(Start(1, HERE, wallet=WALLET)))
    for request in (Look(2, (MARKET,)), Redeem(3, MARKET)):
        answer = conversation.answer(encode(request))
        assert isinstance(answer, Refused) and answer.reason is Reason.NOT_READ


def test_a_claim_that_meets_a_bug_is_in_doubt_and_says_its_kind_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    class Known(Office):
        def markets(self, wanted: Any) -> Any:
            return (KnownMarket(MARKET, "?", TokenId("1"), TokenId("2"), False, False, None),)

    def bug(*_: Any) -> bytes:
        raise KeyError(SECRET)

    monkeypatch.setattr(JsonRpc, "call", bug)
    conversation = Conversation(lambda services, wallet: Known(wallet))
    conversation.answer(encode(Start(1, HERE, wallet=WALLET)))
    assert conversation.answer(encode(Redeem(3, MARKET))) == Doubtful(3, "unforeseen: KeyError")
    assert conversation.answer(encode(Look(4, (MARKET,)))) == Refused(4, Reason.INTERNAL, "KeyError")


def test_the_first_request_has_to_be_start() -> None:
    answer = Conversation().answer(encode(Merge(5, MARKET, Shares(1))))
    assert isinstance(answer, Refused) and (answer.number, answer.reason) == (5, Reason.NOT_STARTED)


@pytest.mark.parametrize("amount", [0, -1])
def test_amounts_are_above_0(amount: int, tmp_path: Path) -> None:
    conversation, _ = started(tmp_path)
    answer = conversation.answer(encode(Merge(5, MARKET, Shares(amount))))
    assert isinstance(answer, Refused) and answer.reason is Reason.BAD_AMOUNT


@given(
    st.one_of(st.binary(max_size=200), st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps))
)
def test_no_line_ends_the_process(line: bytes | str) -> None:
    raw = line if isinstance(line, bytes) else line.encode("utf-8", "surrogatepass")
    answer = Conversation().answer(raw)
    assert isinstance(answer, Refused) and answer.number == 0


@pytest.mark.parametrize(
    "changed",
    [
        {"relayer_url": "http://127.0.0.1:9/relayer"},
        {"rpc_url": "https://somewhere.example"},
        {"gamma_url": "http://gamma-api.polymarket.com"},
        {"data_url": "https://data-api.polymarket.com@evil.example"},
        {"clob_url": "https://clob.polymarket.com.evil.example"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_the_key_is_used_at_the_venue_or_on_this_machine_and_never_in_between(changed: dict[str, str]) -> None:
    with pytest.raises(BadServices):
        ClaimServices(**changed)
    with pytest.raises(BadServices):
        served_at("http://127.0.0.1:9", "https://gamma-api.polymarket.com", "http://127.0.0.1:9/data")
    assert not ClaimServices().is_local
    assert HERE.is_local


def test_a_start_at_another_place_is_no_request(tmp_path: Path) -> None:
    line = encode(Start(1, HERE, KeyFile("k"))).replace(b"http://127.0.0.1:9/rpc", b"http://10.0.0.1:9/rpc")
    answer = Conversation().answer(line)
    assert isinstance(answer, Refused) and answer.reason is Reason.MALFORMED
