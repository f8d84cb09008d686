"""The pricer's requests over real sockets, by port and by Unix socket, and its client."""

import json
import stat
from contextlib import suppress
from functools import partial

import httpx
import pytest
import trio
from attrs import evolve

from actors.pricing.remote_words import NoAnswer
from messages.periods import Period, PeriodLength, Reading, Series, SettlementRule, UpOrDown
from messages.pricing import NoPrices
from messages.reference import ReferenceVenue, Symbol
from polyactors.pricer.client import LARGEST_ANSWER, HttpPriceService
from polyactors.pricer.place import PortPlace, ServicePlace, SocketPlace
from polyactors.pricer.wire import entity_tag, write_about, write_snapshot
from tests.pricer.served_prices import Served, served
from tests.pricer.snapshots import HOURS, SERIES, SOUND, START_MS, publication

ABOUT = UpOrDown(Period(SERIES, START_MS), SettlementRule(ReferenceVenue.CHAINLINK, Reading.MEAN, 60), 77_643.5)
JSON = {"Content-Type": "application/json"}


async def listens(here: Served) -> None:
    """Until the server answers at all: it may have been killed a moment ago."""
    async with here.client() as client:
        while True:
            try:
                await client.get("/health")
            except httpx.TransportError:
                await trio.sleep(0.005)
            else:
                return


@pytest.mark.parametrize("by_socket", [False, True], ids=["port", "socket"])
async def test_the_client_gets_what_was_published_and_each_publication_once(by_socket: bool) -> None:
    async with served(by_socket=by_socket) as here:
        service = HttpPriceService(here.place)
        first = await service.get_latest(SERIES)
        assert (
            isinstance(first, NoAnswer) and first.kind == "not ready" and "nothing has been published" in first.reason
        )
        await here.publish(SOUND)
        got = await service.get_latest(SERIES)
        assert got == SOUND
        assert await service.get_latest(SERIES) is got
        assert here.board.unchanged == 1
        newer = publication(18)
        await here.publish(newer)
        assert await service.get_latest(SERIES) == newer
        assert isinstance(await service.get_latest(HOURS), NoAnswer)
        await here.publish(NoPrices(SERIES, "gone for good"))
        gone = await service.get_latest(SERIES)
        assert isinstance(gone, NoAnswer) and "gone for good" in gone.reason
        await service.close()


async def test_a_path_with_a_slash_too_many_was_once_redirected_to_the_host_that_the_request_named() -> None:
    async with served() as here, here.client() as client:
        answer = await client.get("/snapshot/latest/", headers={"Host": "evil.example"})
        assert answer.status_code == 404 and "location" not in answer.headers


async def test_only_the_owner_may_use_the_socket() -> None:
    async with served(by_socket=True) as here:
        assert isinstance(here.place, SocketPlace)
        assert stat.S_IMODE(here.place.path.stat().st_mode) == 0o600


async def test_snapshots_are_asked_for_by_symbol_and_period() -> None:
    async with served() as here, here.client() as client:
        await here.publish(SOUND)
        await here.publish(publication(5, series=HOURS))

        async def series(**query: str) -> object:
            return (await client.get("/snapshot/latest", params=query)).json().get("series")

        assert await series() == "btcusd-5m"
        assert await series(symbol="btcusd") == "btcusd-5m"
        assert await series(period="1h") == "btcusd-1h"
        assert await series(symbol="btcusd", period="1h") == "btcusd-1h"
        for unknown in ({"symbol": "ethusd"}, {"period": "4h"}, {"symbol": "btcusd", "period": "15m"}, {"symbol": ""}):
            answer = await client.get("/snapshot/latest", params=unknown)
            assert answer.status_code == 404
            assert "btcusd-5m, btcusd-1h" in answer.json()["error"]


async def test_who_has_seen_a_publication_is_not_sent_it_again() -> None:
    async with served() as here, here.client() as client:
        await here.publish(SOUND)
        answer = await client.get("/snapshot/latest")
        assert answer.content == write_snapshot(SOUND)
        tag = answer.headers["etag"]
        assert tag == entity_tag(SOUND)
        again = await client.get("/snapshot/latest", headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")
        await here.publish(publication(18))
        assert (await client.get("/snapshot/latest", headers={"If-None-Match": tag})).status_code == 200


async def test_health_is_bad_until_every_series_is_well() -> None:
    async with served() as here, here.client() as client:
        found = await client.get("/health")
        assert found.status_code == 503 and found.json()["is_well"] is False
        await here.publish(SOUND)
        assert (await client.get("/health")).status_code == 503
        await here.publish(publication(5, series=HOURS))
        found = await client.get("/health")
        assert found.status_code == 200
        document = found.json()
        assert [each["last_seq"] for each in document["series"]] == [17, 5]
        assert document["uptime_ms"] >= 0 and document["refused"] == 2
        await here.publish(evolve(SOUND, seq=18, stale=True))
        found = await client.get("/health")
        assert found.status_code == 503
        assert found.json()["series"][0]["reason"] == "the prices are stale"


async def test_what_a_market_says_reaches_who_publishes() -> None:
    async with served() as here:
        service = HttpPriceService(here.place)
        assert await service.tell_period(ABOUT) is None
        await here.heard_of_a_period.wait()
        assert here.periods == [ABOUT]
        ether = Series(Symbol("ethusd"), PeriodLength.FIVE_MINUTES)
        refused = await service.tell_period(evolve(ABOUT, period=Period(ether, START_MS)))
        assert isinstance(refused, NoAnswer) and refused.kind == "refused"
        await service.close()


async def test_a_period_that_is_none_is_refused_and_changes_nothing() -> None:
    async with served() as here, here.client() as client:
        body = write_about(ABOUT)
        for content, headers, status in (
            (body, {"Content-Type": "text/plain"}, 415),
            (body, {"Content-Type": "application/x-www-form-urlencoded"}, 415),
            (body, {}, 415),
            (b"{", JSON, 400),
            (b'{"strike": NaN}', JSON, 400),
            (body.replace(b"MEAN", b"HOPE"), JSON, 400),
            (body + b" " * 5000, JSON, 413),
        ):
            answer = await client.post("/period", content=content, headers=headers)
            assert answer.status_code == status, answer.text
            assert answer.json()["error"]
        assert (await client.get("/period")).status_code == 405
        assert (await client.get("/elsewhere")).status_code == 404
        assert here.periods == []


@pytest.mark.parametrize("host", ["prices.example", "prices.example:8710", "127.0.0.1.example", "", "[::1", "a@b:c"])
async def test_a_page_that_comes_under_another_name_gets_nothing(host: str) -> None:
    async with served() as here, here.client() as client:
        await here.publish(SOUND)
        for answer in (
            await client.get("/snapshot/latest", headers={"Host": host}),
            await client.post("/period", content=write_about(ABOUT), headers={**JSON, "Host": host}),
        ):
            assert answer.status_code in (400, 403)
        assert here.periods == []


async def test_who_connects_while_the_server_begins_anew_is_answered_by_the_next_life() -> None:
    async with served() as here:
        await here.publish(SOUND)
        service = HttpPriceService(here.place)
        assert await service.get_latest(SERIES) == SOUND
        here.runtime.kill("server", "the test wants it")
        await listens(here)
        await here.publish(publication(18))
        answer = await service.get_latest(SERIES)
        if isinstance(answer, NoAnswer):
            # The connection of before had died with the life of before.
            answer = await service.get_latest(SERIES)
        assert answer == publication(18)
        await service.close()


async def test_a_service_that_is_not_there_is_unreachable() -> None:
    with trio.socket.socket() as free:
        await free.bind(("127.0.0.1", 0))
        place = PortPlace("127.0.0.1", free.getsockname()[1])
        service = HttpPriceService(place)
        answer = await service.get_latest(SERIES)
        assert isinstance(answer, NoAnswer) and answer.kind == "unreachable"
        assert place.url in answer.reason
        told = await service.tell_period(ABOUT)
        assert isinstance(told, NoAnswer) and told.kind == "unreachable"
        await service.close()


def answering(status: int, body: bytes) -> HttpPriceService:
    """A service that says always the same."""

    class Always(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            return httpx.Response(status, stream=httpx.ByteStream(body))

    def connect(_: ServicePlace) -> httpx.AsyncBaseTransport:
        return Always()

    return HttpPriceService(PortPlace("127.0.0.1", 1), connect)


UNREADABLE: dict[str, tuple[bytes, str]] = {
    "no JSON": (b"<html>", "no"),
    "a number that is none": (write_snapshot(SOUND).replace(b'"mid":77650.0', b'"mid":NaN'), "no"),
    "a text for a number": (write_snapshot(SOUND).replace(b'"seq":17', b'"seq":"17"'), "seq"),
    "another series": (write_snapshot(publication(5, series=HOURS)), "series"),
}


@pytest.mark.parametrize(("body", "counted"), UNREADABLE.values(), ids=UNREADABLE)
async def test_an_answer_that_is_no_snapshot_is_counted_and_never_a_price(body: bytes, counted: str) -> None:
    service = answering(200, body)
    answer = await service.get_latest(SERIES)
    assert isinstance(answer, NoAnswer) and answer.kind == "unreadable"
    assert dict(service.unreadable) == {counted: 1}


@pytest.mark.parametrize(
    ("status", "kind"),
    [(304, "not ready"), (302, "not ready"), (404, "refused"), (500, "not ready"), (503, "not ready")],
)
async def test_an_answer_without_a_snapshot_is_none(status: int, kind: str) -> None:
    answer = await answering(status, b"why not").get_latest(SERIES)
    assert isinstance(answer, NoAnswer) and answer.kind == kind and str(status) in answer.reason


async def test_an_answer_without_an_end_is_not_read_to_it() -> None:
    async def endless(stream: trio.SocketStream) -> None:
        with suppress(trio.BrokenResourceError):
            await stream.send_all(b"HTTP/1.1 200 OK\r\n\r\n")
            while True:
                await stream.send_all(b" " * 65_536)

    async with trio.open_nursery() as nursery:
        (listener,) = await nursery.start(partial(trio.serve_tcp, endless, 0, host="127.0.0.1"))
        service = HttpPriceService(PortPlace("127.0.0.1", listener.socket.getsockname()[1]))
        with trio.fail_after(20):
            answer = await service.get_latest(SERIES)
        assert isinstance(answer, NoAnswer) and answer.kind == "unreadable"
        assert str(LARGEST_ANSWER) in answer.reason
        await service.close()
        nursery.cancel_scope.cancel()


async def test_errors_are_json_with_a_reason() -> None:
    async with served() as here, here.client() as client:
        answer = await client.get("/snapshot/latest")
        assert answer.status_code == 503
        assert json.loads(answer.content) == {"error": "btcusd-5m: nothing has been published yet"}
