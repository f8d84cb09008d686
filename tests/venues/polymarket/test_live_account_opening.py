"""Opening the account, all that may be wrong with that, and a signer that dies."""

import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio
from attrs import evolve

from actors.execution.live.words import NotSigned, Taken
from messages.identity import VenueOrderId
from messages.units import CASH_SCALE, Cash
from polyactors.exchange.faults.kinds import FailAfterwards, LoseAnswer
from polyactors.venues.polymarket.live_account.opening import CannotOpen
from polyactors.venues.polymarket.live_account.owner import BadWallet, owner_of
from polyactors.venues.polymarket.live_account.settings import AccountSettings
from polyactors.venues.polymarket.live_account.signer_keeper import SILENCES_UNTIL_GONE
from polyactors.venues.polymarket.signer.caps import Caps
from polyactors.venues.polymarket.signer.client import SignerClient
from polyactors.venues.polymarket.signer.exchanges import ExchangeKind
from polyactors.venues.polymarket.signer.key_source import EnvironmentKey, KeySource
from polyactors.venues.polymarket.signer.opening import open_signer
from polyactors.venues.polymarket.signer.port import SignerPort, SignerTimedOut
from polyactors.venues.polymarket.signing.addresses import EXCHANGE_V2
from polyactors.venues.polymarket.signing.orders import SignatureType
from polyactors.venues.polymarket.signing.wallets import (
    beacon_deposit_wallet,
    proxy_wallet,
    safe_wallet,
    uups_deposit_wallet,
)
from tests.venues.polymarket.live_account_world import (
    NOWHERE,
    Trader,
    account_world,
    new_key,
)
from tests.venues.polymarket.signers import EVERY_CONTRACT, KEY, SECRET, TOKEN, WIDE, key_file
from tests.venues.polymarket.signers_in_process import SignersHere

VARIABLE = "POLYACTORS_TEST_ACCOUNT_KEY"


class Processes:
    """The signers' real processes that were opened."""

    def __init__(self) -> None:
        self.ids: list[int] = []

    @asynccontextmanager
    async def open(self, source: KeySource, caps: Caps) -> AsyncIterator[SignerPort]:
        async with open_signer(source, caps) as signer:
            assert isinstance(signer, SignerClient)
            assert signer.process_id is not None
            self.ids.append(signer.process_id)
            yield signer

    def kill_the_newest(self) -> None:
        os.kill(self.ids[-1], signal.SIGKILL)


async def signed_in_the_end(trader: Trader) -> VenueOrderId:
    """Asks until there is a signer again."""
    while True:
        name = await trader.account.sign(trader.order())
        if not isinstance(name, NotSigned):
            return name
        assert not name.is_refusal, name
        await trio.lowlevel.checkpoint()


async def test_a_signer_whose_process_was_killed_is_followed_by_another(tmp_path: Path) -> None:
    processes = Processes()
    async with account_world() as world:
        settings = evolve(world.settings_for(KEY), key=key_file(tmp_path))
        async with world.trader(KEY, settings, open_one=processes.open) as trader:
            for _ in range(2):
                assert (await trader.place(trader.order()))[1] == Taken(is_resting=True)
                processes.kill_the_newest()
                refused = await trader.account.sign(trader.order())
                assert isinstance(refused, NotSigned), refused
                assert not refused.is_refusal
                name = await signed_in_the_end(trader)
                assert await trader.account.post([name]) == (Taken(is_resting=True),)
            assert len(set(processes.ids)) == 3
            lost = [event for event in trader.log if event.event == "signer lost"]
            assert len(lost) == 2
            assert SECRET not in repr(trader.log)
            assert SECRET not in repr(trader.account)


async def test_a_key_of_the_environment_is_gone_with_its_signer(monkeypatch: pytest.MonkeyPatch) -> None:
    processes = Processes()
    monkeypatch.setenv(VARIABLE, SECRET)
    async with account_world() as world:
        settings = evolve(world.settings_for(KEY), key=EnvironmentKey(VARIABLE))
        async with world.trader(KEY, settings, open_one=processes.open) as trader:
            name = await trader.signed(trader.order())
            processes.kill_the_newest()
            await trader.account.sign(trader.order())
            while not any(event.event == "no signer" for event in trader.log):
                await trio.lowlevel.checkpoint()
            refused = await trader.account.sign(trader.order())
            assert isinstance(refused, NotSigned), refused
            assert "restart" in refused.reason
            assert await trader.account.post([name]) == (Taken(is_resting=True),)
            assert len(processes.ids) == 1


async def test_a_signer_that_does_not_answer_is_taken_for_dead() -> None:
    key = new_key()
    signers = SignersHere(key)
    async with account_world() as world, world.trader(key, open_one=signers) as trader:
        silent = signers.opened[0]
        calls = 0

        async def never(*_: object, **__: object) -> None:
            nonlocal calls
            calls += 1
            raise SignerTimedOut("the signer did not answer")

        silent.sign_order = never  # type: ignore[method-assign, assignment]
        for _ in range(SILENCES_UNTIL_GONE):
            assert isinstance(await trader.account.sign(trader.order()), NotSigned)
        await signed_in_the_end(trader)
        assert calls == SILENCES_UNTIL_GONE
        assert len(signers.opened) == 2


async def test_another_key_than_at_the_start_is_not_used() -> None:
    key, other = new_key(), SignersHere(new_key())
    first = SignersHere(key)

    @asynccontextmanager
    async def opened(source: KeySource, caps: Caps) -> AsyncIterator[SignerPort]:
        async with (first if not first.opened else other)(source, caps) as signer:
            yield signer

    async with account_world() as world, world.trader(key, open_one=opened) as trader:
        first.opened[0].is_gone = True
        assert isinstance(await trader.account.sign(trader.order()), NotSigned)
        while not any("changed" in str(event.fields.get("reason")) for event in trader.log):
            await trio.lowlevel.checkpoint()
        refused = await trader.account.sign(trader.order())
        assert isinstance(refused, NotSigned), refused
        assert "the key has changed" in refused.reason


async def test_what_exceeds_the_signers_caps_is_a_refusal_with_its_reason() -> None:
    caps = Caps(Cash(CASH_SCALE), Cash(CASH_SCALE), EVERY_CONTRACT, WIDE.assets)
    key = new_key()
    async with account_world() as world, world.trader(key, world.settings_for(key, caps=caps)) as trader:
        await trader.signed(trader.order(price="0.05"))
        refused = await trader.account.sign(trader.order(price="0.90"))
        assert isinstance(refused, NotSigned), refused
        assert refused.is_refusal
        assert "allowed" in refused.reason


async def test_the_key_is_created_once_and_derived_the_next_time() -> None:
    async with account_world() as world:
        key = new_key()
        async with world.trader(key) as first:
            name, _ = await first.place(first.order())
        async with world.trader(key) as second:
            orders = await second.account.open_orders()
            assert isinstance(orders, tuple)
            assert [order.venue_order for order in orders] == [name]


async def test_a_lost_answer_to_the_creation_of_the_key_does_not_matter() -> None:
    async with account_world() as world:
        world.arm(LoseAnswer("/auth/api-key", "POST"))
        async with world.trader() as trader:
            assert (await trader.place(trader.order()))[1] == Taken(is_resting=True)


async def cannot_open(change: Callable[[AccountSettings], AccountSettings], *, at_a_deaf_venue: bool = False) -> str:
    async with account_world() as world:
        if at_a_deaf_venue:
            world.arm(FailAfterwards("/auth/", ""), times=None)
        with pytest.raises(CannotOpen) as raised:
            async with world.trader(KEY, change(world.settings_for(KEY)), open_one=None):
                raise AssertionError("it was opened")
        assert raised.value.reasons
        assert SECRET not in str(raised.value)
        return "; ".join(raised.value.reasons)


async def test_all_that_may_be_wrong_is_said(tmp_path: Path) -> None:
    assert "no API key" in await cannot_open(lambda settings: settings, at_a_deaf_venue=True)
    assert "is not the wallet" in await cannot_open(lambda settings: evolve(settings, wallet=safe_wallet(KEY.address)))
    assert "name the one" in await cannot_open(
        lambda settings: evolve(settings, wallet=None, signature_type=SignatureType.DEPOSIT_WALLET)
    )
    assert "is no address" in await cannot_open(lambda settings: evolve(settings, wallet="0x12"))
    few = Caps(Cash(1), Cash(1), frozenset({EXCHANGE_V2}), frozenset({TOKEN}))
    told = await cannot_open(lambda settings: evolve(settings, caps=few))
    assert "do not allow its tokens" in told
    assert ExchangeKind.V3.domain.contract in told
    assert "no API key" in await cannot_open(lambda settings: evolve(settings, clob_url="http://127.0.0.1:1"))


async def test_a_key_that_is_not_there_is_said() -> None:
    async with account_world() as world:
        with pytest.raises(CannotOpen, match="cannot be opened"):
            async with world.trader(KEY, evolve(world.settings_for(KEY), key=NOWHERE), open_one=open_signer):
                raise AssertionError("it was opened")


async def test_what_goes_wrong_inside_comes_out_as_it_is() -> None:
    async with account_world() as world:
        with pytest.raises(ZeroDivisionError):
            async with world.trader():
                raise ZeroDivisionError


@pytest.mark.parametrize("url", ["http://clob.polymarket.com", "ftp://127.0.0.1", "nonsense"])
def test_keys_and_orders_go_to_no_address_in_the_clear(url: str) -> None:
    with pytest.raises(ValueError, match="is no address"):
        AccountSettings(NOWHERE, WIDE, clob_url=url)


def test_a_wallet_follows_from_the_key_where_none_is_named() -> None:
    address = KEY.address
    assert owner_of(address, SignatureType.EOA, None).wallet == address
    assert owner_of(address, SignatureType.PROXY, None).wallet == proxy_wallet(address)
    assert owner_of(address, SignatureType.SAFE, None).wallet == safe_wallet(address)
    for wallet in (beacon_deposit_wallet(address), uups_deposit_wallet(address)):
        owner = owner_of(address, SignatureType.DEPOSIT_WALLET, wallet.lower())
        assert (owner.wallet, owner.order_signer, owner.key_address) == (wallet, wallet, address)
    with pytest.raises(BadWallet):
        owner_of(address, SignatureType.PROXY, address)


def test_a_dry_run_is_what_nobody_has_to_ask_for() -> None:
    assert AccountSettings(NOWHERE, WIDE).dry_run
