"""Frames of the market channel to messages, with what could not be read: counted, kept, and traced to its markets."""

import re
from collections.abc import Callable, Iterable, Sequence

import msgspec

from actors.feeds.ports import ConnectionLost
from messages.identity import MarketId, Outcome
from messages.market_data import BadInput, FeedLost, MarketData
from messages.markets import Market
from polyactors.venues.feed_counts import FeedCounts
from polyactors.venues.polymarket.json_frames import Frame
from polyactors.venues.polymarket.market_channel import MarketChannel
from polyactors.venues.streams.malformed import MalformedFrames

REFUSED = "INVALID OPERATION"
"""The venue's answer to an operation that it did not carry out."""

_HARMLESS = frozenset({"unknown_type"})
"""A new kind of event is no change of a book: those are all known."""

_UNREADABLE = frozenset({"not_json", "not_utf8", "too_deep"})
_NAMES = re.compile(rb"0x[0-9a-fA-F]{64}|[0-9]{6,80}")
_elements: Callable[[str | bytes], list[msgspec.Raw]] = msgspec.json.Decoder(list[msgspec.Raw]).decode


class MarketFrames:
    """`source` names the connection in what is counted."""

    def __init__(
        self,
        markets: Iterable[Market],
        source: str,
        counts: FeedCounts,
        malformed: MalformedFrames,
        now_ns: Callable[[], int],
        on_bad: Callable[[BadInput], None],
    ) -> None:
        markets = tuple(markets)
        self._channel = MarketChannel(markets, self._bad)
        self._source = source
        self._counts = counts
        self._malformed = malformed
        self._now_ns = now_ns
        self._on_bad = on_bad
        self._market_named: dict[str, MarketId] = {str(market.market): market.market for market in markets}
        for market in markets:
            self._market_named.update({str(market.token(each)): market.market for each in Outcome})
        self._heard_bad: list[BadInput] = []

    def read(self, frame: str | bytes, received_ns: int) -> Sequence[MarketData]:
        """What the frame says, in its order. In the place of what could not be read there is a `FeedLost` for each
        market that it names: something of it may be missing now.

        Raises `ConnectionLost` where nothing less will do: the venue refuses what it was asked, or a frame is broken in
        such a way that nobody knows what it was about.
        """
        self._counts.frames += 1
        self._counts.by_channel[self._source] += 1
        if frame[:1] in ("[", b"["):
            try:
                elements = _elements(frame)
            except (msgspec.MsgspecError, UnicodeError, RecursionError):
                return self._read_one(frame, received_ns)
            # One by one, so that a broken one does not cast doubt on the others.
            return [said for element in elements for said in self._read_one(element, received_ns)]
        return self._read_one(frame, received_ns)

    def _read_one(self, frame: Frame, received_ns: int) -> Sequence[MarketData]:
        said = self._channel.decode(frame, received_ns, self._source)
        if not self._heard_bad:
            return said
        bad, self._heard_bad = self._heard_bad, []
        plain = frame if isinstance(frame, str | bytes) else bytes(frame)
        for each in bad:
            self._tell(each, plain)
        return [*said, *self._losses(bad, plain)]

    def _losses(self, bad: Sequence[BadInput], frame: str | bytes) -> list[MarketData]:
        whole = frame.encode(errors="backslashreplace") if isinstance(frame, str) else frame
        if whole.strip() == REFUSED.encode():
            raise ConnectionLost("the venue refuses the subscription")
        harmful = [each for each in bad if each.kind not in _HARMLESS]
        if not harmful:
            return []
        names = (name.decode() for name in _NAMES.findall(whole))
        named = dict.fromkeys(market for name in names if (market := self._market_named.get(name)) is not None)
        if not named and harmful[0].kind in _UNREADABLE and whole.lstrip()[:1] in (b"{", b"["):
            raise ConnectionLost(f"a broken frame that could be about anything: {harmful[0].kind}")
        return [FeedLost(market, f"a frame could not be read: {harmful[0].kind}") for market in named]

    def _tell(self, bad: BadInput, frame: str | bytes) -> None:
        self._malformed.keep(bad, frame, self._now_ns())
        if self._counts.bad.count(bad):
            self._on_bad(bad)

    def _bad(self, bad: BadInput) -> None:
        self._heard_bad.append(bad)
