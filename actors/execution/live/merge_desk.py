"""The merges of the claims at work: wishes in their order, and what is in doubt until two looks have said so."""

from collections.abc import Callable, Iterable
from typing import Never

from actors.execution.live.claim_rules import ClaimSettings, Owned
from actors.execution.live.claim_words import (
    Claimed,
    ClaimInDoubt,
    Holding,
    MergeEnded,
    MergeSets,
    NotClaimed,
)
from actors.execution.live.claim_work import Merged
from actors.execution.live.merge_rules import (
    ItDidNot,
    ItHappened,
    MergeInDoubt,
    StillInDoubt,
    look_at_merge,
    merge_moved,
    still_open,
)
from actors.paths import JOURNAL
from messages.claims import MergeOver, MergeSent
from messages.identity import MarketId
from messages.portfolio import AccountMoved
from messages.units import Shares
from supervision.actor import Actor
from supervision.address import Address
from supervision.log import Level


class MergeDesk:
    """Sits in the claims, whose worker does the merging. `recover` and `begin` come first."""

    def __init__(self, settings: ClaimSettings) -> None:
        self._settings = settings
        self._in_doubt: dict[MarketId, MergeInDoubt] = {}
        self._wishes: list[tuple[MergeSets, Address[object] | None]] = []
        self._wish_of: Address[object] | None = None

    def recover(self, records: Iterable[object]) -> None:
        """What was sent by a former life is in doubt."""
        self._in_doubt = {market: MergeInDoubt(sent) for market, sent in still_open(records).items()}

    def begin(self, actor: Actor[Never], tell_ledger: Callable[[AccountMoved], None]) -> None:
        self._actor = actor
        self._tell_ledger = tell_ledger

    @property
    def in_doubt(self) -> tuple[MarketId, ...]:
        return tuple(self._in_doubt)

    def wish(self, wish: MergeSets, sender: Address[object] | None) -> None:
        self._wishes.append((wish, sender))

    def next(self) -> MergeSets | None:
        """The wish that is to be worked on now."""
        while self._wishes:
            wish, self._wish_of = self._wishes.pop(0)
            if wish.market not in self._in_doubt:
                return wish
            # Two of them could not be told apart.
            self.merged(Merged(wish, None, NotClaimed("a merge in this market is in doubt")))
        return None

    def merged(self, ended: Merged) -> None:
        wish, sent, outcome = ended.wish, ended.sent, ended.outcome
        if sent is not None:
            match outcome:
                case Claimed(transaction):
                    self._happened(sent, f"merge:{transaction}")
                case ClaimInDoubt():
                    self._in_doubt[sent.market] = MergeInDoubt(sent)
                case _:
                    self._over(sent)
        if self._wish_of is not None:
            amount = Shares(0) if sent is None else sent.amount
            self._actor.tell(self._wish_of, MergeEnded(wish.market, wish.strategy, amount, outcome))
        self._wish_of = None

    def look(self, holding: Holding, ours: Owned) -> bool:
        """At a market that is in doubt. Whether one look was enough."""
        now_ns, merge = self._actor.now_ns, self._in_doubt[holding.market]
        match look_at_merge(merge, holding, ours, now_ns, self._settings):
            case StillInDoubt(still):
                self._in_doubt[holding.market] = still
                return still.seen_ns is None
            case ItHappened():
                self._happened(merge.sent, f"merge:{holding.market}:{merge.sent.at_ns}")
            case ItDidNot():
                self._over(merge.sent)
                self._actor.log(Level.WARNING, "a merge in doubt did not happen", market=holding.market)
        return True

    def market_is_decided(self, market: MarketId) -> None:
        """A set pays a dollar at the end, too: whatever is gone is told as redeemed."""
        if market in self._in_doubt:
            self._over(self._in_doubt[market].sent)

    def _happened(self, sent: MergeSent, move: str) -> None:
        self._tell_ledger(merge_moved(sent, move, self._actor.now_ns))
        self._over(sent)

    def _over(self, sent: MergeSent) -> None:
        self._in_doubt.pop(sent.market, None)
        self._actor.tell(self._actor.address(JOURNAL), MergeOver(sent.market, sent.at_ns))
