"""How long an order takes to be signed: in the signer's own thread, through its process, and by the venue's client."""

import secrets
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

import trio

from messages.identity import Side, TokenId
from messages.units import CASH_SCALE, Cash
from polyactors.bench.measure import Line, NotMeasured, Timed, demand, times
from polyactors.venues.polymarket.signer.caps import Caps
from polyactors.venues.polymarket.signer.conversation import Conversation
from polyactors.venues.polymarket.signer.exchanges import ExchangeKind
from polyactors.venues.polymarket.signer.key_source import KeyFile
from polyactors.venues.polymarket.signer.opening import open_signer
from polyactors.venues.polymarket.signer.wire import SignOrder, Start, Started, decode_answer, encode
from polyactors.venues.polymarket.signing.addresses import CHAIN_ID, EXCHANGE_V2
from polyactors.venues.polymarket.signing.orders import SignatureType, SignedOrder

COUNT = 1_000

TOKEN = TokenId("71321045679252212594626385532706912750332728571942532289631379312455583992563")
CAPS = Caps(Cash(10 * CASH_SCALE), Cash(10**9 * CASH_SCALE), frozenset({EXCHANGE_V2}), frozenset({TOKEN}))
CLIENT = "py-clob-client-v2: building and signing"


def signing() -> list[Line]:
    """The key is made up for this run."""
    with TemporaryDirectory(prefix="polyactors-bench-") as folder:
        text = secrets.token_hex(32)
        path = Path(folder) / "key"
        path.touch(0o600)
        path.write_text(text)
        source = KeyFile(str(path))
        aims = {50: "", 99: ""}
        measured = [
            Timed("an order read, checked and signed", lambda: _in_process(source), {50: "100 or less", 99: ""}),
            Timed("there and back through the signer's process", lambda: trio.run(_through_the_process, source), aims),
        ]
        clients = _by_the_client(text)
        if clients is None:
            return [*times(measured, []), NotMeasured(CLIENT, "the package is not installed")]
        return [*times(measured, [Timed(CLIENT, clients, aims)])]


def _order(maker: str, number: int) -> SignedOrder:
    return SignedOrder(
        salt=number,
        maker=maker,
        signer=maker,
        token_id=TOKEN,
        maker_amount=5 * CASH_SCALE,
        taker_amount=10 * CASH_SCALE,
        side=Side.BUY,
        signature_type=SignatureType.EOA,
        timestamp_ms=time.time_ns() // 1_000_000,
    )


def _in_process(source: KeyFile) -> list[float]:
    conversation = Conversation(time.monotonic_ns)
    started = conversation.answer(encode(Start(1, source, CAPS)))
    demand(type(started), Started, "the answer to the start")
    address = started.address if isinstance(started, Started) else ""
    lines = [encode(SignOrder(number, ExchangeKind.V2, _order(address, number))) for number in range(2, COUNT + 2)]
    taken = []
    for number, line in enumerate(lines, start=2):
        began_ns = time.perf_counter_ns()
        answer = encode(conversation.answer(line))
        taken.append((time.perf_counter_ns() - began_ns) / 1000)
        demand(decode_answer(answer).number, number, "the answer to an order")
    return taken


async def _through_the_process(source: KeyFile) -> list[float]:
    taken = []
    async with open_signer(source, CAPS) as signer:
        for number in range(COUNT):
            order = _order(signer.address, number)
            began_ns = time.perf_counter_ns()
            signed = await signer.sign_order(order, ExchangeKind.V2)
            taken.append((time.perf_counter_ns() - began_ns) / 1000)
            demand(len(signed.signature), 65, "bytes of a signature")
    return taken


def _by_the_client(key: str) -> Callable[[], list[float]] | None:
    """None where it is not installed. It takes a second to import."""
    try:
        types = import_module("py_clob_client_v2.clob_types")
        builders = import_module("py_clob_client_v2.order_builder.builder")
        signers = import_module("py_clob_client_v2.signer")
    except ImportError:
        return None
    builder = builders.OrderBuilder(signers.Signer("0x" + key, CHAIN_ID))
    options = types.CreateOrderOptions(tick_size="0.01", neg_risk=False)
    arguments = types.OrderArgsV2(token_id=TOKEN, price=0.5, size=10.0, side="BUY")

    def run() -> list[float]:
        taken = []
        for _ in range(COUNT):
            began_ns = time.perf_counter_ns()
            signed = builder.build_order(arguments, options, version=2)
            taken.append((time.perf_counter_ns() - began_ns) / 1000)
            demand(str(signed.makerAmount), str(5 * CASH_SCALE), "the maker's amount")
        return taken

    return run
