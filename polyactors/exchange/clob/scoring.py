"""Which orders earn liquidity rewards as the book stands: by the rules of `rewards_scores`."""

from attrs import define, field

from messages.identity import MarketId
from polyactors.exchange.clob.rewards_scores import counted, doubled_middle, score, scored
from polyactors.exchange.core import Exchange
from polyactors.exchange.words import OrderStatus, OrderView, RewardTerms


@define
class ScoringNow:
    """At one moment, so that a market's middle is found once however many of its orders are asked for."""

    exchange: Exchange
    now_ns: int
    _middles: dict[MarketId, int | None] = field(factory=dict, init=False)

    def has(self, view: OrderView) -> bool:
        """Whether it rests, is large and old enough, and near enough to the middle of the orders that are."""
        listing = self.exchange.listings.get(view.order.market)
        terms = None if listing is None else listing.rewards
        if terms is None or view.status is not OrderStatus.LIVE or not counted((view,), terms, self.now_ns):
            return False
        middle = self._middle(view.order.market, terms)
        return middle is not None and score(scored(view), middle, terms) > 0

    def _middle(self, market: MarketId, terms: RewardTerms) -> int | None:
        if market not in self._middles:
            views = self.exchange.open_orders(market=market)
            self._middles[market] = doubled_middle(counted(views, terms, self.now_ns))
        return self._middles[market]
