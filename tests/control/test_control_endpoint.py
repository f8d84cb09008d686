"""The socket's file is its owner's alone, replaces what the dead have left, and nothing else."""

import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import pytest

from polyactors.control.endpoint import LONGEST_NAME, OWNER_ONLY, SocketUnusable, check_usable, listening


@pytest.fixture
def folder() -> Iterator[Path]:
    """With a short name, as a socket's has to be."""
    with TemporaryDirectory(prefix="pa-") as name:
        yield Path(name)


@pytest.fixture
def open_mask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def connect(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))


def test_only_its_owner_may_use_it_and_it_goes_at_the_end(folder: Path, open_mask: None) -> None:
    path = folder / "new" / "control.sock"
    with listening(path):
        assert mode(path) == OWNER_ONLY
        connect(path)
    assert not path.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the mode is set before anybody can connect")
def test_it_is_never_more_open_even_for_an_instant(folder: Path, open_mask: None) -> None:
    path = folder / "control.sock"
    seen: list[int] = []
    with patch.object(Path, "chmod", lambda *_: seen.append(mode(path))), listening(path):
        assert seen == [OWNER_ONLY], "before the mode is set it is right already"


def test_nobody_can_connect_before_its_mode_is_right(folder: Path, open_mask: None) -> None:
    path = folder / "control.sock"

    def try_to_connect(*_: object) -> None:
        with pytest.raises(ConnectionRefusedError):
            connect(path)

    with patch.object(Path, "chmod", try_to_connect), listening(path):
        connect(path)


def test_a_mask_that_forbids_everything_does_not_shut_the_owner_out(folder: Path) -> None:
    before = os.umask(0o777)
    try:
        with listening(folder / "control.sock"):
            assert mode(folder / "control.sock") == OWNER_ONLY
    finally:
        os.umask(before)


def test_the_socket_of_a_dead_process_is_replaced(folder: Path) -> None:
    path = folder / "control.sock"
    program = (
        "import socket, sys\n"
        "listener = socket.socket(socket.AF_UNIX)\n"
        "listener.bind(sys.argv[1]); listener.listen(); print(flush=True); input()"
    )
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", program, str(path)], stdin=pipe, stdout=pipe) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(SocketUnusable, match=rf"process {process.pid} "):
            check_usable(path)
        with pytest.raises(SocketUnusable, match="listens at"), listening(path):
            pass
        assert path.exists()
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert path.exists()
    check_usable(path)
    with listening(path):
        connect(path)
    assert not path.exists()


def test_a_live_one_of_this_process_is_refused_too(folder: Path) -> None:
    path = folder / "control.sock"
    with listening(path):
        with pytest.raises(SocketUnusable), listening(path):
            pass
        connect(path)
    with listening(path):
        connect(path)


def test_one_that_is_too_busy_to_accept_is_alive(folder: Path) -> None:
    path = folder / "control.sock"
    with listening(path) as listener:
        listener.listen(0)
        waiting = [socket.socket(socket.AF_UNIX) for _ in range(8)]
        for client in waiting:
            client.setblocking(False)
            client.connect_ex(str(path))
        with pytest.raises(SocketUnusable, match="already"):
            check_usable(path)
        for client in waiting:
            client.close()


def test_what_is_no_socket_is_left_alone(folder: Path) -> None:
    path = folder / "control.sock"
    path.write_text("somebody's notes")
    for use in (lambda: check_usable(path), lambda: listening(path).__enter__()):
        with pytest.raises(SocketUnusable, match="is no socket"):
            use()
    assert path.read_text() == "somebody's notes"
    link = folder / "link"
    link.symlink_to(path)
    with pytest.raises(SocketUnusable, match="is no socket"):
        check_usable(link)


def test_at_the_end_it_removes_its_own_file_alone(folder: Path) -> None:
    path = folder / "control.sock"
    with listening(path):
        path.unlink()
        path.write_text("another's by now")
    assert path.exists()


@pytest.mark.parametrize("extra", [0, 1, 500])
def test_a_name_that_is_too_long_is_refused_with_its_length(folder: Path, extra: int) -> None:
    path = folder / ("x" * (LONGEST_NAME - len(str(folder)) - 1 + extra))
    if extra == 0:
        with listening(path):
            connect(path)
    else:
        with pytest.raises(SocketUnusable, match=rf"{LONGEST_NAME + extra} bytes.*{LONGEST_NAME}"):
            check_usable(path)


def test_bytes_count_and_not_letters(folder: Path) -> None:
    with pytest.raises(SocketUnusable, match="bytes"):
        check_usable(folder / ("é" * (LONGEST_NAME // 2)))


def test_names_that_no_file_can_have(folder: Path) -> None:
    with pytest.raises(SocketUnusable, match="zero"):
        check_usable(folder / "a\0b")
    with pytest.raises(SocketUnusable, match="cannot be made"), listening(Path("/dev/null/control.sock")):
        pass
