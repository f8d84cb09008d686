"""The network below the official client: one request a call, sent before its deadline or never, and what came of it.

The client tells an answer as a parsed document or an exception, and one that was lost like one that was never asked
for. What is known is known here, where the bytes go out and come in.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
from attrs import define

LARGEST_ANSWER = 1 << 20
_SENDING = ("http11.send_request_headers.started", "http2.send_request_headers.started")
_OF_THE_PACKING = ("content-encoding", "content-length", "transfer-encoding")
_NANOSECONDS = 1_000_000_000


class SentAlready(Exception):
    """The client wanted to send a second request within one call."""


@define
class Record:
    """Of one call. `answer` is what came; without one, `is_sent` says whether anything may have arrived."""

    deadline_ns: int
    is_begun: bool = False
    is_sent: bool = False
    answer: httpx.Response | None = None
    is_cut: bool = False
    reason: str = ""

    def trace(self, event: str, info: object) -> None:
        self.is_sent = self.is_sent or event in _SENDING


class RecordingTransport(httpx.BaseTransport):
    """Each thread records its own calls. `now_ns` is the machine's monotonic clock."""

    def __init__(self, over: httpx.BaseTransport, now_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._over = over
        self._now_ns = now_ns
        self._here = threading.local()

    @contextmanager
    def recording(self, deadline_ns: int) -> Iterator[Record]:
        """What is asked inside the block is one call."""
        record = self._here.record = Record(deadline_ns)
        try:
            yield record
        finally:
            del self._here.record

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        record: Record = self._here.record
        if record.is_begun:
            raise SentAlready
        record.is_begun = True
        try:
            return self._exchange(request, record)
        except httpx.RequestError as error:
            record.reason = f"{type(error).__name__}: {error}".strip(": ")
            raise

    def _exchange(self, request: httpx.Request, record: Record) -> httpx.Response:
        left_s = (record.deadline_ns - self._now_ns()) / _NANOSECONDS
        if left_s <= 0:
            raise httpx.ConnectTimeout("its time was over before it was sent")
        request.extensions = {
            "timeout": dict.fromkeys(("connect", "read", "write", "pool"), left_s),
            "trace": record.trace,
        }
        response = self._over.handle_request(request)
        body = bytearray()
        try:
            for part in response.iter_bytes():
                body += part
                record.is_cut = len(body) > LARGEST_ANSWER
                if record.is_cut:
                    break
                if self._now_ns() > record.deadline_ns:
                    raise httpx.ReadTimeout("the answer was not whole in time")
        finally:
            response.close()
        headers = [(name, value) for name, value in response.headers.multi_items() if name not in _OF_THE_PACKING]
        record.answer = httpx.Response(response.status_code, headers=headers, content=bytes(body), request=request)
        return record.answer

    def close(self) -> None:
        self._over.close()
