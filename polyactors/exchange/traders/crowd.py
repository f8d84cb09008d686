"""All simulated traders: seats them in every market that there is or comes, and tells them what became of orders."""

from heapq import heappop, heappush

from attrs import frozen

from messages.identity import EventId, MarketId
from messages.units import Price, Shares
from polyactors.exchange.agenda import Agenda
from polyactors.exchange.core import Exchange
from polyactors.exchange.traders.accounts import AccountPool
from polyactors.exchange.traders.arbitrageur import Arbitrageur
from polyactors.exchange.traders.counts import TraderCounts
from polyactors.exchange.traders.fair_view import FairValue
from polyactors.exchange.traders.maker import Maker
from polyactors.exchange.traders.seat import Seat
from polyactors.exchange.traders.seating import Seating
from polyactors.exchange.traders.settings import TraderSettings
from polyactors.exchange.traders.trader import NEVER_NS, Trader
from polyactors.exchange.words import (
    ApiKey,
    ExchangeEvent,
    Listing,
    MarketOpened,
    MarketResolved,
    OrderEvent,
    OrderReported,
    Trade,
    TradeReported,
    TradeStatus,
    Wallet,
)


class Crowd:
    """Follows from the seed, the exchange's listings, and the times of the calls.

    `fair_value(market, now_ns)` is what a YES share is truly worth, from 0 to 1; it may raise `KeyError` for a market
    that it does not know. Within what the exchange tells nobody acts: traders take note, and act when they are due.
    """

    def __init__(
        self, exchange: Exchange, fair_value: FairValue, seed: int, settings: TraderSettings, now_ns: int
    ) -> None:
        self.counts = TraderCounts()
        self._exchange = exchange
        self._settings = settings
        self._accounts = AccountPool(seed)
        self._seating = Seating(exchange, fair_value, self._accounts, self.counts, seed, settings)
        self._in_market: dict[MarketId, list[Trader]] = {}
        self._arbitrageurs: dict[EventId, Arbitrageur] = {}
        self._by_owner: dict[ApiKey, Trader] = {}
        self._by_wallet: dict[Wallet, Trader] = {}
        self._leaving: Agenda[_Leaving] = Agenda()
        self._due: list[tuple[int, int, Trader]] = []
        self._scheduled = 0
        for listing in tuple(exchange.listings.values()):
            if exchange.resolution(listing.market.market) is None:
                self._seat(listing, now_ns)
        exchange.listeners.append(self._heard)

    @property
    def seated(self) -> int:
        """How many traders there are now; one arbitrageur for all markets of its event."""
        return len(self._by_owner)

    @property
    def accounts_made(self) -> int:
        return self._accounts.made

    @property
    def waiting(self) -> int:
        """How many entries its timetable has, those that hold no more included."""
        return len(self._due)

    def inventories(self) -> dict[ApiKey, Shares]:
        """What each maker thinks it has: YES shares less NO shares, since it sat down."""
        return {owner: maker.inventory for owner, maker in self._by_owner.items() if isinstance(maker, Maker)}

    def trader_of(self, wallet: Wallet) -> str:
        """The name of the simulated trader who has this wallet now, as "maker-3"; nothing for the wallets of others."""
        trader = self._by_wallet.get(wallet)
        return "" if trader is None else trader.seat.account.owner

    def advance(self, now_ns: int) -> None:
        """Everybody who is due at `now_ns` or before acts, each at its own time."""
        while (due_ns := self.next_due_ns()) is not None and due_ns <= now_ns:
            leaving = self._leaving.pop_due(due_ns)
            if leaving is not None:
                self._leave(leaving[1], due_ns)
                continue
            trader = heappop(self._due)[2]
            trader.act(due_ns)
            self._schedule(trader)

    def next_due_ns(self) -> int | None:
        while self._due and self._due[0][2].next_act_ns != self._due[0][0]:
            heappop(self._due)
        leaving_ns = self._leaving.next_due_ns()
        if not self._due:
            return leaving_ns
        return self._due[0][0] if leaving_ns is None else min(self._due[0][0], leaving_ns)

    def _seat(self, listing: Listing, now_ns: int) -> None:
        traders = self._seating.traders(listing, now_ns)
        self._in_market[listing.market.market] = traders
        for trader in traders:
            self._enter(trader)
        if listing.market.neg_risk:
            self._seat_arbitrageur(listing, now_ns)

    def _seat_arbitrageur(self, listing: Listing, now_ns: int) -> None:
        arbitrageur = self._arbitrageurs.get(listing.market.event)
        if arbitrageur is not None:
            arbitrageur.join(listing)
            return
        arbitrageur = self._arbitrageurs[listing.market.event] = self._seating.arbitrageur(listing, now_ns)
        self._enter(arbitrageur)

    def _enter(self, trader: Trader) -> None:
        self._by_owner[trader.seat.account.owner] = trader
        self._exchange.simulated_owners.add(trader.seat.account.owner)
        self._exchange.simulated_wallets.add(trader.seat.account.wallet)
        self._by_wallet[trader.seat.account.wallet] = trader
        self._schedule(trader)

    def _schedule(self, trader: Trader) -> None:
        if trader.next_act_ns < NEVER_NS:
            self._scheduled += 1
            heappush(self._due, (trader.next_act_ns, self._scheduled, trader))

    def _heard(self, event: ExchangeEvent) -> None:
        match event:
            case OrderReported(OrderEvent.CANCELLATION, view):
                trader = self._by_owner.get(view.order.owner)
                if trader is not None:
                    trader.gone(view.order.order)
            case TradeReported(trade, at_ns):
                self._route(trade, at_ns)
            case MarketOpened(listing, at_ns):
                self._seat(listing, at_ns)
            case MarketResolved(market, payout, at_ns):
                self._drop(market, payout, at_ns)

    def _route(self, trade: Trade, at_ns: int) -> None:
        if trade.status not in (TradeStatus.MATCHED, TradeStatus.FAILED):
            return
        for part in trade.makers:
            trader = self._by_owner.get(part.owner)
            if trader is None:
                continue
            if trade.status is TradeStatus.FAILED:
                trader.reversed(part)
                continue
            before_ns = trader.next_act_ns
            trader.filled(part, at_ns)
            if trader.next_act_ns != before_ns:
                self._schedule(trader)

    def _drop(self, market: MarketId, payout: Price, at_ns: int) -> None:
        """Nobody of the market acts any more; once all of its trades are settled its traders redeem and go."""
        leaving: list[Trader] = self._in_market.pop(market, [])
        seats = [trader.seat for trader in leaving]
        for trader in leaving:
            trader.next_act_ns = NEVER_NS
        event = self._exchange.listings[market].market.event
        arbitrageur = self._arbitrageurs.get(event)
        if arbitrageur is not None:
            seats += arbitrageur.resolved(market, payout)
            if not arbitrageur.seats:
                arbitrageur.next_act_ns = NEVER_NS
                leaving.append(self._arbitrageurs.pop(event))
        rules = self._exchange.settings
        settles_ns = rules.mined_after_ns + rules.confirmed_after_ns + rules.failed_after_ns
        due_ns = at_ns + settles_ns + self._settings.redeems_after_ns
        self._leaving.plan(market, due_ns, _Leaving(tuple(seats), tuple(leaving)))

    def _leave(self, leaving: "_Leaving", now_ns: int) -> None:
        for seat in leaving.seats:
            if seat.market in self._exchange.listings:
                seat.redeem(now_ns)
        for trader in leaving.traders:
            account = trader.seat.account
            del self._by_owner[account.owner], self._by_wallet[account.wallet]
            self._accounts.give_back(trader.seat.kind, account)


@frozen
class _Leaving:
    """Seats in which something may have to be redeemed, and the traders who have no seat left after that."""

    seats: tuple[Seat, ...]
    traders: tuple[Trader, ...]
