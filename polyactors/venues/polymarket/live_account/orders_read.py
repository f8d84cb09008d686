"""Our orders as the venue tells them, by REST or on the stream, in execution's words."""

from actors.execution.live.words import VenueOrder, VenueOrderStatus
from messages.identity import VenueOrderId
from messages.units import Shares
from polyactors.venues.polymarket.live_account.tokens import Place, Tokens
from polyactors.venues.polymarket.rest.decoding import market_of, order_of, side_of, token_of
from polyactors.venues.polymarket.rest.exact_numbers import price_of, size_of
from polyactors.venues.polymarket.rest.own_orders import OrderStatus, OwnOrder
from polyactors.venues.polymarket.user_channel import UserOrder
from polyactors.venues.refused import Refused

_PLACEMENT, _UPDATE, _CANCELLATION = "PLACEMENT", "UPDATE", "CANCELLATION"
_PREFIX = "ORDER_STATUS_"

_MEANING = {
    OrderStatus.LIVE: VenueOrderStatus.LIVE,
    OrderStatus.DELAYED: VenueOrderStatus.DELAYED,
    OrderStatus.MATCHED: VenueOrderStatus.MATCHED,
    OrderStatus.CANCELED_EXPIRED_ORDER: VenueOrderStatus.EXPIRED,
}
"""All others are ends for which nobody here asked: CANCELLED, with the venue's word as the reason."""

_SELF_EVIDENT = (VenueOrderStatus.LIVE, VenueOrderStatus.MATCHED)
LONGEST_REASON = 200

_BY_NAME = {status.value: status for status in OrderStatus}
_ENDS = (OrderStatus.CANCELED, OrderStatus.INVALID)


def order_of_rest(order: OwnOrder, place: Place) -> VenueOrder:
    """`place` is that of the order's token. Raises `Refused` where the market is another one."""
    _demand_market(str(order.market), place)
    status = _MEANING.get(order.status, VenueOrderStatus.CANCELLED)
    return VenueOrder(
        venue_order=VenueOrderId(order.order),
        market=place.market_id,
        outcome=place.outcome,
        side=order.side,
        price=order.price,
        size=order.size,
        matched=order.matched,
        status=status,
        reason="" if status in _SELF_EVIDENT else order.status.value,
    )


def order_of_stream(heard: UserOrder, tokens: Tokens) -> VenueOrder | None:
    """None in a market that is not traded here. Raises `Refused`.

    A frame of a killed order has nothing where its sizes belong (polymarket.md 5.4).
    """
    place = tokens.find(token_of(heard.asset_id))
    if place is None or place.market is None:
        return None
    _demand_market(market_of(heard.market), place)
    size = size_of(heard.original_size)
    matched = size_of(heard.size_matched or "0", may_be_zero=True)
    if matched > size:
        raise Refused("does_not_add_up", f"{heard.size_matched} of {heard.original_size} were matched")
    status = _status(heard, matched, size)
    return VenueOrder(
        venue_order=VenueOrderId(order_of(heard.id)),
        market=place.market_id,
        outcome=place.outcome,
        side=side_of(heard.side),
        price=price_of(heard.price),
        size=size,
        matched=matched,
        status=status,
        reason=""
        if status in (VenueOrderStatus.LIVE, VenueOrderStatus.MATCHED)
        else (heard.status or heard.type)[:200],
    )


def _status(heard: UserOrder, matched: Shares, size: Shares) -> VenueOrderStatus:
    """A status may be missing: then the kind of the event says as much. After a cancellation nothing is open."""
    if heard.type not in (_PLACEMENT, _UPDATE, _CANCELLATION):
        raise Refused("unknown_type", f"an order's event is {heard.type[:80]!r}")
    is_cancellation = heard.type == _CANCELLATION
    if heard.status:
        status = _MEANING.get(_named(heard.status), VenueOrderStatus.CANCELLED)
    else:
        status = VenueOrderStatus.MATCHED if matched == size else VenueOrderStatus.LIVE
    return VenueOrderStatus.CANCELLED if is_cancellation and status is not VenueOrderStatus.EXPIRED else status


def _named(text: str) -> OrderStatus:
    """Some end in a sentence that says why: "CANCELED_order couldn't be fully filled."."""
    bare = text.removeprefix(_PREFIX)
    status = _BY_NAME.get(bare)
    if status is not None:
        return status
    for end in _ENDS:
        if bare.startswith(end.value):
            return end
    raise Refused("unknown_status", f"an order is {text[:80]!r}")


def _demand_market(told: str, place: Place) -> None:
    if not is_same_market(told, place.market_id):
        raise Refused("wrong_market", f"a token of {place.market_id} in {told[:80]!r}")


def is_same_market(told: str, known: str) -> bool:
    """Ids of protocol two come with and without a last byte of zeros."""
    return told == known or told.lower().ljust(66, "0") == known.lower().ljust(66, "0")
