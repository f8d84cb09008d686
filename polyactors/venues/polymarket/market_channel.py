"""The market channel of Polymarket's websocket: frames in, `MarketData` out."""

from collections.abc import Callable, Iterable
from typing import cast

import msgspec

from messages.market_data import BadInput, MarketData
from messages.markets import Market
from polyactors.venues.polymarket.json_frames import KEEP_ALIVE, Frame, as_typed, frame_text, plain_json
from polyactors.venues.polymarket.market_frames import MarketFrame, PriceChangeFrame, in_todays_shape
from polyactors.venues.polymarket.yes_terms import YesTerms
from polyactors.venues.refused import Refused


class MarketChannel:
    """Decodes the frames of the markets that it knows. What cannot be taken goes to `on_bad`, and nothing is raised.

    A frame is taken whole or not at all; of an array each element is one frame. The kinds of bad input: not_json,
    not_utf8, too_deep, wrong_type, missing_field, unknown_type, unknown_asset, bad_price, bad_size, bad_timestamp,
    bad_side, bad_tick_size, contradiction.
    """

    def __init__(self, markets: Iterable[Market], on_bad: Callable[[BadInput], None]) -> None:
        self._terms = YesTerms(markets)
        self._on_bad = on_bad
        self._decode: Callable[[Frame], MarketFrame | list[msgspec.Raw]] = msgspec.json.Decoder(
            MarketFrame | list[msgspec.Raw], strict=False
        ).decode

    def know(self, market: Market) -> None:
        """From now on frames of `market` are decoded too, by its new description if it was known already."""
        self._terms.know(market)

    def forget(self, market: Market) -> None:
        self._terms.forget(market)

    def decode(self, frame: Frame, received_ns: int, source: str) -> list[MarketData]:
        """What `frame`, received at `received_ns`, says. `source` names the connection, or the place in a recording."""
        try:
            wire = self._decode(frame)
            if type(wire) is PriceChangeFrame:
                return [self._terms.delta(wire, received_ns)]
            if type(wire) is not list:
                said = self._terms.said(cast(MarketFrame, wire), received_ns)
                return [] if said is None else [said]
        except Refused as refused:
            self._on_bad(refused.as_bad_input(source))
            return []
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            return self._decode_carefully(frame, received_ns, source)
        return [said for element in wire for said in self._decode_carefully(element, received_ns, source)]

    def _decode_carefully(self, frame: Frame, received_ns: int, source: str) -> list[MarketData]:
        """The same for what is rare: elements of arrays, texts, older shapes, and what is broken."""
        try:
            text = frame_text(frame)
            if text.strip() in KEEP_ALIVE:
                return []
            as_type, fields = in_todays_shape(plain_json(text))
            said = self._terms.said(as_typed(fields, as_type), received_ns)
        except Refused as refused:
            self._on_bad(refused.as_bad_input(source))
            return []
        return [] if said is None else [said]
