"""An account at the venue whose pages are here already: what is left of reading them is the reading."""

import json
from collections.abc import Collection, Iterator, Sequence

import trio

from actors.execution.live.account import Deliver, Named, nobody_asks
from actors.execution.live.words import (
    AskFailed,
    CancelOutcome,
    NoSuchOrder,
    NotSent,
    NotSigned,
    PostOutcome,
    VenueBalances,
    VenueOrder,
    VenueTrade,
)
from messages.identity import EventId, IntentId, MarketId, OrderId, Outcome, Side, StrategyName, TokenId, VenueOrderId
from messages.intents import SnapshotId, TimeInForce
from messages.markets import Market
from messages.orders import Order, OrderSigned
from messages.units import CASH_SCALE, SHARE_SCALE, Cash, Price, Shares, TickSize, format_price
from polyactors.venues.polymarket.live_account.orders_read import order_of_rest
from polyactors.venues.polymarket.live_account.tokens import Tokens
from polyactors.venues.polymarket.rest.own_orders import read_order_page

CASH = Cash(10**6 * CASH_SCALE)
PAGE = 100
LATER_NS = 4_000_000_000_000_000_000
NOT_HERE = "it is only measured how long reading takes"
MARKETS = tuple(
    Market(
        MarketId(f"0x{number:064x}"),
        EventId("measured"),
        f"measured-{number}",
        "How long?",
        TokenId(str(10**76 + 2 * number)),
        TokenId(str(10**76 + 2 * number + 1)),
        TickSize(100),
    )
    for number in range(1, 11)
)


def orders_and_digests(count: int) -> Iterator[tuple[Order, OrderSigned]]:
    """What the journal has of `count` BUY orders of ten shares, in all the markets in turns."""
    for number in range(count):
        order = Order(
            order=OrderId(f"order-{number}"),
            intent=IntentId(f"intent-{number}"),
            strategy=StrategyName("maker"),
            market=MARKETS[number % len(MARKETS)].market,
            outcome=Outcome.YES,
            side=Side.BUY,
            price=_price(number),
            size=Shares(10 * SHARE_SCALE),
            time_in_force=TimeInForce.GTD,
            post_only=True,
            expires_ns=LATER_NS,
            fencing=1,
            snapshot=SnapshotId(1, 1),
            rationale="a quote",
            written_ns=number + 1,
        )
        yield order, OrderSigned(order.order, _digest(number), number + 1)


class PagedAccount:
    """`orders` rest, untouched, and there were no trades."""

    def __init__(self, orders: int) -> None:
        rows = [_row(number) for number in range(orders)]
        self._pages = [_page(rows[start : start + PAGE]) for start in range(0, orders, PAGE)]
        self._tokens = Tokens(MARKETS)

    async def open_orders(self) -> tuple[VenueOrder, ...] | AskFailed:
        found = []
        for page in self._pages:
            for order in read_order_page(page).rows:
                place = self._tokens.find(order.token)
                assert place is not None, "a token of no market"
                found.append(order_of_rest(order, place))
            await trio.lowlevel.checkpoint()
        return tuple(found)

    async def trades(self, since_ns: int) -> tuple[VenueTrade, ...] | AskFailed:
        return ()

    async def balances(self, markets: Collection[MarketId]) -> VenueBalances | AskFailed:
        return VenueBalances(CASH, tuple((market, outcome, Shares(0)) for market in markets for outcome in Outcome))

    # What a comparison does not ask

    async def sign(self, order: Order, named: Named = nobody_asks) -> VenueOrderId | NotSigned:
        return NotSigned(NOT_HERE)

    def tick_size_changed(self, market: MarketId, tick_size: TickSize) -> None:
        pass

    async def post(self, orders: Sequence[VenueOrderId]) -> tuple[PostOutcome, ...]:
        return tuple(NotSent(NOT_HERE) for _ in orders)

    async def cancel(self, orders: Sequence[VenueOrderId]) -> CancelOutcome | AskFailed:
        return AskFailed(NOT_HERE)

    async def cancel_everything(self) -> CancelOutcome | AskFailed:
        return AskFailed(NOT_HERE)

    async def look_up(self, order: VenueOrderId) -> VenueOrder | NoSuchOrder | AskFailed:
        return AskFailed(NOT_HERE)

    async def beat(self) -> AskFailed | None:
        return AskFailed(NOT_HERE)

    async def listen(self, deliver: Deliver) -> None:
        await trio.sleep_forever()


def _digest(number: int) -> VenueOrderId:
    return VenueOrderId(f"0x{number + 1:064x}")


def _price(number: int) -> Price:
    return Price(100 * (1 + number % 50))


def _row(number: int) -> dict[str, object]:
    """As the venue writes it (polymarket_wire.md 4.5)."""
    market = MARKETS[number % len(MARKETS)]
    return {
        "id": _digest(number),
        "status": "LIVE",
        "owner": "00000000-0000-4000-8000-000000000000",
        "maker_address": "0x" + "9" * 40,
        "market": market.market,
        "asset_id": market.yes_token,
        "side": "BUY",
        "original_size": "10",
        "size_matched": "0",
        "price": format_price(_price(number)),
        "outcome": "Yes",
        "created_at": 1_780_000_000,
        "expiration": "0",
        "order_type": "GTD",
        "associate_trades": [],
    }


def _page(rows: Sequence[dict[str, object]]) -> bytes:
    return json.dumps({"limit": PAGE, "count": len(rows), "next_cursor": "LTE=", "data": rows}).encode()
