"""What the Data API cannot answer it refuses in its own shape, and nothing raises."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messages.units import CASH_SCALE, SHARE_SCALE, Shares
from polyactors.exchange.data_api import activity, portfolio
from polyactors.exchange.words import Kind, Wallet
from polyactors.venues.polymarket.signing.addresses import checksummed
from tests.exchange.catalogue_world import ALICE, BOB, NOBODY, CatalogueWorld

TWO = Shares(2 * SHARE_SCALE)
PATHS = [
    *("trades", "activity", "activity/combos", "positions", "positions/combos", "value", "user-stats", "user-pnl"),
    *("user-volume", "leaderboard", "biggest-winners", "builders/leaderboard", "builders/volume", "holders", "tokens"),
    *("oi", "live-volume", "prices-history", "resolutions", "approvals"),
]
NAMES = [
    *("user", "condition_id", "condition", "event_id", "side", "taker_only", "filter_type", "filter_amount", "start"),
    *("end", "type", "sort_direction", "sort_by", "status", "title", "include_archived", "interval", "fidelity"),
    *("min_balance", "include_pnl", "token_id", "as_of", "bucket_seconds", "question_id", "category", "time_period"),
    *("limit", "cursor", "offset", "exclude_deposits_withdrawals", "never_heard_of"),
]


@pytest.fixture(scope="module")
def traded() -> CatalogueWorld:
    world = CatalogueWorld()
    for index in range(3):
        world.trade(0.2 + index / 10, 10 + 5 * index, world.market(Kind.BINARY, index))
    world.resolve(world.market().market, 1)
    return world


def values(world: CatalogueWorld) -> st.SearchStrategy[str]:
    listing = world.listings(Kind.BINARY)[0]
    right = [ALICE, BOB.lower(), NOBODY, listing.market.market, listing.market.yes_token, str(listing.number)]
    return st.one_of(
        st.sampled_from(right),
        st.sampled_from(
            ["", "0x", "BUY", "ASC", "CASH", "OPEN", "all", "1d", "true", "nan", "-1", "1e999", "²", ",,,"]
        ),
        st.sampled_from(["WzEsICIiXQ==", "WzFd", "W05hTiwgIiJd", "WzFlOTk5LCAiIl0=", "bnVsbA==", "%00", "=", "[[[["]),
        st.integers(-(10**40), 10**40).map(str),
        st.text(max_size=30),
    )


@settings(max_examples=400, deadline=None)
@given(st.data())
async def test_absurd_requests_are_refused_in_shape_and_never_raise(
    traded: CatalogueWorld, data: st.DataObject
) -> None:
    path = data.draw(st.sampled_from(PATHS))
    parameters = data.draw(st.lists(st.tuples(st.sampled_from(NAMES), values(traded)), max_size=5))
    before = traded.exchange.totals()
    async with traded.asked() as client:
        answer = await client.get(f"/data/v2/{path}", params=parameters)  # type: ignore[arg-type]
    document = answer.json()
    if answer.status_code == 200:
        assert document.keys() in ({"data"}, {"data", "pagination"})
    else:
        assert answer.status_code == 400
        assert document.keys() == {"error", "code", "retryable", "trace_id"}
        assert document["code"] == "invalid_request"
    assert traded.exchange.totals() == before, "a wallet was credited because somebody asked about it"


@pytest.mark.parametrize(
    ("path", "parameters", "about"),
    [
        ("positions", {}, "user"),
        ("positions", {"user": "0x12"}, "user"),
        ("positions", {"user": ALICE, "offset": "5"}, "offset"),
        ("positions", {"user": ALICE, "status": "SOON"}, "status"),
        ("positions", {"user": ALICE, "limit": "1001"}, "limit"),
        ("positions", {"user": ALICE, "cursor": "5"}, "cursor"),
        ("positions", {"user": ALICE, "condition_id": "0x1", "event_id": "1"}, "condition_id"),
        ("activity", {}, "user"),
        ("activity", {"user": ALICE, "type": "TRADE,DANCE"}, "type"),
        ("activity", {"user": ALICE, "start": "9", "end": "8"}, "end"),
        ("trades", {"filter_amount": "-1"}, "filter_amount"),
        ("value", {}, "user"),
        ("holders", {}, "condition_id"),
        ("tokens", {}, "token_id"),
        ("tokens", {"token_id": "1", "condition": "0x1"}, "token_id"),
        ("live-volume", {}, "event_id"),
        ("prices-history", {"interval": "1d"}, "token_id"),
        ("prices-history", {"token_id": "1"}, "interval"),
        ("prices-history", {"token_id": "1", "start": "1", "end": "9999999"}, "end"),
        ("prices-history", {"token_id": "1", "interval": "1w", "bucket_seconds": "60"}, "bucket_seconds"),
        ("resolutions", {}, "question_id"),
        ("approvals", {}, "user"),
    ],
)
async def test_what_is_missing_or_wrong_is_named(
    traded: CatalogueWorld, path: str, parameters: dict[str, str], about: str
) -> None:
    async with traded.asked() as client:
        answer = await client.get(f"/data/v2/{path}", params=parameters)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(f"{about}: ")


async def test_dust_and_deposits_are_hidden_unless_asked_for() -> None:
    world = CatalogueWorld()
    world.split(ALICE, 0.05, world.market())
    user = ("user", ALICE)
    assert (await world.get("/data/v2/positions", [user]))["data"] == []
    assert len((await world.get("/data/v2/positions", [user, ("filter_amount", "0")]))["data"]) == 2
    kinds = [row["type"] for row in (await world.get("/data/v2/activity", [user]))["data"]]
    shown = await world.get("/data/v2/activity", [user, ("exclude_deposits_withdrawals", "false")])
    assert kinds == ["SPLIT"]
    assert [row["type"] for row in shown["data"]] == ["SPLIT", "DEPOSIT"]
    assert shown["data"][1]["usdc_size"] == 10_000


async def test_addresses_may_be_written_in_any_case() -> None:
    world = CatalogueWorld()
    world.trade(0.5, 10, world.market())
    answers = [
        (await world.get("/data/v2/positions", [("user", user)]))["data"]
        for user in (ALICE, ALICE.lower(), "0x" + ALICE[2:].upper())
    ]
    assert answers[0] and answers[0] == answers[1] == answers[2]


async def test_the_accounts_of_a_stranger_are_empty_and_give_him_nothing() -> None:
    world = CatalogueWorld()
    async with world.asked() as client:
        answer = await client.get("/data/v1/accounting/snapshot", params={"user": NOBODY})
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/zip"
    assert world.exchange.totals().deposited == 0


def test_the_past_that_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activity, "WALLETS_KEPT", 5)
    monkeypatch.setattr(activity, "ROWS_KEPT_A_WALLET", 3)
    monkeypatch.setattr(portfolio, "POSITIONS_KEPT", 2)
    world = CatalogueWorld()
    for number in range(1, 9):
        wallet = Wallet(checksummed(f"0x{number:040x}"))
        for listing in world.listings(Kind.BINARY)[:3]:
            world.split(wallet, 2, listing.market)
            world.exchange.merge(wallet, listing.market.market, TWO, world.now_ns)
    kept = world.activity.portfolios()
    assert [each.wallet[-1] for each in kept] == ["4", "5", "6", "7", "8"]
    for each in kept:
        assert len(world.activity.rows(each.wallet)) == 3
        assert len(each.positions) <= 3
        assert each.totals.deposits == 10_000 * CASH_SCALE
    assert world.activity.rows(checksummed(f"0x{1:040x}")) == ()
