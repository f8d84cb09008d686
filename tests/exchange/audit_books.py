"""What is wrong with the books that an exchange shows, said from its open orders and from what it told."""

import json
from collections import Counter
from collections.abc import Mapping
from hashlib import sha1

from messages.identity import MarketId, Outcome, Side
from messages.units import PRICE_SCALE
from polyactors.exchange.books import LevelDocument, book_document
from polyactors.exchange.core import Exchange
from polyactors.exchange.words import OrderStatus

ToldLevels = Mapping[tuple[MarketId, Outcome], Mapping[int, int]]
"""What the changes that were told amount to: the size at each price."""


def check_books(exchange: Exchange, told: ToldLevels) -> None:
    """Levels are the open orders and what was told; NO mirrors YES; nothing rests crossed; hashes are true."""
    standing: dict[tuple[MarketId, Outcome], Counter[int]] = {}
    for view in exchange.open_orders():
        order = view.order
        if view.status is OrderStatus.LIVE:
            is_buy = order.side is Side.BUY
            outcome = order.outcome if is_buy else order.outcome.other
            price = order.price if is_buy else PRICE_SCALE - order.price
            standing.setdefault((order.market, outcome), Counter())[price] += view.remaining
    for market, listing in exchange.listings.items():
        bids = {outcome: exchange.bids(market, outcome) for outcome in Outcome}
        best = [exchange.best_bid(market, outcome) for outcome in Outcome]
        assert sum(best) < PRICE_SCALE, "the book rests crossed"
        documents = {}
        for outcome in Outcome:
            assert dict(bids[outcome]) == standing.get((market, outcome), {})
            assert dict(bids[outcome]) == told.get((market, outcome), {})
            assert bids[outcome] == sorted(bids[outcome], reverse=True)
            document = book_document(exchange, listing.market.token(outcome), 1_700_000_000_123)
            assert document is not None and document["hash"] == hash_of(dict(document))
            documents[outcome] = document
        yes, no = documents[Outcome.YES], documents[Outcome.NO]
        assert _mirrored(yes["bids"]) == _levels(no["asks"]) and _mirrored(yes["asks"]) == _levels(no["bids"])


def hash_of(document: dict[str, object]) -> str:
    """The documented recipe: sha1 of the compact JSON with these keys in this order and an empty hash."""
    keys = ("market", "asset_id", "timestamp", "hash", "bids", "asks")
    more = ("min_order_size", "tick_size", "neg_risk", "last_trade_price")
    text = json.dumps({key: document[key] for key in keys + more} | {"hash": ""}, separators=(",", ":"))
    return sha1(text.encode(), usedforsecurity=False).hexdigest()


def _levels(levels: list[LevelDocument]) -> list[tuple[int, str]]:
    return [(round(float(level["price"]) * PRICE_SCALE), level["size"]) for level in levels]


def _mirrored(levels: list[LevelDocument]) -> list[tuple[int, str]]:
    return [(PRICE_SCALE - price, size) for price, size in _levels(levels)]
