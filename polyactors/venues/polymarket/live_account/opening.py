"""Opens the account: the signer's process, the API key, the connections; or says all that is wrong."""

import random
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from messages.markets import Market
from messages.units import NANOSECONDS_PER_SECOND
from polyactors.venues.feed_counts import FeedCounts
from polyactors.venues.polymarket.authenticated import Authenticated, NotAuthenticated, open_authenticated
from polyactors.venues.polymarket.first_client.client import NotStarted
from polyactors.venues.polymarket.first_client.desk import FirstClientDesk, PostsOrders
from polyactors.venues.polymarket.first_client.opening import open_first_client
from polyactors.venues.polymarket.live_account.account import PolymarketAccount
from polyactors.venues.polymarket.live_account.bad_news import BadNews
from polyactors.venues.polymarket.live_account.owner import BadWallet, Owner, owner_of
from polyactors.venues.polymarket.live_account.settings import AccountSettings
from polyactors.venues.polymarket.live_account.signer_keeper import OpenSigner, SignerKeeper, keeping_signer
from polyactors.venues.polymarket.live_account.telling import told
from polyactors.venues.polymarket.live_account.tokens import Tokens
from polyactors.venues.polymarket.live_account.trades_read import Ourselves
from polyactors.venues.polymarket.live_streams.credentials import StreamCredentials
from polyactors.venues.polymarket.live_streams.user_stream import LiveUserStream
from polyactors.venues.polymarket.market_exchange import NoExchange, exchange_of
from polyactors.venues.polymarket.order_version import OrderVersion
from polyactors.venues.polymarket.rest.budgets import Budgets
from polyactors.venues.polymarket.signer.caps import AnyAsset
from polyactors.venues.polymarket.signer.opening import open_signer
from polyactors.venues.polymarket.signer.port import SignerFailure
from polyactors.venues.streams.health import StreamHealth
from polyactors.venues.streams.transport import open_wire
from supervision.log import LogSink, discard


class CannotOpen(Exception):
    """The account cannot be traded with. `reasons` has one line each, and nothing of a key."""

    def __init__(self, reasons: Iterable[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("; ".join(self.reasons))


@asynccontextmanager
async def open_account(
    settings: AccountSettings,
    markets: Iterable[Market],
    budgets: Budgets,
    now_ns: Callable[[], int],
    counts: FeedCounts,
    log: LogSink = discard,
    *,
    chance: random.Random | None = None,
    open_one: OpenSigner = open_signer,
) -> AsyncIterator[PolymarketAccount]:
    """Raises `CannotOpen`. What is raised inside comes out as it is. `budgets` should be those of all that is asked
    from here."""
    tokens = Tokens(markets)
    _demand_allowed(settings, tokens)
    async with AsyncExitStack() as stack:
        try:
            keeping = keeping_signer(settings.key, settings.caps, now_ns, log, open_one)
            signer = await stack.enter_async_context(keeping)
        except SignerFailure as failure:
            raise CannotOpen([str(failure)]) from None
        owner = _owner(settings, signer)
        try:
            opening = open_authenticated(
                signer,
                budgets,
                settings.signature_type,
                base_url=settings.clob_url,
                timeouts=settings.timeouts,
                now_s=lambda: now_ns() // NANOSECONDS_PER_SECOND,
            )
            authenticated = await stack.enter_async_context(opening)
        except NotAuthenticated as error:
            raise CannotOpen([f"there is no API key to be had: {told(error.failure)}"]) from None
        credentials = authenticated.credentials
        poster = await stack.enter_async_context(_poster(settings, authenticated, now_ns, log))
        health = StreamHealth()
        for_streams = StreamCredentials(credentials.key, credentials.secret, credentials.passphrase)
        stream = LiveUserStream(
            credentials=for_streams,
            open_wire=partial(open_wire, settings.user_stream_url),
            now_ns=now_ns,
            chance=chance or random.Random(),
            counts=counts,
            health=health,
            log=log,
        )
        yield PolymarketAccount(
            settings=settings,
            owner=owner,
            health=health,
            bad=BadNews(counts, now_ns, log),
            clob=authenticated.clob,
            poster=poster,
            signer=signer,
            stream_credentials=for_streams,
            stream=stream,
            ourselves=Ourselves(credentials.key, owner.wallet),
            tokens=tokens,
            now_ns=now_ns,
        )


@asynccontextmanager
async def _poster(
    settings: AccountSettings, authenticated: Authenticated, now_ns: Callable[[], int], log: LogSink
) -> AsyncIterator[PostsOrders]:
    """Raises `CannotOpen`."""
    desk = authenticated.clob.orders
    if settings.order_version is OrderVersion.V2:
        yield desk
        return
    try:
        async with open_first_client(settings.clob_url, authenticated.credentials, now_ns, log) as office:
            yield FirstClientDesk(desk.caller, office)
    except NotStarted as error:
        raise CannotOpen([str(error)]) from None


def _demand_allowed(settings: AccountSettings, tokens: Tokens) -> None:
    """Every market has to be within the signer's caps: else its orders would be refused one by one."""
    caps, reasons = settings.caps, []
    for market in tokens.markets.values():
        try:
            contract = exchange_of(market, settings.order_version).domain.contract
        except NoExchange as error:
            reasons.append(str(error))
            continue
        if contract not in caps.exchanges:
            reasons.append(f"{market.slug}: the signer's caps do not allow its contract {contract}")
        if caps.assets is not AnyAsset.ANY and not {market.yes_token, market.no_token} <= caps.assets:
            reasons.append(f"{market.slug}: the signer's caps do not allow its tokens")
    if reasons:
        raise CannotOpen(reasons)


def _owner(settings: AccountSettings, signer: SignerKeeper) -> Owner:
    try:
        return owner_of(signer.address, settings.signature_type, settings.wallet)
    except BadWallet as error:
        raise CannotOpen([str(error)]) from None
