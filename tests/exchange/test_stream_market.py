"""What the market stream tells, heard without sockets."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polymarket.models.clob.market_events import parse_market_event

from messages.identity import Outcome
from messages.market_data import MarketListed, MarketResolution, TickSizeChange, TradePrint
from messages.units import Price, TickSize
from polyactors.exchange.streams.settings import StreamSettings
from polyactors.exchange.words import TradeStatus
from tests.exchange.stream_world import (
    Replica,
    StreamWorld,
    both_tokens,
    decoded,
    frames,
    kinds,
    operation,
    subscription,
    taken,
)
from tests.exchange.trading_floor import ALICE, BOB, BUY, GROUP, NO, PLAIN, SELL, YES, listing, market

ORDERS = st.tuples(
    st.sampled_from((ALICE, BOB)),
    st.sampled_from((YES, NO)),
    st.integers(1, 99).map(lambda cents: cents / 100),
    st.integers(500, 4_000).map(lambda hundredths: hundredths / 100),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(ORDERS, st.just("cancel"), st.just("finer")), max_size=25), st.integers(0, 10))
def test_a_book_made_of_the_frames_is_the_exchanges_and_so_are_the_hashes(steps: list[Any], late: int) -> None:
    world = StreamWorld()
    floor, exchange = world.floor, world.exchange
    heard, replica = world.market_client(), Replica()
    for number, step in enumerate([*steps, "cancel"]):
        if number == min(late, len(steps)):
            heard.hear(subscription(both_tokens()))
        floor.wait(0.007)
        if step == "finer":
            exchange.change_tick_size(PLAIN.market, TickSize(10), floor.now_ns)
        elif step == "cancel":
            exchange.cancel_all(ALICE, floor.now_ns)  # type: ignore[arg-type]
        else:
            floor.give(step[0], BUY, *step[1:])
        texts = taken(heard)
        replica.apply(decoded(texts))
        if number >= min(late, len(steps)):
            assert replica.levels == world.levels()
        if {"book", "price_change"} & set(kinds(texts)) and "tick_size_change" not in kinds(texts):
            assert replica.hashes == {outcome: world.hash(outcome) for outcome in Outcome}


def test_the_answer_to_a_subscription_is_one_array_with_a_book_a_token() -> None:
    world = StreamWorld()
    world.floor.placed(ALICE, BUY, YES, 0.4, 10)
    (text,) = taken(world.market_client(subscription(both_tokens())))
    yes, no = json.loads(text)
    assert list(yes) == [
        "market", "asset_id", "timestamp", "hash", "bids", "asks", "tick_size", "event_type", "last_trade_price",
    ]  # fmt: skip
    assert yes["asset_id"] == PLAIN.yes_token
    assert yes["bids"] == no["bids"] or yes["bids"] == [{"price": "0.4", "size": "10"}]
    assert no["asks"] == [{"price": "0.6", "size": "10"}]
    assert (yes["hash"], no["hash"]) == (world.hash(YES), world.hash(NO))


def test_a_price_change_has_both_legs_and_the_spaces_of_the_venue() -> None:
    world = StreamWorld()
    heard = world.market_client(subscription([PLAIN.yes_token], initial_dump=False))
    world.floor.placed(ALICE, BUY, NO, 0.48, 12.5)
    (text,) = taken(heard)
    stamp = str(world.now_ns() // 1_000_000)
    assert text == (
        f'{{"market":"{PLAIN.market}", "price_changes":['
        f'{{"asset_id":"{PLAIN.no_token}", "price":"0.48", "size":"12.5", "side":"BUY", "hash":"{world.hash(NO)}", '
        f'"best_bid":"0.48", "best_ask":"1"}}, '
        f'{{"asset_id":"{PLAIN.yes_token}", "price":"0.52", "size":"12.5", "side":"SELL", "hash":"{world.hash(YES)}", '
        f'"best_bid":"0", "best_ask":"0.52"}}], "timestamp":"{stamp}", "event_type":"price_change"}}'
    )


def test_a_match_is_told_as_a_price_change_then_both_books_then_the_trade_of_the_takers_token() -> None:
    world = StreamWorld()
    world.floor.placed(ALICE, BUY, YES, 0.4, 10)
    heard = world.market_client(subscription(both_tokens(), initial_dump=False))
    world.floor.placed(BOB, BUY, NO, 0.6, 5)
    texts = taken(heard)
    assert kinds(texts) == ["price_change", "book", "book", "last_trade_price"]
    change, yes, no, trade = frames(texts)
    assert {leg["asset_id"]: leg["hash"] for leg in change["price_changes"]} == {
        PLAIN.yes_token: yes["hash"],
        PLAIN.no_token: no["hash"],
    }
    assert list(yes) == ["market", "asset_id", "bids", "asks", "hash", "timestamp", "event_type"]
    assert (trade["asset_id"], trade["price"], trade["size"], trade["side"]) == (PLAIN.no_token, "0.6", "5", "BUY")
    assert trade["fee_rate_bps"] == "0"
    print_ = decoded(texts)[-1]
    assert isinstance(print_, TradePrint) and print_.price == 4000


def test_a_trade_is_told_with_the_hash_of_its_transaction_before_it_is_mined() -> None:
    """It was told with an empty hash: the venue's captured frames have one within 45 ms of the match."""
    world = StreamWorld()
    world.floor.placed(ALICE, BUY, YES, 0.4, 10)
    heard = world.market_client(subscription(both_tokens(), initial_dump=False))
    (trade,) = world.floor.placed(BOB, BUY, NO, 0.6, 5).trades
    told = frames(taken(heard))[-1]["transaction_hash"]
    assert len(told) == 66 and int(told, 16)
    matched = world.exchange.trade(trade)
    assert matched is not None and matched.transaction == ""
    world.floor.wait(3)
    mined = world.exchange.trade(trade)
    assert mined is not None and (mined.status, mined.transaction) == (TradeStatus.MINED, told)


def test_a_taker_that_sweeps_two_prices_changes_the_book_in_one_frame() -> None:
    world = StreamWorld()
    world.floor.placed(ALICE, BUY, YES, 0.40, 10)
    world.floor.placed(ALICE, BUY, YES, 0.39, 10)
    heard = world.market_client(subscription([PLAIN.yes_token], initial_dump=False))
    world.floor.placed(BOB, BUY, NO, 0.61, 25)
    texts = taken(heard)
    assert kinds(texts) == ["price_change", "book"]
    assert len(frames(texts)[0]["price_changes"]) == 6


def test_the_trade_is_told_to_those_of_the_takers_token_alone() -> None:
    world = StreamWorld()
    world.floor.placed(ALICE, BUY, YES, 0.4, 10)
    yes, no = (world.market_client(subscription([token], initial_dump=False)) for token in both_tokens())
    world.floor.placed(BOB, BUY, NO, 0.6, 10)
    assert kinds(taken(yes)) == ["price_change", "book"]
    assert kinds(taken(no)) == ["price_change", "book", "last_trade_price"]


def test_nobody_hears_of_markets_that_it_did_not_subscribe_to() -> None:
    world = StreamWorld()
    heard = world.market_client(subscription(both_tokens(GROUP[0]), initial_dump=False))
    world.floor.placed(ALICE, BUY, YES, 0.4, 10)
    assert taken(heard) == []


def test_subscriptions_change_while_connected_and_a_known_token_gets_no_second_book() -> None:
    world = StreamWorld()
    heard = world.market_client(subscription([PLAIN.yes_token]))
    taken(heard)
    heard.hear(operation("subscribe", assets_ids=[PLAIN.yes_token, GROUP[0].yes_token]))
    (book,) = frames(taken(heard))
    assert book["asset_id"] == GROUP[0].yes_token
    heard.hear(operation("unsubscribe", assets_ids=[PLAIN.yes_token, "never subscribed"]))
    world.floor.placed(ALICE, BUY, YES, 0.4, 10)
    world.floor.placed(ALICE, BUY, YES, 0.3, 10, on=GROUP[0])
    assert [frame["market"] for frame in frames(taken(heard))] == [GROUP[0].market]


def test_a_subscription_to_nothing_is_acknowledged_by_an_empty_array() -> None:
    world = StreamWorld()
    assert taken(world.market_client(subscription([]))) == ["[]"]


def test_a_book_is_forgotten_with_its_last_subscriber() -> None:
    world = StreamWorld()
    first, second = (world.market_client(subscription(both_tokens())) for _ in range(2))
    first.outbox.close()
    world.floor.placed(ALICE, BUY, YES, 0.4, 10)
    assert (kinds(taken(second))[-1], taken(first)) == ("price_change", [])
    second.outbox.close()
    assert len(world.streams.market) == 0
    again = world.market_client(subscription([PLAIN.yes_token]))
    assert frames(taken(again))[0]["bids"] == [{"price": "0.4", "size": "10"}]


def test_too_many_tokens_on_a_connection_lose_the_first_books_but_not_the_changes() -> None:
    world = StreamWorld(settings=StreamSettings(most_assets_dumped=3))
    tokens = [token for each in (PLAIN, *GROUP) for token in both_tokens(each)]
    heard = world.market_client(subscription(tokens))
    assert taken(heard) == []
    world.floor.placed(ALICE, BUY, YES, 0.4, 10)
    assert kinds(taken(heard)) == ["price_change"]


def test_a_market_that_somebody_waits_for_brings_its_books_when_it_is_listed() -> None:
    world = StreamWorld()
    future = market(77)
    heard = world.market_client(subscription([future.yes_token]))
    taken(heard)
    world.exchange.list_market(listing(future, 77), world.now_ns())
    (book,) = frames(taken(heard))
    assert (book["asset_id"], book["bids"], book["last_trade_price"]) == (future.yes_token, [], "")
    world.floor.placed(ALICE, BUY, YES, 0.4, 10, on=future)
    assert frames(taken(heard))[0]["price_changes"][0]["hash"] == world.hash(YES, future)


def test_a_tick_size_change_is_told_of_each_token_and_the_next_hash_has_it() -> None:
    world = StreamWorld()
    heard = world.market_client(subscription(both_tokens(), initial_dump=False))
    world.exchange.change_tick_size(PLAIN.market, TickSize(10), world.now_ns())
    texts = taken(heard)[:2]
    assert [(each["asset_id"], each["old_tick_size"], each["new_tick_size"]) for each in frames(texts)] == [
        (token, "0.01", "0.001") for token in both_tokens()
    ]
    assert {type(each) for each in decoded(texts)} == {TickSizeChange}
    world.floor.placed(ALICE, BUY, YES, 0.4, 10)
    assert frames(taken(heard))[0]["price_changes"][0]["hash"] == world.hash(YES)


def test_after_a_tick_size_change_both_books_come_by_themselves() -> None:
    """A client that threw its book away, as it should, had none until the next trade."""
    world = StreamWorld()
    world.floor.placed(ALICE, BUY, YES, 0.4, 10)
    heard = world.market_client(subscription(both_tokens(), initial_dump=False))
    world.floor.wait(1)
    world.exchange.change_tick_size(PLAIN.market, TickSize(10), world.floor.now_ns)
    texts = taken(heard)
    assert kinds(texts) == ["tick_size_change", "tick_size_change", "book", "book"]
    books = frames(texts)[2:]
    assert [(book["tick_size"], book["hash"]) for book in books] == [
        ("0.001", world.hash(YES)),
        ("0.001", world.hash(NO)),
    ]
    assert (books[0]["bids"], books[1]["asks"]) == ([{"price": "0.4", "size": "10"}], [{"price": "0.6", "size": "10"}])


def test_best_prices_new_and_resolved_markets_are_for_those_who_want_them() -> None:
    world = StreamWorld()
    plain = world.market_client(subscription(both_tokens(), custom_feature_enabled=False))
    wanting = world.market_client(subscription(both_tokens(), custom_feature_enabled=True))
    taken(plain), taken(wanting)
    world.floor.placed(ALICE, BUY, YES, 0.4, 10)
    world.floor.placed(ALICE, BUY, YES, 0.3, 10)
    world.exchange.list_market(listing(market(77), 77), world.now_ns())
    world.exchange.resolve(PLAIN.market, Price(10_000), world.now_ns())
    assert set(kinds(taken(plain))) == {"price_change"}
    texts = taken(wanting)
    named = [frame for frame in frames(texts) if frame["event_type"] == "best_bid_ask"]
    assert [(frame["best_bid"], frame["best_ask"], frame["spread"]) for frame in named] == [
        ("0.4", "1", "0.6"),
        ("0", "0.6", "0.6"),
        ("0", "1", "1"),
        ("0", "1", "1"),
    ]
    heard = decoded(texts)
    new = market(77)
    assert MarketListed(new.market, new.slug, (new.yes_token, new.no_token), 0) in heard
    assert MarketResolution(PLAIN.market, YES, 0) in heard


def test_a_market_that_pays_a_half_each_has_no_winner() -> None:
    world = StreamWorld()
    heard = world.market_client(subscription([], custom_feature_enabled=True))
    world.exchange.resolve(PLAIN.market, Price(5_000), world.now_ns())
    frame = frames(taken(heard))[-1]
    assert (frame["winning_asset_id"], frame["winning_outcome"]) == ("", "")


def test_naming_a_known_token_again_switches_the_custom_features() -> None:
    world = StreamWorld()
    heard = world.market_client(subscription([PLAIN.yes_token]))
    heard.hear(operation("subscribe", assets_ids=[PLAIN.yes_token], custom_feature_enabled=True))
    world.floor.placed(ALICE, BUY, YES, 0.4, 10)
    assert "best_bid_ask" in kinds(taken(heard))


def test_the_venues_own_client_takes_every_frame() -> None:
    world = StreamWorld()
    heard = world.market_client(subscription(both_tokens(), custom_feature_enabled=True))
    world.floor.placed(ALICE, BUY, YES, 0.4, 10)
    world.floor.placed(BOB, BUY, NO, 0.6, 5)
    world.exchange.change_tick_size(PLAIN.market, TickSize(10), world.now_ns())
    world.exchange.list_market(listing(market(77), 77), world.now_ns())
    world.exchange.resolve(PLAIN.market, Price(0), world.now_ns())
    found = {parse_market_event(frame).type for frame in frames(taken(heard))}
    assert found == {
        "book", "price_change", "last_trade_price", "tick_size_change", "best_bid_ask", "new_market", "market_resolved",
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "", "hello", "ping", "{}", "[]", "null", '{"type":"market"}', '{"type":"user","assets_ids":["1"]}',
        '{"type":"market","assets_ids":[1]}', '{"type":"market","assets_ids":"1"}', '{"operation":7,"assets_ids":[]}',
        '{"operation":"explode","assets_ids":["1"]}', '{"operation":"subscribe"}', "[" * 100_000,
        '{"type":"market","assets_ids":["1"],"custom_feature_enabled":"yes"}', '{"type":"market","assets_ids":["1"',
        "9" * 5_000, '{"operation":["subscribe"],"assets_ids":["1"]}',
    ],
)  # fmt: skip
def test_nonsense_is_answered_so_and_changes_nothing(text: str) -> None:
    world = StreamWorld()
    heard = world.market_client(subscription([PLAIN.yes_token], initial_dump=False), text)
    assert taken(heard) == ["INVALID OPERATION"]
    world.floor.placed(ALICE, BUY, YES, 0.4, 10)
    assert kinds(taken(heard)) == ["price_change"]


@given(st.text() | st.recursive(st.none() | st.booleans() | st.integers() | st.text(), _nested := lambda inner: (
    st.lists(inner) | st.dictionaries(st.sampled_from(("type", "operation", "assets_ids", "auth", "markets")), inner)
)).map(json.dumps))  # fmt: skip
def test_no_text_makes_a_stream_fail(text: str) -> None:
    world = StreamWorld()
    for session in (world.market_client(text), world.user_client(text)):
        assert len(session.outbox) <= 1


def test_ping_is_answered_with_pong() -> None:
    assert taken(StreamWorld().market_client("PING")) == ["PONG"]


def test_too_many_tokens_are_refused() -> None:
    world = StreamWorld(settings=StreamSettings(most_assets=3))
    assert taken(world.market_client(subscription(["1", "2", "3", "4"]))) == ["INVALID OPERATION"]


def test_a_seller_is_shown_as_an_ask_of_its_token() -> None:
    world = StreamWorld()
    world.floor.split(ALICE, 20)
    heard = world.market_client(subscription(both_tokens(), initial_dump=False))
    world.floor.placed(ALICE, SELL, YES, 0.7, 10)
    legs = frames(taken(heard))[0]["price_changes"]
    assert [(leg["asset_id"], leg["side"], leg["price"]) for leg in legs] == [
        (PLAIN.yes_token, "SELL", "0.7"),
        (PLAIN.no_token, "BUY", "0.3"),
    ]
