"""Which maker rebates were paid, by day (polymarket.md 4.2)."""

from collections import deque

from attrs import frozen

from messages.identity import MarketId
from messages.units import NANOSECONDS_PER_SECOND, Cash
from polyactors.exchange.core import Exchange
from polyactors.exchange.words import ExchangeEvent, TransferKind, Transferred, Wallet

DAY_NS = 24 * 3600 * NANOSECONDS_PER_SECOND
MOST_KEPT = 50_000


@frozen
class Rebate:
    """`day` counts from 1970."""

    day: int
    wallet: Wallet
    market: MarketId
    cash: Cash


class RebateHistory:
    """Listens to the exchange from when it is made; keeps the newest."""

    def __init__(self, exchange: Exchange) -> None:
        self._paid: deque[Rebate] = deque(maxlen=MOST_KEPT)
        exchange.listeners.append(self.hear)

    def of(self, wallet: Wallet, day: int) -> list[Rebate]:
        return [rebate for rebate in self._paid if rebate.day == day and rebate.wallet == wallet]

    def hear(self, event: ExchangeEvent) -> None:
        match event:
            case Transferred(TransferKind.MAKER_REBATE, wallet, str() as market, _, cash, at_ns):
                self._paid.append(Rebate(at_ns // DAY_NS, wallet, MarketId(market), cash))
