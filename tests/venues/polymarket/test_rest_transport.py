"""Answers that are none: too long, broken, in the wrong place; and secrets, which are seen by nobody."""

import gzip
import logging
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import cast

import httpx
import pytest
import trio
from attrs import evolve

from messages.identity import OrderId
from polyactors.exchange.faults.kinds import FailAfterwards, LoseAnswer
from polyactors.venues.polymarket.rest import transport
from polyactors.venues.polymarket.rest.authenticator import ApiCredentials, CredentialAuthenticator, Headers
from polyactors.venues.polymarket.rest.budgets import Budgets
from polyactors.venues.polymarket.rest.calling import Caller, Timeouts
from polyactors.venues.polymarket.rest.clob import Clob, geoblock
from polyactors.venues.polymarket.rest.failures import (
    LONGEST_KEPT,
    Geoblocked,
    Malformed,
    RateLimited,
    Rejected,
    Standing,
    UnknownOutcome,
    Unreachable,
    leaves_doubt,
)
from polyactors.venues.polymarket.rest.signer_authenticator import SignerAuthenticator
from polyactors.venues.polymarket.signer.port import SignedAuth, SignerGone, SignerPort
from polyactors.venues.polymarket.signing.l2_auth import BadSecret
from polyactors.venues.polymarket.signing.orders import SignedOrder
from tests.venues.polymarket.canned_answers import CREDENTIALS, PASSPHRASE, SECRET, always, answer, caller_of, clob_of
from tests.venues.polymarket.rest_world import rest_world

ORDER = OrderId("0x" + "ab" * 32)


async def test_an_answer_that_does_not_fit_is_kept_and_leaves_doubt_after_an_action_only() -> None:
    async with clob_of(always(200, b"<html>" + b"x" * 10_000)) as clob:
        cancelled = await clob.orders.cancel(ORDER)
        assert isinstance(cancelled, Malformed), cancelled
        assert leaves_doubt(cancelled)
        assert cancelled.body.startswith(b"<html>xx")
        assert len(cancelled.body) == LONGEST_KEPT
        asked = await clob.account.open_orders()
        assert isinstance(asked, Malformed), asked
        assert not leaves_doubt(asked)


async def test_an_answer_that_cannot_be_unpacked_is_malformed() -> None:
    broken = gzip.compress(b"{}" * 1_000)[:-20] + b"\xff" * 20
    async with clob_of(always(200, broken, content_encoding="gzip")) as clob:
        assert isinstance(await clob.account.open_orders(), Malformed)


async def test_an_endless_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "LARGEST_ANSWER", 1_000)
    async with clob_of(always(200, b" " * 5_000 + b"[]")) as clob:
        assert isinstance(await clob.account.notifications(), Malformed)


async def test_an_endless_answer_over_a_socket_is_given_up_before_its_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(transport, "LARGEST_ANSWER", 100_000)

    async def pour(stream: trio.SocketStream) -> None:
        try:
            await stream.receive_some()
            await stream.send_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
            while True:
                await stream.send_all(b"400\r\n" + b" " * 1_024 + b"\r\n")
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return

    with trio.fail_after(30):
        async with trio.open_nursery() as nursery:
            [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
            nursery.start_soon(trio.serve_listeners, pour, [listener])
            port = listener.socket.getsockname()[1]
            authenticator = CredentialAuthenticator(CREDENTIALS)
            async with Clob.opened(Budgets(), authenticator, base_url=f"http://127.0.0.1:{port}") as clob:
                outcome = await Clob.over(evolve(clob.account.caller, timeouts=Timeouts(300, 300))).orders.cancel_all()
                assert isinstance(outcome, Malformed), outcome
                assert outcome.may_have_acted
            nursery.cancel_scope.cancel()


async def test_what_unpacks_to_too_much_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "LARGEST_ANSWER", 10_000)
    async with clob_of(always(200, gzip.compress(b" " * 1_000_000 + b"[]"), content_encoding="gzip")) as clob:
        assert isinstance(await clob.account.notifications(), Malformed)
    async with clob_of(always(200, gzip.compress(b"[]"), content_encoding="gzip")) as clob:
        assert await clob.account.notifications() == ()


async def test_the_real_venue_can_be_opened_without_asking_it() -> None:
    """HTTP/2 is offered there, and has to be installed."""
    async with Clob.opened(Budgets()) as clob:
        assert clob.markets.caller.transport.base_url.startswith("https:")


async def test_a_redirect_is_not_followed() -> None:
    seen: list[str] = []

    def answering(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        return answer(302, location="http://elsewhere/")

    async with clob_of(answering) as clob:
        outcome = await clob.orders.cancel_all()
    assert isinstance(outcome, Malformed), outcome
    assert len(seen) == 1


async def test_the_gatekeeper_and_the_region_are_one_failure() -> None:
    for body in (b'{"error":"Trading restricted in your region"}', b"<html><h1>Sorry, you have been blocked</h1>"):
        async with clob_of(always(403, body)) as clob:
            outcome = await clob.orders.cancel_all()
            assert isinstance(outcome, Geoblocked), outcome
            assert not leaves_doubt(outcome)


async def test_the_website_says_whether_we_are_blocked() -> None:
    body = b'{"blocked":true,"ip":"203.0.113.42","country":"US","region":"NY"}'
    async with caller_of(always(200, body)) as website:
        found = await geoblock(website)
    assert (found.is_blocked, found.country) == (True, "US")  # type: ignore[union-attr]


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520])
async def test_a_server_that_fails_leaves_doubt_about_actions_and_none_about_questions(status: int) -> None:
    async with clob_of(always(status, b"<html>bad gateway</html>")) as clob:
        assert await clob.orders.cancel_all() == UnknownOutcome("<html>bad gateway</html>", status)
        assert isinstance(await clob.markets.time_s(), Unreachable)


async def test_a_404_of_somebody_else_is_no_missing_order() -> None:
    async with clob_of(always(404, b"<html>not found</html>")) as clob:
        assert isinstance(await clob.account.order(ORDER), Rejected)


async def test_when_to_come_again_is_read_from_header_date_or_body() -> None:
    when = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    for answering, least, most in (
        (always(429, b"{}", retry_after="2.5"), 2.5, 2.5),
        (always(429, b'{"retry_after_seconds":7}'), 7, 7),
        (always(429, b"{}", retry_after=when), 50, 101),
        (always(429, b"{}", retry_after="-3"), 0, 0),
        (always(429, b"{}", retry_after="1e300"), 86_400, 86_400),
    ):
        async with clob_of(answering) as clob:
            outcome = await clob.markets.time_s()
            assert isinstance(outcome, RateLimited), outcome
            assert outcome.retry_after_s is not None
            assert least <= outcome.retry_after_s <= most
    for junk in ("soon", "nan", "inf", "Thu, 99 Foo"):
        async with clob_of(always(429, b'{"retry_after_seconds":true}', retry_after=junk)) as clob:
            assert await clob.markets.time_s() == RateLimited(None)


async def test_a_refusal_for_asking_too_often_says_how_we_stand() -> None:
    answering = always(
        429, b"{}", poly_ratelimit_remaining="-2.00", poly_ratelimit_reset="1795262708", poly_ratelimit_tier="Gold"
    )
    async with clob_of(answering) as clob:
        outcome = await clob.orders.cancel_all()
    assert outcome == RateLimited(None, Standing(-2.0, 1_795_262_708.0, "Gold"))


async def test_a_signer_that_does_not_answer_in_time_means_that_nothing_was_sent(
    autojump_clock: trio.testing.MockClock,
) -> None:
    class Silent:
        async def l2_headers(self, method: str, path: str, body: bytes) -> Headers:
            await trio.sleep_forever()
            raise AssertionError

    sent: list[httpx.Request] = []

    def answering(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return answer(200)

    async with caller_of(answering) as caller:
        clob = Clob.over(evolve(caller, authenticator=Silent()))
        assert isinstance(await clob.orders.cancel_all(), Unreachable)
        assert isinstance(await Clob.over(evolve(caller, authenticator=None)).orders.cancel_all(), Unreachable)
    assert sent == []


async def test_no_call_is_without_a_deadline(autojump_clock: trio.testing.MockClock) -> None:
    class Hanging(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            await trio.sleep_forever()
            raise AssertionError

    async with transport.Transport.opened("http://venue", Hanging()) as hanging:
        caller = Caller(hanging, Budgets(), CredentialAuthenticator(CREDENTIALS), Timeouts(3, 2))
        began_s = trio.current_time()
        await Clob.over(caller).orders.cancel_all()
        assert trio.current_time() - began_s == pytest.approx(2)
        await Clob.over(caller).markets.time_s()
        assert trio.current_time() - began_s == pytest.approx(5)


async def test_secrets_are_in_no_log_and_no_text(caplog: pytest.LogCaptureFixture) -> None:
    """Everything that is logged on the way is caught, that of the HTTP libraries too."""
    caplog.set_level(logging.DEBUG)
    texts: list[str] = []
    async with rest_world() as world:
        world.arm(FailAfterwards())
        order = world.order()
        for outcome in (
            await world.clob.orders.post(order),
            await world.clob.orders.post(order),
            await world.clob.account.open_orders(),
            await world.clob_with(Timeouts(), evolve(world.credentials, key="x")).account.open_orders(),
        ):
            texts += [repr(outcome), str(outcome)]
        world.arm(LoseAnswer())
        texts += [repr(await world.clob.orders.post(order)), repr(world.clob), repr(order), repr(world.credentials)]
        texts += [record.getMessage() for record in caplog.records]
        secrets = (
            world.credentials.secret,
            world.credentials.passphrase,
            order.signed.signature.hex(),
            world.key._secret.to_hex(),
        )
    everything = "\n".join([*texts, caplog.text])
    assert "send_request_headers" in everything, "nothing was logged: the test proves nothing"
    for secret in secrets:
        assert secret not in everything


async def test_keys_that_come_malformed_are_not_kept() -> None:
    body = f'{{"apiKey":7,"secret":"{SECRET}","passphrase":"{PASSPHRASE}"}}'.encode()

    class Wallet:
        async def l1_headers(self, nonce: int) -> Headers:
            return (("POLY_ADDRESS", "0x1"),)

    async with clob_of(always(200, body)) as clob:
        outcome = await clob.account.create_key(Wallet())
    assert isinstance(outcome, Malformed), outcome
    assert (outcome.body, outcome.may_have_acted) == (b"", True)


async def test_a_signer_that_is_gone_means_that_nothing_was_sent() -> None:
    class Gone:
        address = CREDENTIALS.address

        async def sign_order(self, *asked: object, **how: object) -> SignedOrder:
            raise SignerGone

        async def sign_auth(self, *asked: object, **how: object) -> SignedAuth:
            raise SignerGone

    async with clob_of(always(200)) as clob:
        outcome = await clob.account.create_key(SignerAuthenticator(cast(SignerPort, Gone())))
    assert outcome == Unreachable("the signer: SignerGone")


def test_a_secret_that_is_none_is_found_out_before_anything_is_signed() -> None:
    with pytest.raises(BadSecret) as caught:
        CredentialAuthenticator(ApiCredentials("0x", "key", "no base64!", "pass"))
    assert "no base64!" not in str(caught.value)
