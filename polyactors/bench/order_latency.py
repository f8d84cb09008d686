"""From an authorised intent to the order's bytes at the venue, 100 orders a second, over loopback HTTP.

An order is on its way from when the executor is told of it until the first bytes of the request's body that it is in
are on the other side's socket; that is the kernel's stamp. Until a process there has been woken and has read them it
takes longer, and as long as the scheduler likes: on one machine both processes want a core. Between are all steps of
the real way: the order and its digest written to disk, signed by the signer's process meanwhile, posted.
"""

import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial

import httpx
import trio

from messages.identity import OrderId, Side
from messages.intents import TimeInForce
from polyactors.bench.measure import Figure, beside, demand, in_turns, percentile, spread
from polyactors.bench.ordering import MARKET, PRICE, SIZE, AuthoriseNow, Execution, intent_named, open_execution
from polyactors.bench.served_sink import ServedSink, served_sink
from polyactors.venues.polymarket.rest.posting import OrderToPost, order_body
from polyactors.venues.polymarket.signing.addresses import ZERO_ADDRESS
from polyactors.venues.polymarket.signing.orders import SignatureType, SignedOrder
from supervision.garbage import Collector, keep_tidy

ORDERS_A_SECOND = 100
SECONDS = 5.0
WARM_UP = 50
RUNS = 5
WITHIN_S = 10.0

ALL_THE_WAY = "authorised to bytes on the venue's socket"
TO_ORDER, TO_DIGEST, FROM_DISK, TO_READ = (
    "authorised to order on disk",
    "authorised to digest on disk",
    "both on disk to bytes on the venue's socket",
    "authorised to bytes read by the venue's process",
)
BARE = "the same bytes posted by a bare httpx client"
BARE_READ = "the same, to bytes read by the venue's process"

Ways = Mapping[str, list[float]]
"""Microseconds in ascending order, of the whole way and its parts."""


def order_latency() -> list[Figure]:
    with served_sink() as sink:
        ours, bare = in_turns(RUNS, lambda: trio.run(_through_execution, sink), lambda: trio.run(_bare, sink))
    figures = []
    for percent, aim in ((50, ""), (99, "under 2,000")):
        name = f", {ORDERS_A_SECOND} orders/s, p{percent}"
        yardstick = _figure(BARE + name, bare, BARE, percent)
        figures += [beside(_figure(ALL_THE_WAY + name, ours, ALL_THE_WAY, percent, aim), yardstick), yardstick]
    figures.append(
        spread(f"{ALL_THE_WAY}, {ORDERS_A_SECOND} orders/s, most", "us", [run[ALL_THE_WAY][-1] for run in ours])
    )
    parts = (TO_ORDER, TO_DIGEST, FROM_DISK)
    figures += [_figure(f"{part}, p{percent}", ours, part, percent) for part in parts for percent in (50, 99)]
    for percent in (50, 99):
        yardstick = _figure(f"{BARE_READ}, p{percent}", bare, BARE_READ, percent)
        figures += [beside(_figure(f"{TO_READ}, p{percent}", ours, TO_READ, percent), yardstick), yardstick]
    return figures


def _figure(name: str, runs: list[Ways], way: str, percent: int, aim: str = "") -> Figure:
    return spread(name, "us", [percentile(run[way], percent) for run in runs], aim)


async def _through_execution(sink: ServedSink) -> Ways:
    sink.arrivals()
    async with open_execution(sink.url, _count()) as execution, _collected():
        told_ns = await _tell_evenly(execution)
        with trio.move_on_after(WITHIN_S):
            await execution.heard.are_taken.wait()
    stamps, arrivals = execution.stamps, {arrival.order: arrival for arrival in sink.arrivals()}
    demand((len(arrivals), execution.heard.taken), (_count(), _count()), "orders that came, and that rest")
    ways: dict[str, list[float]] = {ALL_THE_WAY: [], TO_ORDER: [], TO_DIGEST: [], FROM_DISK: [], TO_READ: []}
    for number, began_ns in list(told_ns.items())[WARM_UP:]:
        order = stamps.names[intent_named(number)]
        written_ns, digest_ns = stamps.written_ns[order], stamps.digest_written_ns[order]
        arrival = arrivals[stamps.digests[order]]
        ways[ALL_THE_WAY].append((arrival.on_socket_ns - began_ns) / 1000)
        ways[TO_READ].append((arrival.read_ns - began_ns) / 1000)
        ways[TO_ORDER].append((written_ns - began_ns) / 1000)
        ways[TO_DIGEST].append((digest_ns - began_ns) / 1000)
        ways[FROM_DISK].append((arrival.on_socket_ns - max(written_ns, digest_ns)) / 1000)
    return {name: sorted(taken) for name, taken in ways.items()}


async def _tell_evenly(execution: Execution) -> dict[int, int]:
    """When the executor was told of each."""
    async for number in _ticks():
        execution.authoriser.tell(AuthoriseNow(number))
    return execution.stamps.told_ns


async def _bare(sink: ServedSink) -> Ways:
    sink.arrivals()
    body = order_body(_an_order())
    headers = {"Content-Type": "application/json", "POLY_SIGNATURE": "s" * 44, "POLY_TIMESTAMP": "1780000000"}
    told_ns = []
    async with httpx.AsyncClient(base_url=sink.url, timeout=None, trust_env=False) as client, _collected():
        async for _ in _ticks():
            told_ns.append(time.monotonic_ns())
            answer = await client.post("/order", content=body, headers=headers)
            demand(json.loads(answer.content)["success"], True, "the answer to an order")
    arrivals = sink.arrivals()
    demand(len(arrivals), len(told_ns), "orders that came to the venue")
    counted = list(zip(told_ns, arrivals, strict=True))[WARM_UP:]
    return {
        BARE: sorted((arrival.on_socket_ns - told) / 1000 for told, arrival in counted),
        BARE_READ: sorted((arrival.read_ns - told) / 1000 for told, arrival in counted),
    }


async def _ticks() -> AsyncIterator[int]:
    """Numbers of orders at a steady rate, first those that are not counted."""
    began_s = trio.current_time()
    for number in range(_count()):
        await trio.sleep_until(began_s + number / ORDERS_A_SECOND)
        yield number


def _count() -> int:
    return WARM_UP + int(SECONDS * ORDERS_A_SECOND)


@asynccontextmanager
async def _collected() -> AsyncIterator[None]:
    """With the collector of garbage as in service."""
    with Collector() as collector:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(partial(keep_tidy, collector))
            yield
            nursery.cancel_scope.cancel()


def _an_order() -> OrderToPost:
    """Of the length of those that go through execution."""
    signed = SignedOrder(
        salt=1 << 52,
        maker=ZERO_ADDRESS,
        signer=ZERO_ADDRESS,
        token_id=MARKET.yes_token,
        maker_amount=PRICE * SIZE // 10_000,
        taker_amount=SIZE,
        side=Side.BUY,
        signature_type=SignatureType.EOA,
        timestamp_ms=time.time_ns() // 1_000_000,
        signature=bytes(65),
    )
    return OrderToPost(OrderId(""), signed, "0" * 36, TimeInForce.GTD, post_only=True, expiration_s=1_780_000_000)
