"""A served exchange on a clock that the test moves, and our accounts at it over real sockets.

The signer is in process, but for the tests of its own process: the same desk behind the same port.
"""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from itertools import count
from typing import TypeVar

import trio

from actors.execution.live.words import NotSigned, PostOutcome, UserFeedUp, UserNews, VenueOrder, VenueTrade
from messages.identity import IntentId, OrderId, Outcome, Side, StrategyName, VenueOrderId
from messages.intents import SnapshotId, TimeInForce
from messages.markets import Market
from messages.orders import Order
from messages.units import (
    NANOSECONDS_PER_MILLISECOND,
    NANOSECONDS_PER_SECOND,
    Cash,
    parse_price,
    parse_shares,
)
from polyactors.exchange.clob.rate_limits import RateSettings
from polyactors.exchange.faults.armed import Armed, Arming
from polyactors.exchange.faults.kinds import Fault
from polyactors.exchange.listings.plan import ListingPlan
from polyactors.exchange.server.listening import LOOPBACK, open_port, port_of
from polyactors.exchange.server.served import ServedWorld
from polyactors.exchange.server.settings import ServerSettings
from polyactors.exchange.server.venue_time import SteadyClock
from polyactors.exchange.traders.settings import TraderSettings
from polyactors.exchange.words import Listing, Wallet
from polyactors.venues.feed_counts import FeedCounts
from polyactors.venues.polymarket.live_account.account import PolymarketAccount
from polyactors.venues.polymarket.live_account.opening import open_account
from polyactors.venues.polymarket.live_account.settings import AccountSettings
from polyactors.venues.polymarket.live_account.signer_keeper import OpenSigner
from polyactors.venues.polymarket.rest.budgets import Budgets
from polyactors.venues.polymarket.rest.calling import Timeouts
from polyactors.venues.polymarket.signer.caps import Caps
from polyactors.venues.polymarket.signer.key_source import KeyFile
from polyactors.venues.polymarket.signing.keys import SigningKey
from polyactors.venues.polymarket.signing.orders import SignatureType
from supervision.log import LogEvent
from tests.venues.polymarket.signed_orders import wallet_of
from tests.venues.polymarket.signers import WIDE
from tests.venues.polymarket.signers_in_process import SignersHere

START_NS = 1_800_000_000 * NANOSECONDS_PER_SECOND
STEP_NS = 50 * NANOSECONDS_PER_MILLISECOND
PATIENCE_S = 60
PATIENT = Timeouts(question_s=PATIENCE_S, action_s=PATIENCE_S)
NOWHERE = KeyFile("/nowhere")
SMALL = ListingPlan(
    binary_markets=2, neg_risk_outcomes=(3,), protocol_two_markets=1, five_minutes_ahead=0, hours_ahead=0
)
QUIET = TraderSettings(makers=(), pace=1e-6)
SETTINGS = ServerSettings(listings=SMALL, traders=QUIET, limits=RateSettings(limits_addresses=False))

T = TypeVar("T")


class Trader:
    """One account, what it heard, and what the exchange itself has of it."""

    def __init__(self, at: "AccountWorld", account: PolymarketAccount, counts: FeedCounts, log: list[LogEvent]) -> None:
        self._at = at
        self.account = account
        self.counts = counts
        self.log = log
        self.heard: list[UserNews] = []
        self._news = trio.Event()
        self._numbers = count(1)

    @property
    def wallet(self) -> Wallet:
        return Wallet(self.account.owner.wallet)

    def order(
        self,
        side: Side = Side.BUY,
        price: str = "0.02",
        shares: str = "10",
        *,
        outcome: Outcome = Outcome.YES,
        market: Market | None = None,
        time_in_force: TimeInForce = TimeInForce.GTC,
        post_only: bool = False,
        lives_s: int = 600,
    ) -> Order:
        now_ns = self._at.now_ns()
        return Order(
            order=OrderId(f"{self.wallet}-{next(self._numbers)}"),
            intent=IntentId("i"),
            strategy=StrategyName("s"),
            market=(market or self._at.market).market,
            outcome=outcome,
            side=side,
            price=parse_price(price),
            size=parse_shares(shares),
            time_in_force=time_in_force,
            post_only=post_only,
            expires_ns=now_ns + lives_s * NANOSECONDS_PER_SECOND,
            fencing=1,
            snapshot=SnapshotId(1, 1),
            rationale="",
            written_ns=now_ns,
        )

    async def signed(self, order: Order) -> VenueOrderId:
        name = await self.account.sign(order)
        assert not isinstance(name, NotSigned), name
        return name

    async def place(self, order: Order) -> tuple[VenueOrderId, PostOutcome]:
        name = await self.signed(order)
        (outcome,) = await self.account.post([name])
        return name, outcome

    def split(self, shares: int, market: Market | None = None) -> None:
        """Of pUSD into shares of both outcomes."""
        exchange, which = self._at.served.world.exchange, (market or self._at.market).market
        assert exchange.split(self.wallet, which, parse_shares(str(shares)), self._at.now_ns()) is None

    def cash(self) -> Cash:
        return self._at.served.world.exchange.cash(self.wallet, self._at.now_ns())

    def resting(self) -> set[str]:
        views = self._at.served.world.exchange.open_orders()
        return {view.order.order for view in views if view.order.wallet == self.wallet}

    # What was heard

    def deliver(self, news: UserNews) -> Awaitable[None] | None:
        self.heard.append(news)
        self._news.set()
        self._news = trio.Event()
        return None

    async def until_heard(self, is_so: Callable[[], bool]) -> None:
        while not is_so():
            await self._news.wait()

    def heard_of(self, kind: type[T]) -> list[T]:
        return [each for each in self.heard if isinstance(each, kind)]

    async def trades_heard(self, times: int) -> list[VenueTrade]:
        await self.until_heard(lambda: len(self.heard_of(VenueTrade)) >= times)
        return self.heard_of(VenueTrade)

    async def orders_heard(self, times: int) -> list[VenueOrder]:
        await self.until_heard(lambda: len(self.heard_of(VenueOrder)) >= times)
        return self.heard_of(VenueOrder)


class AccountWorld:
    """Everything is at the market that takes orders at a tick of 0.01, unless another is named."""

    def __init__(self, settings: ServerSettings, port: int, start_ns: int = START_NS) -> None:
        self._clock_ns = start_ns
        self.served = ServedWorld(settings, 1, SteadyClock(lambda: self._clock_ns, lambda: self._clock_ns))
        self._port = port
        self.pass_time(2 * NANOSECONDS_PER_SECOND)

    def now_ns(self) -> int:
        return self._clock_ns

    def pass_time(self, length_ns: int) -> None:
        """All that happens in this time happens now."""
        until_ns = self._clock_ns + length_ns
        while self._clock_ns < until_ns:
            self._clock_ns = min(until_ns, self._clock_ns + STEP_NS)
            self.served.time.now_ns()

    @property
    def listing(self) -> Listing:
        return self.listings()[0]

    @property
    def market(self) -> Market:
        return self.listing.market

    def listings(self, *, neg_risk: bool = False, protocol_two: bool = False, delayed: bool = False) -> list[Listing]:
        """Those that take orders."""
        exchange = self.served.world.exchange
        return [
            each
            for each in exchange.listings.values()
            if (each.market.neg_risk, each.is_protocol_two, each.taker_delay_ns > 0)
            == (neg_risk, protocol_two, delayed)
            and exchange.is_accepting(each.market.market, self.now_ns())
        ]

    def arm(self, fault: Fault, times: int | None = 1) -> Armed:
        armed = self.served.faults.arm(Arming(fault, times=times), self.served.time.now_ns())
        assert isinstance(armed, Armed), armed
        return armed

    def disarm(self, armed: Armed) -> None:
        self.served.faults.disarm(armed.name, self.served.time.now_ns())

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self._port}"

    def settings_for(
        self, key: SigningKey, signature_type: SignatureType = SignatureType.EOA, caps: Caps = WIDE
    ) -> AccountSettings:
        return AccountSettings(
            key=NOWHERE,
            caps=caps,
            signature_type=signature_type,
            wallet=wallet_of(key, signature_type),
            dry_run=False,
            clob_url=self.url,
            user_stream_url=f"ws://{LOOPBACK}:{self._port}/ws/user",
            timeouts=PATIENT,
        )

    @asynccontextmanager
    async def trader(
        self,
        key: SigningKey | None = None,
        settings: AccountSettings | None = None,
        *,
        signature_type: SignatureType = SignatureType.EOA,
        markets: Sequence[Market] | None = None,
        open_one: OpenSigner | None = None,
        listens: bool = False,
    ) -> AsyncIterator[Trader]:
        """With `listens` it has been told that its user feed is up."""
        key = key or new_key()
        settings = settings or self.settings_for(key, signature_type)
        if markets is None:
            markets = [listing.market for listing in self.served.world.exchange.listings.values()]
        counts, log = FeedCounts(), list[LogEvent]()
        async with open_account(
            settings, markets, Budgets(), self.now_ns, counts, log.append, open_one=open_one or SignersHere(key)
        ) as account:
            trader = Trader(self, account, counts, log)
            if not listens:
                yield trader
                return
            async with trio.open_nursery() as nursery:
                nursery.start_soon(account.listen, trader.deliver)
                await trader.until_heard(lambda: bool(trader.heard_of(UserFeedUp)))
                yield trader
                nursery.cancel_scope.cancel()


def new_key() -> SigningKey:
    return SigningKey.from_secret(secrets.token_bytes(32))


@asynccontextmanager
async def account_world(settings: ServerSettings = SETTINGS, start_ns: int = START_NS) -> AsyncIterator[AccountWorld]:
    """Ends within `PATIENCE_S`, or the test fails."""
    listener = open_port(0)
    world = AccountWorld(settings, port_of(listener), start_ns)
    over = trio.Event()
    with trio.fail_after(PATIENCE_S):
        async with trio.open_nursery() as nursery:
            await nursery.start(world.served.run, listener, over.wait)
            yield world
            over.set()
            nursery.cancel_scope.cancel()
