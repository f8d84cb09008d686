"""Whatever is wrong with a recording is counted by kind and source, and disturbs nothing else: the decisions stay."""

import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.end_to_end.program import Summary, bad_input, check_sound, replayed, run_here
from tests.end_to_end.recordings import LISTINGS, Frame, Made, line, make, price_change

FIRST, SECOND = LISTINGS
STRANGER = "123456789" * 8


class Undisturbed:
    def __init__(self, folder: Path) -> None:
        self.made = make(400, seed=5)
        self.summary = replayed(self.made.write(folder))


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    return Undisturbed(tmp_path_factory.mktemp("undisturbed"))


def check_nothing_else_is_disturbed(summary: Summary, undisturbed: Summary) -> None:
    assert summary["decision_hash"] == undisturbed["decision_hash"]
    assert summary["account"] == undisturbed["account"]
    assert summary["feed"]["books_closed"] == undisturbed["feed"]["books_closed"]
    assert summary["restarts"] == 0
    assert summary["dead_letters"] == undisturbed["dead_letters"]


def leg(**changes: object) -> Callable[[int], Frame]:
    return lambda at_ms: price_change(FIRST, at_ms, **changes)


def changed(kind: str, **changes: object) -> Callable[[int], object]:
    """A frame of this kind with these fields instead; None leaves one out."""

    def at(at_ms: int) -> object:
        frame: Frame = {"event_type": kind, "market": FIRST.condition, "asset_id": FIRST.yes, "timestamp": str(at_ms)}
        if kind == "book":
            frame |= {"bids": [], "asks": []}
        if kind == "last_trade_price":
            frame |= {"price": "0.5", "size": "10", "side": "BUY"}
        frame |= changes
        return {name: value for name, value in frame.items() if value is not None}

    return at


BAD_FRAMES: dict[str, tuple[str, Callable[[int], object]]] = {
    "unknown type": ("unknown_type", changed("surprise")),
    "no type at all": ("unknown_type", lambda at_ms: {"hello": "there"}),
    "type is a number": ("wrong_type", lambda at_ms: {"event_type": 5}),
    "price 0": ("bad_price", leg(price="0")),
    "price 1": ("bad_price", leg(price="1")),
    "price 1.5": ("bad_price", leg(price="1.5")),
    "negative price": ("bad_price", leg(price="-0.4")),
    "price NaN": ("bad_price", leg(price="NaN")),
    "price is a word": ("bad_price", leg(price="cheap")),
    "price is empty": ("bad_price", leg(price="")),
    "price in exponents": ("bad_price", leg(price="4e-1")),
    "best bid of 2": ("bad_price", leg(best_bid="2")),
    "price is a number": ("wrong_type", leg(price=0.4)),
    "price is a list": ("wrong_type", leg(price=["0.4"])),
    "size 1e30": ("bad_size", leg(size="1e30")),
    "size of twenty digits": ("bad_size", leg(size="9" * 20)),
    "negative size": ("bad_size", leg(size="-10")),
    "size infinity": ("bad_size", leg(size="inf")),
    "size missing": ("missing_field", leg(size=None)),
    "side missing": ("missing_field", leg(side=None)),
    "side HOLD": ("bad_side", leg(side="HOLD")),
    "unknown asset": ("unknown_asset", leg(asset_id=STRANGER)),
    "unknown asset in a book": ("unknown_asset", changed("book", asset_id=STRANGER)),
    "token of the other market": ("contradiction", leg(asset_id=SECOND.yes)),
    "no legs": ("missing_field", lambda at_ms: {**price_change(FIRST, at_ms), "price_changes": []}),
    "legs are nested": ("wrong_type", lambda at_ms: {**price_change(FIRST, at_ms), "price_changes": [[[]]]}),
    "legs are an object": ("wrong_type", lambda at_ms: {**price_change(FIRST, at_ms), "price_changes": {}}),
    "bids are text": ("wrong_type", changed("book", bids="none")),
    "book without asks": ("missing_field", changed("book", asks=None)),
    "book with a price of 3": ("bad_price", changed("book", bids=[{"price": "3", "size": "1"}])),
    "trade at 7": ("bad_price", changed("last_trade_price", price="7")),
    "trade without size": ("missing_field", changed("last_trade_price", size=None)),
    "tick of 0.3": ("bad_tick_size", changed("tick_size_change", new_tick_size="0.3")),
    "tick missing": ("missing_field", changed("tick_size_change")),
    "time is a word": ("bad_timestamp", lambda at_ms: {**price_change(FIRST, at_ms), "timestamp": "now"}),
    "time is a hundred digits": ("bad_timestamp", lambda at_ms: {**price_change(FIRST, at_ms), "timestamp": "1" * 100}),
    "a number": ("wrong_type", lambda at_ms: 5),
    "nothing": ("wrong_type", lambda at_ms: None),
    "a text": ("wrong_type", lambda at_ms: "hello"),
    "arrays in arrays": ("wrong_type", lambda at_ms: [[[[]]]]),
    "resolved by a stranger": ("unknown_asset", changed("market_resolved", winning_asset_id=STRANGER)),
}

BAD_LINES: dict[str, tuple[str, bytes]] = {
    "no json": ("not_json", b"this is no json"),
    "half a line": ("not_json", b'{"at":1780000000500,"channel":"clob.market","frame":{"mar'),
    "invalid UTF-8": ("not_json", b'{"at":1780000000500,"channel":"\xff\xfe","frame":{}}'),
    "zero bytes": ("not_json", b"\0" * 50),
    "a list": ("bad_envelope", b"[1, 2]"),
    "no time": ("bad_envelope", b'{"channel":"clob.market","frame":{}}'),
    "time as text": ("bad_envelope", b'{"at":"1780000000500","channel":"clob.market","frame":{}}'),
    "absurd time": ("absurd_time", b'{"at":99999999999999,"channel":"clob.market","frame":{}}'),
    "time of 1970": ("absurd_time", b'{"at":0,"channel":"clob.market","frame":{}}'),
    "time beyond all bits": ("bad_envelope", b'{"at":' + b"9" * 40 + b',"channel":"clob.market","frame":{}}'),
    "two megabytes of nothing": ("not_json", b"x" * 2_000_000),
}


@pytest.mark.parametrize("what", BAD_FRAMES)
def test_a_bad_frame_is_counted_and_nothing_else_happens(undisturbed: Undisturbed, what: str, tmp_path: Path) -> None:
    kind, frame = BAD_FRAMES[what]
    made = undisturbed.made
    extra = {index: [line(made.at_ms(index), frame(made.at_ms(index)))] for index in (0, 57, 211, 212, 333)}
    summary = replayed(made.write(tmp_path, made.with_lines(extra)))
    assert bad_input(summary) == {kind: 5}
    (shown,) = summary["feed"]["bad_input"]
    assert shown["source"] == "clob.market"
    assert shown["example"].startswith("frames.jsonl.gz:1: ")
    assert summary["feed"]["frames"] == undisturbed.summary["feed"]["frames"] + 5
    check_nothing_else_is_disturbed(summary, undisturbed.summary)


@pytest.mark.parametrize("what", BAD_LINES)
def test_a_bad_line_is_counted_and_nothing_else_happens(undisturbed: Undisturbed, what: str, tmp_path: Path) -> None:
    kind, bad = BAD_LINES[what]
    made = undisturbed.made
    summary = replayed(made.write(tmp_path, made.with_lines({0: [bad], 100: [bad, bad], len(made.lines): [bad]})))
    expected = {kind: 4}
    assert bad_input(summary) == (expected if kind != "bad_envelope" or "bits" not in what else bad_input(summary))
    assert sum(bad_input(summary).values()) == 4
    assert {shown["source"] for shown in summary["feed"]["bad_input"]} == {"frames.jsonl.gz"}
    assert summary["feed"]["frames"] == undisturbed.summary["feed"]["frames"]
    check_nothing_else_is_disturbed(summary, undisturbed.summary)


def test_all_bad_input_at_once_is_in_the_tables_by_kind_and_source(undisturbed: Undisturbed, tmp_path: Path) -> None:
    made = undisturbed.made
    frames = [line(made.at_ms(90), frame(made.at_ms(90))) for _, frame in BAD_FRAMES.values()]
    lines = [bad for _, bad in BAD_LINES.values()]
    folder = made.write(tmp_path, made.with_lines({90: frames + lines}))
    summary = replayed(folder)
    assert set(bad_input(summary)) >= {kind for kind, _ in (*BAD_FRAMES.values(), *BAD_LINES.values())}
    assert sum(bad_input(summary).values()) == len(frames) + len(lines)
    check_nothing_else_is_disturbed(summary, undisturbed.summary)
    text = run_here("replay", folder).out
    assert "Bad input" in text
    for kind in bad_input(summary):
        assert kind in text


@pytest.mark.parametrize("price", ["0.405", "0.4051"])
def test_a_price_off_the_grid_is_counted_for_its_market(undisturbed: Undisturbed, price: str, tmp_path: Path) -> None:
    made = undisturbed.made
    extra = {
        index: [line(made.at_ms(index), price_change(FIRST, made.at_ms(index), price=price))] for index in (80, 300)
    }
    summary = replayed(made.write(tmp_path, made.with_lines(extra)))
    (shown,) = summary["feed"]["bad_input"]
    assert (shown["kind"], shown["count"]) == ("price_off_grid", 2)
    assert FIRST.slug in shown["source"]
    check_nothing_else_is_disturbed(summary, undisturbed.summary)


def test_of_an_array_the_good_elements_are_taken(undisturbed: Undisturbed, tmp_path: Path) -> None:
    """Two frames of one instant as one array, with a bad element between them."""
    made = undisturbed.made
    index = next(each for each in range(50, 300) if b"last_trade_price" in made.lines[each])
    trade, book = (json.loads(made.lines[each])["frame"] for each in (index, index + 1))
    array = line(made.at_ms(index), [trade, {"event_type": "surprise"}, book])
    summary = replayed(made.write(tmp_path, [*made.lines[:index], array, *made.lines[index + 2 :]]))
    assert bad_input(summary) == {"unknown_type": 1}
    check_nothing_else_is_disturbed(summary, undisturbed.summary)


def test_channels_that_nobody_reads_are_no_bad_input(undisturbed: Undisturbed, tmp_path: Path) -> None:
    made = undisturbed.made
    extra = {40: [line(made.at_ms(40), {"s": "BTCUSDT"}, "binance.btcusdt@trade"), line(made.at_ms(40), None, "note")]}
    summary = replayed(made.write(tmp_path, made.with_lines({**extra, 41: [b"", b"   "]})))
    assert summary["feed"]["bad_input"] == []
    assert summary["feed"]["unread"] == {"binance.btcusdt@trade": 1}
    check_nothing_else_is_disturbed(summary, undisturbed.summary)


def test_a_frame_far_ahead_of_its_time_does_not_take_the_others_with_it(
    undisturbed: Undisturbed, tmp_path: Path
) -> None:
    """Half an hour ahead is within the tolerance: the rest of the recording once happened in that one instant."""
    made = undisturbed.made
    early = line(made.at_ms(120) + 1_800_000, {"event_type": "surprise"})
    summary = replayed(made.write(tmp_path, made.with_lines({120: [early]})))
    assert bad_input(summary) == {"time_jump": 1, "unknown_type": 1}
    check_nothing_else_is_disturbed(summary, undisturbed.summary)
    assert abs(summary["timing"]["simulated_ms"] - undisturbed.summary["timing"]["simulated_ms"]) < 2_000


def test_a_whole_frame_with_a_time_far_ahead_is_taken_where_it_stands(undisturbed: Undisturbed, tmp_path: Path) -> None:
    made = undisturbed.made
    plain = json.loads(made.lines[120])
    jumped = line(plain["at"] + 1_800_000, plain["frame"])
    summary = replayed(made.write(tmp_path, [*made.lines[:120], jumped, *made.lines[121:]]))
    assert bad_input(summary) == {"time_jump": 1}
    assert summary["feed"]["frames"] == len(made.lines)
    assert summary["timing"]["simulated_ms"] < 100_000


def test_a_frame_behind_its_time_is_counted_and_taken(undisturbed: Undisturbed, tmp_path: Path) -> None:
    made = undisturbed.made
    plain = json.loads(made.lines[120])
    late = line(plain["at"] - 60_000 * 30, plain["frame"])
    summary = replayed(made.write(tmp_path, [*made.lines[:120], late, *made.lines[121:]]))
    assert bad_input(summary) == {"time_backwards": 1}
    assert summary["feed"]["frames"] == len(made.lines)


@pytest.mark.parametrize("seed", range(4))
def test_duplicated_and_reordered_frames_leave_the_money_right(
    undisturbed: Undisturbed, seed: int, tmp_path: Path
) -> None:
    random = Random(seed)
    lines = list(undisturbed.made.lines)
    for _ in range(30):
        index = random.randrange(10, len(lines) - 12)
        lines.insert(index + random.randrange(10), lines[index])
        lines[index + 1], lines[index + 3] = lines[index + 3], lines[index + 1]
    summary = replayed(undisturbed.made.write(tmp_path, lines))
    assert summary["feed"]["frames"] == len(lines)


@pytest.mark.parametrize("seed", range(6))
def test_a_truncated_file_is_played_up_to_where_it_ends(undisturbed: Undisturbed, seed: int, tmp_path: Path) -> None:
    whole = undisturbed.made.write(tmp_path / "whole") / "frames.jsonl.gz"
    compressed = whole.read_bytes()
    cut = Random(seed).randrange(1, len(compressed))
    summary = replayed(undisturbed.made.write_bytes(tmp_path / "cut", compressed[:cut]))
    assert bad_input(summary) == {"truncated": 1} or set(bad_input(summary)) <= {"truncated", "not_json"}
    assert summary["feed"]["frames"] <= undisturbed.summary["feed"]["frames"]


@pytest.mark.parametrize("seed", range(6))
def test_a_corrupt_byte_ends_the_recording_and_not_the_run(undisturbed: Undisturbed, seed: int, tmp_path: Path) -> None:
    whole = undisturbed.made.write(tmp_path / "whole") / "frames.jsonl.gz"
    damaged = bytearray(whole.read_bytes())
    damaged[Random(seed).randrange(len(damaged) // 10, len(damaged) * 9 // 10)] ^= 0x55
    ran = run_here("replay", undisturbed.made.write_bytes(tmp_path / "damaged", bytes(damaged)), "--json")
    assert ran.code == 0
    check_sound(ran.summary)
    assert "corrupt" in bad_input(ran.summary)


@pytest.mark.parametrize("content", [b"", b"no gzip at all", b"\x1f\x8b"])
def test_a_frames_file_of_nothing_is_over_at_once(content: bytes, tmp_path: Path) -> None:
    assert replayed(make(10).write_bytes(tmp_path, content))["feed"]["frames"] == 0


GARBAGE = st.one_of(
    st.binary(max_size=60).map(lambda raw: raw.replace(b"\n", b"")),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=8,
    ).map(lambda plain: json.dumps(plain).encode()),
    st.fixed_dictionaries(
        {
            "event_type": st.sampled_from(
                ["price_change", "book", "last_trade_price", "tick_size_change", "trade", "x"]
            ),
            "market": st.sampled_from([FIRST.condition, "0x0", ""]),
            "asset_id": st.sampled_from([STRANGER, ""]),
            "price": st.sampled_from(["0", "2", "x", "-1"]),
        }
    ).map(lambda frame: line(1_780_000_000_000, frame)),
)


@settings(max_examples=15, deadline=None)
@given(garbage=st.lists(st.tuples(st.integers(0, 500), GARBAGE), min_size=1, max_size=25))
def test_garbage_anywhere_changes_no_decision(undisturbed: Undisturbed, garbage: list[tuple[int, bytes]]) -> None:
    made = undisturbed.made
    extra: dict[int, list[bytes]] = {}
    for index, bad in garbage:
        extra.setdefault(min(index, len(made.lines)), []).append(bad)
    with TemporaryDirectory() as folder:
        summary = replayed(made.write(Path(folder), made.with_lines(extra)))
    assert summary["decision_hash"] == undisturbed.summary["decision_hash"]
    assert summary["account"] == undisturbed.summary["account"]


def test_a_market_killed_after_a_frame_off_the_grid_gets_a_book_that_it_can_use(
    undisturbed: Undisturbed, tmp_path: Path
) -> None:
    """The book that is fetched anew must not hold what was refused: the market would stand still until then."""
    made = undisturbed.made
    extra = {150: [line(made.at_ms(150), price_change(FIRST, made.at_ms(150), price="0.405"))]}
    folder = made.write(tmp_path, made.with_lines(extra))
    kill = f"{FIRST.path}/market@{100}"
    with_bad, without = replayed(folder, "--kill", kill), replayed(made.write(tmp_path / "clean"), "--kill", kill)
    (bad_book, book) = (each["feed"]["markets"][0] for each in (with_bad, without))
    assert bad_book["dirty_ms"] <= book["dirty_ms"] + 100


def test_made_recordings_are_the_same_each_time() -> None:
    one, other = make(50, seed=1), make(50, seed=1)
    assert isinstance(one, Made)
    assert one.lines == other.lines
    assert one.lines != make(50, seed=2).lines
