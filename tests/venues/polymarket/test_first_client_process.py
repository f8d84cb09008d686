"""The process that posts, as it is run: what it knows, what it says when it cannot, and that it ends."""

import os
from pathlib import Path

import pytest
import trio
from attrs import evolve

from actors.execution.live.words import Taken
from polyactors.venues.polymarket.first_client.client import NotStarted
from polyactors.venues.polymarket.first_client.opening import open_first_client
from polyactors.venues.polymarket.rest.transport import Unsent
from polyactors.venues.polymarket.signer.opening import open_signer
from supervision.log import LogEvent
from tests.venues.polymarket.first_client_orders import CREDENTIALS, HOST, first_order
from tests.venues.polymarket.signers import KEY, SECRET, key_file
from tests.venues.polymarket.test_first_client_orders import first_trader, first_world, office_of

pytest.importorskip("py_clob_client")


FORMS = (SECRET.encode(), bytes.fromhex(SECRET), str(int(SECRET, 16)).encode())


def nothing(_: LogEvent) -> None:
    pass


def told_about(process: int) -> bytes:
    """What the system shows of a process; skips where it shows nothing to us."""
    try:
        return b"".join(Path(f"/proc/{process}/{what}").read_bytes() for what in ("cmdline", "environ"))
    except OSError:
        pytest.skip("the system does not show it")


async def test_the_key_stays_with_the_signer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Orders are signed by the real signer; the variable is somebody else's, such as the one that claims."""
    monkeypatch.setenv("POLYACTORS_TEST_KEY", SECRET)
    async with first_world() as world:
        settings = evolve(world.settings_for(KEY), key=key_file(tmp_path))
        async with first_trader(world, settings=settings, open_one=open_signer) as trader:
            name, outcome = await trader.place(trader.order())
            assert outcome == Taken(is_resting=True), outcome
            assert trader.resting() == {name}
            process = office_of(trader).process_id
            assert process is not None
            shown = told_about(process) + repr((trader.log, vars(office_of(trader)))).encode()
            assert b"polyactors.venues.polymarket.first_client" in shown
            assert b"PATH" in shown
            for secret in FORMS:
                assert secret not in shown


async def test_it_ends_with_the_block(tmp_path: Path) -> None:
    async with open_first_client(HOST, CREDENTIALS, lambda: 0, nothing) as office:
        process = office.process_id
        assert process is not None
        os.kill(process, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


async def test_what_goes_wrong_inside_comes_out_as_it_is_and_it_ends_all_the_same() -> None:
    with pytest.raises(ZeroDivisionError):
        async with open_first_client(HOST, CREDENTIALS, lambda: 0, nothing) as office:
            process = office.process_id
            raise ZeroDivisionError
    assert process is not None
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


async def test_nobody_there_means_that_nothing_was_sent() -> None:
    async with open_first_client(HOST, CREDENTIALS, lambda: 0, nothing) as office:
        ended = await office.post([first_order()], is_batch=False, deadline_s=trio.current_time() + 30)
        assert isinstance(ended, Unsent), ended
        assert "ConnectError" in ended.reason


async def test_without_the_extra_it_does_not_open_and_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A package of that name that cannot be found stands before the real one."""
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['py_clob_client'] = None\n")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    with pytest.raises(NotStarted, match=r"pip install 'polyactors\[v1\]'"):
        async with open_first_client(HOST, CREDENTIALS, lambda: 0, nothing):
            raise AssertionError("it was opened")
