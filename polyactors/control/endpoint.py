"""The socket's file: where it may be, that only its owner may use it, and that it goes when its service goes."""

import fcntl
import os
import socket
import stat
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import trio
from attrs import frozen

LONGEST_NAME = 107 if sys.platform == "linux" else 103
"""Bytes that the address of a Unix socket has room for."""

OWNER_ONLY = 0o600
WAITING_CONNECTIONS = 64


class SocketUnusable(Exception):
    """No service can listen there; the text says why, and what to do."""


@frozen
class Peer:
    """The process at the other end of a connection; zeros where the system does not tell."""

    pid: int
    user: int

    def __str__(self) -> str:
        return f"process {self.pid} of user {self.user}" if self.pid else "an unknown process"


def peer_of(connection: socket.socket | trio.socket.SocketType) -> Peer:
    if not hasattr(socket, "SO_PEERCRED"):
        return Peer(0, 0)
    credentials = struct.Struct("3i")
    pid, user, _ = credentials.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, credentials.size))
    return Peer(pid, user)


def check_usable(path: Path) -> None:
    """To be asked before a service starts: raises `SocketUnusable` for a path that is too long or taken."""
    _check_name(path)
    _check_free(path)


@contextmanager
def listening(path: Path) -> Iterator[socket.socket]:
    """A socket that listens at `path`, whose file is the owner's alone from its first instant, and gone afterwards.

    The file that a dead process left behind is replaced. Raises `SocketUnusable`.
    """
    _check_name(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with _alone_in(path.parent):
                _check_free(path)
                path.unlink(missing_ok=True)
                made = _bind(listener, path)
                listener.listen(WAITING_CONNECTIONS)
        except OSError as error:
            raise SocketUnusable(f"{path} cannot be made: {error.strerror or error}") from error
        try:
            yield listener
        finally:
            _remove(path, made)
    finally:
        listener.close()


def _check_name(path: Path) -> None:
    if "\0" in str(path):
        raise SocketUnusable(f"{str(path)!r} has a zero in it: name another path")
    length = len(os.fsencode(path))
    if length > LONGEST_NAME:
        raise SocketUnusable(
            f"{path} has {length} bytes, and the name of a socket has room for {LONGEST_NAME}: name a shorter one"
        )


def _check_free(path: Path) -> None:
    """Whether nobody listens there. What is no socket is not ours to remove."""
    try:
        mode = path.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise SocketUnusable(f"{path} cannot be looked at: {error.strerror or error}") from error
    if not stat.S_ISSOCK(mode):
        raise SocketUnusable(f"{path} is there already and is no socket: name another path, or move it away")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            probe.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return
        except BlockingIOError:
            holder = "a process that is very busy"
        except OSError as error:
            raise SocketUnusable(f"{path} is somebody else's: {error.strerror or error}") from error
        else:
            holder = str(peer_of(probe))
    raise SocketUnusable(f"another service listens at {path} already ({holder}): stop it, or name another path")


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Of two services that start at once, one looks after the other is done."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


def _bind(listener: socket.socket, path: Path) -> tuple[int, int]:
    """Which file it made. Nobody can connect before it listens."""
    # On Linux the file gets the mode that the socket has by now; elsewhere a socket without a name has none.
    with suppress(OSError):
        os.fchmod(listener.fileno(), OWNER_ONLY)
    listener.bind(str(path))
    path.chmod(OWNER_ONLY)
    return _identity(path)


def _identity(path: Path) -> tuple[int, int]:
    made = path.lstat()
    return made.st_dev, made.st_ino


def _remove(path: Path, made: tuple[int, int]) -> None:
    """Unless it is another's by now."""
    with suppress(OSError):
        if _identity(path) == made:
            path.unlink()
