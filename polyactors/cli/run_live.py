"""`polyactors run --mode live`: with an account, at the venue or on the embedded exchange."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import attrs
from attrs import frozen
from rich.console import Console

from actors.records.journal_store import JournalError
from messages.units import NANOSECONDS_PER_SECOND
from polyactors.cli.failures import Mistakes
from polyactors.cli.live_gates import check_settings, pass_gates
from polyactors.cli.session import new_service
from polyactors.cli.status_line import show_status
from polyactors.cli.venue_names import ExchangeAt, Named
from polyactors.config import Configuration
from polyactors.live.account_book import AnotherWallet
from polyactors.live.opening import NotOpened, OpenPlace, open_place
from polyactors.live.own_exchange import at_exchange, own_exchange
from polyactors.live.wallet_lock import WalletInUse, wallet_lock
from polyactors.service import Service
from polyactors.venues.polymarket.live_account.account import PolymarketAccount
from supervision.clock import SteadyClock
from supervision.faults.plan import FaultPlan
from supervision.log import LogSink

FOLDER = Path("live")
LEAST_STOP_NS = 15 * NANOSECONDS_PER_SECOND


@frozen
class LiveRun:
    """`journal` is where the user wants it; None leaves that to us. `is_confirmed`: nobody has to type a sentence."""

    where: ExchangeAt | Named
    configuration: Configuration
    faults: FaultPlan
    journal: Path | None
    control_socket: Path
    is_confirmed: bool


@frozen
class Ran:
    service: Service
    real_ns: int
    simulated_ns: int


Run = Callable[[Service, Callable[[], Awaitable[None]]], Awaitable[None]]


async def run_live(wanted: LiveRun, log: LogSink, run: Run) -> Ran:
    """The whole session; `run` runs the service until it is told to stop. Raises `Mistakes`."""
    clock = SteadyClock(time.time_ns())
    try:
        async with _configured(wanted) as configuration, _opened(wanted, configuration, clock, log) as opened:
            with wallet_lock(configuration.service.data_folder / FOLDER, opened.place.account.owner.wallet):
                service = new_service(
                    configuration,
                    opened.place,
                    clock,
                    log,
                    opened.journal,
                    wanted.faults,
                    fresh=False,
                    control_socket=wanted.control_socket,
                )
                began_ns, started_ns = time.perf_counter_ns(), clock.now_ns()
                await run(service, partial(show_status, service, Console(stderr=True)))
                return Ran(service, time.perf_counter_ns() - began_ns, clock.now_ns() - started_ns)
    except NotOpened as error:
        raise Mistakes("the account cannot be traded with", error.reasons) from error
    except (AnotherWallet, WalletInUse) as error:
        raise Mistakes("the account cannot be traded with", [str(error)]) from error
    except JournalError as error:
        raise Mistakes("the journal cannot be used", [str(error)]) from error


@asynccontextmanager
async def _configured(wanted: LiveRun) -> AsyncIterator[Configuration]:
    """The configuration with the addresses of where it is; real money only behind its gates."""
    configuration = with_patience(wanted.configuration)
    if isinstance(wanted.where, ExchangeAt):
        yield at_exchange(configuration, wanted.where.url)
    elif wanted.where is Named.EXCHANGE:
        async with own_exchange(configuration) as url:
            yield at_exchange(configuration, url)
    else:
        check_settings(configuration)
        yield configuration


def with_patience(configuration: Configuration) -> Configuration:
    """The cancels of an end go over a network, and the account is compared with the venue's after them."""
    service = configuration.service
    longer = attrs.evolve(service, stop_within_ns=max(service.stop_within_ns, LEAST_STOP_NS))
    return attrs.evolve(configuration, service=longer)


def _opened(
    wanted: LiveRun, configuration: Configuration, clock: SteadyClock, log: LogSink
) -> AbstractAsyncContextManager[OpenPlace]:
    folder = configuration.service.data_folder / FOLDER

    def journal_for(wallet: str) -> Path:
        """At the venue it goes on from session to session; a simulated account is a new one each time."""
        if wanted.journal is not None:
            return wanted.journal
        if wanted.where is Named.POLYMARKET:
            return folder / f"{wallet}{'.rehearsal' if configuration.live.dry_run else ''}.journal"
        return folder / f"exchange-{datetime.now(UTC):%Y%m%dT%H%M%S%f}.journal"

    async def admit(account: PolymarketAccount) -> None:
        if wanted.where is Named.POLYMARKET:
            await pass_gates(configuration, account, is_confirmed=wanted.is_confirmed)

    name = Named.POLYMARKET.value if wanted.where is Named.POLYMARKET else Named.EXCHANGE.value
    return open_place(name, configuration, journal_for, admit, clock.now_ns, log)
