"""What the claims need of an account: a port, which `polyactors.venues.polymarket.claims` implements."""

from collections.abc import Sequence
from typing import Protocol

from actors.execution.live.claim_words import ClaimOutcome, Holding
from actors.execution.live.words import AskFailed
from messages.identity import MarketId
from messages.units import Shares


class ClaimAccount(Protocol):
    """Called by workers only. Each call ends within a deadline of its own, minutes at most, and raises nothing but
    `trio.Cancelled`. In a dry run nothing but `look` is done."""

    async def look(self, markets: Sequence[MarketId]) -> tuple[Holding, ...] | AskFailed:
        """What is held of each, in their order; a market that the venue does not know is left out."""
        ...

    async def redeem(self, market: MarketId) -> ClaimOutcome:
        """All that is held of a market whose outcome is decided."""
        ...

    async def merge(self, market: MarketId, amount: Shares) -> ClaimOutcome: ...

    async def split(self, market: MarketId, amount: Shares) -> ClaimOutcome: ...

    async def approve_auto_redeem(self) -> ClaimOutcome:
        """Let the venue's operator redeem winners for us. Done twice it is done once."""
        ...
