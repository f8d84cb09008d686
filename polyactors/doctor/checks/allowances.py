"""Whether the exchange contracts of the markets may move our pUSD and our shares (polymarket_wire.md 11.5)."""

from collections.abc import Iterable

from attrs import frozen

from messages.identity import TokenId
from messages.markets import Market
from messages.units import Cash, format_cash
from polyactors.config import Configuration
from polyactors.doctor.failed_calls import failed_call
from polyactors.doctor.finding import Check, Finding, failed, ok, warning
from polyactors.venues.polymarket.market_exchange import exchange_of, orderable
from polyactors.venues.polymarket.rest.account_answers import AssetType, BalanceAllowance
from polyactors.venues.polymarket.rest.clob import Clob
from polyactors.venues.polymarket.rest.failures import Failure
from polyactors.venues.polymarket.signer.exchanges import ExchangeKind

_APPROVE = (
    "give the venue's trading approvals: trade once by hand on its website, or call its client's "
    "setup_trading_approvals()"
)


@frozen
class Allowed:
    """What an exchange may move: so much pUSD, and whether shares."""

    exchange: ExchangeKind
    cash: int
    may_move_shares: bool


async def allowances_finding(configuration: Configuration, markets: Iterable[Market], clob: Clob) -> Finding:
    cash = await clob.account.balance(AssetType.COLLATERAL)
    if isinstance(cash, Failure):
        return failed_call(Check.ALLOWANCES, "the allowances of pUSD", cash)
    allowed = []
    version = configuration.live.order_version
    tradable = orderable(tuple(markets), version)
    for exchange, token in {exchange_of(market, version): market.yes_token for market in tradable}.items():
        shares = await _of_shares(clob, exchange, token)
        if isinstance(shares, Failure):
            return failed_call(Check.ALLOWANCES, "the allowances of shares", shares)
        allowed.append(Allowed(exchange, _to(cash, exchange), _to(shares, exchange) > 0))
    return judged(configuration, allowed)


def judged(configuration: Configuration, allowed: Iterable[Allowed]) -> Finding:
    rows, most = tuple(allowed), configuration.limits.total_exposure
    missing = [f"{_named(each)} may not spend pUSD" for each in rows if not each.cash]
    missing += [f"{_named(each)} may not move shares" for each in rows if not each.may_move_shares]
    if missing:
        return failed(Check.ALLOWANCES, "; ".join(missing), _APPROVE)
    low = [f"{_named(each)} may spend {format_cash(Cash(each.cash))} pUSD" for each in rows if each.cash < most]
    if low:
        seen = f"{'; '.join(low)}, and limits.total_exposure is {format_cash(most)}"
        return warning(Check.ALLOWANCES, seen, "approve more, or lower the limits: orders would be rejected")
    return ok(Check.ALLOWANCES, f"{', '.join(map(_named, rows))} may move pUSD and shares")


async def _of_shares(clob: Clob, exchange: ExchangeKind, token: TokenId) -> BalanceAllowance | Failure:
    asset = AssetType.CONDITIONAL_V2 if exchange is ExchangeKind.V3 else AssetType.CONDITIONAL
    return await clob.account.balance(asset, token)


def _to(found: BalanceAllowance, exchange: ExchangeKind) -> int:
    """What is not told is not allowed."""
    contract = exchange.domain.contract.lower()
    return max((amount for spender, amount in found.allowances if spender.lower() == contract), default=0)


def _named(allowed: Allowed) -> str:
    return f"exchange {allowed.exchange.value} ({allowed.exchange.domain.contract})"
