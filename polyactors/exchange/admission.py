"""What the exchange refuses, in the venue's own words (polymarket.md 2.6), before it looks at book or wallet."""

from messages.identity import Side
from messages.units import (
    NANOSECONDS_PER_MILLISECOND,
    NANOSECONDS_PER_SECOND,
    PRICE_SCALE,
    Price,
    TickSize,
    format_cash,
    format_price,
    format_shares,
    notional,
)
from polyactors.exchange.market_state import MarketState
from polyactors.exchange.settings import ExchangeSettings
from polyactors.exchange.words import NewOrder, OrderType, Refused, TradingMode

BAD_REQUEST, NOT_FOUND, TOO_EARLY, UNAVAILABLE = 400, 404, 425, 503

NO_BOOK = Refused(NOT_FOUND, "No orderbook exists for the requested token id")
NOT_READY = Refused(BAD_REQUEST, "the market is not yet ready to process new orders")
CROSSES = Refused(BAD_REQUEST, "invalid post-only order: order crosses book")
BAD_EXPIRATION = Refused(BAD_REQUEST, "invalid expiration")
FOK_NOT_FILLED = Refused(BAD_REQUEST, "order couldn't be fully filled. FOK orders are fully filled or killed.")
FAK_NOT_FILLED = Refused(
    BAD_REQUEST,
    "no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found.",
)
BAD_PAYLOAD = Refused(BAD_REQUEST, "Invalid order payload")
SELF_TRADE = Refused(BAD_REQUEST, "order crosses an open order of the same wallet")

RESTARTING = Refused(TOO_EARLY, "matching engine restarting")
POST_ONLY = Refused(UNAVAILABLE, "post-only mode: only post-only orders and cancels are allowed")
CANCEL_ONLY = Refused(
    UNAVAILABLE, "Trading is currently cancel-only. New orders are not accepted, but cancels are allowed."
)
DISABLED = Refused(UNAVAILABLE, "Trading is currently disabled. Check polymarket.com for updates")


def refused_by_mode(mode: TradingMode, *, is_post_only: bool) -> Refused | None:
    match mode:
        case TradingMode.RESTARTING:
            return RESTARTING
        case TradingMode.POST_ONLY:
            return None if is_post_only else POST_ONLY
        case TradingMode.CANCEL_ONLY:
            return CANCEL_ONLY
        case TradingMode.DISABLED:
            return DISABLED
        case _:
            return None


def refused_cancel(mode: TradingMode) -> Refused | None:
    """Cancels pass while the engine is there to do them."""
    if mode is TradingMode.RESTARTING:
        return RESTARTING
    return DISABLED if mode is TradingMode.DISABLED else None


def refused_by_form(order: NewOrder, state: MarketState, settings: ExchangeSettings, now_ns: int) -> Refused | None:
    if state.listing.accepts_from_ms * NANOSECONDS_PER_MILLISECOND > now_ns:
        return NOT_READY
    if not state.takes_orders:
        return NO_BOOK
    if order.size <= 0 or not _has_budget_of_its_type(order):
        return BAD_PAYLOAD
    if order.post_only and not order.order_type.rests:
        return BAD_PAYLOAD
    if not is_on_grid(order.price, state.tick_size):
        price, tick = format_price(order.price), format_price(Price(state.tick_size))
        return Refused(
            BAD_REQUEST, f"order {order.order} is invalid. Price ({price}) breaks minimum tick size rule: {tick}"
        )
    smallest = state.listing.market.minimum_size
    if order.order_type.rests and order.size < smallest:
        size, least = format_shares(order.size), format_shares(smallest)
        return Refused(BAD_REQUEST, f"order {order.order} is invalid. Size ({size}) lower than the minimum: {least}")
    return None if _ends_in_time(order, settings, now_ns) else BAD_EXPIRATION


def refused_as_too_small(order: NewOrder, settings: ExchangeSettings) -> Refused | None:
    """A BUY that would take at once has to be worth something."""
    if order.side is not Side.BUY:
        return None
    amount = notional(order.price, order.size) if order.budget is None else order.budget
    if amount >= settings.smallest_marketable_buy:
        return None
    least = format_cash(settings.smallest_marketable_buy)
    return Refused(
        BAD_REQUEST, f"invalid amount for a marketable BUY order (${format_cash(amount)}), min size: ${least}"
    )


def duplicated(order: NewOrder) -> Refused:
    return Refused(BAD_REQUEST, f"order {order.order} is invalid. Duplicated.")


def not_enough(balance: int, wanted: int) -> Refused:
    """In base units of what is short, as the venue writes it."""
    return Refused(
        BAD_REQUEST,
        "not enough balance / allowance: the balance is not enough -> "
        f"balance: {max(balance, 0)}, order amount: {wanted}",
    )


def is_on_grid(price: Price, tick_size: TickSize) -> bool:
    """Whether an order may have this price: a multiple of the tick, from one tick to one below 1."""
    return tick_size <= price <= PRICE_SCALE - tick_size and price % tick_size == 0


def ends_at_ns(order: NewOrder, settings: ExchangeSettings) -> int | None:
    """When a GTD order ends: before its expiration by the venue's margin (polymarket.md 3.1)."""
    if order.order_type is not OrderType.GTD:
        return None
    return (order.expiration_s - settings.expires_early_s) * NANOSECONDS_PER_SECOND


def _has_budget_of_its_type(order: NewOrder) -> bool:
    """Only what buys at once may have one: an order that rests would stop before the book that it crosses."""
    if order.budget is None:
        return True
    return order.budget > 0 and order.side is Side.BUY and not order.order_type.rests


def _ends_in_time(order: NewOrder, settings: ExchangeSettings, now_ns: int) -> bool:
    ends_ns = ends_at_ns(order, settings)
    if ends_ns is None:
        return order.expiration_s == 0
    return ends_ns > now_ns
