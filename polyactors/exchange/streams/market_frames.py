"""The frames of the market stream: the fields, their order and their spaces are the venue's (polymarket.md 5.3)."""

import json
from collections.abc import Callable, Sequence

from messages.identity import Outcome
from messages.market_data import Level
from messages.units import NANOSECONDS_PER_MILLISECOND, PRICE_SCALE, Price, TickSize, format_shares
from polyactors.exchange.streams.book_texts import BookTexts
from polyactors.exchange.streams.ladder_texts import price_text
from polyactors.exchange.words import EventListing, Listing, Trade

HashOf = Callable[[Outcome], str]
"""The hash that a frame shall state for a token's book: the book's own, unless a fault falsifies it."""


def first_book(book: BookTexts, outcome: Outcome, hash_of: HashOf) -> str:
    """A token's book as an element of the array that answers a subscription, and after a change of its tick size."""
    return (
        f'{{"market":"{book.market}","asset_id":"{book.tokens[outcome]}","timestamp":"{book.changed_ms}",'
        f'"hash":"{hash_of(outcome)}","bids":[{book.bids(outcome)}],"asks":[{book.asks(outcome)}],'
        f'"tick_size":"{book.tick_size}","event_type":"book","last_trade_price":"{book.last_trade_price}"}}'
    )


def array_of(elements: Sequence[str]) -> str:
    return f"[{','.join(elements)}]"


def book_after_trade(book: BookTexts, outcome: Outcome, hash_of: HashOf) -> str:
    """The whole book of a token that follows the price change of a match: without tick size and last price."""
    return (
        f'{{"market":"{book.market}","asset_id":"{book.tokens[outcome]}","bids":[{book.bids(outcome)}],'
        f'"asks":[{book.asks(outcome)}],"hash":"{hash_of(outcome)}","timestamp":"{book.changed_ms}",'
        f'"event_type":"book"}}'
    )


def price_change(book: BookTexts, levels: Sequence[Level], placed_on: Outcome, hash_of: HashOf) -> str:
    """Every level that a batch changed, as both tokens have it; the token that the order was placed on comes first."""
    endings = {outcome: _ending(book, outcome, hash_of) for outcome in Outcome}
    legs = []
    for outcome, price, size in levels:
        amount = format_shares(size)
        for token in (placed_on, placed_on.other):
            side, at = ("BUY", price) if token is outcome else ("SELL", PRICE_SCALE - price)
            legs.append(
                f'{{"asset_id":"{book.tokens[token]}", "price":"{price_text(at)}", "size":"{amount}", '
                f'"side":"{side}", {endings[token]}'
            )
    return (
        f'{{"market":"{book.market}", "price_changes":[{", ".join(legs)}], "timestamp":"{book.changed_ms}", '
        f'"event_type":"price_change"}}'
    )


def last_trade_price(trade: Trade, book: BookTexts) -> str:
    """What the taker did, in its own token's terms. The fee field says 0, whatever the fee (field note 19)."""
    return (
        f'{{"market":"{book.market}", "asset_id":"{book.tokens[trade.outcome]}", '
        f'"price":"{price_text(trade.price)}", "size":"{format_shares(trade.size)}", "fee_rate_bps":"0", '
        f'"side":"{trade.side.value}", "timestamp":"{_milliseconds(trade.matched_ns)}", '
        f'"event_type":"last_trade_price", "transaction_hash":"{trade.coming_transaction}"}}'
    )


def tick_size_change(book: BookTexts, outcome: Outcome, old: TickSize, new: TickSize) -> str:
    return (
        f'{{"event_type":"tick_size_change","asset_id":"{book.tokens[outcome]}","market":"{book.market}",'
        f'"old_tick_size":"{price_text(old)}","new_tick_size":"{price_text(new)}","timestamp":"{book.changed_ms}"}}'
    )


def best_bid_ask(book: BookTexts, outcome: Outcome) -> str:
    bid, ask = book.best_bid(outcome), book.best_ask(outcome)
    return (
        f'{{"event_type":"best_bid_ask","market":"{book.market}","asset_id":"{book.tokens[outcome]}",'
        f'"best_bid":"{price_text(bid)}","best_ask":"{price_text(ask)}","spread":"{price_text(ask - bid)}",'
        f'"timestamp":"{book.changed_ms}"}}'
    )


def new_market(listing: Listing, event: EventListing | None, at_ns: int) -> str:
    market = listing.market
    tokens = [market.yes_token, market.no_token]
    about = {
        "id": "" if event is None else str(event.number),
        "ticker": market.event,
        "slug": market.event,
        "title": "" if event is None else event.title,
        "description": "" if event is None else event.description,
    }
    return _compact(
        {
            "event_type": "new_market",
            "id": str(listing.number),
            "question": market.question,
            "market": market.market,
            "slug": market.slug,
            "description": listing.description,
            "assets_ids": tokens,
            "outcomes": list(listing.labels),
            "event_message": about,
            "timestamp": _milliseconds(at_ns),
            "tags": _tags(listing),
            "condition_id": market.market,
            "active": True,
            "clob_token_ids": tokens,
            "sports_market_type": "",
            "line": "",
            "game_start_time": "",
            "order_price_min_tick_size": price_text(market.tick_size),
            "group_item_title": listing.group_title,
        }
    )


def market_resolved(listing: Listing, yes_payout: Price, at_ns: int) -> str:
    """Nobody wins a market that pays a half each."""
    market = listing.market
    winner = {PRICE_SCALE: Outcome.YES, 0: Outcome.NO}.get(yes_payout)
    label = dict(zip(Outcome, listing.labels, strict=True))
    return _compact(
        {
            "event_type": "market_resolved",
            "id": str(listing.number),
            "market": market.market,
            "assets_ids": [market.yes_token, market.no_token],
            "winning_asset_id": "" if winner is None else market.token(winner),
            "winning_outcome": "" if winner is None else label[winner],
            "timestamp": _milliseconds(at_ns),
            "tags": _tags(listing),
        }
    )


def falsified(digest: str) -> str:
    """A hash that is not that of the book, and looks like one."""
    return f"{15 - int(digest[0], 16):x}{digest[1:]}"


def _ending(book: BookTexts, outcome: Outcome, hash_of: HashOf) -> str:
    return (
        f'"hash":"{hash_of(outcome)}", "best_bid":"{price_text(book.best_bid(outcome))}", '
        f'"best_ask":"{price_text(book.best_ask(outcome))}"}}'
    )


def _milliseconds(at_ns: int) -> str:
    return str(at_ns // NANOSECONDS_PER_MILLISECOND)


def _tags(listing: Listing) -> list[str]:
    return [listing.category.lower()]


def _compact(document: dict[str, object]) -> str:
    return json.dumps(document, separators=(",", ":"))
