"""Trades in execution's words: the same by REST and by stream, or refused by both."""

import json
import random
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.execution.live.words import (
    OwnPart,
    UserNewsLost,
    VenueTrade,
    VenueTradeStatus,
)
from messages.fills import Liquidity
from messages.identity import Outcome, Side, VenueOrderId
from messages.units import Cash, Price, Shares, format_price, format_shares, parse_shares
from polyactors.venues.polymarket.live_account.trades_read import venue_trade
from polyactors.venues.polymarket.rest.own_trades import read_trade_page
from polyactors.venues.refused import Refused
from tests.venues.polymarket.account_news import (
    FOREIGN,
    KEY,
    MARKET,
    MATCHED_S,
    NO,
    OURSELVES,
    SECOND_NS,
    TAKER,
    THEIR_WALLET,
    THEIRS,
    TOKENS,
    WALLET,
    YES,
    Plain,
    hear,
)
from tests.venues.polymarket.spoiled_json import spoiled


def maker(
    order: str = "0xmaker", size: str = "10", price: str = "0.57", *, token: str = YES, side: str | None = "SELL",
    owner: str = THEIRS, wallet: str = THEIR_WALLET,
) -> Plain:  # fmt: skip
    found = {"order_id": order, "owner": owner, "maker_address": wallet, "asset_id": token, "price": price}
    return found | {"matched_amount": size, "outcome": "?", "fee_rate_bps": "0"} | ({"side": side} if side else {})


def trade(*makers: Plain, size: str = "10", is_ours: bool = True, **changes: object) -> Plain:
    """A BUY of YES that met `makers`; by us, or with a part of ours among the makers."""
    return {
        "id": "trade",
        "market": MARKET.market,
        "asset_id": YES,
        "owner": KEY if is_ours else THEIRS,
        "maker_address": WALLET if is_ours else THEIR_WALLET,
        "taker_order_id": TAKER,
        "side": "BUY",
        "trader_side": "TAKER" if is_ours else "MAKER",
        "price": "0.57",
        "size": size,
        "status": "MATCHED",
        "bucket_index": 0,
        "maker_orders": list(makers or (maker(),)),
        "match_time": str(MATCHED_S),
        "last_update": str(MATCHED_S + 5),
    } | changes


def by_rest(plain: Plain) -> VenueTrade | None:
    """Raises `Refused`."""
    body = json.dumps({"data": [plain], "next_cursor": None}).encode()
    return venue_trade(read_trade_page(body).rows[0], OURSELVES, TOKENS)


def by_stream(plain: Plain) -> object:
    """As the stream has it: whose view it is stands where REST has the taker's key."""
    return hear(plain | {"owner": KEY, "trade_owner": plain["owner"], "type": "TRADE"}, "trade")[0]


def by_both(plain: Plain) -> VenueTrade:
    found, heard = by_rest(plain), by_stream(plain)
    assert found is not None
    assert found == heard
    return found


def part(order: str, price: int, size: str, **changes: Any) -> OwnPart:
    """Of a BUY of YES, as a taker."""
    liquidity = changes.get("liquidity", Liquidity.TAKER)
    shares = parse_shares(size)
    fee = MARKET.fees.taker_fee(Price(price), shares) if liquidity is Liquidity.TAKER else Cash(0)
    return OwnPart(
        VenueOrderId(order),
        MARKET.market,
        changes.get("outcome", Outcome.YES),
        changes.get("side", Side.BUY),
        Price(price),
        shares,
        fee,
        liquidity,
    )


def test_a_taker_has_one_part_a_price_at_the_makers_prices_in_its_own_terms() -> None:
    found = by_both(
        trade(
            maker("0x1", "3", "0.55"),
            maker("0x2", "4", "0.42", token=NO, side="BUY"),
            maker("0x3", "2", "0.45", token=NO, side="BUY"),
            maker("0x4", "1", "0.58"),
            price="0.5666666666666666667",
        )
    )
    assert found == VenueTrade(
        trade="trade/0",  # type: ignore[arg-type]
        status=VenueTradeStatus.MATCHED,
        parts=(part(TAKER, 5_500, "5"), part(TAKER, 5_800, "5")),
        matched_ns=MATCHED_S * SECOND_NS,
    )


def test_a_maker_has_a_part_of_each_of_its_orders_in_their_own_terms_and_without_fees() -> None:
    ours = {"owner": KEY, "wallet": WALLET}
    found = by_both(
        trade(
            maker("0x1", "3", "0.55", **ours),
            maker("0x2", "4", "0.42", token=NO, side="BUY", **ours),
            maker("0x3", "3", "0.55"),
            is_ours=False,
            bucket_index=3,
            status="TRADE_STATUS_CONFIRMED",
        )
    )
    assert found.trade == "trade/3"
    assert found.status is VenueTradeStatus.CONFIRMED
    assert found.parts == (
        part("0x1", 5_500, "3", side=Side.SELL, liquidity=Liquidity.MAKER),
        part("0x2", 4_200, "4", outcome=Outcome.NO, liquidity=Liquidity.MAKER),
    )


def test_who_meets_itself_is_taker_and_maker() -> None:
    found = by_both(trade(maker("0x1", "4", owner=KEY, wallet=WALLET), maker("0x2", "6")))
    assert found.parts == (
        part(TAKER, 5_700, "10"),
        part("0x1", 5_700, "4", side=Side.SELL, liquidity=Liquidity.MAKER),
    )


def test_one_order_that_is_met_twice_at_a_price_has_one_part() -> None:
    ours = {"owner": KEY, "wallet": WALLET}
    found = by_both(trade(maker("0x1", "4", **ours), maker("0x2", "1"), maker("0x1", "5", **ours), is_ours=False))
    assert found.parts == (part("0x1", 5_700, "9", side=Side.SELL, liquidity=Liquidity.MAKER),)


def test_whose_a_part_is_says_the_key_and_the_wallet_only_where_there_is_none() -> None:
    nameless = maker("0x1", "4", owner="", wallet=WALLET.upper().replace("0X", "0x"))
    of_another_key = maker("0x2", "6", owner="another-key", wallet=WALLET)
    found = by_both(trade(nameless, of_another_key, is_ours=False))
    assert [each.venue_order for each in found.parts] == ["0x1"]


def test_a_trade_of_our_wallet_by_another_key_is_not_ours() -> None:
    plain = trade(maker(owner="another-key", wallet=WALLET), is_ours=False)
    assert by_rest(plain) is None
    assert by_stream(plain) is None
    plain = trade(owner="another-key")
    assert by_rest(plain) is None
    assert by_stream(plain) is None


def test_the_stream_may_leave_out_what_can_be_told_otherwise() -> None:
    plain = trade()
    expected = by_both(plain)
    for left_out in ({"trader_side"}, {"trader_side", "trade_owner"}, {"bucket_index"}, {"last_update", "owner"}):
        whole = plain | {"trade_owner": KEY, "owner": KEY}
        frame = {name: value for name, value in whole.items() if name not in left_out}
        assert hear(frame | {"owner": frame.get("owner", KEY)}, "trade") == [expected]
    frame = {name: value for name, value in plain.items() if name != "match_time"} | {"trade_owner": KEY}
    (heard,) = hear(frame | {"timestamp": str(MATCHED_S * 1000 + 250)}, "trade")
    assert isinstance(heard, VenueTrade)
    assert (heard.parts, heard.matched_ns) == (expected.parts, MATCHED_S * SECOND_NS + SECOND_NS // 4)


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("MATCHED_NOT_BROADCASTED", VenueTradeStatus.MATCHED),
        ("TRADE_STATUS_RETRYING", VenueTradeStatus.RETRYING),
        ("MINED", VenueTradeStatus.MINED),
        ("FAILED", VenueTradeStatus.FAILED),
    ],
)
def test_each_status_of_a_trade_has_its_meaning(told: str, meant: VenueTradeStatus) -> None:
    assert by_both(trade(status=told)).status is meant


@pytest.mark.parametrize(
    "plain",
    [
        trade(size="10.01"),
        trade(maker(size="9")),
        trade(status="SETTLED"),
        trade(status=""),
        trade(trader_side="OBSERVER"),
        trade(maker(side="BUY")),
        trade(maker(token=NO, side="SELL")),
        trade(maker(token=FOREIGN)),
        trade(market="0x" + "33" * 32),
        trade(maker(price="1")),
        trade(maker(price="0.57005")),
        trade(maker(size="0")),
        trade(maker(size="-10")),
        trade(size="1e1"),
        trade(side="HOLD"),
        trade(is_ours=False),
        trade(match_time="yesterday"),
        trade(id=""),
        trade(price="cheap"),
    ],
)
def test_what_does_not_add_up_is_refused_by_rest_and_lost_on_the_stream(plain: Plain) -> None:
    with pytest.raises(Refused):
        by_rest(plain)
    assert isinstance(by_stream(plain), UserNewsLost)


def test_markets_that_are_not_traded_here_are_left_out() -> None:
    plain = trade(maker(token=FOREIGN), asset_id=FOREIGN, market="0x" + "33" * 32)
    assert by_rest(plain) is None
    assert by_stream(plain) is None


PARTS = st.lists(
    st.tuples(st.integers(1, 99), st.integers(1, 10**9), st.booleans(), st.booleans()), min_size=1, max_size=6
)


@given(PARTS, st.booleans(), st.sampled_from(Side), st.sampled_from(Outcome))
def test_nothing_is_made_or_lost_on_the_way(
    makers: Sequence[tuple[int, int, bool, bool]], is_ours: bool, side: Side, outcome: Outcome
) -> None:
    """Cash and shares of the taker's parts are what the makers say they gave, and each maker's part is its own."""
    rows, given_size, given_cash = [], 0, 0
    for number, (cents, lots, same, ours) in enumerate(makers):
        size = Shares(lots * 10_000)
        price = Price(cents * 100)
        rows.append(
            maker(
                f"0x{number}",
                format_shares(size),
                format_price(price),
                token=MARKET.token(outcome if same else outcome.other),
                side=(side.opposite if same else side).value,
                owner=KEY if ours else THEIRS,
                wallet=WALLET if ours else THEIR_WALLET,
            )
        )
        given_size += size
        given_cash += size * (price if same else 10_000 - price)
    if not (is_ours or any(ours for *_, ours in makers)):
        return
    found = by_both(
        trade(
            *rows,
            size=format_shares(Shares(given_size)),
            side=side.value,
            asset_id=MARKET.token(outcome),
            is_ours=is_ours,
        )
    )
    taken = [each for each in found.parts if each.liquidity is Liquidity.TAKER]
    made = [each for each in found.parts if each.liquidity is Liquidity.MAKER]
    if is_ours:
        assert sum(each.size for each in taken) == given_size
        assert sum(each.size * each.price for each in taken) == given_cash
        assert {(each.outcome, each.side, each.venue_order) for each in taken} == {(outcome, side, TAKER)}
        assert len({each.price for each in taken}) == len(taken)
    else:
        assert taken == []
    assert [each.venue_order for each in made] == [f"0x{number}" for number, row in enumerate(makers) if row[3]]
    assert [each.size for each in made] == [lots * 10_000 for _, lots, _, ours in makers if ours]
    assert all(each.fee == 0 for each in made)


@settings(max_examples=1_000)
@given(st.integers(0, 2**32))
def test_whatever_comes_is_understood_the_same_by_both_or_refused(seed: int) -> None:
    chance = random.Random(seed)
    plain = spoiled(trade(maker("0x1", "4", owner=KEY, wallet=WALLET), maker("0x2", "6")), chance)
    if not isinstance(plain, dict):
        return
    try:
        found: object = by_rest(plain)
    except Refused:
        found = None
    heard = by_stream(plain | {"owner": plain.get("owner")})
    if isinstance(found, VenueTrade) and isinstance(heard, VenueTrade):
        assert found.parts == heard.parts
