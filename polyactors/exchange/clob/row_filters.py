"""Which orders and trades a query asks for (polymarket_wire.md 4.5). What is left out, or empty, asks nothing."""

from collections.abc import Mapping

from attrs import frozen

from messages.units import NANOSECONDS_PER_SECOND
from polyactors.exchange.clob.errors import Rejected
from polyactors.exchange.words import ApiKey, Listing, OrderView, Refused, Trade

_LONGEST_SECONDS = 12


@frozen
class RowFilter:
    """`after_s` and `before_s` are bounds that do not belong to what is asked for; addresses are in small letters."""

    row: str = ""
    market: str = ""
    asset: str = ""
    wallet: str = ""
    after_s: int | None = None
    before_s: int | None = None

    def has_order(self, view: OrderView, listing: Listing) -> bool:
        order = view.order
        return (
            self.row in ("", order.order)
            and self.market in ("", order.market)
            and self.asset in ("", listing.market.token(order.outcome))
        )

    def has_trade(self, trade: Trade, owner: ApiKey | None, listing: Listing) -> bool:
        """A trade counts for the tokens and wallets of `owner` that are in it, or for all of them if that is None."""
        return (
            self.row in ("", trade.trade)
            and self.market in ("", trade.market)
            and self._is_in_time(trade)
            and (not (self.asset or self.wallet) or self._has_part(trade, owner, listing))
        )

    def _is_in_time(self, trade: Trade) -> bool:
        matched_s = trade.matched_ns // NANOSECONDS_PER_SECOND
        return (self.after_s is None or self.after_s < matched_s) and (
            self.before_s is None or matched_s < self.before_s
        )

    def _has_part(self, trade: Trade, owner: ApiKey | None, listing: Listing) -> bool:
        parts = [(trade.taker_owner, trade.outcome, trade.taker_wallet)]
        parts += [(part.owner, part.outcome, part.wallet) for part in trade.makers]
        return any(
            owner in (None, whose)
            and self.asset in ("", listing.market.token(outcome))
            and self.wallet in ("", wallet.lower())
            for whose, outcome, wallet in parts
        )


def row_filter(query: Mapping[str, str], invalid: Refused) -> RowFilter:
    """Raises `Rejected` with `invalid` for times that are no whole seconds."""
    return RowFilter(
        row=query.get("id", ""),
        market=query.get("market", ""),
        asset=query.get("asset_id", ""),
        wallet=query.get("maker_address", "").lower(),
        after_s=_seconds(query.get("after", ""), invalid),
        before_s=_seconds(query.get("before", ""), invalid),
    )


def _seconds(text: str, invalid: Refused) -> int | None:
    if not text:
        return None
    if len(text) > _LONGEST_SECONDS or not (text.isascii() and text.isdecimal()):
        raise Rejected(invalid)
    return int(text)
