"""A trading process with a signer is run, made to fail in every way, and everything that it wrote is searched."""

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.venues.polymarket.signers import SECRET

VARIABLE = "POLYACTORS_TEST_KEY"

PROGRAM = """
import json, logging, os, signal, sys, traceback
from pathlib import Path

import trio
from attrs import evolve

from messages.identity import Side, TokenId
from messages.units import Cash
from polyactors.venues.polymarket.signer.caps import AnyAsset, Caps
from polyactors.venues.polymarket.signer.exchanges import ExchangeKind
from polyactors.venues.polymarket.signer.key_source import EnvironmentKey, KeyFile
from polyactors.venues.polymarket.signer.opening import open_signer
from polyactors.venues.polymarket.signer.port import SignerFailure
from polyactors.venues.polymarket.signing.orders import SignatureType, SignedOrder

folder, kind = Path(sys.argv[1]), sys.argv[2]
logging.basicConfig(filename=folder / "log", level=logging.DEBUG)
caps = Caps(Cash(10_000_000), Cash(12_000_000), frozenset({ExchangeKind.V2.domain.contract}), AnyAsset.ANY)
source = EnvironmentKey("POLYACTORS_TEST_KEY") if kind == "variable" else KeyFile(str(folder / "key"))


def look(name, process):
    for what in ("cmdline", "environ", "status"):
        try:
            (folder / f"{name}.{what}").write_bytes(Path(f"/proc/{process}/{what}").read_bytes())
        except OSError as error:
            print(name, what, repr(error))


async def attempt(signer, order, exchange=ExchangeKind.V2, **options):
    try:
        print(await signer.sign_order(order, exchange, **options))
    except SignerFailure as error:
        traceback.print_exc()
        logging.exception("refused")
        print(repr(error), vars(error))


async def main():
    async with open_signer(source, caps) as signer:
        print("opened", signer.address, repr(signer), vars(signer), source, caps)
        order = SignedOrder(1, signer.address, signer.address, TokenId("5"), 5_000_000, 9, Side.BUY, SignatureType.EOA)
        print((await signer.sign_auth(1795132800)).headers())
        await attempt(signer, order)
        await attempt(signer, evolve(order, maker_amount=10**9))
        await attempt(signer, evolve(order, maker="0x" + "12" * 20))
        await attempt(signer, order, ExchangeKind.V3, as_session=True)
        look("parent", os.getpid())
        look("signer", signer.process_id)
        os.kill(signer.process_id, signal.SIGSTOP)
        await attempt(signer, order, within_s=0.01)
        os.kill(signer.process_id, signal.SIGKILL)
        await attempt(signer, order)
    try:
        async with open_signer(KeyFile(str(folder / "broken")), caps):
            pass
    except SignerFailure as error:
        traceback.print_exc()
    print("done", dict(os.environ))
    raise RuntimeError(f"the end, {locals()}")


trio.run(main)
"""


def forms_of_the_key() -> list[bytes]:
    raw = bytes.fromhex(SECRET)
    encoded = base64.b64encode(raw).rstrip(b"=")
    return [SECRET.encode(), raw, encoded, base64.urlsafe_b64encode(raw).rstrip(b"="), str(int(SECRET, 16)).encode()]


@pytest.mark.parametrize("kind", ["variable", "file"])
def test_nothing_that_a_run_writes_has_the_key(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "key").write_text(SECRET)
    # A key that is nearly right: a message about it must not help to guess it.
    (folder / "broken").write_text(SECRET + "00")
    for name in ("key", "broken"):
        (folder / name).chmod(0o600)
    environment = dict(os.environ)
    if kind == "variable":
        environment[VARIABLE] = "0x" + SECRET
    program = [sys.executable, "-c", PROGRAM, str(folder), kind]
    done = subprocess.run(program, env=environment, capture_output=True, check=False, timeout=60)
    output = done.stdout + done.stderr
    assert b"opened 0x" in done.stdout
    assert b"the end, " in done.stderr
    for expected in (b"over_cap", b"not_our_key", b"bad_order", b"SignerTimedOut", b"SignerGone", b"no_key"):
        assert expected in output, expected
    searched = {path.name: path.read_bytes() for path in folder.iterdir() if path.name not in ("key", "broken")}
    assert "log" in searched
    if Path("/proc/self/environ").exists():
        assert b"PATH=" in searched["parent.environ"]
        assert (VARIABLE.encode() in searched["parent.environ"]) is (kind == "variable"), (
            "it was there, and was blanked"
        )
    for name, content in {**searched, "output": output}.items():
        for form in forms_of_the_key():
            assert form.lower() not in content.lower(), f"{name} has the key"
            assert form.lower()[8:40] not in content.lower(), f"{name} has a part of the key"
