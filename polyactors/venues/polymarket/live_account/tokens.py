"""Which market and outcome a token is of."""

from collections.abc import Iterable, Iterator

from attrs import frozen

from messages.identity import MarketId, Outcome, TokenId
from messages.markets import Market
from polyactors.venues.polymarket.market_exchange import is_position_id
from polyactors.venues.polymarket.rest.account_answers import AssetType
from polyactors.venues.polymarket.rest.clob_markets import TokenPlace


def asset_type_of(token: TokenId) -> AssetType:
    return AssetType.CONDITIONAL_V2 if is_position_id(token) else AssetType.CONDITIONAL


@frozen
class Place:
    """`market` is None for a token that is not traded here, of which no more is known than this."""

    market_id: MarketId
    outcome: Outcome
    market: Market | None


class Tokens:
    """Those of the markets that are traded here, and others that were asked for."""

    def __init__(self, markets: Iterable[Market]) -> None:
        self.markets: dict[MarketId, Market] = {}
        self._places: dict[TokenId, Place] = {}
        for market in markets:
            self.add(market)

    def __iter__(self) -> Iterator[TokenId]:
        return iter(self._places)

    def find(self, token: TokenId) -> Place | None:
        return self._places.get(token)

    def add(self, market: Market) -> None:
        """It is traded here from now on, or was once."""
        self.markets[market.market] = market
        for outcome in Outcome:
            self._places[market.token(outcome)] = Place(market.market, outcome, market)

    def learn(self, told: TokenPlace) -> None:
        """The venue's word on two tokens that are not traded here."""
        for token, outcome in ((told.yes_token, Outcome.YES), (told.no_token, Outcome.NO)):
            self._places.setdefault(token, Place(told.market, outcome, None))
