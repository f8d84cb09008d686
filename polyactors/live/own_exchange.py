"""The embedded exchange behind real sockets, in this process: live mode without anybody's money."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
import trio

from messages.units import Cash
from polyactors.config import Configuration
from polyactors.venues.polymarket.order_version import OrderVersion
from polyactors.venues.polymarket.signer.key_source import KEY_FILE_MODE
from polyactors.venues.reference.served_exchange import at_served_exchange

FOLDER = Path("exchange")
KEY_FILE = FOLDER / "key"
WARM_UP_S = 2.0
"""The simulated traders are alone for so long, that there are books when the service comes."""

MARKETS_AN_HOUR = 100
ORDERS_A_CAP = 10
"""Nobody loses money: the signer's caps are far above what the governor lets pass, and still there."""


@asynccontextmanager
async def own_exchange(configuration: Configuration) -> AsyncIterator[str]:
    """Its address. It lives as long as the block, on the system's clock."""
    # Only who wants the exchange pays for its import.
    from polyactors.exchange.clob.order_entry import EntryRules
    from polyactors.exchange.ports.simulation import LIVELY
    from polyactors.exchange.server.listening import LOOPBACK, open_port, port_of
    from polyactors.exchange.server.served import ServedWorld
    from polyactors.exchange.server.settings import ServerSettings
    from polyactors.exchange.server.venue_time import SteadyClock

    listener = open_port(0)
    url = f"http://{LOOPBACK}:{port_of(listener)}"
    orders = EntryRules(accepts_v1=configuration.live.order_version is OrderVersion.V1)
    settings = ServerSettings(orders=orders, listings=LIVELY.listings, traders=LIVELY.traders)
    served = ServedWorld(settings, configuration.service.seed, SteadyClock())
    over = trio.Event()
    async with trio.open_nursery() as nursery:
        await nursery.start(served.run, listener, over.wait)
        await trio.sleep(WARM_UP_S)
        try:
            yield url
        finally:
            over.set()


def at_exchange(configuration: Configuration, url: str) -> Configuration:
    """The configuration with everything of the venue at `url`, an embedded exchange: with a key of its own if none is
    named, and nothing of what guards real money."""
    live, socket = configuration.live, url.replace("http", "ws", 1)
    limit = configuration.limits.order_notional
    order_cap = live.order_notional or Cash(limit * ORDERS_A_CAP)
    named = live if live.key_sources else attrs.evolve(live, key_file=str(_key_file(configuration.service.data_folder)))
    return attrs.evolve(
        configuration,
        polymarket=attrs.evolve(
            configuration.polymarket,
            clob_url=url,
            gamma_url=f"{url}/gamma",
            market_stream_url=f"{socket}/ws/market",
            least_left_s=min(configuration.polymarket.least_left_s, 60),
        ),
        reference=at_served_exchange(configuration.reference, url),
        live=attrs.evolve(
            named,
            is_allowed=True,
            dry_run=False,
            order_notional=order_cap,
            minute_notional=live.minute_notional or Cash(order_cap * 1000),
            markets_an_hour=live.markets_an_hour or MARKETS_AN_HOUR,
            user_stream_url=f"{socket}/ws/user",
            website_url=url,
            data_api_url=f"{url}/data",
        ),
    )


def _key_file(data_folder: Path) -> Path:
    """A key that is worth nothing, made once."""
    path = data_folder / KEY_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, KEY_FILE_MODE)
    except FileExistsError:
        return path
    with os.fdopen(descriptor, "w") as file:
        file.write("0x" + os.urandom(32).hex())
    return path
