"""What becomes of a trade: MATCHED, MINED, CONFIRMED; or MATCHED, RETRYING, FAILED, and everything given back."""

from messages.identity import MarketId, TradeId
from messages.units import Shares
from polyactors.exchange.market_state import MarketState
from polyactors.exchange.rebates import RebatesDue
from polyactors.exchange.register import Register
from polyactors.exchange.steps import MoveOn, PayRebates
from polyactors.exchange.words import Trade, TradeReported, TradeStatus, TransferKind


class Settlement:
    """Funds are in escrow from MATCHED on; with MINED they reach the other side, with FAILED they go back."""

    def __init__(self, register: Register, now_ns: int) -> None:
        self._register = register
        self._settings = register.settings
        self._pending: dict[TradeId, Trade] = {}
        self._failing: set[TradeId] = set()
        self._to_fail = 0
        self._rebates = RebatesDue()
        self._plan_pay_day(now_ns)

    def fail_next(self, count: int) -> None:
        self._to_fail = count

    def is_pending(self, market: MarketId) -> bool:
        return any(trade.market == market for trade in self._pending.values())

    def matched(self, state: MarketState, trade: Trade, now_ns: int) -> None:
        self._register.vault.hold(trade)
        self._register.history.traded(trade)
        state.recent.appendleft(trade)
        state.last_trade = (trade.outcome, trade.price, trade.side)
        if self._to_fail:
            self._to_fail -= 1
            self._failing.add(trade.trade)
        self._wait(trade, self._settings.mined_after_ns, now_ns)

    def move_on(self, trade_id: TradeId, now_ns: int) -> None:
        trade = self._pending.pop(trade_id)
        later = self._next(trade, now_ns)
        self._register.history.moved_on(later)
        self._register.tell(TradeReported(later, now_ns))

    def pay_rebates(self, now_ns: int) -> None:
        self._plan_pay_day(now_ns)
        for wallet, market, cash in self._rebates.pay_day():
            account = self._register.vault.accounts[wallet]
            self._register.vault.pay_from_fees(account, cash)
            self._register.transferred(TransferKind.MAKER_REBATE, account, market, Shares(0), cash, now_ns)

    def _next(self, trade: Trade, now_ns: int) -> Trade:
        state, vault = self._register.markets[trade.market], self._register.vault
        match trade.status:
            case TradeStatus.MATCHED if trade.trade in self._failing:
                later = trade.moved(TradeStatus.RETRYING, now_ns)
                self._wait(later, self._settings.failed_after_ns, now_ns)
            case TradeStatus.MATCHED:
                later = trade.moved(TradeStatus.MINED, now_ns, trade.coming_transaction)
                vault.settle(trade, state.pool)
                self._rebates.earned(trade, state.listing.rebate_ppm)
                self._wait(later, self._settings.confirmed_after_ns, now_ns)
            case TradeStatus.RETRYING:
                later = trade.moved(TradeStatus.FAILED, now_ns)
                vault.give_back(trade)
                self._failing.discard(trade.trade)
            case _:
                later = trade.moved(TradeStatus.CONFIRMED, now_ns)
        return later

    def _wait(self, trade: Trade, for_ns: int, now_ns: int) -> None:
        self._pending[trade.trade] = trade
        self._register.agenda.plan(f"trade {trade.trade}", now_ns + for_ns, MoveOn(trade.trade))

    def _plan_pay_day(self, now_ns: int) -> None:
        self._register.agenda.plan("rebates", now_ns + self._settings.rebates_every_ns, PayRebates())
