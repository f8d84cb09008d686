"""What one wallet has on the exchange, with what the chain has not settled yet."""

from collections.abc import Callable, Mapping

from messages.identity import MarketId, Outcome, Side, TradeId
from messages.units import Cash, Shares, format_cash, proceeds
from polyactors.exchange.accounts.vault import parties
from polyactors.exchange.core import Exchange
from polyactors.exchange.words import (
    ExchangeEvent,
    Trade,
    TradeReported,
    TradeStatus,
    TransferKind,
    Transferred,
    Wallet,
)

Warn = Callable[[str, Mapping[str, str]], None]

_CASH_ALONE = (TransferKind.REWARD, TransferKind.MAKER_REBATE, TransferKind.DEPOSIT, TransferKind.WITHDRAWAL)


class OwnAccount:
    """Execution books a trade when it matches, the exchange when it is mined: what is in between is counted here.

    Cash that comes from anywhere but trading (rewards, rebates) is left out, for nobody here books it yet; that, and
    trades that fail, go to `warn`.
    """

    def __init__(self, exchange: Exchange, wallet: Wallet, now_ns: int, warn: Warn) -> None:
        self._exchange = exchange
        self._wallet = wallet
        self._warn = warn
        self._unsettled: dict[TradeId, Trade] = {}
        self._from_elsewhere = 0
        self.failed_trades = 0
        self.deposit = exchange.cash(wallet, now_ns)
        exchange.listeners.append(self._heard)

    def cash(self, now_ns: int) -> Cash:
        under_way = sum(
            proceeds(party.price, party.size) - party.fee
            for trade in self._unsettled.values()
            for party in parties(trade)
            if party.wallet == self._wallet and party.side is Side.SELL
        )
        return Cash(self._exchange.cash(self._wallet, now_ns) - self._from_elsewhere + under_way)

    def shares(self, market: MarketId, outcome: Outcome) -> Shares:
        under_way = sum(
            party.size
            for trade in self._unsettled.values()
            if trade.market == market
            for party in parties(trade)
            if party.wallet == self._wallet and party.side is Side.BUY and party.outcome is outcome
        )
        return Shares(self._exchange.shares(self._wallet, market, outcome) + under_way)

    def _heard(self, event: ExchangeEvent) -> None:
        match event:
            case TradeReported(trade) if self._is_ours(trade):
                self._trade_reported(trade)
            case Transferred(wallet=self._wallet):
                self._from_elsewhere += event.cash
                fields = {"kind": event.kind.value, "cash": format_cash(event.cash), "market": event.market or ""}
                if event.kind in _CASH_ALONE:
                    self._warn("cash that the ledger does not book", fields)
                else:
                    self._warn("shares moved without a trade", fields)

    def _is_ours(self, trade: Trade) -> bool:
        return trade.taker_wallet == self._wallet or any(part.wallet == self._wallet for part in trade.makers)

    def _trade_reported(self, trade: Trade) -> None:
        match trade.status:
            case TradeStatus.MATCHED | TradeStatus.RETRYING:
                self._unsettled[trade.trade] = trade
            case TradeStatus.MINED | TradeStatus.CONFIRMED:
                self._unsettled.pop(trade.trade, None)
            case TradeStatus.FAILED:
                self._unsettled.pop(trade.trade, None)
                self.failed_trades += 1
                self._warn("a trade failed, and is reversed", {"trade": trade.trade, "market": trade.market})
