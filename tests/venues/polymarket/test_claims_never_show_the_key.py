"""A trading process that claims is run, made to fail in every way, and everything that it wrote is searched."""

import base64
import os
import subprocess
import sys
from pathlib import Path

from tests.exchange_clients.conftest import NewAccount, exchange, new_account, one_authority
from tests.exchange_clients.served_exchange import ServedExchange

__all__ = ["exchange", "new_account", "one_authority"]

VARIABLE = "POLYACTORS_TEST_KEY"

PROGRAM = """
import logging, os, signal, sys, traceback
from pathlib import Path

import trio

from messages.identity import MarketId
from messages.units import Shares
from polyactors.venues.polymarket.claims.opening import open_claims
from polyactors.venues.polymarket.claims.services import served_at
from polyactors.venues.polymarket.claims.settings import ClaimSettings
from polyactors.venues.polymarket.signer.key_source import EnvironmentKey, KeyFile

folder, url, gamma, data, market = Path(sys.argv[1]), *sys.argv[2:]
logging.basicConfig(filename=folder / "log", level=logging.DEBUG)
services = served_at(url, gamma, data)


def look(name, process):
    for what in ("cmdline", "environ", "status"):
        try:
            (folder / f"{name}.{what}").write_bytes(Path(f"/proc/{process}/{what}").read_bytes())
        except OSError as error:
            print(name, what, repr(error))


async def main():
    settings = ClaimSettings(services=services, key=EnvironmentKey("POLYACTORS_TEST_KEY"), dry_run=False)
    print(settings)
    async with open_claims(settings) as claims:
        print(await claims.split(MarketId(market), Shares(5_000_000)), vars(claims))
        print(await claims.merge(MarketId(market), Shares(5_000_000)))
        print(await claims.split(MarketId(market), Shares(10**18)))
        print(await claims.redeem(MarketId(market)))
        print(await claims.look([MarketId(market), MarketId("nonsense")]))
        look("parent", os.getpid())
        look("claims", claims.process_id)
        os.kill(claims.process_id, signal.SIGKILL)
        await trio.sleep(0.1)
        print(await claims.redeem(MarketId(market)))
    nowhere = served_at("http://127.0.0.1:9", "http://127.0.0.1:9/gamma", "http://127.0.0.1:9/data")
    for key, where in ((folder / "broken", services), (folder / "key", nowhere)):
        async with open_claims(ClaimSettings(services=where, key=KeyFile(str(key)), dry_run=False)) as claims:
            print(await claims.redeem(MarketId(market)))
    print("done", dict(os.environ))
    raise RuntimeError(f"the end, {locals()}")


trio.run(main)
"""


def forms_of(secret: str) -> list[bytes]:
    raw = bytes.fromhex(secret)
    encoded = base64.b64encode(raw).rstrip(b"=")
    return [secret.encode(), raw, encoded, base64.urlsafe_b64encode(raw).rstrip(b"="), str(int(secret, 16)).encode()]


def test_nothing_that_a_run_writes_has_the_key(
    exchange: ServedExchange, new_account: NewAccount, tmp_path: Path
) -> None:
    account, market, place = new_account(exchange), exchange.untouched(), exchange.place
    secret = account.key.removeprefix("0x")
    folder = tmp_path / "run"
    folder.mkdir()
    # A key that is nearly right: a message about it must not help to guess it.
    for name, text in (("broken", secret + "00"), ("key", secret)):
        (folder / name).write_text(text)
        (folder / name).chmod(0o600)
    program = [sys.executable, "-c", PROGRAM, str(folder), place.url, place.gamma, place.data, market.market]
    environment = {**os.environ, VARIABLE: account.key}
    done = subprocess.run(program, env=environment, capture_output=True, check=False, timeout=60)
    output = done.stdout + done.stderr
    for expected in (b"Claimed(transaction='0x", b"not_decided", b"no_key", b"no_client", b"the end, "):
        assert expected in output, output
    searched = {path.name: path.read_bytes() for path in folder.iterdir() if path.name not in ("key", "broken")}
    assert "log" in searched
    if Path("/proc/self/environ").exists():
        assert VARIABLE.encode() in searched["parent.environ"], "it was there, and was blanked"
    for name, content in {**searched, "output": output}.items():
        for form in forms_of(secret):
            assert form.lower() not in content.lower(), f"{name} has the key"
            assert form.lower()[8:40] not in content.lower(), f"{name} has a part of the key"
