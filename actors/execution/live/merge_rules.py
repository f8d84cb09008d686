"""How many complete sets can be merged, and whether a merge in doubt has happened: pure."""

from collections.abc import Iterable, Mapping

from attrs import evolve, frozen

from actors.execution.live.claim_rules import ClaimSettings, Owned
from actors.execution.live.claim_words import Holding, MergeSets
from messages.claims import MergeOver, MergeSent
from messages.identity import MarketId, Outcome
from messages.portfolio import AccountMoved, MarketPortfolio, MoveCause
from messages.units import Cash, Shares


def mergeable(portfolio: MarketPortfolio, wish: MergeSets) -> Shares:
    """The sets that the strategy holds, settled, in a market where as many are not reserved by anybody's orders."""
    position = portfolio.position_of(wish.strategy)
    own = min(position.settled(Outcome.YES), position.settled(Outcome.NO))
    free_yes = portfolio.yes - portfolio.provisional(Outcome.YES) - portfolio.reserved_yes
    free_no = portfolio.no - portfolio.provisional(Outcome.NO) - portfolio.reserved_no
    most = max(0, min(own, free_yes, free_no))
    return Shares(most if wish.amount is None else min(most, max(0, wish.amount)))


def merge_moved(sent: MergeSent, move: str, at_ns: int) -> AccountMoved:
    gone = Shares(-sent.amount)
    return AccountMoved(move, MoveCause.MERGE, sent.strategy, sent.market, Cash(sent.amount), gone, gone, at_ns)


def still_open(records: Iterable[object]) -> Mapping[MarketId, MergeSent]:
    """The merges that were sent and of which the journal has no end; at most one a market is under way."""
    found: dict[MarketId, MergeSent] = {}
    for record in records:
        match record:
            case MergeSent():
                found[record.market] = record
            case MergeOver(market, sent_ns) if market in found and found[market].at_ns == sent_ns:
                del found[market]
    return found


@frozen
class MergeInDoubt:
    """It may have happened. Every look since `seen_ns` said that it has; None where the last one did not."""

    sent: MergeSent
    seen_ns: int | None = None


@frozen
class StillInDoubt:
    merge: MergeInDoubt


@frozen
class ItHappened:
    pass


@frozen
class ItDidNot:
    """Nothing has moved for as long as it could have."""


def look_at_merge(
    merge: MergeInDoubt, holding: Holding, ours: Owned, now_ns: int, settings: ClaimSettings
) -> StillInDoubt | ItHappened | ItDidNot:
    """A merge takes as many of both tokens; two looks some time apart have to say so, with no fill under way."""
    sent = merge.sent
    if not ours.is_quiet:
        return StillInDoubt(evolve(merge, seen_ns=None))
    missing = ours.yes - holding.yes - sent.more_yes, ours.no - holding.no - sent.more_no
    if missing == (sent.amount, sent.amount):
        seen_ns = now_ns if merge.seen_ns is None else merge.seen_ns
        is_sure = now_ns - seen_ns >= settings.confirm_after_ns
        return ItHappened() if is_sure else StillInDoubt(evolve(merge, seen_ns=seen_ns))
    if missing == (0, 0) and now_ns - sent.at_ns >= settings.doubt_ns:
        return ItDidNot()
    return StillInDoubt(evolve(merge, seen_ns=None))
