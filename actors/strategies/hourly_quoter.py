"""Quotes both sides around the fair value of its market's period, and is out of everything when the period ends."""

from attrs import frozen

from actors.order_management.desired import Desired
from actors.order_management.settings import SHORTEST_TIME_TO_LIVE_NS
from actors.paths import LEDGER
from actors.portfolio.bookkeeper import TellMarketPortfolio
from actors.risk.session_rules import end_ns_of, last_order_ns_of
from actors.strategies.holdings import funds_of, holding_of
from actors.strategies.hourly_quoter_rules import Left, NoQuotes, PeriodQuotes, period_quotes
from actors.strategies.hourly_quoter_settings import HourlyQuoterSettings
from actors.strategies.order_in_hand import Wish
from actors.strategies.period_watch import FollowOn, PeriodWatch, TimeGoes
from actors.strategies.quote_desk import LookAgain, QuoteDesk, Quoter, QuoteSide, QuotesShown, Why
from actors.strategies.stance import Aim, Fair, Stance
from actors.strategies.way_out import way_out
from actors.strategies.words import Awake, StrategyMessage
from messages.identity import StrategyName, Tier
from messages.intents import IntentRefused
from messages.market_data import BookOpened, Snapshot, TradeSeen
from messages.markets import Market
from messages.orders import OrderChanged
from messages.ownership import Granted, Refused, Revoked
from messages.portfolio import PortfolioChanged, Position
from messages.pricing import NoPrices, PriceSnapshot
from messages.sessions import SessionIs, SessionState
from messages.units import PRICE_SCALE, Price
from supervision.actor import Actor

HOURLY_QUOTER = StrategyName("hourly-quoter")


@frozen
class HourlyQuoterState:
    """What the quoter shows of itself."""

    aim: Aim
    share: float
    why: str
    fair: float | None
    position: Position
    quotes: QuotesShown


class HourlyQuoter(Actor[StrategyMessage | LookAgain | FollowOn | TimeGoes]):
    """Keeps its market from the start of the session to its end; it acts on the newest closed book only.

    Raises `ValueError` for a market that is about no period.
    """

    def __init__(self, market: Market, settings: HourlyQuoterSettings) -> None:
        if market.about is None:
            raise ValueError(f"{market.slug} is about no period")
        self._market = market
        self._settings = settings
        self._snapshot: Snapshot | None = None
        self._position = Position(market.market, HOURLY_QUOTER)
        self._is_over = False

    def started(self) -> None:
        market, settings = self._market, self._settings
        end_ns = end_ns_of(market)
        assert end_ns is not None
        self._end_ns = end_ns
        quoter = Quoter(HOURLY_QUOTER, Tier.MARKET_MAKING, 60, settings.retry_after_ns, settings.levels)
        self._desk = QuoteDesk(self, market, quoter, last_order_ns_of(market))
        self._watch = PeriodWatch(self, market, settings.period)
        self.tell(self.address(LEDGER), TellMarketPortfolio(market.market))
        self._watch.begin()
        self._desk.claim()

    def receive(self, message: StrategyMessage | LookAgain | FollowOn | TimeGoes) -> None:
        match message:
            case Snapshot():
                self._snapshot = message
                self._look()
            case PriceSnapshot() | NoPrices() | SessionIs() | FollowOn() | TimeGoes():
                if self._watch.heard(message):
                    self._look()
            case OrderChanged():
                if self._desk.heard_of_order(message):
                    self._look()
            case PortfolioChanged():
                self._position = holding_of(message.portfolio, HOURLY_QUOTER)
                self._desk.funds = funds_of(message, HOURLY_QUOTER)
                self._look()
            case IntentRefused():
                self._desk.heard_of_refusal(message)
            case Granted() | Refused() | Revoked():
                if self._desk.heard_of_lease(message):
                    self._look()
            case Awake():
                if not self._is_over:
                    self._desk.claim()
            case LookAgain():
                self._look()
            case BookOpened():
                self._snapshot = None
            case TradeSeen():
                pass

    def describe(self) -> HourlyQuoterState:
        fair = self._watch.fair()
        stance = self._watch.stance(fair)
        price = fair.price if isinstance(fair, Fair) else None
        return HourlyQuoterState(stance.aim, stance.share, stance.why, price, self._position, self._desk.shown)

    def _look(self) -> None:
        """Compare what rests with what should, and act on the difference."""
        snapshot = self._snapshot
        if self._has_ended() or snapshot is None or self._desk.lease is None:
            return
        fair = self._watch.fair()
        stance = self._watch.stance(fair)
        if stance.aim is Aim.TRADE and isinstance(fair, Fair):
            left = Left(self._time_left, stance.share)
            wanted = period_quotes(snapshot, fair, left, self._position, self._market.minimum_size, self._settings)
            desired = () if isinstance(wanted, NoQuotes) else wanted.desired
            self._rest(desired, snapshot, stance, _reasons_for(wanted))
            return
        lowest = self._settings.lowest_sale
        wish = way_out(stance.aim, snapshot, self._position, fair, self._market, lowest)
        if wish is None or wish.takes:
            self._rest((), snapshot, stance, _reason_for(stance.why))
        if wish is not None and wish.takes:
            self._desk.take(wish, snapshot)
        elif wish is not None:
            self._rest((self._offer(wish, snapshot),), snapshot, stance, _reason_for(f"{wish.rationale}: {stance.why}"))

    def _has_ended(self) -> bool:
        """After DONE the market is nobody's: what still rests is cancelled with the lease."""
        told = self._watch.told
        if told is None or told.state is not SessionState.DONE:
            return False
        self._is_over = True
        self._desk.release()
        return True

    def _rest(self, desired: tuple[Desired, ...], snapshot: Snapshot, stance: Stance, why: Why) -> None:
        """No order outlives the state that it was placed in, once the session is on its way out."""
        share = stance.share if stance.aim is Aim.TRADE else 0.0
        life_ns = self._settings.time_to_live_at(share)
        told = self._watch.told
        if told is not None and told.state is not SessionState.ACTIVE and told.until_ns is not None:
            life_ns = min(life_ns, told.until_ns - self.now_ns)
        if life_ns < SHORTEST_TIME_TO_LIVE_NS:
            desired, life_ns = (), SHORTEST_TIME_TO_LIVE_NS
        self._desk.rest(desired, snapshot, self._settings.order_management_for(life_ns), why)

    def _offer(self, wish: Wish, snapshot: Snapshot) -> Desired:
        """An offer that is the best by itself stays where it is: it would only be better than itself."""
        price, best = wish.price, snapshot.best_ask_of(wish.outcome)
        own = self._desk.resting_at(wish.outcome, wish.side, best)
        if own and snapshot.bids(wish.outcome.other).best_size <= own:
            price = best
        worst = Price(max(1, price - self._settings.replace_min_ticks * snapshot.tick_size + 1))
        return Desired(wish.outcome, wish.side, price, wish.size, worst, wish.edge)

    @property
    def _time_left(self) -> float:
        """As a part of the period."""
        return max(0.0, min(1.0, (self._end_ns - self.now_ns) / self._watch.period.series.length.length_ns))


def _reasons_for(wanted: PeriodQuotes | NoQuotes) -> Why:
    if isinstance(wanted, NoQuotes):
        return _reason_for(wanted.reason)

    def why(side: QuoteSide, _: Desired) -> str:
        half_spread = wanted.below if side is QuoteSide.BID else wanted.above
        return (
            f"{side.value}: fair {wanted.fair / PRICE_SCALE:.4f}, reservation "
            f"{wanted.reservation / PRICE_SCALE:.4f}, half spread {half_spread / PRICE_SCALE:.4f}"
        )

    return why


def _reason_for(text: str) -> Why:
    return lambda _, __: text
