"""`polyactors claims`: what can be redeemed, and redeeming, splitting and merging by hand."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import attrs
import click
import trio
from attrs import frozen

from actors.execution.live.claim_words import Claimed, ClaimInDoubt, ClaimOutcome, Holding, NotClaimed, WouldClaim
from actors.execution.live.words import AskFailed
from messages.identity import MarketId
from messages.serial import to_json
from messages.units import BadDecimal, Cash, Shares, format_cash, format_price, format_shares, parse_shares
from polyactors.cli.failures import Mistakes
from polyactors.cli.options import configuration_from
from polyactors.config import Configuration

if TYPE_CHECKING:
    from polyactors.venues.polymarket.claims.opening import OfficialClaims

F = TypeVar("F", bound=Callable[..., object])
R = TypeVar("R")


@frozen
class Listed:
    """What can be redeemed; what lost is with it and pays nothing."""

    wallet: str
    holdings: tuple[Holding, ...]
    payout: Cash


@frozen
class Attempt:
    """What was asked for. `state` is done, dry_run, refused or in_doubt; `detail` the transaction, what would have
    been done, or the reason."""

    what: str
    market: str
    state: str
    detail: str


@frozen
class Attempts:
    attempts: tuple[Attempt, ...]


def _common(command: F) -> F:
    for option in (
        click.option("--json", "as_json", is_flag=True, help="As one JSON document."),
        click.option("--exchange", "exchange_url", metavar="URL", help="The embedded exchange that is served there."),
        click.option("--config", "config_path", type=click.Path(path_type=Path), help="A TOML file."),
    ):
        command = option(command)
    return command


_yes = click.option(
    "--yes",
    "is_meant",
    is_flag=True,
    help="Do it. Without this, and wherever live.dry_run is on, it is only told what would be done.",
)


@click.group()
def claims() -> None:
    """Redeem what was won, split and merge. A dry run unless --yes is given and live.dry_run is off.

    The venue's official client does it, in a process of its own that alone reads the key: pip install
    'polyactors[claims]'. Exit code 2: it was refused, or nobody knows what came of it.
    """


@claims.command("list")
@_common
def list_(config_path: Path | None, exchange_url: str | None, as_json: bool) -> None:
    """What the wallet can redeem, by the venue's word and the chain's."""
    found = trio.run(_listed, configuration_for(config_path, exchange_url))
    if as_json:
        print(to_json(found))
        return
    for each in found.holdings:
        pays = "undecided" if each.yes_payout is None else f"YES pays {format_price(each.yes_payout)}"
        print(f"{each.market}  {_shares(each)}, {pays}: {format_cash(each.payout)} pUSD")
    print(f"{format_cash(found.payout)} pUSD for {found.wallet}")


@claims.command()
@click.argument("markets", metavar="[CONDITION]...", nargs=-1)
@_common
@_yes
def redeem(
    markets: tuple[str, ...], config_path: Path | None, exchange_url: str | None, as_json: bool, is_meant: bool
) -> None:
    """Redeem these markets; all that pay something, if none is named."""
    _run(partial(_redeem_all, markets), configuration_for(config_path, exchange_url, is_meant), as_json)


@claims.command()
@click.argument("market", metavar="CONDITION")
@click.argument("amount")
@_common
@_yes
def split(
    market: str, amount: str, config_path: Path | None, exchange_url: str | None, as_json: bool, is_meant: bool
) -> None:
    """Make AMOUNT pUSD into as many YES and NO. Not beside a service that trades with the wallet."""
    shares = _amount(amount)
    _run(partial(_split, MarketId(market), shares), configuration_for(config_path, exchange_url, is_meant), as_json)


@claims.command()
@click.argument("market", metavar="CONDITION")
@click.argument("amount")
@_common
@_yes
def merge(
    market: str, amount: str, config_path: Path | None, exchange_url: str | None, as_json: bool, is_meant: bool
) -> None:
    """Make AMOUNT YES and NO into as many pUSD. Not beside a service that trades with the wallet."""
    shares = _amount(amount)
    _run(partial(_merge, MarketId(market), shares), configuration_for(config_path, exchange_url, is_meant), as_json)


@claims.command()
@_common
@_yes
def approve(config_path: Path | None, exchange_url: str | None, as_json: bool, is_meant: bool) -> None:
    """Let the venue's operator redeem what is won from now on."""
    _run(_approve, configuration_for(config_path, exchange_url, is_meant), as_json)


def configuration_for(config_path: Path | None, exchange_url: str | None, is_meant: bool = False) -> Configuration:
    """With `live.dry_run` as it is to be. Raises `Mistakes`."""
    from polyactors.live.claiming import claim_services
    from polyactors.venues.polymarket.claims.services import BadServices

    configuration = configuration_from(config_path, None)
    if exchange_url is not None:
        from polyactors.live.own_exchange import at_exchange

        configuration = at_exchange(configuration, exchange_url.rstrip("/"))
    try:
        is_local = claim_services(configuration).is_local
    except BadServices as error:
        raise Mistakes("the addresses cannot be claimed at", [str(error)]) from error
    is_dry = not is_meant or (configuration.live.dry_run and not is_local)
    return attrs.evolve(configuration, live=attrs.evolve(configuration.live, dry_run=is_dry))


def _run(
    what: Callable[["OfficialClaims"], Awaitable[tuple[Attempt, ...]]], configuration: Configuration, as_json: bool
) -> None:
    attempts = trio.run(_opened, what, configuration)
    if as_json:
        print(to_json(Attempts(attempts)))
    else:
        for each in attempts:
            print(f"{each.state.replace('_', ' ')}: {each.what} {each.market}: {each.detail}".replace(" : ", ": "))
    bad = [f"{each.what} {each.market}: {each.detail}" for each in attempts if each.state in ("refused", "in_doubt")]
    if bad:
        doubt = any(each.state == "in_doubt" for each in attempts)
        hint = ["what is in doubt may still happen: look with polyactors claims list before it is asked for again"]
        raise Mistakes("not everything was done", bad + hint * doubt)


async def _listed(configuration: Configuration) -> Listed:
    async def look(official: "OfficialClaims") -> Listed:
        holdings = _demand(await official.redeemable())
        return Listed(str(official.wallet), holdings, Cash(sum(each.payout for each in holdings)))

    return await _opened(look, configuration)


async def _opened(what: Callable[["OfficialClaims"], Awaitable[R]], configuration: Configuration) -> R:
    """Raises `Mistakes`."""
    from polyactors.live.claiming import claim_settings
    from polyactors.venues.polymarket.claims.opening import open_claims

    settings = claim_settings(configuration)
    if settings.key is None and settings.wallet is None:
        raise Mistakes(
            "there is nobody to claim for",
            ["name the key in section [live]: key_file, key_variable or keyring_service", "or live.wallet, to look"],
        )
    async with open_claims(settings) as official:
        wallet = _demand(await official.start())
        with _alone(configuration, wallet):
            return await what(official)


@contextmanager
def _alone(configuration: Configuration, wallet: str) -> Iterator[None]:
    """A service that runs is not told of what is done behind its back. Raises `Mistakes`."""
    from polyactors.cli.run_live import FOLDER
    from polyactors.live.wallet_lock import WalletInUse, wallet_lock

    if configuration.live.dry_run:
        yield
        return
    try:
        with wallet_lock(configuration.service.data_folder / FOLDER, wallet):
            yield
    except WalletInUse as error:
        raise Mistakes("the wallet is in use", [str(error)]) from error


async def _redeem_all(markets: tuple[str, ...], official: "OfficialClaims") -> tuple[Attempt, ...]:
    wanted = [MarketId(each) for each in markets]
    if not wanted:
        wanted = [each.market for each in _demand(await official.redeemable()) if each.payout]
    return tuple([_attempt("redeem", each, await official.redeem(each)) for each in wanted])


async def _split(market: MarketId, amount: Shares, official: "OfficialClaims") -> tuple[Attempt, ...]:
    return (_attempt("split", market, await official.split(market, amount)),)


async def _merge(market: MarketId, amount: Shares, official: "OfficialClaims") -> tuple[Attempt, ...]:
    return (_attempt("merge", market, await official.merge(market, amount)),)


async def _approve(official: "OfficialClaims") -> tuple[Attempt, ...]:
    return (_attempt("approve", "", await official.approve_auto_redeem()),)


def _attempt(what: str, market: str, outcome: ClaimOutcome) -> Attempt:
    match outcome:
        case Claimed(transaction):
            return Attempt(what, market, "done", transaction or "it was so already")
        case WouldClaim(text):
            return Attempt(what, market, "dry_run", text)
        case NotClaimed(reason):
            return Attempt(what, market, "refused", reason)
        case ClaimInDoubt(reason):
            return Attempt(what, market, "in_doubt", reason)


def _demand(answer: R | AskFailed) -> R:
    """Raises `Mistakes`."""
    if isinstance(answer, AskFailed):
        raise Mistakes("there is no claiming", [answer.reason])
    return answer


def _amount(text: str) -> Shares:
    try:
        return parse_shares(text)
    except BadDecimal as error:
        raise Mistakes("the amount was not understood", [str(error)]) from error


def _shares(holding: Holding) -> str:
    return f"{format_shares(holding.yes)} YES and {format_shares(holding.no)} NO"
