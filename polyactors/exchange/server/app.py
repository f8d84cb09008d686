"""Everything that is served, on one port: what is where."""

from collections import Counter
from collections.abc import Callable, Iterator

from attrs import frozen
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount

from messages.units import NANOSECONDS_PER_SECOND
from polyactors.exchange.chain import relayer, rpc
from polyactors.exchange.chain.chain import Chain
from polyactors.exchange.clob import (
    account_routes,
    book_history,
    builder_routes,
    cancel_routes,
    heartbeat_routes,
    key_routes,
    order_routes,
    own_data_routes,
    public_routes,
    rewards_routes,
    scoring_routes,
)
from polyactors.exchange.clob.api_keys import ApiKeys, SpareKeys
from polyactors.exchange.clob.errors import answer, unanswered
from polyactors.exchange.clob.errors import error as error_answer
from polyactors.exchange.clob.heartbeats import Heartbeats
from polyactors.exchange.clob.order_entry import OrderEntry
from polyactors.exchange.clob.rate_middleware import RateLimited
from polyactors.exchange.clob.rewards_sampling import RewardSampling
from polyactors.exchange.clob.signed_in import signed_in
from polyactors.exchange.data_api import routes as data_routes
from polyactors.exchange.data_api.asking import refusal
from polyactors.exchange.faults.desk import FaultDesk
from polyactors.exchange.faults.request_middleware import FaultyRequests
from polyactors.exchange.gamma import routes as gamma_routes
from polyactors.exchange.reference_feeds import feed_routes
from polyactors.exchange.reference_feeds.feed_routes import known_login
from polyactors.exchange.server import control_routes, website_routes
from polyactors.exchange.server.bystanders import Bystanders
from polyactors.exchange.server.control_words import Status
from polyactors.exchange.server.fault_operations import FaultOperations
from polyactors.exchange.server.operations import Operations
from polyactors.exchange.server.request_counts import RequestCounts
from polyactors.exchange.server.settings import ServerSettings
from polyactors.exchange.server.venue_time import VenueTime
from polyactors.exchange.streams import stream_routes
from polyactors.exchange.streams.stream_routes import Streams
from polyactors.exchange.world import World


@frozen
class Venue:
    """All that requests are answered from."""

    settings: ServerSettings
    world: World
    time: VenueTime
    keys: ApiKeys
    bystanders: Bystanders
    heartbeats: Heartbeats
    rewards: RewardSampling
    streams: Streams
    chain: Chain
    faults: FaultDesk
    operations: Operations
    status: Callable[[], Status]
    requests: Counter[str]

    def has_session(self, wallet: str, session_key: str) -> bool:
        return self.chain.sessions.allows(wallet, session_key, self.time.now_ns() // NANOSECONDS_PER_SECOND)


def new_app(venue: Venue, seed: int) -> Starlette:
    """Unknown paths and methods are refused in the CLOB's shape; what goes wrong with us is told to standard error."""
    return Starlette(
        routes=[*_clob(venue, seed), *_others(venue)],
        exception_handlers={HTTPException: _unanswered, Exception: _broken},
        middleware=[
            Middleware(RequestCounts, counts=venue.requests),
            Middleware(FaultyRequests, desk=venue.faults, now_ns=venue.time.now_ns),
            Middleware(RateLimited, settings=venue.settings.limits, keys=venue.keys, now_ns=venue.time.now_ns),
        ],
    )


def _clob(venue: Venue, seed: int) -> Iterator[BaseRoute]:
    exchange, keys, now_ns, beside = venue.world.exchange, venue.keys, venue.time.now_ns, venue.bystanders
    who = signed_in(keys, venue.time.shown_ns)
    entry = OrderEntry(exchange, venue.settings.orders, venue.has_session)
    yield from builder_routes.routes(exchange, beside.listings, entry.builders)
    yield from public_routes.routes(exchange, beside.times, beside.prices, now_ns, venue.time.shown_ns)
    yield from book_history.routes(exchange, beside.books)
    yield from order_routes.routes(entry, who, now_ns)
    yield from cancel_routes.routes(exchange, who, now_ns, venue.settings.orders.most_cancels)
    yield from heartbeat_routes.routes(venue.heartbeats, who, now_ns)
    yield from own_data_routes.routes(exchange, beside.listings, who, now_ns)
    yield from scoring_routes.routes(exchange, who, now_ns)
    yield from key_routes.routes(keys, SpareKeys(seed), venue.time.shown_ns)
    yield from account_routes.routes(exchange, who, venue.chain.approvals, beside.notifications, now_ns)
    yield from rewards_routes.routes(exchange, who, venue.rewards, beside.rebates, beside.statistics, now_ns)


def _others(venue: Venue) -> Iterator[BaseRoute]:
    exchange, now_ns, beside = venue.world.exchange, venue.time.now_ns, venue.bystanders
    yield Mount("/gamma", routes=gamma_routes.routes(exchange, beside.statistics, now_ns))
    yield Mount(
        "/data",
        routes=data_routes.routes(
            beside.activity, beside.prices, beside.statistics, exchange, venue.chain.approvals, now_ns
        ),
    )
    yield from stream_routes.routes(venue.streams, venue.keys, now_ns, venue.settings.streams)
    yield from feed_routes.routes(venue.world.prices, venue.faults.is_stalled, now_ns, known_login(venue.keys))
    yield from relayer.routes(venue.chain, now_ns)
    yield from rpc.routes(venue.chain, now_ns)
    yield from website_routes.routes()
    yield from control_routes.routes(venue.operations, FaultOperations(venue.faults, now_ns), venue.status)


async def _unanswered(request: Request, error: Exception) -> Response:
    """A path or a method that nobody has, in the shape of whose it would be."""
    path = request.url.path
    if isinstance(error, HTTPException) and path.startswith("/data/v"):
        code = error.detail.lower().replace(" ", "_")
        return refusal(error.status_code, code, error.detail, path)
    if isinstance(error, HTTPException) and path.startswith("/gamma/"):
        return answer({"type": f"{error.detail.lower()} error", "error": error.detail}, error.status_code)
    return await unanswered(request, error)


async def _broken(request: Request, error: Exception) -> Response:
    """The server tells the traceback as well, after this."""
    return error_answer(500, "internal server error")
