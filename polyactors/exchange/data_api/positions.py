"""A position at the moment of a request: what it is worth, whether it can be redeemed or merged, and its document."""

from enum import Enum

from attrs import frozen

from messages.identity import MarketId, TokenId
from messages.units import CASH_SCALE, LOT, NANOSECONDS_PER_SECOND, SHARE_SCALE
from polyactors.exchange.core import Exchange
from polyactors.exchange.data_api.documents import place_document, proxy_wallet
from polyactors.exchange.data_api.portfolio import Portfolio, Position
from polyactors.exchange.gamma.quotes import quote


class PositionStatus(Enum):
    """What positions can be asked for by. A row says OPEN, REDEEMABLE or CLOSED alone."""

    OPEN = "OPEN"
    REDEEMABLE = "REDEEMABLE"
    REDEEMABLE_LOST = "REDEEMABLE_LOST"
    MERGEABLE = "MERGEABLE"
    CLOSED = "CLOSED"


@frozen
class PositionRow:
    portfolio: Portfolio
    position: Position
    price: float
    is_resolved: bool
    is_mergeable: bool

    @property
    def market(self) -> MarketId:
        return self.position.place.listing.market.market

    @property
    def token(self) -> TokenId:
        return self.position.place.listing.market.token(self.position.place.outcome)

    @property
    def size(self) -> float:
        return self.position.size / SHARE_SCALE

    @property
    def value(self) -> float:
        return self.size * self.price

    @property
    def unrealized(self) -> float:
        return self.value - self.position.cost / CASH_SCALE

    @property
    def realized(self) -> float:
        return self.position.realized / CASH_SCALE

    @property
    def status(self) -> PositionStatus:
        """What is less than a lot cannot be sold, and is as good as nothing."""
        if self.position.size < LOT:
            return PositionStatus.CLOSED
        return PositionStatus.REDEEMABLE if self.is_resolved else PositionStatus.OPEN

    def has(self, status: PositionStatus) -> bool:
        """What is redeemable is open too; of that, what lost and what can be merged can be asked for alone."""
        own = self.status
        match status:
            case PositionStatus.OPEN:
                return own is not PositionStatus.CLOSED
            case PositionStatus.REDEEMABLE_LOST:
                return own is PositionStatus.REDEEMABLE and self.price == 0
            case PositionStatus.MERGEABLE:
                return own is PositionStatus.OPEN and self.is_mergeable
            case _:
                return own is status

    def document(self) -> dict[str, object]:
        position = self.position
        cost, fees = position.cost / CASH_SCALE, position.fees / CASH_SCALE
        sold_cost = position.sold_cost / CASH_SCALE
        return place_document(position.place) | {
            "proxy_wallet": proxy_wallet(self.portfolio),
            "current_size": self.size,
            "avg_price": round(cost / self.size, 6) if position.size else 0.0,
            "entry_cost_usdc": cost,
            "entry_fees_usdc": fees,
            "total_cost_usdc": round(cost + fees, 6),
            "current_price": self.price,
            "current_value": round(self.value, 6),
            "total_size": position.bought / SHARE_SCALE,
            "realized_pnl": self.realized,
            "unrealized_pnl": round(self.unrealized, 6),
            "total_pnl": round(self.realized + self.unrealized, 6),
            "percent_pnl": _percent(self.unrealized, cost),
            "percent_realized_pnl": _percent(self.realized, sold_cost),
            "status": self.status.value,
            "redeemable": self.status is PositionStatus.REDEEMABLE,
            "mergeable": self.status is PositionStatus.OPEN and self.is_mergeable,
            "archived": False,
            "verified": False,
            "last_event_at": position.changed_ns // NANOSECONDS_PER_SECOND,
            "first_entry_at": position.opened_ns // NANOSECONDS_PER_SECOND,
            "name": "",
            "profile_image": "",
        }


def position_rows(exchange: Exchange, portfolio: Portfolio) -> list[PositionRow]:
    return [_row(exchange, portfolio, position) for position in portfolio.positions.values()]


def _row(exchange: Exchange, portfolio: Portfolio, position: Position) -> PositionRow:
    """A market that was forgotten was resolved, and what was held of it is gone."""
    place = position.place
    market = place.listing.market.market
    if market not in exchange.listings:
        return PositionRow(portfolio, position, 0.0, is_resolved=True, is_mergeable=False)
    other = portfolio.positions.get((market, place.outcome.other))
    is_resolved = exchange.resolution(market) is not None
    price = quote(exchange, market).of(place.outcome)
    return PositionRow(portfolio, position, price, is_resolved, other is not None and other.size >= LOT)


def _percent(part: float, whole: float) -> float:
    return round(100 * part / whole, 4) if whole else 0.0
