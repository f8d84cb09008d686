"""What is claimed without a trade: redeeming, merging and splitting, in our units, and how each attempt ended."""

from attrs import frozen

from messages.identity import MarketId, Outcome, StrategyName
from messages.units import ONE, Cash, Price, Shares, proceeds


@frozen
class Holding:
    """What the chain says that our wallet holds of a market. `yes_payout` is what a share of YES pays, NO the rest of
    a dollar; None as long as that is not decided."""

    market: MarketId
    yes: Shares
    no: Shares
    yes_payout: Price | None

    def shares(self, outcome: Outcome) -> Shares:
        return self.yes if outcome is Outcome.YES else self.no

    @property
    def payout(self) -> Cash:
        """What redeeming brings, each outcome rounded down as the contracts do; 0 as long as nothing is decided."""
        if self.yes_payout is None:
            return Cash(0)
        return paid(self.yes, self.no, self.yes_payout)


def paid(yes: Shares, no: Shares, yes_payout: Price) -> Cash:
    return Cash(proceeds(yes_payout, yes) + proceeds(Price(ONE - yes_payout), no))


@frozen
class Claimed:
    """It is done; `transaction` is its hash."""

    transaction: str


@frozen
class NotClaimed:
    """Nothing has happened, and nothing will."""

    reason: str


@frozen
class ClaimInDoubt:
    """It may be done, or not, or come later: look at what is held, and do not ask for it again blindly."""

    reason: str


@frozen
class WouldClaim:
    """Dry run: this would have been done."""

    what: str


ClaimOutcome = Claimed | NotClaimed | ClaimInDoubt | WouldClaim


@frozen
class MergeSets:
    """To the claims: merge complete sets of `strategy` into cash, at most `amount`; None for all that can be. Answered
    by `MergeEnded`."""

    market: MarketId
    strategy: StrategyName
    amount: Shares | None = None


@frozen
class MergeEnded:
    market: MarketId
    strategy: StrategyName
    amount: Shares
    outcome: ClaimOutcome


@frozen
class LookAtClaims:
    """To the claims: look at once, before differences between the chain and the ledger are believed. Answered by
    `ClaimsLooked`, when the ledger has been told what was found."""


@frozen
class ClaimsLooked:
    """`in_doubt` are markets where something was sent of which nobody knows yet whether it happened; a failed look
    has a reason."""

    in_doubt: tuple[MarketId, ...]
    failed: str = ""
