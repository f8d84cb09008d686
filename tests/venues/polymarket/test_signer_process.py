"""The signer in its process: golden vectors through it, its end, and that nothing but the end of its pipe ends it."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trio

from messages.identity import TokenId
from messages.units import Cash
from polyactors.venues.polymarket.signer.caps import Cap, Caps
from polyactors.venues.polymarket.signer.exchanges import ExchangeKind
from polyactors.venues.polymarket.signer.key_source import EnvironmentKey, KeyFile, KeyringEntry
from polyactors.venues.polymarket.signer.opening import open_signer
from polyactors.venues.polymarket.signer.port import SignerGone, SignerRefused, SignerTimedOut
from polyactors.venues.polymarket.signer.wire import (
    Answer,
    Reason,
    Refused,
    Request,
    Signed,
    SignOrder,
    Start,
    Started,
    decode_answer,
    encode,
)
from polyactors.venues.polymarket.signing.addresses import EXCHANGE_V2
from polyactors.venues.polymarket.signing.keys import recover
from polyactors.venues.polymarket.signing.l1_auth import l1_headers
from polyactors.venues.polymarket.signing.orders import order_digest
from tests.venues.polymarket.signed_orders import order_from_wire
from tests.venues.polymarket.signers import KEY, ORDER, SECRET, TOKEN, WIDE, key_file, order_giving

GOLDEN = "reference/golden/signing_vectors.json"
VARIABLE = "POLYACTORS_TEST_KEY"
LONG_S = 20.0


@pytest.fixture
def connection() -> Iterator[tuple[socket.socket, "subprocess.Popen[bytes]"]]:
    """A signer's process without the client: what is written to it is up to the test."""
    ours, theirs = socket.socketpair()
    ours.settimeout(LONG_S)
    program = [sys.executable, "-m", "polyactors.venues.polymarket.signer", str(theirs.fileno())]
    with ours, subprocess.Popen(program, pass_fds=(theirs.fileno(),), stderr=subprocess.PIPE) as process:
        theirs.close()
        try:
            yield ours, process
        finally:
            process.kill()


def ask(connection: socket.socket, *requests: Request | bytes) -> list[Answer]:
    lines = [each if isinstance(each, bytes) else encode(each) for each in requests]
    connection.sendall(b"".join(lines))
    received = b""
    while received.count(b"\n") < len(lines):
        received += connection.recv(65536)
    return [decode_answer(line) for line in received.splitlines()]


async def test_golden_vectors_through_the_process(shared: Path, tmp_path: Path) -> None:
    golden: dict[str, Any] = json.loads((shared / GOLDEN).read_text())
    contracts = {kind.domain.contract: kind for kind in ExchangeKind}
    async with open_signer(key_file(tmp_path, golden["private_key"]), WIDE) as signer:
        assert signer.address == golden["address"]
        assert golden["orders"]
        for vector in golden["orders"]:
            signed = await signer.sign_order(order_from_wire(vector["order"]), contracts[vector["verifyingContract"]])
            assert "0x" + signed.signature.hex() == vector["signature"]
        assert golden["l1"]
        for vector in golden["l1"]:
            signed_auth = await signer.sign_auth(vector["timestamp"], vector["nonce"], chain_id=vector["chain_id"])
            assert signed_auth.headers()["POLY_SIGNATURE"] == vector["signature"]


async def test_the_headers_of_a_request_for_an_api_key_are_those_of_the_key(tmp_path: Path) -> None:
    async with open_signer(key_file(tmp_path), WIDE) as signer:
        assert (await signer.sign_auth(1795132800, 3)).headers() == l1_headers(KEY, 1795132800, 3)


async def test_caps_hold_in_the_process_and_all_that_are_exceeded_come_back(tmp_path: Path) -> None:
    caps = Caps(Cash(100), Cash(150), frozenset({EXCHANGE_V2}), frozenset({TOKEN}))
    async with open_signer(key_file(tmp_path), caps) as signer:
        assert (await signer.sign_order(order_giving(100), ExchangeKind.V2)).signature
        with pytest.raises(SignerRefused) as caught:
            await signer.sign_order(order_giving(101, token=TokenId("7")), ExchangeKind.V3)
        assert caught.value.reason is Reason.OVER_CAP
        of_an_order = [Cap.ORDER_NOTIONAL, Cap.MINUTE_NOTIONAL, Cap.EXCHANGE, Cap.ASSET]
        assert [each.cap for each in caught.value.exceeded] == of_an_order
        assert (await signer.sign_order(order_giving(50), ExchangeKind.V2)).signature
        with pytest.raises(SignerRefused, match="within a minute"):
            await signer.sign_order(order_giving(1), ExchangeKind.V2)


async def test_a_variable_reaches_the_process_and_leaves_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, SECRET)
    async with open_signer(EnvironmentKey(VARIABLE), WIDE) as signer:
        assert signer.address == KEY.address
        assert VARIABLE not in os.environ
    with pytest.raises(SignerRefused, match="has no key"):
        async with open_signer(EnvironmentKey(VARIABLE), WIDE):
            raise AssertionError("it opened without a key")


@pytest.mark.parametrize("source", [KeyFile("/nowhere/key"), KeyringEntry("polyactors-tests", "nobody")])
async def test_a_signer_without_a_key_does_not_open(source: KeyFile | KeyringEntry) -> None:
    with pytest.raises(SignerRefused) as caught:
        async with open_signer(source, WIDE):
            raise AssertionError("it opened without a key")
    assert caught.value.reason is Reason.NO_KEY


async def test_a_failure_of_the_block_comes_out_as_it_is_and_the_process_has_ended(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        async with open_signer(key_file(tmp_path), WIDE) as signer:
            raise ZeroDivisionError
    assert signer.process_id is not None
    with pytest.raises(ProcessLookupError):
        os.kill(signer.process_id, 0)


async def test_killed_while_it_is_asked_the_signer_is_gone_and_the_next_one_is_asked_nothing_old(
    tmp_path: Path,
) -> None:
    source, failures = key_file(tmp_path), list[SignerGone]()

    async def sign(amount: int) -> None:
        with pytest.raises(SignerGone) as caught:
            await signer.sign_order(order_giving(amount), ExchangeKind.V2, within_s=LONG_S)
        failures.append(caught.value)

    async with open_signer(source, WIDE) as signer:
        assert signer.process_id is not None
        os.kill(signer.process_id, signal.SIGSTOP)
        async with trio.open_nursery() as nursery:
            for amount in range(1, 4):
                nursery.start_soon(sign, amount)
            await trio.testing.wait_all_tasks_blocked()
            os.kill(signer.process_id, signal.SIGKILL)
        assert len(failures) == 3
        with pytest.raises(SignerGone):
            await signer.sign_auth(1795132800)
    once = Caps(Cash(100), Cash(100), WIDE.exchanges, WIDE.assets)
    async with open_signer(source, once) as again:
        assert (await again.sign_order(order_giving(100), ExchangeKind.V2)).signature, "the whole cap is still there"


async def test_a_signer_that_hangs_times_out_and_is_killed_at_the_end(tmp_path: Path) -> None:
    async with open_signer(key_file(tmp_path), WIDE) as signer:
        assert signer.process_id is not None
        os.kill(signer.process_id, signal.SIGSTOP)
        with pytest.raises(SignerTimedOut):
            await signer.sign_order(ORDER, ExchangeKind.V2, within_s=0.01)
    with pytest.raises(ProcessLookupError):
        os.kill(signer.process_id, 0)


def test_garbage_on_the_pipe_is_refused_line_by_line_and_what_is_right_between_is_signed(
    connection: tuple[socket.socket, "subprocess.Popen[bytes]"], tmp_path: Path
) -> None:
    ours, process = connection
    order = SignOrder(2, ExchangeKind.V2, ORDER)
    garbage = [os.urandom(500).replace(b"\n", b"") + b"\n", b"\n", b"[" * 10_000 + b"\n", b'{"type":"Sign"}\n', b"\0\n"]
    answers = ask(ours, *garbage, Start(1, key_file(tmp_path), WIDE), *garbage, order, *garbage)
    assert [answer.number for answer in answers] == [0] * 5 + [1] + [0] * 5 + [2] + [0] * 5
    assert all(answer.reason is Reason.MALFORMED for answer in answers if isinstance(answer, Refused))
    assert answers[5] == Started(1, KEY.address)
    signed = answers[11]
    assert isinstance(signed, Signed)
    assert recover(order_digest(ORDER, ExchangeKind.V2.domain), signed.signature) == KEY.address
    assert process.poll() is None


def test_the_process_ends_with_its_pipe_and_not_with_what_a_terminal_sends(
    connection: tuple[socket.socket, "subprocess.Popen[bytes]"], tmp_path: Path
) -> None:
    ours, process = connection
    ask(ours, Start(1, key_file(tmp_path), WIDE))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        process.send_signal(number)
    assert isinstance(ask(ours, SignOrder(2, ExchangeKind.V2, ORDER))[0], Signed)
    ours.close()
    assert process.wait(LONG_S) == 0
    assert process.stderr is not None
    assert process.stderr.read() == b""


def test_started_by_hand_the_process_says_that_it_is_not_for_that() -> None:
    program = [sys.executable, "-m", "polyactors.venues.polymarket.signer"]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "socket" in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has these")
async def test_the_signers_process_is_hardened(tmp_path: Path) -> None:
    async with open_signer(key_file(tmp_path), WIDE) as signer:
        folder = trio.Path(f"/proc/{signer.process_id}")
        limits = await (folder / "limits").read_text()
        assert "Max core file size        0                    0 " in limits
        open_ = [each.name async for each in _entries(folder / "fd")]
        assert len(open_) == 4, "the standard ones and its socket"


async def _entries(folder: trio.Path) -> Any:
    for entry in await folder.iterdir():
        yield entry
