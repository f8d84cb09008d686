"""Whether there is money to trade with, as the CLOB sees it; and if not, whether another wallet of the key has it."""

import trio

from messages.units import Cash, format_cash
from polyactors.config import Configuration
from polyactors.doctor.checks.wallet import wallets_of
from polyactors.doctor.failed_calls import failed_call
from polyactors.doctor.finding import Check, Finding, failed, ok, warning
from polyactors.live.wallet_type import WalletType
from polyactors.venues.polymarket.rest.account_answers import AssetType
from polyactors.venues.polymarket.rest.account_desk import AccountDesk
from polyactors.venues.polymarket.rest.clob import Clob
from polyactors.venues.polymarket.rest.failures import Failure
from polyactors.venues.polymarket.signing.addresses import Address


async def balance_finding(configuration: Configuration, clob: Clob, owner: Address) -> Finding:
    """`owner` is the key's own address."""
    found = await clob.account.balance(AssetType.COLLATERAL)
    if isinstance(found, Failure):
        return failed_call(Check.BALANCE, "the balance of pUSD", found)
    if found.balance:
        return judged(configuration, Cash(found.balance))
    return penniless(configuration.live.wallet_type, await _elsewhere(configuration.live.wallet_type, clob), owner)


def judged(configuration: Configuration, cash: Cash) -> Finding:
    seen, most = f"{format_cash(cash)} pUSD", configuration.limits.total_exposure
    if cash < most:
        what = f"{seen}, and limits.total_exposure is {format_cash(most)}"
        return warning(Check.BALANCE, what, "lower the limits, or deposit more: orders would be rejected")
    return ok(Check.BALANCE, seen)


def penniless(as_type: WalletType, elsewhere: dict[WalletType, Cash], owner: Address) -> Finding:
    """`elsewhere` is what other wallets of the key have."""
    seen = "".join(f"; {format_cash(cash)} in the key's {each.value} wallet" for each, cash in elsewhere.items())
    ways = [f"deposit into the {as_type.value} wallet"]
    for each in elsewhere:
        wallets = " or ".join(f'"{wallet}"' for wallet in wallets_of(owner, each))
        ways.append(f'write wallet_type = "{each.value}" and wallet = {wallets}')
    return failed(Check.BALANCE, f"no pUSD in the {as_type.value} wallet{seen}", ", or ".join(ways))


async def _elsewhere(but: WalletType, clob: Clob) -> dict[WalletType, Cash]:
    """Wallets that cannot be asked about have nothing that is worth telling."""
    found: dict[WalletType, Cash] = {}

    async def ask(each: WalletType) -> None:
        answer = await AccountDesk(clob.account.caller, each.signature_type).balance(AssetType.COLLATERAL)
        if not isinstance(answer, Failure) and answer.balance:
            found[each] = Cash(answer.balance)

    async with trio.open_nursery() as nursery:
        for each in WalletType:
            if each is not but:
                nursery.start_soon(ask, each)
    return {each: found[each] for each in WalletType if each in found}
