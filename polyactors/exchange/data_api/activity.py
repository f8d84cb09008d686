"""Keeps the Data API's books: listens to the exchange, and remembers a bounded past of every wallet."""

from collections import Counter, OrderedDict, deque
from hashlib import sha256

from attrs import frozen

from messages.identity import MarketId, Outcome, Side
from messages.units import NANOSECONDS_PER_SECOND, PRICE_SCALE, Cash, Price, Shares, notional, proceeds
from polyactors.exchange.accounts.vault import Party, parties
from polyactors.exchange.core import Exchange
from polyactors.exchange.data_api.portfolio import Place, Portfolio
from polyactors.exchange.words import (
    ExchangeEvent,
    Listing,
    Trade,
    TradeReported,
    TradeStatus,
    TransferKind,
    Transferred,
    Wallet,
)

WALLETS_KEPT = 2_000
ROWS_KEPT_A_WALLET = 2_000
ROWS_KEPT_OF_A_TRADER = 25
"""Of a simulated one: nobody looks further back, and there are hundreds who trade all day."""
TRADES_KEPT = 2_000


@frozen
class ActivityRow:
    """One thing that one wallet did. `kind` is TRADE or a `TransferKind`. `sequence` grows with every row."""

    sequence: int
    kind: str
    wallet: Wallet
    at_ns: int
    transaction: str
    shares: Shares
    cash: Cash
    place: Place | None = None
    side: Side | None = None
    price: Price | None = None
    is_taker: bool = False

    @property
    def market(self) -> MarketId | None:
        return None if self.place is None else self.place.listing.market.market

    @property
    def at_s(self) -> int:
        return self.at_ns // NANOSECONDS_PER_SECOND


class ActivityBook:
    """Listens from when it is made. Trades count when they are MINED: those that fail never do."""

    def __init__(self, exchange: Exchange) -> None:
        self.trades: deque[ActivityRow] = deque(maxlen=TRADES_KEPT)
        self._exchange = exchange
        self._portfolios: OrderedDict[str, Portfolio] = OrderedDict()
        self._rows: dict[str, deque[ActivityRow]] = {}
        self._escrowed: Counter[tuple[Wallet, MarketId, Outcome]] = Counter()
        self._sequence = 0
        exchange.listeners.append(self.hear)

    def portfolio(self, wallet: str) -> Portfolio | None:
        """Addresses are the same in any case of their letters."""
        return self._portfolios.get(wallet.lower())

    def portfolios(self) -> tuple[Portfolio, ...]:
        return tuple(self._portfolios.values())

    def rows(self, wallet: str) -> tuple[ActivityRow, ...]:
        """Oldest first."""
        return tuple(self._rows.get(wallet.lower(), ()))

    def hear(self, event: ExchangeEvent) -> None:
        match event:
            case TradeReported(trade, at_ns):
                self._count_escrow(trade)
                if trade.status is TradeStatus.MINED:
                    for index, party in enumerate(parties(trade)):
                        self._traded(trade, party, is_taker=index == 0, at_ns=at_ns)
            case Transferred():
                self._transferred(event)

    def _count_escrow(self, trade: Trade) -> None:
        """Shares that were sold have left the wallet before the trade is settled."""
        if trade.status not in (TradeStatus.MATCHED, TradeStatus.MINED, TradeStatus.FAILED):
            return
        for party in parties(trade):
            if party.side is Side.SELL:
                key = (party.wallet, trade.market, party.outcome)
                self._escrowed[key] += party.size if trade.status is TradeStatus.MATCHED else -party.size
                if not self._escrowed[key]:
                    del self._escrowed[key]

    def _traded(self, trade: Trade, party: Party, *, is_taker: bool, at_ns: int) -> None:
        portfolio = self._portfolio(party.wallet, at_ns)
        place = self._place(self._exchange.listings[trade.market], party.outcome)
        position = portfolio.position(place, at_ns)
        amount = notional(party.price, party.size)
        realized = -position.realized
        if party.side is Side.BUY:
            position.add(party.size, amount, party.fee, at_ns)
        else:
            position.remove(party.size, proceeds(party.price, party.size), at_ns)
        realized += position.realized
        portfolio.traded_in(trade.market)
        portfolio.count(at_ns, realized=realized, shares=party.size, cash=amount, trades=1, fee=party.fee)
        self._note(
            portfolio,
            "TRADE",
            at_ns,
            party.size,
            amount,
            place,
            transaction=trade.transaction,
            side=party.side,
            price=party.price,
            is_taker=is_taker,
        )

    def _transferred(self, event: Transferred) -> None:
        portfolio = self._portfolio(event.wallet, event.at_ns)
        listing = None if event.market is None else self._exchange.listings.get(event.market)
        at_ns, kind = event.at_ns, event.kind
        match kind:
            case TransferKind.DEPOSIT | TransferKind.WITHDRAWAL:
                portfolio.count(at_ns, deposit=event.cash)
            case TransferKind.MAKER_REBATE:
                portfolio.count(at_ns, rebate=event.cash)
            case TransferKind.REWARD:
                portfolio.count(at_ns, reward=event.cash)
            case _ if listing is None:
                return
            case TransferKind.SPLIT:
                self._split(portfolio, listing, event.shares, at_ns)
            case TransferKind.MERGE:
                self._merge(portfolio, listing, event.shares, at_ns)
            case TransferKind.CONVERSION:
                self._convert(portfolio, listing, event)
            case TransferKind.REDEEM:
                self._redeem(portfolio, listing, event)
                return
        place = None if listing is None else self._place(listing, Outcome.YES)
        cash = Cash(abs(event.cash)) if event.cash else Cash(event.shares)
        self._note(portfolio, kind.value, at_ns, event.shares, cash, place)

    def _split(self, portfolio: Portfolio, listing: Listing, shares: int, at_ns: int) -> None:
        for outcome, cost in ((Outcome.YES, shares // 2), (Outcome.NO, shares - shares // 2)):
            portfolio.position(self._place(listing, outcome), at_ns).add(shares, cost, 0, at_ns)

    def _merge(self, portfolio: Portfolio, listing: Listing, shares: int, at_ns: int) -> None:
        for outcome, gain in ((Outcome.YES, shares // 2), (Outcome.NO, shares - shares // 2)):
            self._sell(portfolio, self._place(listing, outcome), shares, gain, at_ns)

    def _redeem(self, portfolio: Portfolio, listing: Listing, event: Transferred) -> None:
        """One row for each outcome that was held."""
        market = listing.market.market
        payout = self._exchange.resolution(market)
        for outcome in Outcome:
            position = portfolio.positions.get((market, outcome))
            if position is None or payout is None:
                continue
            shares = Shares(position.size - self._escrowed[portfolio.wallet, market, outcome])
            if shares <= 0:
                continue
            price = payout if outcome is Outcome.YES else Price(PRICE_SCALE - payout)
            gain = proceeds(price, shares)
            place = position.place
            self._sell(portfolio, place, shares, gain, event.at_ns)
            self._note(portfolio, event.kind.value, event.at_ns, shares, gain, place)

    def _convert(self, portfolio: Portfolio, listing: Listing, event: Transferred) -> None:
        """NO of some markets became YES of the others and cash: what the NO cost, less the cash, moves to the YES.

        The exchange tells the first of the given markets, and by the cash how many there were. The others are those of
        which the wallet has fewer NO shares than are in the books here.
        """
        shares, at_ns = event.shares, event.at_ns
        members = [each for each in self._exchange.listings.values() if each.market.event == listing.market.event]
        others = [each for each in members if each is not listing]
        given_count = 1 + (event.cash // shares if shares else 0)
        others.sort(key=lambda each: self._missing(portfolio, each), reverse=True)
        given, gained = [listing, *others[: given_count - 1]], others[given_count - 1 :]
        cost = 0
        for each in given:
            cost += portfolio.position(self._place(each, Outcome.NO), at_ns).remove(shares, None, at_ns)
        left = max(0, cost - event.cash)
        portfolio.count(at_ns, realized=max(0, event.cash - cost) if gained else event.cash - cost)
        for index, each in enumerate(gained):
            part = left // len(gained) + (left % len(gained) if index == 0 else 0)
            portfolio.position(self._place(each, Outcome.YES), at_ns).add(shares, part, 0, at_ns)

    def _missing(self, portfolio: Portfolio, listing: Listing) -> int:
        market = listing.market.market
        known = portfolio.positions.get((market, Outcome.NO))
        owned = self._exchange.shares(portfolio.wallet, market, Outcome.NO)
        return (known.size if known else 0) - owned - self._escrowed[portfolio.wallet, market, Outcome.NO]

    def _sell(self, portfolio: Portfolio, place: Place, shares: int, gain: int, at_ns: int) -> None:
        position = portfolio.position(place, at_ns)
        before = position.realized
        position.remove(shares, gain, at_ns)
        portfolio.count(at_ns, realized=position.realized - before)
        portfolio.biggest_win = max(portfolio.biggest_win, position.realized)

    def _place(self, listing: Listing, outcome: Outcome) -> Place:
        return Place(listing, self._exchange.events.get(listing.market.event), outcome)

    def _portfolio(self, wallet: Wallet, at_ns: int) -> Portfolio:
        key = wallet.lower()
        found = self._portfolios.get(key)
        if found is None:
            found = self._portfolios[key] = Portfolio(wallet, at_ns)
            if len(self._portfolios) > WALLETS_KEPT:
                gone, _ = self._portfolios.popitem(last=False)
                self._rows.pop(gone, None)
        self._portfolios.move_to_end(key)
        return found

    def _note(
        self,
        portfolio: Portfolio,
        kind: str,
        at_ns: int,
        shares: Shares,
        cash: Cash,
        place: Place | None,
        *,
        transaction: str = "",
        side: Side | None = None,
        price: Price | None = None,
        is_taker: bool = False,
    ) -> None:
        """What the exchange tells without a transaction gets one of its own."""
        self._sequence += 1
        wallet = portfolio.wallet
        transaction = transaction or f"0x{sha256(f'{wallet} {kind} {at_ns} {self._sequence}'.encode()).hexdigest()}"
        row = ActivityRow(self._sequence, kind, wallet, at_ns, transaction, shares, cash, place, side, price, is_taker)
        rows = self._rows.get(wallet.lower())
        if rows is None:
            is_simulated = wallet in self._exchange.simulated_wallets
            most = ROWS_KEPT_OF_A_TRADER if is_simulated else ROWS_KEPT_A_WALLET
            rows = self._rows[wallet.lower()] = deque(maxlen=most)
        rows.append(row)
        if kind == "TRADE":
            self.trades.append(row)
