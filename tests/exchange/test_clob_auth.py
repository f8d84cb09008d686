"""Keys are made by whoever signs for an address, and used by whoever has their secret."""

import json
import time

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.routing import Mount

from messages.units import NANOSECONDS_PER_SECOND
from polyactors.exchange.clob.api_keys import ApiKeys, SpareKeys
from polyactors.venues.polymarket.signing.keys import SigningKey
from polyactors.venues.polymarket.signing.l1_auth import l1_headers
from polyactors.venues.polymarket.signing.l2_auth import request_signature
from tests.exchange.clob_world import KEY, OTHER_KEY, ClobWorld, clob_world, newest_client, reached_by_clients

INVALID_KEY = {"error": "Unauthorized/Invalid api key"}
INVALID_L1 = {"error": "Invalid L1 Request headers"}
INVALID_L2 = {"error": "Invalid L2 Request headers"}

HEADERS = ("ADDRESS", "SIGNATURE", "TIMESTAMP", "API_KEY", "PASSPHRASE", "NONCE")


def l1(world: ClobWorld, key: SigningKey = KEY, nonce: int = 0, late_s: int = 0) -> dict[str, str]:
    return l1_headers(key, world.clock() // NANOSECONDS_PER_SECOND - late_s, nonce)


def raw(headers: dict[str, str], changed: dict[str, bytes]) -> dict[bytes, bytes]:
    """The headers as they are sent, some of them other bytes than they should be."""
    plain = {name: text.encode() for name, text in headers.items()} | changed
    return {name.encode(): value for name, value in plain.items()}


def test_keys_follow_from_seed_address_and_nonce() -> None:
    made = {ApiKeys(seed).create(key.address, nonce) for seed in (1, 2) for key in (KEY, OTHER_KEY) for nonce in (0, 1)}
    assert len({credentials.key for credentials in made}) == len({credentials.secret for credentials in made}) == 8
    assert ApiKeys(1).create(KEY.address, 0) in made


def test_a_key_is_there_until_it_is_deleted() -> None:
    keys = ApiKeys(1)
    assert keys.derive(KEY.address, 0) is None
    first, second = keys.create(KEY.address, 0), keys.create(KEY.address, 1)
    assert keys.of_address(KEY.address) == (first, second) and keys.of_address(OTHER_KEY.address) == ()
    keys.delete(first.key)
    keys.delete("no key")
    assert keys.find(first.key) is None and keys.derive(KEY.address, 0) is None
    assert keys.of_address(KEY.address) == (second,)
    assert keys.create(KEY.address, 0) == first


def test_secrets_do_not_show_in_texts() -> None:
    credentials = ApiKeys(1).create(KEY.address, 0)
    assert credentials.secret not in repr(credentials) and credentials.passphrase not in repr(credentials)


async def test_a_key_is_created_once_and_derived_ever_after() -> None:
    async with clob_world() as world:
        early = await world.client.get("/auth/derive-api-key", headers=l1(world))
        assert (early.status_code, early.json()) == (400, {"error": "Could not derive api key!"})
        created = await world.client.post("/auth/api-key", headers=l1(world))
        assert created.status_code == 200 and set(created.json()) == {"apiKey", "secret", "passphrase"}
        again = await world.client.post("/auth/api-key", headers=l1(world))
        assert (again.status_code, again.json()) == (400, {"error": "Could not create api key"})
        derived = await world.client.get("/auth/derive-api-key", headers=l1(world))
        assert derived.json() == created.json()
        other = await world.client.post("/auth/api-key", headers=l1(world, nonce=1))
        assert other.json()["apiKey"] != created.json()["apiKey"]


async def test_an_address_gets_a_hundred_keys() -> None:
    async with clob_world() as world:
        for nonce in range(100):
            world.key(nonce=nonce)
        assert (await world.client.post("/auth/api-key", headers=l1(world, nonce=100))).status_code == 400
        assert (await world.client.post("/auth/api-key", headers=l1(world, OTHER_KEY))).status_code == 200


@pytest.mark.parametrize(
    "name, value",
    [
        ("POLY_ADDRESS", OTHER_KEY.address),
        ("POLY_ADDRESS", "0x12"),
        ("POLY_ADDRESS", ""),
        ("POLY_NONCE", "1"),
        ("POLY_NONCE", "-1"),
        ("POLY_NONCE", "9" * 5000),
        ("POLY_NONCE", str(2**256)),
        ("POLY_NONCE", "\u00b2"),
        ("POLY_TIMESTAMP", "1800000001"),
        ("POLY_TIMESTAMP", "soon"),
        ("POLY_TIMESTAMP", "9" * 5000),
        ("POLY_SIGNATURE", "0x" + "00" * 65),
        ("POLY_SIGNATURE", "0x" + "zz" * 65),
        ("POLY_SIGNATURE", "00" * 66),
        ("POLY_SIGNATURE", "0x"),
        ("POLY_SIGNATURE", "\u00ff" * 132),
    ],
)
async def test_nobody_gets_a_key_with_headers_that_do_not_fit_the_signature(name: str, value: str) -> None:
    async with clob_world() as world:
        headers = raw(l1(world), {name: value.encode("latin-1")})
        for method, path in (("POST", "/auth/api-key"), ("GET", "/auth/derive-api-key")):
            answer = await world.client.request(method, path, headers=headers)
            assert (answer.status_code, answer.json()) == (401, INVALID_L1)
        assert world.keys.of_address(KEY.address) == ()


async def test_an_old_signature_of_a_wallet_is_worth_nothing() -> None:
    async with clob_world() as world:
        assert (await world.client.post("/auth/api-key", headers=l1(world, late_s=61))).status_code == 401
        assert (await world.client.post("/auth/api-key", headers=l1(world, late_s=-61))).status_code == 401
        assert (await world.client.post("/auth/api-key", headers=l1(world, late_s=59))).status_code == 200


async def test_what_is_private_needs_all_five_headers() -> None:
    async with clob_world() as world:
        headers = world.signed(world.key(), "GET", "/auth/api-keys")
        assert (await world.client.get("/auth/api-keys", headers=headers)).status_code == 200
        for missing in headers:
            rest = {name: value for name, value in headers.items() if name != missing}
            answer = await world.client.get("/auth/api-keys", headers=rest)
            assert answer.status_code == 401 and answer.json() in (INVALID_KEY, INVALID_L2)
            for value in (b"", b"\xff\xfe", b"0" * 5000, "é".encode()):
                answer = await world.client.get("/auth/api-keys", headers=raw(headers, {missing: value}))
                assert answer.status_code == 401 and answer.json() in (INVALID_KEY, INVALID_L2)


async def test_the_query_is_not_signed_but_method_path_and_body_are() -> None:
    async with clob_world() as world:
        credentials = world.key()
        headers = world.signed(credentials, "GET", "/auth/api-keys")
        assert (await world.client.get("/auth/api-keys?x=1", headers=headers)).status_code == 200
        assert (await world.client.get("/notifications", headers=headers)).json() == INVALID_KEY
        assert (await world.client.delete("/auth/api-key", headers=headers)).json() == INVALID_KEY
        answer = await world.client.request("GET", "/auth/api-keys", headers=headers, content=b"{}")
        assert (answer.status_code, answer.json()) == (401, INVALID_KEY)
        assert world.keys.find(credentials.key) is not None


async def test_a_signature_holds_as_long_as_pages_are_read_with_it() -> None:
    async with clob_world() as world:
        for late_s, status in ((59, 200), (-59, 200), (61, 401), (-61, 401)):
            headers = world.signed(world.key(), "GET", "/auth/api-keys", late_s=late_s)
            answer = await world.client.get("/auth/api-keys", headers=headers)
            assert answer.status_code == status
            assert status == 200 or answer.json() == INVALID_L2


async def test_nobody_uses_the_key_of_another() -> None:
    async with clob_world() as world:
        mine, other = world.key(), world.key(OTHER_KEY)
        headers = world.signed(mine, "GET", "/auth/api-keys")
        for stolen in (
            {"POLY_API_KEY": other.key},
            {"POLY_API_KEY": other.key, "POLY_ADDRESS": other.address},
            {"POLY_API_KEY": other.key, "POLY_ADDRESS": other.address, "POLY_PASSPHRASE": other.passphrase},
        ):
            answer = await world.client.get("/auth/api-keys", headers=headers | stolen)
            assert (answer.status_code, answer.json()) == (401, INVALID_KEY)


async def test_a_deleted_key_opens_nothing() -> None:
    async with clob_world() as world:
        credentials = world.key()
        assert (await world.private("GET", "/auth/api-keys")).json() == {"apiKeys": [credentials.key]}
        assert (await world.private("DELETE", "/auth/api-key")).text == '"OK"'
        headers = world.signed(credentials, "GET", "/auth/api-keys")
        assert (await world.client.get("/auth/api-keys", headers=headers)).json() == INVALID_KEY


async def test_a_path_under_a_prefix_is_signed_without_it() -> None:
    async with clob_world() as world:
        outer = Starlette(routes=[Mount("/clob", app=world.app)])
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=outer), base_url="http://exchange") as client:
            headers = world.signed(world.key(), "GET", "/auth/api-keys")
            assert (await client.get("/clob/auth/api-keys", headers=headers)).status_code == 200


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from(HEADERS), st.binary()))
async def test_whatever_the_headers_are_nobody_comes_in(headers: dict[str, bytes]) -> None:
    async with clob_world() as world:
        world.key()
        sent = raw({}, {f"POLY_{name}": value for name, value in headers.items()})
        for method, path in (("GET", "/auth/api-keys"), ("POST", "/auth/api-key"), ("DELETE", "/auth/api-key")):
            answer = await world.client.request(method, path, headers=sent)
            assert answer.status_code == 401 and set(answer.json()) == {"error"}


def builder_headers(world: ClobWorld, made: dict[str, str], late_s: int = 0) -> dict[str, str]:
    timestamp = str(world.clock() // NANOSECONDS_PER_SECOND - late_s)
    return {
        "POLY_BUILDER_API_KEY": made["key"],
        "POLY_BUILDER_PASSPHRASE": made["passphrase"],
        "POLY_BUILDER_TIMESTAMP": timestamp,
        "POLY_BUILDER_SIGNATURE": request_signature(made["secret"], timestamp, "DELETE", "/auth/builder-api-key"),
    }


async def test_a_builder_key_is_revoked_with_itself_and_stays_in_the_list() -> None:
    async with clob_world() as world:
        path = "/auth/builder-api-key"
        made = (await world.private("POST", path)).json()
        other = (await world.private("POST", path)).json()
        assert set(made) == {"key", "secret", "passphrase"} and made["key"] != other["key"]
        for wrong in (builder_headers(world, made, 61), builder_headers(world, made | {"key": other["key"]})):
            answer = await world.client.delete(path, headers=wrong)
            assert (answer.status_code, answer.json()) == (401, INVALID_KEY)
        headers = builder_headers(world, made)
        assert (await world.client.delete(path, headers=headers)).json() == "OK"
        assert (await world.client.delete(path, headers=headers)).status_code == 401
        rows = (await world.private("GET", path)).json()
        assert [(row["key"], row["revokedAt"] is None) for row in rows] == [(made["key"], False), (other["key"], True)]
        assert (await world.private("GET", path, OTHER_KEY)).json() == []


async def test_readonly_keys_are_listed_validated_and_deleted_by_their_owner() -> None:
    async with clob_world() as world:
        path = "/auth/readonly-api-key"
        key = (await world.private("POST", path)).json()["apiKey"]
        assert (await world.private("GET", "/auth/readonly-api-keys")).json() == [key]
        assert await world.get("/auth/validate-readonly-api-key", address=KEY.address, key=key) == "OK"
        wrong = {"address": OTHER_KEY.address, "key": key}
        assert (await world.client.get("/auth/validate-readonly-api-key", params=wrong)).status_code == 401
        body = json.dumps({"key": key}).encode()
        assert (await world.private("DELETE", path, OTHER_KEY, body)).json() is False
        assert (await world.private("DELETE", path, KEY, body)).json() is True
        assert (await world.private("GET", "/auth/readonly-api-keys")).json() == []
        for bad in (b"", b"[]", b"{}", b'{"key":1}', b"\xff"):
            assert (await world.private("DELETE", path, KEY, bad)).json() == {"error": "Invalid payload"}


def test_spare_keys_come_to_an_end() -> None:
    spare = SpareKeys(1, most=2)
    assert spare.add_builder(KEY.address, 0) and spare.add_readonly(KEY.address)
    assert spare.add_builder(KEY.address, 0) is None and spare.add_readonly(KEY.address) is None
    assert spare.add_readonly(OTHER_KEY.address)


def test_the_clients_make_their_keys_and_find_them_again(monkeypatch: pytest.MonkeyPatch) -> None:
    older = pytest.importorskip("py_clob_client.client")
    newer = pytest.importorskip("py_clob_client_v2")
    world = ClobWorld(time.time_ns)
    reached_by_clients(monkeypatch, world)
    key = "0x" + "00" * 31 + "07"
    first = newer.ClobClient("http://127.0.0.1:1", 137, key=key)
    first.set_api_creds(first.create_or_derive_api_key())
    second = older.ClobClient("http://127.0.0.1:1", chain_id=137, key=key)
    second.set_api_creds(second.create_or_derive_api_creds())
    assert second.creds.api_key == first.creds.api_key == world.key().key
    assert first.get_api_keys() == second.get_api_keys() == {"apiKeys": [first.creds.api_key]}
    assert first.get_closed_only_mode() == {"closed_only": False}
    assert len(first.create_builder_api_key()["secret"]) == 44
    readonly = second.create_readonly_api_key().api_key
    assert second.get_readonly_api_keys() == [readonly]
    assert second.validate_readonly_api_key(KEY.address, readonly) == "OK"
    assert first.delete_readonly_api_key(readonly) is True
    assert first.delete_api_key() == "OK"


def test_the_newest_client_makes_its_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    newest = newest_client(monkeypatch, world := ClobWorld(time.time_ns))
    assert newest.fetch_api_keys() == (world.key().key,)
    assert newest.get_closed_only_mode() is False
    assert newest.create_builder_api_key().key == newest.fetch_builder_api_keys()[0].key
    newest.delete_api_key()
    assert world.keys.of_address(KEY.address) == ()
    newest.close()
