"""What stands between a command and real money: the configuration, the doctor, and a sentence."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio

from polyactors.cli.failures import Mistakes
from polyactors.config import Configuration
from polyactors.doctor.examination import examine
from polyactors.live.confirmation import NotConfirmed, confirm, sentence
from polyactors.live.gates import refusals, unfinished
from polyactors.venues.polymarket.live_account.account import PolymarketAccount
from polyactors.venues.polymarket.signer.port import SignerPort


def check_settings(configuration: Configuration) -> None:
    """Before a key is touched. Raises `Mistakes`."""
    lacking = unfinished(configuration.live)
    if lacking:
        raise Mistakes("live trading is not set up", lacking)


async def pass_gates(configuration: Configuration, account: PolymarketAccount, *, is_confirmed: bool) -> None:
    """Before anything is sent. Raises `Mistakes` with every reason that there is."""

    @asynccontextmanager
    async def our_signer() -> AsyncIterator[SignerPort]:
        yield account.signer

    found = await examine(configuration, our_signer)
    wrong = refusals(configuration.live, found)
    if wrong:
        raise Mistakes("live trading may not begin", [*wrong, "look closer: polyactors doctor"])
    wanted = sentence(account.owner.wallet, dry_run=configuration.live.dry_run)
    try:
        await trio.to_thread.run_sync(_confirm, wanted, is_confirmed, abandon_on_cancel=True)
    except NotConfirmed as error:
        raise Mistakes("live trading was not confirmed", [str(error)]) from error


def _confirm(wanted: str, is_assumed: bool) -> None:
    confirm(wanted, is_assumed=is_assumed, answers=sys.stdin, questions=sys.stderr)
