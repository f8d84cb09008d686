"""What the user stream tells the owners of orders, heard without sockets."""

import json

import pytest
from polymarket.models.clob.user_events import parse_user_events

from polyactors.exchange.words import Wallet
from polyactors.venues.polymarket.user_channel import UserOrder, UserTrade
from tests.exchange.stream_world import (
    StreamWorld,
    decoded_for_user,
    frames,
    login,
    operation,
    owner,
    taken,
)
from tests.exchange.trading_floor import BUY, DELAYED, GROUP, NO, PLAIN, SELL, START_NS, YES


def test_a_partial_fill_is_told_to_its_maker_and_its_taker_from_match_to_confirmation() -> None:
    world = StreamWorld()
    floor, maker, taker = world.floor, world.credentials(1), world.credentials(2)
    making, taking = world.user_client(login(maker)), world.user_client(login(taker))
    resting = floor.placed(owner(maker), BUY, YES, 0.4, 10)
    (placement,) = decoded_for_user(taken(making))
    assert isinstance(placement, UserOrder)
    assert (placement.type, placement.status, placement.size_matched, placement.associate_trades) == (
        "PLACEMENT", "LIVE", "0", None,
    )  # fmt: skip
    assert placement.created_at == str(START_NS // 10**9)
    floor.wait(1)
    placed = floor.placed(owner(taker), BUY, NO, 0.6, 6)
    floor.wait(2)
    floor.wait(2)
    update, matched, mined, confirmed = decoded_for_user(taken(making))
    assert isinstance(update, UserOrder)
    assert (update.type, update.status, update.size_matched) == ("UPDATE", "LIVE", "6")
    assert update.associate_trades == placed.trades
    trades = [each for each in (matched, mined, confirmed) if isinstance(each, UserTrade)]
    assert [each.status for each in trades] == ["MATCHED", "MINED", "CONFIRMED"]
    assert [bool(each.transaction_hash) for each in trades] == [False, True, True]
    for trade in trades:
        assert (trade.trader_side, trade.owner, trade.trade_owner) == ("MAKER", maker.key, taker.key)
        assert (trade.asset_id, trade.side, trade.price, trade.size) == (PLAIN.no_token, "BUY", "0.6", "6")
        (part,) = trade.maker_orders
        assert (part.order_id, part.owner, part.asset_id) == (resting.order, maker.key, PLAIN.yes_token)
        assert (part.side, part.price, part.matched_amount) == ("BUY", "0.4", "6")
    own = decoded_for_user(taken(taking))
    assert [each.status for each in own] == ["MATCHED", "MATCHED", "MINED", "CONFIRMED"]
    assert [each.trader_side for each in own if isinstance(each, UserTrade)] == ["TAKER"] * 3
    floor.exchange.cancel([resting.order], maker.key, floor.now_ns)
    (end,) = decoded_for_user(taken(making))
    assert isinstance(end, UserOrder)
    assert (end.type, end.status, end.size_matched) == ("CANCELLATION", "CANCELED", "6")


def test_each_maker_of_a_trade_hears_of_it_once_and_sees_all_of_its_parts() -> None:
    world = StreamWorld()
    makers, taker = [world.credentials(number) for number in (1, 2)], world.credentials(3)
    heard = [world.user_client(login(each)) for each in makers]
    for each in (makers[0], makers[0], makers[1]):
        world.floor.placed(owner(each), BUY, YES, 0.4, 10)
    for session in heard:
        taken(session)
    world.floor.placed(owner(taker), BUY, NO, 0.6, 30)
    for session, credentials, orders in zip(heard, makers, (2, 1), strict=True):
        found = decoded_for_user(taken(session))
        assert [type(event) for event in found] == [UserOrder] * orders + [UserTrade]
        trade = found[-1]
        assert isinstance(trade, UserTrade) and trade.owner == credentials.key
        assert [part.owner for part in trade.maker_orders] == [makers[0].key, makers[0].key, makers[1].key]


def test_who_meets_itself_hears_of_the_trade_as_its_taker() -> None:
    world = StreamWorld()
    self = world.credentials(1)
    heard = world.user_client(login(self))
    world.floor.placed(owner(self), BUY, YES, 0.4, 10)
    world.floor.placed(owner(self), BUY, NO, 0.6, 10)
    trades = [each for each in decoded_for_user(taken(heard)) if isinstance(each, UserTrade)]
    assert [each.trader_side for each in trades] == ["TAKER"]


def test_a_trade_that_fails_is_told_as_retrying_and_failed() -> None:
    world = StreamWorld()
    maker = world.credentials(1)
    heard = world.user_client(login(maker))
    world.exchange.fail_next_trades(1)
    world.floor.placed(owner(maker), BUY, YES, 0.4, 10)
    world.floor.placed(Wallet("bob"), BUY, NO, 0.6, 10)
    world.floor.wait(2)
    world.floor.wait(2)
    found = [each.status for each in decoded_for_user(taken(heard)) if isinstance(each, UserTrade)]
    assert found == ["MATCHED", "RETRYING", "FAILED"]


def test_a_delayed_order_is_told_when_it_waits_and_when_it_is_executed() -> None:
    world = StreamWorld()
    taker = world.credentials(1)
    heard = world.user_client(login(taker))
    world.floor.split(Wallet("bob"), 10, on=DELAYED)
    world.floor.placed(Wallet("bob"), SELL, YES, 0.5, 10, on=DELAYED)
    world.floor.placed(owner(taker), BUY, YES, 0.5, 10, on=DELAYED)
    world.floor.wait(1)
    orders = [each for each in decoded_for_user(taken(heard)) if isinstance(each, UserOrder)]
    assert [(each.type, each.status) for each in orders] == [("PLACEMENT", "DELAYED"), ("UPDATE", "MATCHED")]


def test_nobody_hears_of_the_orders_of_others() -> None:
    world = StreamWorld()
    heard = world.user_client(login(world.credentials(1)))
    world.floor.placed(owner(world.credentials(2)), BUY, YES, 0.4, 10)
    assert taken(heard) == []


def test_markets_are_chosen_at_login_and_changed_while_connected() -> None:
    world = StreamWorld()
    mine = world.credentials(1)
    heard = world.user_client(login(mine, PLAIN.market))
    elsewhere = GROUP[0]

    def heard_of() -> list[str]:
        for each in (PLAIN, elsewhere):
            world.floor.placed(owner(mine), BUY, YES, 0.2, 5, on=each)
        return [frame["market"] for frame in frames(taken(heard))]

    assert heard_of() == [PLAIN.market]
    heard.hear(operation("subscribe", markets=[elsewhere.market]))
    assert heard_of() == [PLAIN.market, elsewhere.market]
    heard.hear(operation("unsubscribe", markets=[PLAIN.market]))
    assert heard_of() == [elsewhere.market]
    # Without any market left it is about all of them, as after a login without markets.
    heard.hear(operation("unsubscribe", markets=[elsewhere.market]))
    assert heard_of() == [PLAIN.market, elsewhere.market]


@pytest.mark.parametrize("wrong", [{"apiKey": "nobody"}, {"secret": "guess"}, {"passphrase": "\ud800"}])
def test_wrong_credentials_close_the_connection_without_a_word(wrong: dict[str, str]) -> None:
    world = StreamWorld()
    session = world.user_client(login(world.credentials(1), **wrong))
    assert session.outbox.is_closed
    assert taken(session) == []
    assert len(world.streams.user) == 0


@pytest.mark.parametrize(
    "first", ['{"type":"user"}', '{"type":"user","auth":"me"}', '{"operation":"subscribe","markets":["0x1"]}']
)
def test_a_stranger_gets_nowhere_without_credentials(first: str) -> None:
    assert StreamWorld().user_client(first).outbox.is_closed


def test_nonsense_is_answered_so_and_ping_with_pong_before_and_after_login() -> None:
    world = StreamWorld()
    session = world.user_client("PING", "hello", login(world.credentials(1)), "PING", '{"operation":"subscribe"}')
    assert taken(session) == ["PONG", "INVALID OPERATION", "PONG", "INVALID OPERATION"]
    assert len(world.streams.user) == 1


def test_who_left_is_told_nothing_more() -> None:
    world = StreamWorld()
    mine = world.credentials(1)
    first, second = (world.user_client(login(mine)) for _ in range(2))
    first.outbox.close()
    world.floor.placed(owner(mine), BUY, YES, 0.4, 10)
    assert (len(taken(first)), len(taken(second)), len(world.streams.user)) == (0, 1, 1)


def test_the_venues_own_client_takes_every_frame() -> None:
    world = StreamWorld()
    maker, taker = world.credentials(1), world.credentials(2)
    heard = [world.user_client(login(each)) for each in (maker, taker)]
    world.floor.placed(owner(maker), BUY, YES, 0.4, 10)
    world.floor.placed(owner(taker), BUY, NO, 0.6, 5)
    world.floor.wait(2)
    world.exchange.cancel_all(maker.key, world.now_ns())
    for session in heard:
        texts = taken(session)
        events, dropped = parse_user_events([json.loads(text) for text in texts])
        assert (len(events), dropped) == (len(texts), 0)
