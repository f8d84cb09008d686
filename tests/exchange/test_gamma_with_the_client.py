"""The venue's own client reads everything that Gamma gives, and finds what it asks for."""

# The client's ids and amounts are types of its own; comparing them with ours is what is meant.
# mypy: disable-error-code="comparison-overlap"

from datetime import UTC, datetime, timedelta

import pytest
from polymarket import PublicClient
from polymarket.errors import RequestRejectedError
from polymarket.models.gamma.event import Event
from polymarket.models.gamma.market import Market

from polyactors.exchange.words import Kind
from tests.exchange.catalogue_world import ALICE, START_NS, CatalogueWorld

NOW = datetime.fromtimestamp(START_NS // 1_000_000_000, UTC)


def all_markets(client: PublicClient, page_size: int = 3, **options: object) -> list[Market]:
    return list(client.list_markets(page_size=page_size, **options).iter_items())  # type: ignore[arg-type]


def all_events(client: PublicClient, page_size: int = 2, **options: object) -> list[Event]:
    return list(client.list_events(page_size=page_size, **options).iter_items())  # type: ignore[arg-type]


async def test_it_reads_every_market_page_by_page() -> None:
    world = CatalogueWorld()
    found = await world.ask_with_the_client(lambda client: all_markets(client, closed=False))
    assert {str(market.condition_id) for market in found} == set(world.exchange.listings)
    assert len(found) == len(world.exchange.listings), "a market came twice"
    for market in found:
        listing = world.exchange.listings[market.condition_id]  # type: ignore[index]
        assert str(market.outcomes.yes.token_id) == listing.market.yes_token
        assert (market.outcomes.yes.label, market.outcomes.no.label) == listing.labels


async def test_it_gets_a_market_by_id_and_by_slug_with_its_tags() -> None:
    world = CatalogueWorld()

    def ask(client: PublicClient) -> None:
        for listing in world.exchange.listings.values():
            by_id = client.get_market(id=str(listing.number), include_tag=True)
            by_slug = client.get_market(slug=listing.market.slug)
            assert by_id.condition_id == by_slug.condition_id == listing.market.market
            assert by_id.tags
            assert {tag.id for tag in client.get_market_tags(str(listing.number))} == {tag.id for tag in by_id.tags}

    await world.ask_with_the_client(ask)


async def test_it_finds_markets_by_their_names_tokens_and_conditions() -> None:
    world = CatalogueWorld()
    wanted = world.market(Kind.NEG_RISK, 1)
    listing = world.exchange.listings[wanted.market]

    def ask(client: PublicClient) -> list[list[Market]]:
        return [
            all_markets(client, ids=listing.number),
            all_markets(client, slug=wanted.slug),
            all_markets(client, condition_ids=[wanted.market]),
            all_markets(client, clob_token_ids=[wanted.no_token]),
            all_markets(client, question_ids=[listing.question_id]),
        ]

    for found in await world.ask_with_the_client(ask):
        assert [market.condition_id for market in found] == [wanted.market]


async def test_it_reads_every_event_with_its_markets() -> None:
    world = CatalogueWorld()

    def ask(client: PublicClient) -> None:
        found = all_events(client)
        assert {event.slug for event in found} == set(world.exchange.events)
        for event in found:
            of_it = {
                listing.market.market
                for listing in world.exchange.listings.values()
                if listing.market.event == event.slug
            }
            assert {market.condition_id for market in event.markets} == of_it
            assert client.get_event(id=event.id).slug == event.slug
            assert event.slug is not None and client.get_event(slug=event.slug).id == event.id
            assert client.get_event_tags(event.id)

    await world.ask_with_the_client(ask)


async def test_it_finds_up_down_markets_by_series_and_time() -> None:
    world = CatalogueWorld()

    def ask(client: PublicClient) -> None:
        series = {each.slug: each for each in client.list_series().iter_items()}
        assert set(series) == {"btc-up-or-down-5m", "btc-up-or-down-hourly"}
        five = series["btc-up-or-down-5m"]
        assert client.get_series(five.id).slug == five.slug
        found = all_events(
            client,
            series_ids=int(five.id),
            closed=False,
            end_date_min=NOW + timedelta(minutes=6),
            order="endDate",
            ascending=True,
        )
        ends = [event.schedule.end_date for event in found]
        assert len(found) == 3, "the present period ends before; three are ahead"
        assert ends == sorted(ends)  # type: ignore[type-var]

    await world.ask_with_the_client(ask)


async def test_it_reads_resolved_markets_when_it_asks_for_closed_ones() -> None:
    world = CatalogueWorld()
    market = world.market(Kind.BINARY)
    world.trade(0.6, 20, market)
    world.resolve(market.market, 1)

    def ask(client: PublicClient) -> None:
        assert market.market not in {each.condition_id for each in all_markets(client, closed=False)}
        closed = all_markets(client, closed=True)
        assert [each.condition_id for each in closed] == [market.market]
        assert closed[0].state.closed
        assert closed[0].outcomes.yes.price == 1
        assert [event.slug for event in all_events(client, closed=True)] == [market.event]

    await world.ask_with_the_client(ask)


async def test_it_asks_with_every_filter_there_is() -> None:
    world = CatalogueWorld()
    world.trade(0.6, 20, world.market())
    soon, later = NOW - timedelta(days=1), NOW + timedelta(days=1000)

    def ask(client: PublicClient) -> None:
        markets = all_markets(
            client,
            page_size=50,
            ascending=False,
            closed=False,
            cyom=False,
            decimalized=True,
            end_date_min=soon,
            end_date_max=later,
            start_date_min=soon,
            start_date_max=later,
            include_tag=True,
            liquidity_num_min=0,
            liquidity_num_max=10**9,
            volume_num_min=0,
            volume_num_max=10**9,
            locale="en",
            order="volume,liquidity",
            related_tags=True,
            rfq_enabled=False,
        )
        assert len(markets) == len(world.exchange.listings)
        volumes = [market.metrics.volume for market in markets]
        assert volumes == sorted(volumes, reverse=True)  # type: ignore[type-var]
        for version, is_two in (("v1", False), ("v2", True)):
            assert {each.condition_id for each in all_markets(client, version=version)} == {
                listing.market.market
                for listing in world.exchange.listings.values()
                if listing.is_protocol_two is is_two
            }
        events = all_events(
            client,
            page_size=50,
            ascending=True,
            order="startDate",
            include_children=True,
            include_chat=True,
            include_template=True,
            include_best_lines=True,
            cyom=False,
            featured=False,
            live=False,
            ended=False,
            liquidity_min=0,
            volume_min=0,
            start_date_min=soon,
            end_date_max=later,
            start_time_min=soon,
            exclude_tag_ids=[1],
            tag_match="any",
        )
        assert events
        for nothing in ({"game_ids": [3]}, {"parent_event_id": 4}, {"event_week": 3}, {"partner_slug": "none"}):
            assert not all_events(client, **nothing)
        assert all_events(client, event_date=NOW.date())
        assert not all_events(client, event_date=soon.date())
        assert all_events(client, title_search="bitcoin UP", tag_slug="crypto")

    await world.ask_with_the_client(ask)


async def test_it_searches() -> None:
    world = CatalogueWorld()

    def ask(client: PublicClient) -> None:
        page = client.search(q="bitcoin up", page_size=2, search_tags=True, search_profiles=True).first_page()
        assert len(page.items) == 1 and len(page.items[0].events) == 2
        assert {tag.slug for tag in page.items[0].tags} >= {"crypto", "up-or-down"}
        assert page.has_more
        assert not client.search(q="nobody asks this").first_page().items[0].events

    await world.ask_with_the_client(ask)


async def test_it_reads_tags_and_what_there_is_none_of() -> None:
    world = CatalogueWorld()

    def ask(client: PublicClient) -> None:
        tags = list(client.list_tags(page_size=4).iter_items())
        assert len(tags) == len({tag.id for tag in tags}) > 4
        for tag in tags:
            assert client.get_tag(id=tag.id).slug == tag.slug
            assert tag.slug is not None and client.get_tag(slug=tag.slug).id == tag.id
        assert client.get_related_tags(id=tags[0].id) == ()
        assert client.get_related_tag_resources(slug=tags[0].slug) == ()
        assert client.get_sports() == ()
        assert client.get_sports_market_types().market_types == ()
        assert list(client.list_teams().iter_items()) == []
        assert list(client.list_comments(parent_entity_id="1", parent_entity_type="Event").iter_items()) == []
        assert list(client.list_comments_by_user_address(address=ALICE).iter_items()) == []
        assert client.get_comment_thread("7") == ()
        profile = client.get_public_profile(ALICE)
        assert profile is not None and profile.wallet == ALICE

    await world.ask_with_the_client(ask)


async def test_it_is_told_what_is_not_there() -> None:
    world = CatalogueWorld()

    def ask(client: PublicClient) -> None:
        for question in (
            lambda: client.get_market(id="1"),
            lambda: client.get_market(slug="nothing-like-it"),
            lambda: client.get_event(id="1"),
            lambda: client.get_event(slug="nothing-like-it"),
            lambda: client.get_series("1"),
            lambda: client.get_tag(id="999999999"),
        ):
            with pytest.raises(RequestRejectedError) as refused:
                question()
            assert refused.value.status == 404

    await world.ask_with_the_client(ask)
