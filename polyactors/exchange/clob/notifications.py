"""What happened to the orders and shares of each API key, for 48 hours (reference polymarket_wire.md 4.5).

Only types that clients know are ever written: one of another type would cost them the whole list.
"""

from collections import deque
from collections.abc import Callable, Collection
from enum import IntEnum

from attrs import frozen

from messages.identity import MarketId, OrderId, Outcome, Side, TradeId
from messages.units import NANOSECONDS_PER_SECOND, Price, Shares, format_cash, format_price, format_shares
from polyactors.exchange.clob.api_keys import ApiKeys
from polyactors.exchange.clob.market_documents import market_document
from polyactors.exchange.core import Exchange
from polyactors.exchange.words import (
    ApiKey,
    ExchangeEvent,
    MarketResolved,
    OrderEvent,
    OrderReported,
    OrderView,
    Trade,
    TradeReported,
    TradeStatus,
    TransferKind,
    Transferred,
    Wallet,
)
from polyactors.venues.polymarket.signing.keccak import keccak

KEPT_NS = 48 * 3600 * NANOSECONDS_PER_SECOND
MOST_KEPT = 1_000


class NotificationType(IntEnum):
    ORDER_CANCELLATION = 1
    ORDER_FILL = 2
    MARKET_RESOLVED = 4
    REWARD_PAYOUT = 5
    ORDER_FILL_FAILED = 8


@frozen
class Notification:
    number: int
    type: NotificationType
    at_ns: int
    payload: dict[str, object]

    def document(self, owner: ApiKey) -> dict[str, object]:
        at_s = self.at_ns // NANOSECONDS_PER_SECOND
        return {"id": self.number, "owner": owner, "timestamp": at_s, "type": int(self.type), "payload": self.payload}


@frozen
class _Filled:
    """What one side of a trade had, in its own terms."""

    owner: ApiKey
    order: OrderId
    outcome: Outcome
    side: Side
    price: Price
    size: Shares


class Notifications:
    """Listens to the exchange from when it is made. What simulated traders do is not noted."""

    def __init__(self, exchange: Exchange, keys: ApiKeys) -> None:
        self._exchange = exchange
        self._keys = keys
        self._kept: dict[ApiKey, deque[Notification]] = {}
        self._wallets: dict[Wallet, ApiKey] = {}
        self._number = 0
        exchange.listeners.append(self.hear)

    def of(self, owner: ApiKey, now_ns: int) -> list[dict[str, object]]:
        """Newest first."""
        kept = self._kept.get(owner)
        if kept is None:
            return []
        while kept and kept[0].at_ns + KEPT_NS <= now_ns:
            kept.popleft()
        return [notification.document(owner) for notification in reversed(kept)]

    def drop(self, owner: ApiKey, numbers: Collection[int]) -> None:
        """Numbers of others are not looked at."""
        kept = self._kept.get(owner)
        if kept is not None:
            self._kept[owner] = deque((each for each in kept if each.number not in numbers), maxlen=MOST_KEPT)

    def hear(self, event: ExchangeEvent) -> None:
        match event:
            case OrderReported(what, view, at_ns) if self._is_known(view.order.owner):
                self._wallets[view.order.wallet] = view.order.owner
                if what is OrderEvent.CANCELLATION:
                    self._note(
                        view.order.owner, NotificationType.ORDER_CANCELLATION, at_ns, lambda: self._cancelled(view)
                    )
            case TradeReported(trade, at_ns) if trade.status is TradeStatus.MATCHED:
                self._traded(trade, NotificationType.ORDER_FILL, at_ns)
            case TradeReported(trade, at_ns) if trade.status is TradeStatus.FAILED:
                self._traded(trade, NotificationType.ORDER_FILL_FAILED, at_ns)
            case MarketResolved(market, _, at_ns):
                self._resolved(market, at_ns)
            case Transferred(TransferKind.REWARD, wallet, _, _, cash, at_ns) if wallet in self._wallets:
                paid = "0x" + keccak(f"reward {wallet} {at_ns} {self._number}".encode()).hex()
                payload: dict[str, object] = {"proxyWallet": wallet, "reward": format_cash(cash), "txnHash": paid}
                self._note(self._wallets[wallet], NotificationType.REWARD_PAYOUT, at_ns, lambda: payload)

    def _is_known(self, owner: ApiKey) -> bool:
        return self._keys.find(owner) is not None

    def _note(
        self, owner: ApiKey, kind: NotificationType, at_ns: int, payload: Callable[[], dict[str, object]]
    ) -> None:
        kept = self._kept.get(owner)
        if kept is None:
            kept = self._kept[owner] = deque(maxlen=MOST_KEPT)
        self._number += 1
        kept.append(Notification(self._number, kind, at_ns, payload()))

    def _cancelled(self, view: OrderView) -> dict[str, object]:
        order = view.order
        filled = _Filled(order.owner, order.order, order.outcome, order.side, order.price, view.matched)
        return self._order_payload(order.market, filled, view, None)

    def _traded(self, trade: Trade, kind: NotificationType, at_ns: int) -> None:
        taker = _Filled(trade.taker_owner, trade.taker_order, trade.outcome, trade.side, trade.price, trade.size)
        makers = (
            _Filled(maker.owner, maker.order, maker.outcome, maker.side, maker.price, maker.size)
            for maker in trade.makers
        )
        for filled in (taker, *makers):
            if self._is_known(filled.owner):
                self._note_fill(trade, filled, kind, at_ns)

    def _note_fill(self, trade: Trade, filled: _Filled, kind: NotificationType, at_ns: int) -> None:
        view = self._exchange.order(filled.order)
        self._note(filled.owner, kind, at_ns, lambda: self._order_payload(trade.market, filled, view, trade.trade))

    def _resolved(self, market: MarketId, at_ns: int) -> None:
        """For those who hold some of it."""
        listing = self._exchange.listings[market]
        for wallet, owner in self._wallets.items():
            if any(self._exchange.shares(wallet, market, outcome) for outcome in Outcome):
                self._note(
                    owner,
                    NotificationType.MARKET_RESOLVED,
                    at_ns,
                    lambda: market_document(self._exchange, listing, at_ns) | {"eventSlug": listing.market.event},
                )

    def _order_payload(
        self, market: MarketId, filled: _Filled, view: OrderView | None, trade: TradeId | None
    ) -> dict[str, object]:
        listing = self._exchange.listings[market]
        index = 0 if filled.outcome is Outcome.YES else 1
        original = filled.size if view is None else view.order.size
        remaining = Shares(0) if view is None else view.remaining
        return {
            "asset_id": listing.market.token(filled.outcome),
            "market": market,
            "order_id": filled.order,
            "side": filled.side.value,
            "type": "" if view is None else view.order.order_type.value,
            "price": format_price(filled.price),
            "original_size": format_shares(original),
            "matched_size": format_shares(filled.size),
            "remaining_size": format_shares(remaining),
            "outcome": listing.labels[index],
            "outcome_index": index,
            "transaction_hash": "",
            "trade_id": trade or "",
            "question": listing.market.question,
            "market_slug": listing.market.slug,
            "icon": "",
            "image": "",
            "eventSlug": listing.market.event,
            "seriesSlug": "",
        }
