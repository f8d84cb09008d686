"""What `--venue` may be, and what it means."""

from enum import Enum
from pathlib import Path
from urllib.parse import urlsplit

from attrs import frozen

from polyactors.cli.failures import Mistakes
from polyactors.cli.options import recording_from
from polyactors.venues.recording.folder import Recording

RECORDING = "recording:"
EXCHANGE_AT = "exchange:"
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Named(Enum):
    """Venues that have a name of their own."""

    POLYMARKET = "polymarket"
    EXCHANGE = "exchange"


@frozen
class ExchangeAt:
    """An embedded exchange that somebody serves on this machine."""

    url: str


Where = Recording | ExchangeAt | Named


def where(venue: str) -> Where:
    """What the name of a venue means. Raises `Mistakes`."""
    if venue.startswith(RECORDING) and venue != RECORDING:
        return recording_from(Path(venue.removeprefix(RECORDING)))
    if venue.startswith(EXCHANGE_AT) and venue != EXCHANGE_AT:
        return ExchangeAt(_local(venue.removeprefix(EXCHANGE_AT)))
    if venue in [each.value for each in Named]:
        return Named(venue)
    mistake = f"{venue!r} is no venue: write polymarket, exchange, exchange:URL, or recording:PATH"
    raise Mistakes("--venue was not understood", [mistake])


def _local(url: str) -> str:
    """Nothing else: what guards real money is not asked for there."""
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname not in LOOPBACK or parts.path not in ("", "/"):
        mistake = f"{url!r} is no address of an embedded exchange: write http://127.0.0.1:PORT"
        raise Mistakes("--venue was not understood", [mistake])
    return url.rstrip("/")
