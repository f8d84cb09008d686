"""One examination: all checks that can be made, side by side, each within its time."""

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager

import trio
from attrs import define, field

from messages.markets import Market
from messages.units import NANOSECONDS_PER_SECOND, Cash
from polyactors.config import Configuration
from polyactors.doctor.chart import Chart
from polyactors.doctor.checks.allowances import allowances_finding
from polyactors.doctor.checks.balance import balance_finding
from polyactors.doctor.checks.clock import clock_finding
from polyactors.doctor.checks.closed_only import closed_only_finding
from polyactors.doctor.checks.configuration import configuration_finding
from polyactors.doctor.checks.location import location_finding
from polyactors.doctor.checks.markets import markets_finding, markets_of
from polyactors.doctor.checks.reach import clob_finding, data_api_finding, gamma_finding
from polyactors.doctor.checks.trading_mode import (
    ListeningBudgets,
    empty_batch,
    rate_tier_finding,
    trading_mode_finding,
)
from polyactors.doctor.checks.wallet import wallet_finding
from polyactors.doctor.failed_calls import failed_call
from polyactors.doctor.finding import Check, Finding, failed, ok, skipped
from polyactors.live.settings import LiveSettings
from polyactors.venues.polymarket.authenticated import NotAuthenticated, open_authenticated
from polyactors.venues.polymarket.rest.calling import Caller
from polyactors.venues.polymarket.rest.clob import Clob
from polyactors.venues.polymarket.rest.data_api import DataApi
from polyactors.venues.polymarket.rest.gamma_pages import Gamma
from polyactors.venues.polymarket.rest.transport import Transport
from polyactors.venues.polymarket.signer.caps import AnyAsset, Caps
from polyactors.venues.polymarket.signer.opening import open_signer
from polyactors.venues.polymarket.signer.port import SignerFailure, SignerPort
from polyactors.venues.polymarket.signing.addresses import EXCHANGE_V2, Address

OpenSigner = Callable[[], AbstractAsyncContextManager[SignerPort]]

NO_ORDERS = Caps(Cash(1), Cash(1), frozenset({EXCHANGE_V2}), AnyAsset.ANY)
"""The doctor's own signer signs for an API key, and nothing that anybody could want to order."""

_NAME_A_KEY = "name one in section [live]: key_file, key_variable, or keyring_service and keyring_user"


async def examine(
    configuration: Configuration,
    open_our_signer: OpenSigner | None = None,
    now_ns: Callable[[], int] = time.time_ns,
) -> tuple[Finding, ...]:
    """One finding for each check. Nothing is ordered and no heartbeat is armed; an API key is made if there is none.

    `open_our_signer` is for who has a signer already: a key in the environment can be opened once. Without it one is
    started for the examination, which signs no order.
    """
    examination = _Examination(configuration, open_our_signer, now_ns)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(examination.ask_in_public)
        nursery.start_soon(examination.ask_as_ourselves)
    return examination.chart.findings


@define(eq=False)
class _Examination:
    configuration: Configuration
    open_our_signer: OpenSigner | None
    now_ns: Callable[[], int]
    chart: Chart = field(factory=Chart)
    budgets: ListeningBudgets = field(factory=ListeningBudgets)
    markets: tuple[Market, ...] | None = None
    markets_are_known: trio.Event = field(factory=trio.Event)
    """Or are known not to be."""

    async def ask_in_public(self) -> None:
        self.chart.note(configuration_finding(self.configuration))
        where, live, make = self.configuration.polymarket, self.configuration.live, self.chart.make
        async with (
            Clob.opened(self.budgets, base_url=where.clob_url) as clob,
            Gamma.opened(self.budgets, base_url=where.gamma_url) as gamma,
            DataApi.opened(self.budgets, base_url=live.data_api_url) as data,
            Transport.opened(live.website_url) as website,
            trio.open_nursery() as nursery,
        ):
            asked = Caller(website, self.budgets)
            wallet = live.wallet_address or EXCHANGE_V2
            nursery.start_soon(make, lambda: clob_finding(clob, where.clob_url, live.order_version), Check.CLOB)
            nursery.start_soon(make, lambda: gamma_finding(gamma, where.gamma_url), Check.GAMMA)
            nursery.start_soon(make, lambda: data_api_finding(data, live.data_api_url, wallet), Check.DATA_API)
            nursery.start_soon(make, lambda: clock_finding(clob, self.now_ns), Check.CLOCK)
            nursery.start_soon(make, lambda: location_finding(asked, live.website_url), Check.LOCATION)
            nursery.start_soon(make, lambda: self._markets(clob), Check.MARKETS)

    async def _markets(self, clob: Clob) -> Finding:
        try:
            found = await markets_of(self.configuration, self.budgets, self.now_ns())
            if isinstance(found, Finding):
                return found
            self.markets = found
        finally:
            self.markets_are_known.set()
        return await markets_finding(self.configuration, found, clob)

    async def ask_as_ourselves(self) -> None:
        """Everything that needs the key, in the order in which one thing needs another."""
        open_the_signer = self.open_our_signer or _signer_of(self.configuration.live)
        if open_the_signer is None:
            self._leave_out(_OF_THE_KEY, "no key is named", _NAME_A_KEY)
            return
        try:
            async with open_the_signer() as signer:
                self.chart.note(ok(Check.SIGNER, f"it has the key of {signer.address}"))
                self.chart.note(wallet_finding(self.configuration.live, signer.address))
                await self._ask_with(signer)
        except SignerFailure as failure:
            advice = "put the key where section [live] says it is, readable for this user alone (docs/signing.md)"
            self.chart.note(failed(Check.SIGNER, str(failure), advice))
            self._leave_out(_OF_THE_KEY, "the signer did not open", "see the signer")

    async def _ask_with(self, signer: SignerPort) -> None:
        live, where = self.configuration.live, self.configuration.polymarket
        try:
            async with open_authenticated(
                signer,
                self.budgets,
                live.wallet_type.signature_type,
                base_url=where.clob_url,
                now_s=lambda: self.now_ns() // NANOSECONDS_PER_SECOND,
            ) as authenticated:
                self.chart.note(ok(Check.API_KEY, f"{authenticated.credentials.key} belongs to the key"))
                await self._ask_for_the_account(authenticated.clob, signer.address)
        except NotAuthenticated as error:
            self.chart.note(failed_call(Check.API_KEY, "the API key of the wallet", error.failure))
            self._leave_out(_OF_THE_ACCOUNT, "there is no API key", "see the API key")

    async def _ask_for_the_account(self, clob: Clob, owner: Address) -> None:
        make = self.chart.make
        async with trio.open_nursery() as nursery:
            nursery.start_soon(make, lambda: closed_only_finding(clob), Check.CLOSED_ONLY)
            nursery.start_soon(make, lambda: balance_finding(self.configuration, clob, owner), Check.BALANCE)
            nursery.start_soon(make, lambda: self._allowances(clob), Check.ALLOWANCES)
            nursery.start_soon(make, lambda: self._orders(clob), Check.TRADING_MODE)
        self._leave_out((Check.RATE_TIER,), "the call that would have told it was not made", "see the trading mode")

    async def _allowances(self, clob: Clob) -> Finding:
        await self.markets_are_known.wait()
        if self.markets is None:
            return skipped(Check.ALLOWANCES, "it is not known which markets need them", "see the markets")
        return await allowances_finding(self.configuration, self.markets, clob)

    async def _orders(self, clob: Clob) -> Finding:
        answer = await empty_batch(clob)
        self.chart.note(rate_tier_finding(answer, self.budgets.standing))
        return trading_mode_finding(answer)

    def _leave_out(self, checks: Sequence[Check], because: str, advice: str) -> None:
        for check in checks:
            self.chart.note(skipped(check, because, advice))


_OF_THE_ACCOUNT = (Check.CLOSED_ONLY, Check.BALANCE, Check.ALLOWANCES, Check.TRADING_MODE, Check.RATE_TIER)
_OF_THE_KEY = (Check.SIGNER, Check.WALLET, Check.API_KEY, *_OF_THE_ACCOUNT)


def _signer_of(live: LiveSettings) -> OpenSigner | None:
    """Settings have one place of a key at most."""
    if not live.key_sources:
        return None
    return lambda: open_signer(live.key_sources[0], NO_ORDERS)
