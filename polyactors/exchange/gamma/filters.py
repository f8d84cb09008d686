"""Which markets and events a request is about. Closed ones are left out unless they are asked for."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from polyactors.exchange.gamma.catalogue import EventRow, MarketRow
from polyactors.exchange.gamma.keyset import OrderBy
from polyactors.exchange.gamma.parameters import Parameters
from polyactors.exchange.gamma.tags import Tag
from polyactors.exchange.gamma.wire_times import iso_day
from polyactors.exchange.words import Kind

R = TypeVar("R")

_DAY_LENGTH = len("2026-11-21")

MarketTest = Callable[[MarketRow], bool]
EventTest = Callable[[EventRow], bool]

MARKET_ORDERS: OrderBy[MarketRow] = {
    "id": lambda row: row.listing.number,
    "slug": lambda row: row.listing.market.slug,
    "question": lambda row: row.listing.market.question,
    "volume": lambda row: row.volume,
    "volumeNum": lambda row: row.volume,
    "volumeClob": lambda row: row.volume,
    "volume24hr": lambda row: row.day_volume,
    "liquidity": lambda row: row.liquidity,
    "liquidityNum": lambda row: row.liquidity,
    "liquidityClob": lambda row: row.liquidity,
    "startDate": lambda row: row.start_ms,
    "createdAt": lambda row: row.start_ms,
    "endDate": lambda row: row.end_ms,
    "closedTime": lambda row: row.closed_ms,
    "competitive": lambda row: row.competitive,
}

EVENT_ORDERS: OrderBy[EventRow] = {
    "id": lambda row: row.event.number,
    "slug": lambda row: row.event.event,
    "title": lambda row: row.event.title,
    "volume": lambda row: row.volume,
    "volume24hr": lambda row: row.day_volume,
    "liquidity": lambda row: row.liquidity,
    "startDate": lambda row: row.start_ms,
    "creationDate": lambda row: row.start_ms,
    "createdAt": lambda row: row.start_ms,
    "startTime": lambda row: row.event.opens_ms,
    "endDate": lambda row: row.event.end_ms,
    "closedTime": lambda row: row.closed_ms,
    "competitive": lambda row: row.competitive,
}


def market_number(row: MarketRow) -> int:
    return row.listing.number


def event_number(row: EventRow) -> int:
    return row.event.number


def wanted_markets(
    rows: Iterable[MarketRow], parameters: Parameters, tags_of: Callable[[MarketRow], tuple[Tag, ...]]
) -> list[MarketRow]:
    """Raises `BadParameter`."""
    tests = [
        *_market_names(parameters),
        *_market_states(parameters),
        *_market_ranges(parameters),
        *_market_tags(parameters, tags_of),
    ]
    return [row for row in rows if all(test(row) for test in tests)]


def wanted_events(rows: Iterable[EventRow], parameters: Parameters) -> list[EventRow]:
    """Raises `BadParameter`."""
    tests = [
        *_event_names(parameters),
        *_event_states(parameters),
        *_event_ranges(parameters),
        *_event_tags(parameters),
    ]
    return [row for row in rows if all(test(row) for test in tests)]


def _market_names(parameters: Parameters) -> Iterable[MarketTest]:
    numbers, slugs = parameters.whole_numbers("id"), parameters.texts("slug")
    conditions, questions = parameters.texts("condition_ids"), parameters.texts("question_ids")
    tokens, positions = parameters.texts("clob_token_ids"), parameters.texts("position_ids")
    requests, on_chain = parameters.texts("request_ids"), parameters.texts("onchain_event_ids")
    if numbers is not None:
        yield lambda row: row.listing.number in numbers
    if slugs is not None:
        yield lambda row: row.listing.market.slug in slugs
    if conditions is not None:
        lower = {each.lower() for each in conditions}
        yield lambda row: row.market in lower or (row.listing.is_protocol_two and f"{row.market}00" in lower)
    if questions is not None:
        yield lambda row: row.listing.question_id in questions
    if tokens is not None:
        yield lambda row: row.listing.market.yes_token in tokens or row.listing.market.no_token in tokens
    if positions is not None:
        yield (
            lambda row: (
                row.listing.is_protocol_two
                and not positions.isdisjoint((row.listing.market.yes_token, row.listing.market.no_token))
            )
        )
    for asked in (requests, on_chain):
        if asked is not None:
            yield _is_of_request(asked)
    if (
        parameters.texts("market_maker_address")
        or parameters.texts("sports_market_types")
        or parameters.text("game_id")
    ):
        yield lambda row: False


def _is_of_request(asked: frozenset[str]) -> MarketTest:
    return lambda row: row.listing.is_protocol_two and f"{row.market}00" in asked


def _market_states(parameters: Parameters) -> Iterable[MarketTest]:
    closed = parameters.flag("closed", default=False)
    yield lambda row: row.is_closed == closed
    for name in ("archived", "cyom", "rfq_enabled"):
        if parameters.flag(name):
            yield lambda row: False
    if parameters.flag("active") is False:
        yield lambda row: False
    version = parameters.choice("version", ("v1", "v2"))
    if version is not None:
        yield lambda row: row.listing.is_protocol_two == (version == "v2")
    resolution = parameters.choice("resolution_status", ("inactive", "active", "resolved"))
    if resolution is not None:
        yield lambda row: row.listing.is_protocol_two and row.is_closed == (resolution == "resolved")
    uma = parameters.text("uma_resolution_status")
    if uma is not None:
        yield lambda row: _uma_status(row) == uma


def _uma_status(row: MarketRow) -> str:
    if row.is_closed:
        return "resolved"
    is_over = row.end_ms * 1_000_000 <= row.now_ns
    return "proposed" if is_over and row.listing.kind is not Kind.UP_DOWN else ""


def _market_ranges(parameters: Parameters) -> Iterable[MarketTest]:
    yield _within(
        lambda row: row.liquidity, parameters.number("liquidity_num_min"), parameters.number("liquidity_num_max")
    )
    yield _within(lambda row: row.volume, parameters.number("volume_num_min"), parameters.number("volume_num_max"))
    yield _within(lambda row: row.end_ms, parameters.time_ms("end_date_min"), parameters.time_ms("end_date_max"))
    yield _within(lambda row: row.start_ms, parameters.time_ms("start_date_min"), parameters.time_ms("start_date_max"))
    least_size = parameters.number("rewards_min_size")
    if least_size is not None:
        yield lambda row: row.listing.rewards is not None and row.listing.rewards.minimum_size >= least_size * 1_000_000


def _market_tags(parameters: Parameters, tags_of: Callable[[MarketRow], tuple[Tag, ...]]) -> Iterable[MarketTest]:
    numbers = parameters.whole_numbers("tag_id")
    needs_all = parameters.choice("tag_match", ("any", "all")) == "all"
    if numbers is not None:
        yield lambda row: _has_tags({tag.number for tag in tags_of(row)}, numbers, needs_all)


def _event_names(parameters: Parameters) -> Iterable[EventTest]:
    numbers, slugs = parameters.whole_numbers("id"), parameters.texts("slug")
    series, series_slugs = parameters.whole_numbers("series_id"), parameters.texts("series_slug")
    searched = parameters.text("title_search")
    if numbers is not None:
        yield lambda row: row.event.number in numbers
    if slugs is not None:
        yield lambda row: row.event.event in slugs
    if series is not None:
        yield lambda row: bool(row.event.series_slug) and row.event.series_number in series
    if series_slugs is not None:
        yield lambda row: row.event.series_slug in series_slugs
    if searched is not None:
        yield lambda row: searched.lower() in row.event.title.lower()
    day = parameters.text("event_date")
    if day is not None:
        yield lambda row: bool(row.event.series_slug) and iso_day(row.event.opens_ms) == day[:_DAY_LENGTH]
    for name in ("event_week", "game_id", "parent_event_id", "partner_slug"):
        if parameters.texts(name) is not None:
            yield lambda row: False


def _event_states(parameters: Parameters) -> Iterable[EventTest]:
    closed = parameters.flag("closed", default=False)
    yield lambda row: row.is_closed == closed
    for name in ("archived", "featured", "cyom"):
        if parameters.flag(name):
            yield lambda row: False
    if parameters.flag("active") is False:
        yield lambda row: False
    live, ended = parameters.flag("live"), parameters.flag("ended")
    if live is not None:
        yield lambda row: _is_live(row) == live
    if ended is not None:
        yield lambda row: (row.event.end_ms * 1_000_000 <= row.now_ns) == ended
    recurrence = parameters.text("recurrence")
    if recurrence is not None:
        yield lambda row: row.event.recurrence == recurrence
    version = parameters.choice("version", ("v1", "v2"))
    if version is not None:
        yield lambda row: any(market.listing.is_protocol_two == (version == "v2") for market in row.markets)


def _is_live(row: EventRow) -> bool:
    return bool(row.event.series_slug) and row.event.opens_ms <= row.now_ns // 1_000_000 < row.event.end_ms


def _event_ranges(parameters: Parameters) -> Iterable[EventTest]:
    yield _within(lambda row: row.liquidity, parameters.number("liquidity_min"), parameters.number("liquidity_max"))
    yield _within(lambda row: row.volume, parameters.number("volume_min"), parameters.number("volume_max"))
    yield _within(lambda row: row.event.end_ms, parameters.time_ms("end_date_min"), parameters.time_ms("end_date_max"))
    yield _within(lambda row: row.start_ms, parameters.time_ms("start_date_min"), parameters.time_ms("start_date_max"))
    yield _within(
        lambda row: row.event.opens_ms, parameters.time_ms("start_time_min"), parameters.time_ms("start_time_max")
    )


def _event_tags(parameters: Parameters) -> Iterable[EventTest]:
    numbers, slug = parameters.whole_numbers("tag_id"), parameters.text("tag_slug")
    excluded = parameters.whole_numbers("exclude_tag_id")
    needs_all = parameters.choice("tag_match", ("any", "all")) == "all"
    if numbers is not None:
        yield lambda row: _has_tags({tag.number for tag in row.tags}, numbers, needs_all)
    if slug is not None:
        yield lambda row: any(tag.slug == slug for tag in row.tags)
    if excluded is not None:
        yield lambda row: not any(tag.number in excluded for tag in row.tags)


def _within(value: Callable[[R], float], least: float | None, most: float | None) -> Callable[[R], bool]:
    if least is None and most is None:
        return lambda row: True
    return lambda row: (least is None or value(row) >= least) and (most is None or value(row) <= most)


def _has_tags(own: set[int], asked: frozenset[int], needs_all: bool) -> bool:
    return asked <= own if needs_all else not asked.isdisjoint(own)
