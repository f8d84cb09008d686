"""Recordings made up for tests: a small exchange plays two markets, and what a subscriber would see is written down.

The format is that of the shared recordings; the same arguments give the same bytes.
"""

import gzip
import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from random import Random
from typing import Any

from attrs import define, field, frozen

START_MS = 1_780_000_000_000
EVENT = "cup-final"
THOUSANDTHS = 1000
CENT = 10
"""Prices are counted in thousandths of a dollar here."""

Frame = dict[str, Any]


@frozen
class Listing:
    """One of the made-up markets."""

    number: int
    condition: str
    yes: str
    no: str

    @property
    def slug(self) -> str:
        return f"{EVENT}-{self.number}"

    @property
    def path(self) -> str:
        return f"markets/{EVENT}/{self.condition}"

    def gamma(self) -> dict[str, object]:
        return {
            "conditionId": self.condition,
            "slug": self.slug,
            "question": f"Who wins game {self.number}?",
            "outcomes": '["A", "B"]',
            "clobTokenIds": json.dumps([self.yes, self.no]),
            "orderPriceMinTickSize": 0.01,
            "orderMinSize": 5,
            "negRisk": False,
            "acceptingOrders": True,
            "feesEnabled": True,
            "feeSchedule": {"rate": 0.03, "exponent": 1, "takerOnly": True, "rebateRate": 0.25},
            "events": [{"slug": EVENT}],
        }


def _listing(number: int) -> Listing:
    def token(which: str) -> str:
        return str(int(hashlib.sha256(f"{number}{which}".encode()).hexdigest(), 16))

    return Listing(number, "0x" + hashlib.sha256(str(number).encode()).hexdigest(), token("yes"), token("no"))


LISTINGS = (_listing(0), _listing(1))


@define
class Venue:
    """One market as the exchange has it: the bids of YES and of NO by price, and the frames that it sends."""

    listing: Listing
    random: Random
    has_hashes: bool
    middle: int
    step: int = CENT
    last_trade: str = ""
    yes: dict[int, int] = field(factory=dict)
    no: dict[int, int] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        for distance in range(1, 9):
            self.yes[self._on_grid(self.middle) - distance * CENT] = self._size()
            self.no[THOUSANDTHS - self._on_grid(self.middle) - distance * CENT] = self._size()

    def act(self, at_ms: int) -> list[Frame]:
        """Whatever happens next: mostly a level changes, now and then somebody trades."""
        self.middle = min(850, max(150, self.middle + self.random.choice((-2, -1, 0, 0, 1, 2))))
        return self._trade(at_ms) if self.random.random() < 0.06 else [self._change(at_ms)]

    def books(self, at_ms: int) -> list[Frame]:
        return [self._book(self.listing.yes, at_ms), self._book(self.listing.no, at_ms)]

    def finer_tick(self, at_ms: int) -> list[Frame]:
        """The tick goes from a cent to a tenth of one, announced for each token, and the books are sent again."""
        self.step = 1
        said = [
            {
                "event_type": "tick_size_change",
                "market": self.listing.condition,
                "asset_id": token,
                "old_tick_size": "0.01",
                "new_tick_size": "0.001",
                "timestamp": str(at_ms),
            }
            for token in (self.listing.yes, self.listing.no)
        ]
        return said + self.books(at_ms)

    def resolved(self, at_ms: int) -> Frame:
        return {
            "event_type": "market_resolved",
            "market": self.listing.condition,
            "assets_ids": [self.listing.yes, self.listing.no],
            "winning_asset_id": self.listing.yes,
            "winning_outcome": "A",
            "timestamp": str(at_ms),
        }

    def _change(self, at_ms: int) -> Frame:
        """One level is set anew. What would cross is not added: levels in the way go first."""
        own, other, middle = self._side(self.random.random() < 0.5)
        crossing = [price for price in own if price + max(other) >= THOUSANDTHS]
        far = [price for price in own if price > self._on_grid(middle)]
        if len(own) > 6 and (crossing or far or self.random.random() < 0.3):
            price, size = max(own), 0
            if not far and not crossing:
                price = self.random.choice(sorted(own))
            own.pop(price)
        else:
            price = self._on_grid(middle) - self.random.randrange(1, 9) * self.step
            price = min(price, THOUSANDTHS - max(other) - self.step)
            price, size = max(price, self.step), self._size()
            own[price] = size
        return self._price_change(own is self.yes, price, size, at_ms)

    def _trade(self, at_ms: int) -> list[Frame]:
        """A taker goes through the best levels of one side: each trade is told, and both books are sent again."""
        own, _, _ = self._side(self.random.random() < 0.5)
        token = self.listing.yes if own is self.yes else self.listing.no
        said: list[Frame] = []
        for _ in range(self.random.randrange(1, 4)):
            price = max(own)
            taken = own[price] if len(own) > 6 else own[price] // 2 + 1
            own[price] -= taken
            if not own[price]:
                own.pop(price)
            self.last_trade = f"{price / THOUSANDTHS:.3f}"
            said.append(
                {
                    "event_type": "last_trade_price",
                    "market": self.listing.condition,
                    "asset_id": token,
                    "price": _price(price),
                    "size": _size(taken),
                    "side": "SELL",
                    "fee_rate_bps": "0",
                    "timestamp": str(at_ms),
                }
            )
        return said + self.books(at_ms)

    def _price_change(self, is_yes: bool, price: int, size: int, at_ms: int) -> Frame:
        best_bid, best_ask = max(self.yes), THOUSANDTHS - max(self.no)
        buyer, seller = (self.listing.yes, self.listing.no) if is_yes else (self.listing.no, self.listing.yes)
        legs: list[Frame] = []
        for token, at, side in ((buyer, price, "BUY"), (seller, THOUSANDTHS - price, "SELL")):
            own = token == self.listing.yes
            leg = {
                "asset_id": token,
                "price": _price(at),
                "size": _size(size),
                "side": side,
                "best_bid": _price(best_bid if own else THOUSANDTHS - best_ask),
                "best_ask": _price(best_ask if own else THOUSANDTHS - best_bid),
            }
            if self.has_hashes:
                leg["hash"] = self._hash(token, at_ms)
            legs.append(leg)
        return {
            "market": self.listing.condition,
            "event_type": "price_change",
            "timestamp": str(at_ms),
            "price_changes": legs,
        }

    def _book(self, token: str, at_ms: int) -> Frame:
        bids, asks = self._levels(token)
        frame = {
            "market": self.listing.condition,
            "asset_id": token,
            "timestamp": str(at_ms),
            "bids": bids,
            "asks": asks,
            "tick_size": _price(self.step),
            "event_type": "book",
            "last_trade_price": self.last_trade,
        }
        if self.has_hashes:
            frame["hash"] = self._hash(token, at_ms)
        return frame

    def _hash(self, token: str, at_ms: int) -> str:
        """The venue's own, by the recipe of the reference (polymarket.md 5.6)."""
        bids, asks = self._levels(token)
        whole = {
            "market": self.listing.condition,
            "asset_id": token,
            "timestamp": str(at_ms),
            "hash": "",
            "bids": bids,
            "asks": asks,
            "min_order_size": "5",
            "tick_size": _price(self.step),
            "neg_risk": False,
            "last_trade_price": self.last_trade,
        }
        return hashlib.sha1(json.dumps(whole, separators=(",", ":")).encode()).hexdigest()

    def _levels(self, token: str) -> tuple[list[Frame], list[Frame]]:
        own, other = (self.yes, self.no) if token == self.listing.yes else (self.no, self.yes)
        bids = [{"price": _price(price), "size": _size(own[price])} for price in sorted(own)]
        asks = [{"price": _price(THOUSANDTHS - price), "size": _size(other[price])} for price in sorted(other)]
        return bids, asks

    def _side(self, is_yes: bool) -> tuple[dict[int, int], dict[int, int], int]:
        return (self.yes, self.no, self.middle) if is_yes else (self.no, self.yes, THOUSANDTHS - self.middle)

    def _on_grid(self, price: int) -> int:
        return price // self.step * self.step

    def _size(self) -> int:
        """In hundredths of a share."""
        return self.random.choice((self.random.randrange(500, 80_000), self.random.randrange(10, 800) * 100))


def _price(price: int) -> str:
    """As the venue writes levels: no zeros at the end."""
    return f"{price / THOUSANDTHS:.3f}".rstrip("0").rstrip(".")


def _size(hundredths: int) -> str:
    return f"{hundredths / 100:.2f}".rstrip("0").rstrip(".")


@define
class Made:
    """A recording before it is written: its lines can still be tampered with."""

    lines: list[bytes]
    frames: dict[str, int]
    end_ms: int

    def write(self, folder: Path, lines: Iterable[bytes] | None = None, **manifest: object) -> Path:
        """The folder, with these lines for its own."""
        content = b"".join(line + b"\n" for line in (self.lines if lines is None else lines))
        return self.write_bytes(folder, gzip.compress(content, 1, mtime=0), **manifest)

    def write_bytes(self, folder: Path, compressed: bytes, **manifest: object) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        said = {"name": "made-up", "start_ms": START_MS, "end_ms": self.end_ms, "frames": self.frames, **manifest}
        (folder / "manifest.json").write_text(json.dumps(said))
        (folder / "markets.json").write_text(json.dumps([listing.gamma() for listing in LISTINGS]))
        (folder / "frames.jsonl.gz").write_bytes(compressed)
        return folder

    def at_ms(self, index: int) -> int:
        """When line `index` was received."""
        at: int = json.loads(self.lines[index])["at"]
        return at

    def with_lines(self, extra: Mapping[int, list[bytes]]) -> list[bytes]:
        """The lines with `extra` ones before those at these indices (an index past the end: after the last)."""
        lines: list[bytes] = []
        for index in range(len(self.lines) + 1):
            lines += extra.get(index, [])
            lines += self.lines[index : index + 1]
        return lines


def make(
    actions: int = 1500,
    *,
    seed: int = 0,
    has_hashes: bool = False,
    finer_tick_at: int | None = None,
    resolved_at: int | None = None,
    pause_ms: tuple[int, int] = (5, 120),
) -> Made:
    """Two markets that trade in turn. `finer_tick_at` and `resolved_at` say after which action that happens to the
    first market; `pause_ms` bounds the time between two actions."""
    random = Random(f"recording {seed}")
    venues = [Venue(listing, random, has_hashes, middle) for listing, middle in zip(LISTINGS, (455, 620), strict=True)]
    at_ms = START_MS
    lines = [line(at_ms, frame) for venue in venues for frame in venue.books(at_ms)]
    first = venues[0]
    for action in range(actions):
        at_ms += random.randrange(*pause_ms)
        if resolved_at is not None and action >= resolved_at:
            acting = venues[1]
            said = [first.resolved(at_ms)] if action == resolved_at else acting.act(at_ms)
        elif action == finer_tick_at:
            said = first.finer_tick(at_ms)
        else:
            said = random.choice(venues).act(at_ms)
        lines += [line(at_ms, frame) for frame in said]
    lines.append(line(at_ms, "the recorder was stopped", "note"))
    return Made(lines, {"clob.market": len(lines) - 1, "note": 1}, at_ms)


def line(at_ms: int, frame: object, channel: str = "clob.market") -> bytes:
    """A line of the recording, without its end."""
    return json.dumps({"at": at_ms, "channel": channel, "frame": frame}, separators=(",", ":")).encode()


def price_change(listing: Listing, at_ms: int, **leg: object) -> Frame:
    """A frame of one leg that sets 10 shares at 0.4 in the YES book, with `leg` instead; None leaves a field out."""
    best = {"best_bid": "0.4", "best_ask": "0.5"}
    fields: dict[str, object] = {"asset_id": listing.yes, "price": "0.4", "size": "10", "side": "BUY", **best, **leg}
    return {
        "market": listing.condition,
        "event_type": "price_change",
        "timestamp": str(at_ms),
        "price_changes": [{name: value for name, value in fields.items() if value is not None}],
    }
