"""Opens an account to trade with: its markets, its keys, what it began with; a place that a service can be on."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import trio
from attrs import frozen

from actors.execution.live.words import AskFailed
from messages.identity import Outcome
from messages.markets import Market
from polyactors.config import Configuration
from polyactors.live.account_book import Opening, joined_before, open_account_book, opening_in
from polyactors.live.claiming import claim_settings
from polyactors.live.place import AccountPlace
from polyactors.live.settings import LiveSettings
from polyactors.venues.feed_counts import FeedCounts
from polyactors.venues.polymarket.claims.opening import open_claims
from polyactors.venues.polymarket.claims.services import BadServices
from polyactors.venues.polymarket.claims.settings import ClaimSettings
from polyactors.venues.polymarket.live_account.account import PolymarketAccount
from polyactors.venues.polymarket.live_account.opening import CannotOpen, open_account
from polyactors.venues.polymarket.live_account.settings import AccountSettings
from polyactors.venues.polymarket.live_paper.market_choice import NoMarkets, chosen_markets
from polyactors.venues.polymarket.market_exchange import orderable
from polyactors.venues.polymarket.order_version import OrderVersion
from polyactors.venues.polymarket.rest.budgets import Budgets
from polyactors.venues.polymarket.signer.caps import Caps
from polyactors.venues.polymarket.signer.exchanges import ExchangeKind
from supervision.log import LogSink

ORDERED_AT = {
    OrderVersion.V1: (ExchangeKind.V1, ExchangeKind.V1_NEG_RISK),
    OrderVersion.V2: (ExchangeKind.V2, ExchangeKind.V2_NEG_RISK, ExchangeKind.V3),
}
READ_TIMES = 5
READ_PAUSE_S = 1.0


class NotOpened(Exception):
    """There is no trading with the account. `reasons` has one line each."""

    def __init__(self, reasons: tuple[str, ...]) -> None:
        self.reasons = reasons
        super().__init__("; ".join(reasons))


@frozen
class OpenPlace:
    place: AccountPlace
    journal: Path


@asynccontextmanager
async def open_place(
    name: str,
    configuration: Configuration,
    journal_for: Callable[[str], Path],
    admit: Callable[[PolymarketAccount], Awaitable[None]],
    now_ns: Callable[[], int],
    log: LogSink,
) -> AsyncIterator[OpenPlace]:
    """The account stays open for the block. `journal_for` says where the journal of a wallet is; `admit` is asked
    before anything is read or sent, and may raise. Raises `NotOpened`,
    `AnotherWallet`, and `JournalError`."""
    live, budgets = configuration.live, Budgets()
    _demand_room(configuration)
    try:
        chosen = await chosen_markets(configuration.polymarket, budgets, now_ns())
    except NoMarkets as error:
        raise NotOpened(error.reasons) from error
    markets = orderable(chosen, live.order_version)
    if chosen and not markets:
        raise NotOpened(("all markets are of protocol two, for which there are no orders of version v1",))
    settings = _account_settings(configuration, markets)
    async with AsyncExitStack() as stack:
        try:
            account = await stack.enter_async_context(
                open_account(settings, markets, budgets, now_ns, FeedCounts(), log)
            )
        except CannotOpen as error:
            raise NotOpened(error.reasons) from error
        await admit(account)
        claims = await stack.enter_async_context(open_claims(_claim_settings(configuration, account)))
        journal = journal_for(account.owner.wallet)
        begun_with = await _begun_with(account, markets, journal, now_ns)
        for market in joined_before(journal):
            account.learn(market)
        place = AccountPlace(
            name=name,
            polymarket=configuration.polymarket,
            live=live,
            markets=markets,
            start_ns=now_ns(),
            budgets=budgets,
            account=account,
            opening=begun_with,
            claims=claims,
            claim_settings=configuration.claims.rules,
            series=configuration.discovery.series,
            reference=configuration.reference,
        )
        yield OpenPlace(place, journal)


def _demand_room(configuration: Configuration) -> None:
    """Raises `NotOpened` where no market may ever be traded."""
    polymarket, series = configuration.polymarket, configuration.discovery.series
    if series and not configuration.live.markets_an_hour:
        hint = "set live.markets_an_hour: the signer signs for tokens of so many new markets an hour, and for no more"
        raise NotOpened((f"markets of series may not join: {hint}",))
    if not (series or configuration.live.markets_an_hour or polymarket.markets or polymarket.most_markets):
        raise NotOpened(("there is nothing to trade: name polymarket.markets, or discovery.series",))


def _claim_settings(configuration: Configuration, account: PolymarketAccount) -> ClaimSettings:
    """Raises `NotOpened`."""
    try:
        return claim_settings(configuration, account.owner.wallet)
    except BadServices as error:
        raise NotOpened((str(error),)) from error


def _account_settings(configuration: Configuration, markets: tuple[Market, ...]) -> AccountSettings:
    """Raises `NotOpened` where no key is named."""
    live = configuration.live
    if len(live.key_sources) != 1:
        raise NotOpened(("no place of the key is named: set live.key_file, live.key_variable or live.keyring_service",))
    return AccountSettings(
        key=live.key_sources[0],
        caps=_caps(live, markets),
        signature_type=live.wallet_type.signature_type,
        wallet=live.wallet_address,
        dry_run=live.dry_run,
        order_version=live.order_version,
        clob_url=configuration.polymarket.clob_url,
        user_stream_url=live.user_stream_url,
    )


def _caps(live: LiveSettings, markets: tuple[Market, ...]) -> Caps:
    """Nothing is signed but orders in the markets that are traded, and in as many as may join."""
    contracts = frozenset(kind.domain.contract for kind in ORDERED_AT[live.order_version])
    tokens = frozenset(market.token(outcome) for market in markets for outcome in Outcome)
    further = len(Outcome) * live.markets_an_hour
    return Caps(live.order_notional, live.minute_notional, contracts, tokens, further)


async def _begun_with(
    account: PolymarketAccount, markets: tuple[Market, ...], journal: Path, now_ns: Callable[[], int]
) -> Opening:
    """What the journal says, and for markets that it does not know what the venue says. Raises `NotOpened`."""
    wallet = account.owner.wallet
    known = opening_in(journal, wallet)
    names = [market.market for market in markets]
    missing = names if known is None else known.lacks(names)
    if known is not None and not missing:
        return known
    reason = ""
    for _ in range(READ_TIMES):
        found = await account.balances(missing)
        if not isinstance(found, AskFailed):
            return open_account_book(journal, wallet, known, found, now_ns())
        reason = found.reason
        await trio.sleep(READ_PAUSE_S)
    raise NotOpened((f"the balances could not be read: {reason}",))
