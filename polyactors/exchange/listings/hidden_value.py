"""What each market is truly worth, which nobody is told but the traders who are meant to know, and how it will end."""

import random
from collections.abc import Sequence

from attrs import frozen

from messages.identity import MarketId
from messages.units import ONE, PRICE_SCALE, Price
from polyactors.exchange.listings.information import InformationWalk
from polyactors.exchange.listings.reference_price import ReferencePrices
from polyactors.exchange.listings.up_down import UpDown

_HALF = Price(PRICE_SCALE // 2)


@frozen
class _Question:
    """One walk for all the markets of a negRisk event. `ends_half`: nobody will be able to tell the answer."""

    walk: InformationWalk
    markets: tuple[MarketId, ...]
    ends_half: bool


class HiddenValues:
    """Raises `KeyError` for a market that is not known here."""

    def __init__(self, prices: ReferencePrices) -> None:
        self._prices = prices
        self._questions: dict[MarketId, tuple[_Question, int]] = {}
        self._up_down: dict[MarketId, UpDown] = {}
        self._settled: dict[MarketId, Price] = {}

    def add_question(
        self,
        markets: Sequence[MarketId],
        chances: Sequence[float],
        start_ns: int,
        end_ns: int,
        source: random.Random,
        half_payout_ppm: int = 0,
    ) -> None:
        """A single market comes with the chances of YES and of NO, several markets with one of each one's YES."""
        ends_half = len(markets) == 1 and source.randrange(1_000_000) < half_payout_ppm
        question = _Question(InformationWalk(source, chances, start_ns, end_ns), tuple(markets), ends_half)
        for index, market in enumerate(markets):
            self._questions[market] = (question, index)

    def add_up_down(self, market: MarketId, about: UpDown) -> None:
        self._up_down[market] = about

    def fair_value(self, market: MarketId, now_ns: int) -> float:
        """What a YES share is worth, from 0 to 1; over the markets of a negRisk event these sum to one."""
        settled = self._settled.get(market)
        if settled is not None:
            return settled / PRICE_SCALE
        about = self._up_down.get(market)
        if about is not None:
            return about.chance_of_up(self._prices, now_ns)
        question, index = self._questions[market]
        return question.walk.chances(now_ns)[index]

    def payout(self, market: MarketId) -> Price:
        """What a YES share will pay once the market's time is over. For up/down markets only then."""
        about = self._up_down.get(market)
        if about is not None:
            return ONE if about.is_up(self._prices) else Price(0)
        question, index = self._questions[market]
        if question.ends_half:
            return _HALF
        return ONE if question.walk.answer == index else Price(0)

    def together_with(self, market: MarketId) -> tuple[MarketId, ...]:
        """The markets of which exactly one pays: those of its negRisk event, or the market alone."""
        found = self._questions.get(market)
        return (market,) if found is None else found[0].markets

    def settle(self, market: MarketId, payout: Price, now_ns: int) -> None:
        """The market has been resolved. The other outcomes of an event share what its chance was."""
        self._settled[market] = payout
        found = self._questions.get(market)
        if found is not None and payout == 0 and len(found[0].markets) > 1:
            found[0].walk.exclude(found[1], now_ns)

    def forget(self, market: MarketId) -> None:
        self._questions.pop(market, None)
        self._up_down.pop(market, None)
        self._settled.pop(market, None)
