"""The order sink in a process of its own, and what it has seen."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from attrs import frozen

from messages.identity import VenueOrderId
from polyactors.bench.measure import WorkNotDone
from polyactors.bench.order_sink import ARRIVALS

_ENDS_WITHIN_S = 20.0


@frozen
class Arrival:
    """When an order's bytes were on the venue's socket, and when the venue had read them; by the monotonic clock."""

    order: VenueOrderId
    on_socket_ns: int
    read_ns: int


@frozen
class ServedSink:
    """Where it listens."""

    url: str

    def arrivals(self) -> list[Arrival]:
        """Since it was last asked, in the order in which they came."""
        answer = httpx.get(self.url + ARRIVALS, trust_env=False)
        return [Arrival(VenueOrderId(name), *came_ns) for name, *came_ns in answer.json()]


@contextmanager
def served_sink() -> Iterator[ServedSink]:
    command = [sys.executable, "-m", "polyactors.bench.order_sink"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            if not line:
                raise WorkNotDone("the sink of orders did not start")
            yield ServedSink(json.loads(line)["url"])
        finally:
            process.stdin.close()
            process.wait(_ENDS_WITHIN_S)
