"""What discovery needs of a venue: the market of a period."""

from typing import Protocol

from attrs import frozen

from messages.identity import MarketId
from messages.markets import Market
from messages.periods import Period


@frozen
class NotListed:
    """The venue does not have it, or not yet."""

    reason: str


@frozen
class Unfit:
    """It is there, and must not be traded: another year's, an unknown rule of settlement, tokens that do not fit."""

    market: MarketId | None
    reason: str


@frozen
class FindFailed:
    """Nobody knows: the venue did not answer. Ask again."""

    reason: str


Found = Market | NotListed | Unfit | FindFailed


class MarketFinder(Protocol):
    async def find(self, period: Period) -> Found:
        """The market that asks about `period`; its `about` is set. Raises nothing."""
        ...

    async def is_over(self, market: Market) -> bool | None:
        """Whether the venue has resolved it; None where it does not answer. Raises nothing."""
        ...
