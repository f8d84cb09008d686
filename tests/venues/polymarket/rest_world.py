"""The exchange, served on a real socket in the test's own loop, and our client of it."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

import trio

from messages.identity import Outcome, Side
from messages.intents import TimeInForce
from messages.units import NANOSECONDS_PER_MILLISECOND, PRICE_SCALE, SHARE_SCALE, Shares, parse_price
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
from polyactors.venues.polymarket.rest.account_desk import AccountDesk
from polyactors.venues.polymarket.rest.authenticator import ApiCredentials, CredentialAuthenticator, KeyAuthenticator
from polyactors.venues.polymarket.rest.budgets import Budgets
from polyactors.venues.polymarket.rest.calling import Caller, Timeouts
from polyactors.venues.polymarket.rest.clob import Clob
from polyactors.venues.polymarket.rest.posting import OrderToPost
from polyactors.venues.polymarket.rest.transport import Transport
from polyactors.venues.polymarket.signing.keys import SigningKey
from polyactors.venues.polymarket.signing.orders import SignatureType, SignedOrder, order_digest, order_domain, order_id
from polyactors.venues.polymarket.signing.sign_order import sign_order

PATIENCE_S = 60
PATIENT = Timeouts(question_s=PATIENCE_S, action_s=PATIENCE_S)
IMPATIENT = Timeouts(question_s=0.2, action_s=1.0)
"""An action is given the time to be carried out, if not to be answered."""
SMALL = ListingPlan(
    binary_markets=2, neg_risk_outcomes=(3,), protocol_two_markets=1, five_minutes_ahead=0, hours_ahead=0
)
QUIET = TraderSettings(makers=(), pace=1e-6)
SETTINGS = ServerSettings(listings=SMALL, traders=QUIET, limits=RateSettings(limits_addresses=False))


class RestWorld:
    """One trader with a fresh key, an EOA, signed in. `impatient` is the same client for answers that never come."""

    def __init__(self, served: ServedWorld, url: str, transport: Transport) -> None:
        self.served = served
        self.url = url
        self.transport = transport
        self.budgets = Budgets()
        self.key = SigningKey.from_secret(secrets.token_bytes(32))
        self.wallet = Wallet(self.key.address)
        self._salts = count(1)

    async def sign_in(self) -> None:
        account = AccountDesk(Caller(self.transport, self.budgets))
        created = await account.create_key(KeyAuthenticator(self.key))
        assert isinstance(created, ApiCredentials), created
        self.credentials = created
        self.clob = self.clob_with(PATIENT)
        self.impatient = self.clob_with(IMPATIENT)
        self.served.world.exchange.cash(self.wallet, self.served.time.now_ns())

    def clob_with(self, timeouts: Timeouts, credentials: ApiCredentials | None = None) -> Clob:
        """A client of the same connections that waits so long, or signs in with something else."""
        authenticator = CredentialAuthenticator(credentials or self.credentials)
        return Clob.over(Caller(self.transport, self.budgets, authenticator, timeouts))

    @property
    def listing(self) -> Listing:
        """A market that takes orders."""
        exchange, now_ns = self.served.world.exchange, self.served.time.now_ns()
        return next(
            each
            for each in exchange.listings.values()
            if exchange.is_accepting(each.market.market, now_ns) and each.market.tick_size == 100
        )

    def arm(self, fault: Fault, times: int | None = 1) -> Armed:
        armed = self.served.faults.arm(Arming(fault, times=times), self.served.time.now_ns())
        assert isinstance(armed, Armed), armed
        return armed

    def split(self, shares: int) -> None:
        """Of pUSD into shares of both outcomes of the market that takes orders."""
        exchange, now_ns = self.served.world.exchange, self.served.time.now_ns()
        refused = exchange.split(self.wallet, self.listing.market.market, Shares(shares * SHARE_SCALE), now_ns)
        assert refused is None

    def order(
        self,
        side: Side = Side.BUY,
        price: str = "0.02",
        shares: int = 10,
        *,
        on: Listing | None = None,
        time_in_force: TimeInForce = TimeInForce.GTC,
        post_only: bool = False,
    ) -> OrderToPost:
        """Signed, for YES."""
        listing = on or self.listing
        size = shares * SHARE_SCALE
        cash = parse_price(price) * size // PRICE_SCALE
        maker_amount, taker_amount = (cash, size) if side is Side.BUY else (size, cash)
        unsigned = SignedOrder(
            salt=next(self._salts),
            maker=self.key.address,
            signer=self.key.address,
            token_id=listing.market.token(Outcome.YES),
            maker_amount=maker_amount,
            taker_amount=taker_amount,
            side=side,
            signature_type=SignatureType.EOA,
            timestamp_ms=self.served.time.now_ns() // NANOSECONDS_PER_MILLISECOND,
        )
        domain = order_domain(neg_risk=listing.market.neg_risk, is_protocol_two=listing.is_protocol_two)
        return OrderToPost(
            order=order_id(order_digest(unsigned, domain)),
            signed=sign_order(unsigned, domain, self.key),
            owner=self.credentials.key,
            time_in_force=time_in_force,
            post_only=post_only,
        )

    def resting(self) -> set[str]:
        """Our open orders, by the exchange's own books."""
        return {
            view.order.order for view in self.served.world.exchange.open_orders() if view.order.wallet == self.wallet
        }


@asynccontextmanager
async def rest_world(settings: ServerSettings = SETTINGS) -> AsyncIterator[RestWorld]:
    listener = open_port(0)
    url = f"http://{LOOPBACK}:{port_of(listener)}"
    served = ServedWorld(settings, 1, SteadyClock())
    over = trio.Event()
    with trio.fail_after(PATIENCE_S):
        async with trio.open_nursery() as nursery:
            await nursery.start(served.run, listener, over.wait)
            async with Transport.opened(url) as transport:
                world = RestWorld(served, url, transport)
                await world.sign_in()
                yield world
            over.set()
