"""How the end of a claim is told to people."""

from typing import Never

from actors.execution.live.claim_words import Claimed, ClaimInDoubt, ClaimOutcome, NotClaimed, WouldClaim
from messages.identity import MarketId
from supervision.actor import Actor
from supervision.log import Level


def log_outcome(actor: Actor[Never], what: str, market: MarketId, outcome: ClaimOutcome) -> None:
    match outcome:
        case Claimed(transaction):
            actor.log(Level.INFO, f"{what} done", market=market, transaction=transaction)
        case WouldClaim(text):
            actor.log(Level.INFO, f"{what}: dry run", market=market, what=text)
        case NotClaimed(reason):
            actor.log(Level.WARNING, f"{what} refused", market=market, reason=reason)
        case ClaimInDoubt(reason):
            actor.log(Level.ERROR, f"{what} in doubt", market=market, reason=reason)
