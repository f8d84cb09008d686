"""What the Data API tells of markets and of everybody together, read by the venue's own client."""

# The client's ids and amounts are types of its own; comparing them with ours is what is meant.
# mypy: disable-error-code="comparison-overlap"

import csv
import io
import zipfile
from datetime import UTC, datetime
from decimal import Decimal

from polymarket import PublicClient

from polyactors.exchange.words import Kind
from polyactors.venues.polymarket.signing.addresses import EXCHANGE_V2
from tests.exchange.catalogue_world import ALICE, BOB, NOBODY, SECOND_NS, START_NS, CatalogueWorld


async def test_holders_tokens_open_interest_and_volume_of_a_market() -> None:
    world = CatalogueWorld()
    market = world.market(Kind.NEG_RISK)
    world.trade(0.3, 12, market)
    world.split(BOB, 8, market)
    event = world.exchange.events[market.event]

    def ask(client: PublicClient) -> None:
        held = {
            str(group.asset_id): {holder.wallet: holder.amount for holder in group.holders}
            for group in client.list_market_holders(condition_ids=market.market, include_pnl=True).iter_items()
        }
        assert held == {
            market.yes_token: {ALICE.lower(): 12, BOB.lower(): 8},
            market.no_token: {BOB.lower(): 20},
        }
        references = {str(each.asset_id): each for each in client.get_token_references(condition_ids=market.market)}
        assert set(references) == {market.yes_token, market.no_token}
        yes = references[market.yes_token]
        assert (yes.outcome, yes.outcome_index, yes.neg_risk, yes.resolved) == ("Yes", 0, True, False)
        assert (yes.question_index, yes.neg_risk_market_id) == (0, event.neg_risk_id)
        assert client.get_token_references(asset_ids=[market.yes_token]) == (yes,)
        (interest,) = client.get_open_interests(condition_ids=market.market)
        (everything,) = client.get_open_interests()
        assert interest.value == everything.value == 20
        assert everything.condition_id is None
        volume = client.get_event_live_volume(event_ids=event.number)
        assert volume.taker_volume_total == 12
        assert len(volume.markets) == 3

    await world.ask_with_the_client(ask)


async def test_every_listed_token_and_resolution_can_be_read() -> None:
    world = CatalogueWorld()
    resolved, half = world.market(), world.market(Kind.BINARY, 1)
    world.resolve(resolved.market, 0)
    world.resolve(half.market, 0.5)

    def ask(client: PublicClient) -> None:
        for listing in world.exchange.listings.values():
            market = listing.market
            tokens = client.get_token_references(condition_ids=market.market)
            assert {str(each.asset_id) for each in tokens} == {market.yes_token, market.no_token}
            (resolution,) = client.get_resolutions(condition_ids=market.market)
            assert resolution.question_id == listing.question_id
            if market not in (resolved, half):
                assert (resolution.status, resolution.price, resolution.payouts) == ("initialized", None, None)
        (lost,) = client.get_resolutions(condition_ids=resolved.market)
        assert (lost.status, lost.price, lost.payouts) == ("resolved", 0, (0, 1))
        (halved,) = client.get_resolutions(question_id=world.exchange.listings[half.market].question_id)
        assert (halved.price, halved.payouts) == (Decimal("0.5"), (Decimal("0.5"), Decimal("0.5")))
        event = world.exchange.events[resolved.event]
        assert client.get_resolutions(event_ids=event.number) == (lost,)
        yes = {str(each.asset_id): each for each in client.get_token_references(condition_ids=resolved.market)}
        assert yes[resolved.yes_token].final_price == 0 and yes[resolved.no_token].final_price == 1

    await world.ask_with_the_client(ask)


async def test_price_history_tells_what_held_and_when() -> None:
    world = CatalogueWorld()
    market = world.market()
    for cents in (20, 40, 60):
        world.trade(cents / 100, 5, market)
        world.wait(600)

    def ask(client: PublicClient) -> None:
        def history(token: str, **options: object) -> list[tuple[datetime, Decimal]]:
            points = client.list_price_history(asset_id=token, page_size=2, **options)  # type: ignore[arg-type]
            return [(point.timestamp, point.price) for point in points.iter_items()]

        yes, no = history(market.yes_token, interval="1d"), history(market.no_token, interval="1d")
        assert [price for _, price in yes][-3:] == [Decimal("0.2"), Decimal("0.4"), Decimal("0.6")]
        assert all(up + down == 1 for (_, up), (_, down) in zip(yes, no, strict=True))
        times = [at for at, _ in yes]
        assert times == sorted(times) and len(set(times)) == len(times)
        start = datetime.fromtimestamp(START_NS // SECOND_NS, UTC)
        until = datetime.fromtimestamp(world.now_ns // SECOND_NS, UTC)
        assert [price for _, price in history(market.yes_token, start=start, end=until)][-1] == Decimal("0.6")
        (then,) = client.list_price_history(asset_id=market.yes_token, as_of=times[-1]).iter_items()
        assert then.price == Decimal("0.6")
        assert history("12345", interval="max") == []

    await world.ask_with_the_client(ask)


async def test_who_made_most_stands_first() -> None:
    world = CatalogueWorld()
    market = world.market()
    world.trade(0.25, 20, market)
    world.resolve(market.market, 1)
    for wallet in (ALICE, BOB):
        world.exchange.redeem(wallet, market.market, world.now_ns)

    def ask(client: PublicClient) -> None:
        table = list(client.list_trader_leaderboard(window="day", page_size=1).iter_items())
        assert [(row.rank, row.wallet, row.pnl) for row in table] == [
            (1, ALICE.lower(), 15),
            (2, BOB.lower(), -15),
        ]
        standing = client.get_trader_leaderboard_standing(user=BOB, window="all")
        assert standing is not None and standing.pnl_rank == 2 and standing.volume_rank in (1, 2)
        assert client.get_trader_leaderboard_standing(user=NOBODY) is None
        (winner,) = client.list_biggest_winners(window="all").iter_items()
        assert (winner.wallet, winner.pnl, winner.initial_value, winner.final_value) == (ALICE.lower(), 15, 5, 20)
        assert list(client.list_trader_leaderboard(sort_by="VOLUME", category="crypto").iter_items())

    await world.ask_with_the_client(ask)


async def test_it_reads_what_there_is_none_of() -> None:
    world = CatalogueWorld()

    def ask(client: PublicClient) -> None:
        assert list(client.list_combo_positions(user=ALICE).iter_items()) == []
        assert list(client.list_combo_activity(user=ALICE).iter_items()) == []
        assert list(client.list_builder_leaderboard(window="week").iter_items()) == []
        assert client.get_builder_volumes(interval="day", bucket_limit=3) == ()

    await world.ask_with_the_client(ask)


async def test_approvals_are_all_given_until_one_is_taken_back() -> None:
    world = CatalogueWorld()

    def ask(client: PublicClient) -> None:
        assert client.get_trading_approvals_state(wallet=ALICE).is_fully_approved
        world.approvals.allow(ALICE, EXCHANGE_V2, 5)
        state = client.get_trading_approvals_state(wallet=ALICE)
        assert not state.is_fully_approved
        assert [row.spender for row in state.missing.erc20] == [EXCHANGE_V2]

    await world.ask_with_the_client(ask)


async def test_the_accounting_snapshot_is_an_archive_of_what_is_owned() -> None:
    world = CatalogueWorld()
    market = world.market()
    world.trade(0.25, 20, market)
    archive = await world.ask_with_the_client(lambda client: client.download_accounting_snapshot(user=ALICE))
    with zipfile.ZipFile(io.BytesIO(archive)) as file:
        (position,) = csv.DictReader(io.StringIO(file.read("positions.csv").decode()))
        (equity,) = csv.DictReader(io.StringIO(file.read("equity.csv").decode()))
    assert (position["asset"], float(position["size"])) == (market.yes_token, 20)
    assert float(equity["cashBalance"]) == world.exchange.cash(ALICE, world.now_ns) / 1_000_000
