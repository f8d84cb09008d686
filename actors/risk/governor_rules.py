"""Whether an order may be placed: the veto is the default, and says why in words and amounts."""

from collections.abc import Collection
from typing import NamedTuple

from actors.portfolio.reserve import Reserve, reserve_for
from actors.risk.limits import RiskLimits, free_cash, market_exposure, open_orders, total_exposure
from actors.risk.reduction import free_to_sell, reducible
from actors.risk.reservations import PendingReservations
from actors.risk.session_allowance import NO_SESSION, Allowed, SessionAllowance
from messages.identity import MarketId, Side
from messages.intents import Place, Refusal
from messages.markets import Market
from messages.portfolio import MarketPortfolio, PortfolioView
from messages.risk import Reservation, RiskMode
from messages.units import ONE, Cash, Shares, format_cash, format_price, format_shares, notional


class Veto(NamedTuple):
    """`detail` is for people, with the amounts."""

    refusal: Refusal
    detail: str


def judge(
    place: Place,
    view: PortfolioView,
    pending: PendingReservations,
    mode: RiskMode,
    limits: RiskLimits,
    market: Market,
    over: Collection[MarketId] = (),
    session: SessionAllowance = NO_SESSION,
) -> Reservation | Veto:
    """What the order may reserve, or the first thing that speaks against it, in this order:

    seen before                                            -> DUPLICATE
    no size, or a price at or beyond 0 and 1               -> TOO_SMALL, OFF_TICK
    the session of the market does not allow it            -> SESSION
    HALT; REDUCE_ONLY or FLATTEN and it does not only reduce -> MODE
    as many open orders as the market may have             -> ORDER_LIMIT
    a SELL of more than is free                            -> NOT_ENOUGH_SHARES
    a BUY of more than one order, the market, all may cost -> ORDER_TOO_LARGE, MARKET_LIMIT, TOTAL_LIMIT
    a BUY of more than is free                             -> NOT_ENOUGH_CASH

    Limits on money are for BUYs: selling what is held adds no exposure. `mode` is the worst of the market's and
    everything's; `over` are markets that nobody trades any more. Raises `ValueError` if `market` is not the one that
    the order is for.
    """
    if market.market != place.market:
        raise ValueError(f"{place.intent} is for {place.market}, not for {market.market}")
    portfolio = view.market(place.market) or _empty(place.market)
    need = reserve_for(place.side, place.outcome, place.price, place.size, place.post_only, market.fees)
    veto = (
        _no_order(place, portfolio, pending)
        or _forbidden_by_session(place, need, view, portfolio, pending, limits, session)
        or _forbidden_by_mode(place, portfolio, pending, mode)
        or _too_many(place, view, pending, limits)
        or (
            _no_shares(place, portfolio, pending)
            if place.side is Side.SELL
            else _over_limit(place, need, view, pending, limits, over) or _no_cash(need, view, pending)
        )
    )
    return veto or Reservation(place.intent, place.market, need.cash, need.yes, need.no)


def _no_order(place: Place, portfolio: MarketPortfolio, pending: PendingReservations) -> Veto | None:
    if place.intent in pending or any(each.order.intent == place.intent for each in portfolio.open_orders):
        return Veto(Refusal.DUPLICATE, f"{place.intent} was authorised before")
    if place.size <= 0:
        return Veto(Refusal.TOO_SMALL, f"the size is {format_shares(place.size)}")
    if not 0 < place.price < ONE:
        return Veto(Refusal.OFF_TICK, f"the price {format_price(place.price)} is not between 0 and 1")
    return None


def _forbidden_by_session(
    place: Place,
    need: Reserve,
    view: PortfolioView,
    portfolio: MarketPortfolio,
    pending: PendingReservations,
    limits: RiskLimits,
    session: SessionAllowance,
) -> Veto | None:
    if session.allowed is Allowed.EVERYTHING:
        return None
    if session.allowed is Allowed.NOTHING:
        return Veto(Refusal.SESSION, f"{session.why}: nothing is placed")
    most = reducible(portfolio, pending.of(place.market), place)
    if place.size <= most:
        return None
    if session.allowed is Allowed.UP_TO_A_SHARE:
        limit = Cash(int(limits.market_exposure * session.share))
        at_risk = market_exposure(view, pending, place.market)
        if at_risk + need.cash <= limit:
            return None
        return Veto(Refusal.SESSION, f"{session.why}: {_above('the market', at_risk, need.cash, limit)}")
    what = f"{place.side.value} of {format_shares(place.size)} {place.outcome.value}"
    return Veto(Refusal.SESSION, f"{session.why}: {what}, but only {format_shares(most)} would reduce what is held")


def _forbidden_by_mode(
    place: Place, portfolio: MarketPortfolio, pending: PendingReservations, mode: RiskMode
) -> Veto | None:
    if mode is RiskMode.NORMAL:
        return None
    if mode is RiskMode.HALT:
        return Veto(Refusal.MODE, "HALT: nothing is placed")
    most = reducible(portfolio, pending.of(place.market), place)
    if place.size <= most:
        return None
    what = f"{place.side.value} of {format_shares(place.size)} {place.outcome.value}"
    return Veto(Refusal.MODE, f"{mode.name}: {what}, but only {format_shares(most)} would reduce what is held")


def _too_many(place: Place, view: PortfolioView, pending: PendingReservations, limits: RiskLimits) -> Veto | None:
    orders = open_orders(view, pending, place.market)
    if orders < limits.open_orders:
        return None
    return Veto(Refusal.ORDER_LIMIT, f"{orders} orders are open in the market, {limits.open_orders} are allowed")


def _no_shares(place: Place, portfolio: MarketPortfolio, pending: PendingReservations) -> Veto | None:
    free = free_to_sell(portfolio, pending.of(place.market), place.outcome)
    if place.size <= free:
        return None
    wanted, there = format_shares(place.size), format_shares(free)
    return Veto(Refusal.NOT_ENOUGH_SHARES, f"SELL of {wanted} {place.outcome.value}, {there} are free")


def _over_limit(
    place: Place,
    need: Reserve,
    view: PortfolioView,
    pending: PendingReservations,
    limits: RiskLimits,
    over: Collection[MarketId],
) -> Veto | None:
    costs = notional(place.price, place.size)
    if costs > limits.order_notional:
        return Veto(Refusal.ORDER_TOO_LARGE, _above("the order", Cash(0), costs, limits.order_notional))
    in_market = market_exposure(view, pending, place.market)
    if in_market + need.cash > limits.market_exposure:
        return Veto(Refusal.MARKET_LIMIT, _above("the market", in_market, need.cash, limits.market_exposure))
    in_all = total_exposure(view, pending, over)
    if in_all + need.cash > limits.total_exposure:
        return Veto(Refusal.TOTAL_LIMIT, _above("everything", in_all, need.cash, limits.total_exposure))
    return None


def _no_cash(need: Reserve, view: PortfolioView, pending: PendingReservations) -> Veto | None:
    free = free_cash(view, pending)
    if need.cash <= free:
        return None
    return Veto(Refusal.NOT_ENOUGH_CASH, f"{format_cash(need.cash)} pUSD needed, {format_cash(free)} free")


def _above(what: str, used: Cash, wanted: Cash, limit: Cash) -> str:
    return f"{what}: {format_cash(used)} pUSD and {format_cash(wanted)} more, {format_cash(limit)} are allowed"


def _empty(market: MarketId) -> MarketPortfolio:
    return MarketPortfolio(market, 0, (), (), Cash(0), Shares(0), Shares(0))
