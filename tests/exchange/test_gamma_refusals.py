"""What Gamma cannot answer it refuses in its own shape, and nothing raises."""

from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.exchange.catalogue_world import CatalogueWorld

PATHS = [
    "markets/keyset",
    "markets",
    "events/keyset",
    "events",
    "series",
    "tags",
    "public-search",
    "public-profile",
    "comments",
    "comments/keyset",
    "sports",
    "teams",
]
NAMES = [
    *("limit", "offset", "after_cursor", "order", "ascending", "closed", "id", "slug", "condition_ids", "page", "q"),
    *("clob_token_ids", "position_ids", "question_ids", "request_ids", "onchain_event_ids", "tag_id", "tag_match"),
    *("end_date_min", "end_date_max", "start_date_min", "start_time_max", "liquidity_num_min", "volume_num_max"),
    *("volume_min", "liquidity_max", "rewards_min_size", "resolution_status", "uma_resolution_status", "version"),
    *("series_id", "exclude_tag_id", "tag_slug", "title_search", "live", "ended", "recurrence", "event_date"),
    *("event_week", "limit_per_type", "events_status", "keep_closed_markets", "search_tags", "address", "active"),
    *("include_tag", "archived", "featured", "cyom", "game_id"),
]
VALUES = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["", "true", "False", "1", "-1", "0", "1e400", "nan", "-inf", "null", "[]", "v1", "any", "0x", "²"]
    ),
    st.sampled_from(["9999-12-31T23:59:59Z", "0001-01-01", "2026-02-30", "20260101T000000+2359", "W01", "WyJhIl0="]),
    st.integers(-(10**40), 10**40).map(str),
    st.floats().map(str),
    st.sampled_from(["volume,id", "endDate,,", "W10=", "WzFd", "WzEsMl0=", "bnVsbA==", "eyJhIjoxfQ=="]),
)


@pytest.fixture(scope="module")
def still() -> CatalogueWorld:
    """One in which nothing changes, for those who only ask."""
    return CatalogueWorld()


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(PATHS), st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=5))
async def test_absurd_values_are_refused_in_gammas_shape_and_never_raise(
    still: CatalogueWorld, path: str, parameters: list[tuple[str, str]]
) -> None:
    async with still.asked() as client:
        answer = await client.get(f"/gamma/{path}", params=parameters)  # type: ignore[arg-type]
    document = answer.json()
    if answer.status_code == 200:
        assert isinstance(document, list | dict)
    else:
        assert answer.status_code == 422
        assert document.keys() == {"type", "error"} and document["type"] == "validation error"


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(["markets", "events", "tags"]), st.text(min_size=1, max_size=40), st.booleans())
async def test_absurd_names_are_not_found(still: CatalogueWorld, what: str, name: str, is_slug: bool) -> None:
    url = f"/gamma/{what}/{'slug/' if is_slug else ''}{quote(name, safe='')}"
    async with still.asked() as client:
        answer = await client.get(url)
    assert answer.status_code in (307, 404)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"),
        ("limit", "101"),
        ("limit", "-5"),
        ("limit", "many"),
        ("order", "nonsense"),
        ("closed", "perhaps"),
        ("after_cursor", "nonsense"),
        ("end_date_min", "tomorrow"),
        ("volume_num_min", "nan"),
        ("version", "v3"),
        ("id", "0x12"),
        ("tag_match", "some"),
        ("resolution_status", "soon"),
    ],
)
async def test_what_cannot_be_meant_is_refused(still: CatalogueWorld, name: str, value: str) -> None:
    async with still.asked() as client:
        answer = await client.get("/gamma/markets/keyset", params={name: value})
    assert answer.status_code == 422
    assert answer.json()["type"] == "validation error"
    assert name in answer.json()["error"]


async def test_a_cursor_of_another_order_is_refused(still: CatalogueWorld) -> None:
    async with still.asked() as client:
        by_slug = (await client.get("/gamma/markets/keyset", params={"order": "slug", "limit": "2"})).json()
        for order in ("id", "volume", "slug,volume"):
            answer = await client.get(
                "/gamma/markets/keyset", params={"order": order, "after_cursor": by_slug["next_cursor"]}
            )
            assert answer.status_code == 422
