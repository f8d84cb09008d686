"""What operators can see of the exchange, and what they can do to it."""

from collections.abc import Callable

from messages.identity import MarketId, Outcome
from messages.units import ONE, PRICE_SCALE, Price, complement
from polyactors.exchange.core import HALF
from polyactors.exchange.faults.acting import market_called
from polyactors.exchange.server.control_words import (
    AccountLine,
    Accounts,
    Deposit,
    Done,
    HoldingLine,
    MarketLine,
    Markets,
    Resolve,
    Ruling,
    SetMode,
)
from polyactors.exchange.words import Refused, Wallet
from polyactors.exchange.world import World
from polyactors.venues.polymarket.signing.addresses import BadAddress, checksummed

MOST_ACCOUNTS = 500
MOST_DEPOSIT = 10**15
"""A thousand million pUSD: beyond this somebody mistook the unit."""

_PAYOUTS = {Ruling.YES: ONE, Ruling.NO: Price(0), Ruling.HALF: HALF}


class Operations:
    """Each call is carried out at the world's own time."""

    def __init__(self, world: World, trader_of: Callable[[Wallet], str]) -> None:
        self._world = world
        self._trader_of = trader_of

    def markets(self) -> Markets:
        """Of all that are listed, in the order of their listing."""
        return Markets(self._world.now_ns, tuple(self._market(market) for market in self._world.exchange.listings))

    def accounts(self, wallet: Wallet | None = None) -> Accounts:
        """One, or the clients' before the simulated traders', so many at most. Looking does not open an account."""
        exchange = self._world.exchange
        known = exchange.vault.accounts
        open_orders: dict[Wallet, int] = {}
        for view in exchange.open_orders():
            open_orders[view.order.wallet] = open_orders.get(view.order.wallet, 0) + 1
        wallets = [each for each in known if wallet is None or each == wallet]
        wallets.sort(key=lambda each: bool(self._trader_of(each)))
        totals = exchange.totals()
        return Accounts(
            at_ns=self._world.now_ns,
            total=len(wallets),
            deposited=totals.deposited,
            in_accounts=totals.in_accounts,
            in_escrow=totals.in_escrow,
            fees=totals.fees,
            locked=totals.locked,
            accounts=tuple(self._account(each, open_orders.get(each, 0)) for each in wallets[:MOST_ACCOUNTS]),
        )

    def set_mode(self, asked: SetMode) -> Done:
        self._world.exchange.set_mode(asked.mode, self._world.now_ns)
        return self._done()

    def resolve(self, asked: Resolve) -> Done | Refused:
        """A YES of one market of a negRisk event is a NO of all the others."""
        market = market_called(self._world.exchange, asked.market)
        if market is None:
            return Refused(404, f"there is no market {asked.market!r}: give its slug or its condition id")
        if self._world.exchange.resolution(market) is not None:
            return Refused(400, f"the market {asked.market!r} is resolved already")
        try:
            self._world.lifecycle.resolve_now(market, _PAYOUTS[asked.ruling], self._world.now_ns)
        except ValueError as error:
            return Refused(400, str(error))
        return self._done()

    def deposit(self, asked: Deposit) -> Done | Refused:
        try:
            wallet = checksummed(asked.wallet)
        except BadAddress:
            return Refused(400, f"{asked.wallet!r} is no address")
        if not 0 < asked.cash <= MOST_DEPOSIT:
            return Refused(400, f"a deposit is 1 to {MOST_DEPOSIT} millionths of a pUSD")
        self._world.exchange.deposit(Wallet(wallet), asked.cash, self._world.now_ns)
        return self._done()

    def _done(self) -> Done:
        return Done(self._world.now_ns)

    def _market(self, name: MarketId) -> MarketLine:
        exchange, now_ns = self._world.exchange, self._world.now_ns
        listing = exchange.listings[name]
        market = listing.market
        bid, bid_of_no = (exchange.best_bid(name, outcome) for outcome in Outcome)
        payout = exchange.resolution(name)
        truth = self._world.lifecycle.fair_value(name, now_ns) if payout is None else payout / PRICE_SCALE
        return MarketLine(
            market=name,
            slug=market.slug,
            event=market.event,
            kind=listing.kind.value,
            question=market.question,
            yes_token=market.token(Outcome.YES),
            no_token=market.token(Outcome.NO),
            tick_size=exchange.tick_size(name),
            best_bid=bid or None,
            best_ask=complement(bid_of_no) if bid_of_no else None,
            fair_value=truth,
            open_orders=len(exchange.open_orders(market=name)),
            accepts_orders=exchange.is_accepting(name, now_ns),
            yes_payout=payout,
            end_ms=market.end_ms,
            has_rewards=listing.rewards is not None,
        )

    def _account(self, wallet: Wallet, open_orders: int) -> AccountLine:
        exchange = self._world.exchange
        return AccountLine(
            wallet=wallet,
            trader=self._trader_of(wallet),
            cash=exchange.cash(wallet, self._world.now_ns),
            open_orders=open_orders,
            holdings=tuple(
                HoldingLine(
                    held.market,
                    exchange.listings[held.market].market.slug,
                    held.outcome.name,
                    held.settled,
                )
                for held in exchange.holdings(wallet)
            ),
        )
