"""Which prices are made, and where they are served or asked for."""

from pathlib import Path

from attrs import field, frozen, validators

from actors.pricing.remote_words import RemotePricerSettings
from messages.periods import PeriodLength, Series
from messages.reference import Symbol
from messages.units import NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND
from polyactors.pricer.place import ServicePlace, SocketPlace, read_place

_BITCOIN = Symbol("btcusd")
_USUAL_SERIES = (Series(_BITCOIN, PeriodLength.FIVE_MINUTES), Series(_BITCOIN, PeriodLength.HOUR))


def _known(_: object, __: object, series: tuple[Series, ...]) -> None:
    if not series or len(set(series)) < len(series):
        raise ValueError("name one series at least, and each once")


def _local(_: object, __: object, listen: str) -> None:
    """Raises `BadPlace`."""
    read_place(listen)


@frozen(kw_only=True)
class PricerSettings:
    """`polyactors pricer` serves `series`, the first where nobody asks for a certain one, at `socket` where it is named
    (relative to the data folder), else at `listen`. Who publishes nothing for `silent_after_ns` is taken for dead. With
    `in_own_process` a trader asks there for the prices of what it trades instead of making them itself.
    """

    in_own_process: bool = False
    series: tuple[Series, ...] = field(default=_USUAL_SERIES, validator=_known)
    listen: str = field(default="127.0.0.1:8710", validator=_local)
    socket: str = ""
    silent_after_ns: int = field(
        default=NANOSECONDS_PER_SECOND, validator=validators.ge(100 * NANOSECONDS_PER_MILLISECOND)
    )
    remote: RemotePricerSettings = RemotePricerSettings()

    def place(self, data_folder: Path) -> ServicePlace:
        return SocketPlace(data_folder / self.socket) if self.socket else read_place(self.listen)
