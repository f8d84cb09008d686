"""All cash and all shares: nothing is made or lost here but by `deposit`.

Every pUSD that was ever deposited is in an account, in escrow, among the fees, or locked behind sets of shares.
"""

from collections import defaultdict

from attrs import frozen

from messages.identity import MarketId, Outcome, Side
from messages.units import PRICE_SCALE, Cash, Price, Shares, notional, proceeds
from polyactors.exchange.accounts.account import Account, ShareKey
from polyactors.exchange.words import Trade, Wallet


@frozen
class Totals:
    """Where all cash is. `deposited` is what the others sum to."""

    deposited: Cash
    in_accounts: Cash
    in_escrow: Cash
    fees: Cash
    locked: Cash


@frozen
class Party:
    """One side of a trade, in its own terms. Only the taker has a fee."""

    wallet: Wallet
    outcome: Outcome
    side: Side
    price: Price
    size: Shares
    fee: Cash


def parties(trade: Trade) -> tuple[Party, ...]:
    taker = Party(trade.taker_wallet, trade.outcome, trade.side, trade.price, trade.size, trade.fee)
    return (
        taker,
        *(Party(maker.wallet, maker.outcome, maker.side, maker.price, maker.size, Cash(0)) for maker in trade.makers),
    )


class Vault:
    """`pool` names what sets of a market are locked in: the market itself, or its negRisk event."""

    def __init__(self) -> None:
        self.accounts: dict[Wallet, Account] = {}
        self.deposited = 0
        self.escrow = 0
        self.fees = 0
        self.locked: defaultdict[str, int] = defaultdict(int)
        self.escrowed_shares: defaultdict[ShareKey, int] = defaultdict(int)

    def open(self, wallet: Wallet) -> Account:
        account = self.accounts[wallet] = Account(wallet)
        return account

    def deposit(self, account: Account, cash: Cash) -> None:
        account.cash += cash
        self.deposited += cash

    def transfer(self, payer: Account, payee: Account, cash: Cash) -> None:
        payer.cash -= cash
        payee.cash += cash

    def totals(self) -> Totals:
        return Totals(
            Cash(self.deposited),
            Cash(sum(account.cash for account in self.accounts.values())),
            Cash(self.escrow),
            Cash(self.fees),
            Cash(sum(self.locked.values())),
        )

    def hold(self, trade: Trade) -> None:
        """MATCHED: what each party gives goes into escrow."""
        for party in parties(trade):
            account = self.accounts[party.wallet]
            if party.side is Side.BUY:
                cost = notional(party.price, party.size) + party.fee
                account.cash -= cost
                self.escrow += cost
            else:
                account.shares[trade.market, party.outcome] -= party.size
                self.escrowed_shares[trade.market, party.outcome] += party.size

    def settle(self, trade: Trade, pool: str) -> None:
        """MINED: what each party gets leaves the escrow; sets that the trade made or broke move in or out of lock."""
        paid = received = 0
        for party in parties(trade):
            account = self.accounts[party.wallet]
            if party.side is Side.BUY:
                account.shares[trade.market, party.outcome] += party.size
                paid += notional(party.price, party.size) + party.fee
            else:
                self._leave_escrow(trade.market, party)
                gain = proceeds(party.price, party.size) - party.fee
                account.cash += gain
                received += gain
        self.escrow -= paid
        self.fees += trade.fee
        self.locked[pool] += paid - received - trade.fee

    def give_back(self, trade: Trade) -> None:
        """FAILED: the escrow goes back to where it came from."""
        for party in parties(trade):
            account = self.accounts[party.wallet]
            if party.side is Side.BUY:
                cost = notional(party.price, party.size) + party.fee
                account.cash += cost
                self.escrow -= cost
            else:
                self._leave_escrow(trade.market, party)
                account.shares[trade.market, party.outcome] += party.size

    def split(self, account: Account, market: MarketId, shares: Shares, pool: str) -> None:
        account.cash -= shares
        self.locked[pool] += shares
        for outcome in Outcome:
            account.shares[market, outcome] += shares

    def merge(self, account: Account, market: MarketId, shares: Shares, pool: str) -> None:
        for outcome in Outcome:
            account.shares[market, outcome] -= shares
        self.locked[pool] -= shares
        account.cash += shares

    def redeem(self, account: Account, market: MarketId, yes_payout: Price, pool: str) -> Cash:
        """Burns all shares of a resolved market and pays them out, rounded down to what the lock certainly holds."""
        payout = 0
        for outcome, price in ((Outcome.YES, yes_payout), (Outcome.NO, Price(PRICE_SCALE - yes_payout))):
            payout += proceeds(price, Shares(account.shares.pop((market, outcome), 0)))
        self.locked[pool] -= payout
        account.cash += payout
        return Cash(payout)

    def convert(
        self, account: Account, given: tuple[MarketId, ...], gained: tuple[MarketId, ...], shares: Shares, pool: str
    ) -> Cash:
        """NO shares of `given` become YES shares of `gained` and a set's worth of cash for each but the first."""
        for market in given:
            account.shares[market, Outcome.NO] -= shares
        for market in gained:
            account.shares[market, Outcome.YES] += shares
        cash = shares * (len(given) - 1)
        self.locked[pool] -= cash
        account.cash += cash
        return Cash(cash)

    def pay_from_fees(self, account: Account, cash: Cash) -> None:
        self.fees -= cash
        account.cash += cash

    def outstanding(self, market: MarketId, outcome: Outcome) -> Shares:
        """All shares of a token, those in escrow too."""
        key = (market, outcome)
        owned = sum(account.shares.get(key, 0) for account in self.accounts.values())
        return Shares(owned + self.escrowed_shares.get(key, 0))

    def forget(self, market: MarketId, outcome: Outcome) -> None:
        """Nobody holds any of this token, nor will again."""
        for account in self.accounts.values():
            account.shares.pop((market, outcome), None)
        self.escrowed_shares.pop((market, outcome), None)

    def forget_pool(self, pool: str) -> None:
        """Unless something is locked in it still."""
        if not self.locked.get(pool):
            self.locked.pop(pool, None)

    def _leave_escrow(self, market: MarketId, party: Party) -> None:
        self.escrowed_shares[market, party.outcome] -= party.size
