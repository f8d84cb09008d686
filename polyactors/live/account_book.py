"""What an account began with, in the journal: told once a journal, and for each market that comes to be traded."""

from collections.abc import Collection, Mapping
from pathlib import Path

from attrs import frozen

from actors.execution.live.words import VenueBalances
from actors.records.joined_markets import ever_joined
from actors.records.journal_store import JournalStore
from actors.records.record_kinds import message_of, row_of
from messages.control import AccountOpened
from messages.identity import MarketId, Outcome
from messages.markets import Market
from messages.sessions import MarketJoined
from messages.units import Cash, Shares

Token = tuple[MarketId, Outcome]


class AnotherWallet(ValueError):
    """The journal is that of another account; the text names both."""


@frozen
class Opening:
    """`cash` is what trading began with; `baseline` the shares of before it, by token."""

    cash: Cash
    baseline: Mapping[Token, Shares]

    def lacks(self, markets: Collection[MarketId]) -> tuple[MarketId, ...]:
        return tuple(market for market in markets if (market, Outcome.YES) not in self.baseline)


def opening_in(journal: Path, wallet: str) -> Opening | None:
    """None for a journal that has none yet. Raises `AnotherWallet`."""
    opening: Opening | None = None
    with JournalStore.open(journal) as store:
        for record in store.read_kind(AccountOpened.__name__):
            opened = message_of(record)
            assert isinstance(opened, AccountOpened)
            if opened.wallet != wallet:
                raise AnotherWallet(f"{journal} is the journal of {opened.wallet}, and not of {wallet}")
            before = opening.baseline if opening is not None else {}
            shares = {(market, outcome): size for market, outcome, size in opened.shares}
            opening = Opening(opened.cash, {**before, **shares})
    return opening


def joined_before(journal: Path) -> tuple[Market, ...]:
    """The markets that joined in former sessions: something of them may still be held, and be told of."""
    with JournalStore.open(journal) as store:
        return ever_joined(message_of(record) for record in store.read_kind(MarketJoined.__name__))


def open_account_book(journal: Path, wallet: str, before: Opening | None, found: VenueBalances, at_ns: int) -> Opening:
    """Writes down what the account has where nothing was known of it yet. The cash is told once: what it was later is
    the ledger's to know."""
    cash = found.cash if before is None else before.cash
    with JournalStore.open(journal) as store:
        opened = AccountOpened(wallet, cash, found.shares, at_ns)
        store.append([row_of(opened, at_ns)])
    known = before.baseline if before is not None else {}
    return Opening(cash, {**known, **{(market, outcome): size for market, outcome, size in found.shares}})
