"""Redeeming, splitting and merging by a process of its own on a served exchange: what the chain ends up with."""

import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
import trio
import trio.testing

from actors.execution.live.claim_words import Claimed, ClaimInDoubt, Holding, NotClaimed, WouldClaim
from messages.identity import MarketId
from messages.units import CASH_SCALE, PRICE_SCALE, SHARE_SCALE, Price, Shares
from polyactors.exchange.server.control_words import Ruling
from polyactors.venues.polymarket.claims.opening import OfficialClaims, open_claims
from polyactors.venues.polymarket.claims.services import served_at
from polyactors.venues.polymarket.claims.settings import ClaimSettings
from polyactors.venues.polymarket.signer.key_source import KeyFile
from polyactors.venues.polymarket.signing.addresses import AUTO_REDEEM_OPERATOR, CONDITIONAL_TOKENS, checksummed
from polyactors.venues.polymarket.signing.orders import SignatureType
from tests.exchange_clients.client_account import ClientAccount
from tests.exchange_clients.conftest import NewAccount, exchange, new_account, one_authority
from tests.exchange_clients.served_exchange import ServedExchange, is_binary, is_neg_risk, is_protocol_two
from tests.exchange_clients.waiting import until

__all__ = ["exchange", "new_account", "one_authority"]

CREDIT = 10_000 * CASH_SCALE
KINDS = [pytest.param(kind, id=kind.name.lower()) for kind in SignatureType]
MARKETS = {"binary": is_binary, "neg_risk": is_neg_risk, "protocol_two": is_protocol_two}
RULINGS = [
    ("binary", Ruling.YES, PRICE_SCALE),
    ("binary", Ruling.NO, 0),
    ("binary", Ruling.HALF, PRICE_SCALE // 2),
    ("neg_risk", Ruling.YES, PRICE_SCALE),
    ("neg_risk", Ruling.NO, 0),
    ("protocol_two", Ruling.YES, PRICE_SCALE),
    ("protocol_two", Ruling.HALF, PRICE_SCALE // 2),
]
SETS, NOTHING = Shares(40 * SHARE_SCALE), Shares(0)


@asynccontextmanager
async def claims_of(
    account: ClientAccount, exchange: ServedExchange, folder: Path, *, dry_run: bool = False
) -> AsyncIterator[OfficialClaims]:
    """As the service opens them."""
    place = exchange.place
    relayer = folder / "relayer"
    relayer.write_text("unlimited")
    relayer.chmod(0o600)
    settings = ClaimSettings(
        services=served_at(place.url, place.gamma, place.data),
        key=key_file(account, folder),
        wallet=checksummed(account.wallet),
        relayer_key=KeyFile(str(relayer)),
        dry_run=dry_run,
    )
    async with open_claims(settings) as claims:
        yield claims


def key_file(account: ClientAccount, folder: Path) -> KeyFile:
    path = folder / "key"
    path.write_text(account.key)
    os.chmod(path, 0o600)
    return KeyFile(str(path))


async def held(claims: OfficialClaims, market: str) -> Holding:
    holdings = await claims.look([MarketId(market)])
    assert isinstance(holdings, tuple), holdings
    (holding,) = holdings
    return holding


@pytest.mark.parametrize("kind", KINDS)
async def test_sets_are_split_and_merged_and_nothing_is_lost(
    kind: SignatureType, exchange: ServedExchange, new_account: NewAccount, tmp_path: Path
) -> None:
    account, market = new_account(exchange, kind), exchange.untouched()
    async with claims_of(account, exchange, tmp_path) as claims:
        assert claims.process_id is None, "nothing was started before it was needed"
        split = await claims.split(market.market, SETS)
        assert isinstance(split, Claimed) and split.transaction.startswith("0x")
        assert exchange.cash(account.wallet) == CREDIT - SETS
        assert await held(claims, market.market) == Holding(market.market, SETS, SETS, None)
        merged = await claims.merge(market.market, Shares(SETS - SHARE_SCALE))
        assert isinstance(merged, Claimed) and merged != split
        assert exchange.cash(account.wallet) == CREDIT - SHARE_SCALE
        one = Shares(SHARE_SCALE)
        assert await held(claims, market.market) == Holding(market.market, one, one, None)


async def test_what_pays_is_redeemed_once_in_every_kind_of_market(
    exchange: ServedExchange, new_account: NewAccount, tmp_path: Path
) -> None:
    account = new_account(exchange)
    async with claims_of(account, exchange, tmp_path) as claims:
        for name, ruling, yes_payout in RULINGS:
            market = exchange.untouched(MARKETS[name])
            assert isinstance(await claims.split(market.market, SETS), Claimed)
            early = await claims.redeem(market.market)
            assert isinstance(early, NotClaimed) and early.reason.startswith("not_decided")
            exchange.resolve(market.slug, ruling)
            whole = Holding(market.market, SETS, SETS, Price(yes_payout))
            assert await held(claims, market.market) == whole, name
            assert await claims.redeemable() == (whole,)
            redeemed = await claims.redeem(market.market)
            assert isinstance(redeemed, Claimed), (name, ruling, redeemed)
            assert exchange.cash(account.wallet) == CREDIT, "a set is a dollar, whatever was ruled"
            assert await held(claims, market.market) == Holding(market.market, NOTHING, NOTHING, Price(yes_payout))
            again = await claims.redeem(market.market)
            assert isinstance(again, NotClaimed) and again.reason.startswith("nothing_there")


async def test_one_side_is_paid_what_was_ruled(
    exchange: ServedExchange, new_account: NewAccount, tmp_path: Path
) -> None:
    account, other = new_account(exchange), new_account(exchange)
    async with claims_of(account, exchange, tmp_path) as claims:
        before = CREDIT
        for name, ruling, yes_payout in RULINGS:
            market = exchange.untouched(MARKETS[name])
            account.rest(market.yes_token, 0.4, 50)
            other.buy(market.no_token, 0.6, 50)
            until(partial(account.shares, market.yes_token), lambda shares: shares == 50)
            exchange.resolve(market.slug, ruling)
            redeemed = await claims.redeem(market.market)
            assert isinstance(redeemed, Claimed if yes_payout else NotClaimed), (name, ruling, redeemed)
            before += (50 * yes_payout // PRICE_SCALE - 20) * CASH_SCALE
            assert exchange.cash(account.wallet) == before, (name, ruling)


async def test_a_dry_run_reads_no_key_and_changes_nothing(
    exchange: ServedExchange, new_account: NewAccount, tmp_path: Path
) -> None:
    account, market, other = new_account(exchange), exchange.untouched(), exchange.untouched()
    for each in (market, other):
        account.sdk.split_position(condition_id=each.market, amount=SETS).wait()
    exchange.resolve(market.slug, Ruling.HALF)
    async with claims_of(account, exchange, tmp_path, dry_run=True) as claims:
        (tmp_path / "key").unlink()
        assert await claims.redeem(market.market) == WouldClaim("redeem 40 YES and 40 NO at 0.5 for YES: 40 pUSD")
        assert isinstance(await claims.merge(other.market, SETS), WouldClaim)
        assert isinstance(await claims.split(other.market, SETS), WouldClaim)
        assert isinstance(await claims.approve_auto_redeem(), WouldClaim | Claimed)
        assert exchange.cash(account.wallet) == CREDIT - 2 * SETS
        assert (await held(claims, other.market)).yes == SETS


async def test_an_answer_that_was_lost_leaves_doubt_and_is_not_sent_again(
    exchange: ServedExchange, new_account: NewAccount, tmp_path: Path
) -> None:
    account, market = new_account(exchange, SignatureType.PROXY), exchange.untouched()
    async with claims_of(account, exchange, tmp_path) as claims:
        with exchange.fault("lose-answer", path="/relayer/submit", method="POST", times=1):
            lost = await claims.split(market.market, SETS)
        assert isinstance(lost, ClaimInDoubt) and "TransportError" in lost.reason
        async with until_held(claims, market.market, SETS):
            assert exchange.cash(account.wallet) == CREDIT - SETS, "once"
        exchange.resolve(market.slug, Ruling.YES)
        with exchange.fault("lose-answer", path="/relayer/v1/account/transactions/", method="GET", times=1):
            waiting = await claims.redeem(market.market)
        assert isinstance(waiting, ClaimInDoubt) and waiting.reason.startswith("sent as ")
        async with until_held(claims, market.market, Shares(0)):
            assert exchange.cash(account.wallet) == CREDIT
        again = await claims.redeem(market.market)
        assert isinstance(again, NotClaimed), "what is held is looked at first"


async def test_a_refusal_of_the_venue_is_no_doubt(
    exchange: ServedExchange, new_account: NewAccount, tmp_path: Path
) -> None:
    account, market = new_account(exchange, SignatureType.SAFE), exchange.untouched()
    async with claims_of(account, exchange, tmp_path) as claims:
        much = await claims.split(market.market, Shares(2 * CREDIT))
        assert isinstance(much, NotClaimed), much
        nothing = await claims.merge(market.market, SETS)
        assert isinstance(nothing, NotClaimed) and nothing.reason.startswith("nothing_there")
        unknown = await claims.redeem(MarketId("0x" + "12" * 32))
        assert isinstance(unknown, NotClaimed) and unknown.reason.startswith("unknown_market")
        assert await claims.look([MarketId("0x" + "12" * 32)]) == ()


async def test_the_operator_is_approved_once(exchange: ServedExchange, new_account: NewAccount, tmp_path: Path) -> None:
    account = new_account(exchange)
    account.sdk.approve_erc1155_for_all(
        token_address=CONDITIONAL_TOKENS, operator_address=AUTO_REDEEM_OPERATOR, approved=False
    ).wait()
    async with claims_of(account, exchange, tmp_path, dry_run=True) as dry:
        would = await dry.approve_auto_redeem()
        assert would == WouldClaim(f"let the venue's operator redeem shares of {CONDITIONAL_TOKENS}")
    async with claims_of(account, exchange, tmp_path) as claims:
        assert isinstance(await claims.approve_auto_redeem(), Claimed)
        assert not account.sdk.get_trading_approvals_state().missing.erc1155
        assert await claims.approve_auto_redeem() == Claimed("")


async def test_a_process_that_was_killed_is_started_again(
    exchange: ServedExchange, new_account: NewAccount, tmp_path: Path
) -> None:
    account, market = new_account(exchange), exchange.untouched()
    account.sdk.split_position(condition_id=market.market, amount=SETS).wait()
    async with claims_of(account, exchange, tmp_path) as claims:
        await held(claims, market.market)
        first = claims.process_id
        assert first is not None
        os.kill(first, signal.SIGSTOP)
        async with trio.open_nursery() as nursery:

            async def merge() -> None:
                assert isinstance(await claims.merge(market.market, SETS), ClaimInDoubt)

            nursery.start_soon(merge)
            await trio.testing.wait_all_tasks_blocked()
            os.kill(first, signal.SIGKILL)
        assert (await held(claims, market.market)).yes == SETS
        assert claims.process_id != first


@asynccontextmanager
async def until_held(claims: OfficialClaims, market: str, yes: Shares) -> AsyncIterator[None]:
    """Once the chain has caught up with what was sent."""
    with trio.fail_after(20):
        while (await held(claims, market)).yes != yes:
            await trio.lowlevel.checkpoint()
    yield
