"""Where a pricer is served: on this machine and nowhere else; and what it hands out."""

import math
import socket
from pathlib import Path

import pytest
from attrs import evolve

from messages.units import NANOSECONDS_PER_SECOND
from polyactors.config_file import BadConfiguration, read_settings
from polyactors.pricer.board import Board, Kept, NothingToGive
from polyactors.pricer.place import BadPlace, PortPlace, SocketPlace, open_place, read_place
from polyactors.pricer.settings import PricerSettings
from tests.pricer.snapshots import HOURS, SERIES, SOUND, publication

SECOND = NANOSECONDS_PER_SECOND

OTHERS = (
    *("0.0.0.0:80", "[::]:80", "192.168.1.4:80", "8.8.8.8:1", "[::ffff:10.0.0.1]:5", "169.254.1.1:5", ":80", ""),
    *("example.org:80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:-1", "127.1:80"),
    *("127.0.0.1:٣", "unix:/tmp/x", "127.0.0.1:80:80"),
)


def test_places_on_the_loopback_interface_are_taken() -> None:
    assert read_place("127.0.0.1:8710") == PortPlace("127.0.0.1", 8710)
    assert read_place("127.8.8.8:1").url == "http://127.8.8.8:1"
    assert read_place("localhost:0") == PortPlace("127.0.0.1", 0)
    assert read_place("[::1]:99").url == "http://[::1]:99"


@pytest.mark.parametrize("listen", OTHERS)
def test_all_others_are_refused_with_what_to_write(listen: str) -> None:
    with pytest.raises(BadPlace, match=r"127\.0\.0\.1:PORT"):
        read_place(listen)


def test_a_port_that_is_taken_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(BadPlace, match=f"{port}.*name another port"), open_place(PortPlace("127.0.0.1", port)):
            pass


def test_a_free_port_is_named() -> None:
    with open_place(PortPlace("127.0.0.1", 0)) as (listener, place):
        assert isinstance(place, PortPlace)
        assert place.port == listener.getsockname()[1] > 0


def test_a_file_that_is_no_socket_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "precious"
    path.write_text("mine")
    with pytest.raises(BadPlace, match="no socket"), open_place(SocketPlace(path)):
        pass
    assert path.read_text() == "mine"


def test_the_board_gives_nothing_of_who_has_gone_silent() -> None:
    board = Board((SERIES, HOURS), SECOND)
    assert isinstance(board.newest(SERIES, 0), NothingToGive)
    board.take(SOUND, 5 * SECOND)
    kept = board.newest(SERIES, 6 * SECOND)
    assert isinstance(kept, Kept) and kept.snapshot is SOUND
    silent = board.newest(SERIES, 6 * SECOND + 1)
    assert isinstance(silent, NothingToGive) and "1000 ms" in silent.reason
    board.take(publication(18), 7 * SECOND)
    assert isinstance(board.newest(SERIES, 7 * SECOND), Kept)


def test_a_publication_that_cannot_be_written_is_given_to_nobody() -> None:
    board = Board((SERIES,), SECOND)
    board.take(evolve(SOUND, mid=math.nan), 0)
    broken = board.newest(SERIES, 0)
    assert isinstance(broken, NothingToGive) and "17" in broken.reason


def test_settings_are_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "pricer.toml"
    path.write_text('series = ["ethusd-15m"]\nsocket = "prices.sock"\n[remote]\npoll_every_ms = 40\n')
    settings = read_settings(path, PricerSettings())
    assert [each.name for each in settings.series] == ["ethusd-15m"]
    assert settings.place(Path("data")) == SocketPlace(Path("data/prices.sock"))
    assert settings.remote.poll_every_ns == SECOND // 25


def test_every_mistake_in_a_file_is_named_at_once(tmp_path: Path) -> None:
    path = tmp_path / "pricer.toml"
    path.write_text('series = ["btc"]\nlisten = "0.0.0.0:1"\nsilent_after_ms = 5\n[remote]\npoll_every_ms = 5\n')
    with pytest.raises(BadConfiguration) as error:
        read_settings(path, PricerSettings())
    assert [mistake.split(":")[0] for mistake in error.value.mistakes] == [
        "series",
        "listen",
        "silent_after_ms",
        "remote.poll_every_ms",
    ]
