"""Where a pricer may be served: on the loopback interface, or at a Unix socket. Nowhere else."""

import ipaddress
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen

from polyactors.control.endpoint import SocketUnusable, listening

_BACKLOG = 64


class BadPlace(ValueError):
    """Nothing is served there; the text says why, and what to write."""


@frozen
class PortPlace:
    """A port of the loopback interface; 0 takes a free one when it is listened on."""

    host: str
    port: int

    @property
    def url(self) -> str:
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"


@frozen
class SocketPlace:
    """A file, for the user alone whose process made it."""

    path: Path

    @property
    def url(self) -> str:
        """What stands in requests; it leads nowhere by itself."""
        return "http://localhost"


ServicePlace = PortPlace | SocketPlace


def read_place(listen: str) -> PortPlace:
    """ "127.0.0.1:8710", "[::1]:8710", "localhost:0". Raises `BadPlace`, also for an address that others can reach."""
    hint = "write 127.0.0.1:PORT, [::1]:PORT, or use a Unix socket"
    host, colon, port = listen.rpartition(":")
    if not colon or not (port.isascii() and port.isdecimal() and len(port) <= 5 and int(port) <= 65_535):
        raise BadPlace(f"{listen!r} is no address and port: {hint}")
    if host == "localhost":
        return PortPlace("127.0.0.1", int(port))
    try:
        address = ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        raise BadPlace(f"{host!r} is no address of the loopback interface: {hint}") from None
    if not address.is_loopback:
        raise BadPlace(f"{host} can be reached from elsewhere, and nobody is asked who he is: {hint}")
    return PortPlace(str(address), int(port))


@contextmanager
def open_place(place: ServicePlace) -> Iterator[tuple[socket.socket, ServicePlace]]:
    """A socket that listens there, and the place with the port that it has. Raises `BadPlace` when it cannot be had."""
    if isinstance(place, SocketPlace):
        try:
            with listening(place.path) as listener:
                yield listener, place
        except SocketUnusable as error:
            raise BadPlace(str(error)) from error
        return
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((place.host, place.port))
            listener.listen(_BACKLOG)
        except OSError as error:
            reason = f"{place.host}:{place.port} cannot be listened on: {error.strerror or error}"
            raise BadPlace(f"{reason}; name another port, or 0 for any") from error
        yield listener, PortPlace(place.host, listener.getsockname()[1])
