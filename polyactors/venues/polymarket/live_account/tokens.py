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
        self.markets = {market.market: market for market in markets}
        self._places = {
            market.token(outcome): Place(market.market, outcome, market)
            for market in self.markets.values()
            for outcome in Outcome
        }

    def __iter__(self) -> Iterator[TokenId]:
        return iter(self._places)

    def find(self, token: TokenId) -> Place | None:
        return self._places.get(token)

    def learn(self, told: TokenPlace) -> None:
        """The venue's word on two tokens that are not traded here."""
        for token, outcome in ((told.yes_token, Outcome.YES), (told.no_token, Outcome.NO)):
            self._places.setdefault(token, Place(told.market, outcome, None))
