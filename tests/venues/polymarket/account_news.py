"""A market, ourselves, and what the venue says of us, read as the stream reads it."""

import json
from typing import Any

from actors.execution.live.words import (
    UserNewsLost,
)
from messages.identity import EventId, MarketId, TokenId, VenueOrderId
from messages.markets import FeeSchedule, Market
from messages.units import TickSize
from polyactors.venues.feed_counts import FeedCounts
from polyactors.venues.polymarket.live_account.bad_news import BadNews
from polyactors.venues.polymarket.live_account.tokens import Tokens
from polyactors.venues.polymarket.live_account.trades_read import Ourselves
from polyactors.venues.polymarket.live_account.user_news import UserNewsReader
from polyactors.venues.polymarket.live_streams.user_stream import UserFrameLost
from polyactors.venues.polymarket.user_channel import UserChannel
from supervision.log import discard

Plain = dict[str, Any]

KEY, WALLET = "our-key", "0x" + "Ab" * 20
THEIRS, THEIR_WALLET = "their-key", "0x" + "cd" * 20
YES, NO, FOREIGN = (TokenId(str(number << 200 | 1 << 90)) for number in (5, 6, 7))
MARKET = Market(
    market=MarketId("0x" + "22" * 32),
    event=EventId("event"),
    slug="market",
    question="?",
    yes_token=YES,
    no_token=NO,
    tick_size=TickSize(100),
    fees=FeeSchedule(rate_ppm=70_000),
)
TOKENS = Tokens([MARKET])
OURSELVES = Ourselves(KEY, WALLET)
TAKER = VenueOrderId("0xtaker")
SECOND_NS = 1_000_000_000
MATCHED_S = 1_795_000_000


def hear(plain: Plain, kind: str) -> list[object]:
    counts = FeedCounts()
    reader = UserNewsReader(OURSELVES, TOKENS, BadNews(counts, lambda: 7, discard))
    lost: list[object] = []
    events = UserChannel(lost.append).decode(json.dumps(plain | {"event_type": kind}), "test")
    heard: list[object] = [reader.read(event, 7) for event in events]
    heard += [reader.read(UserFrameLost(7, "frame"), 7) for _ in lost]
    assert len(heard) == 1
    if isinstance(heard[0], UserNewsLost) and not lost:
        assert counts.bad.total == len(reader.bad.kept) == 1
    return heard
