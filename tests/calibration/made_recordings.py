"""Recordings of five-minute markets made up for tests: a walk of prices at three venues, and a book around a chance.

In the format of the shared recordings; the same arguments give the same bytes.
"""

import gzip
import json
import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from attrs import field, frozen

START_MS = 1_777_108_200_000
LENGTH_MS = 300_000

Frame = dict[str, object]


@frozen
class Made:
    """What is in a recording: `count` markets one after the other, from `before_s` before the first to `after_s` after
    the last. `market` changes the objects of the markets, `channels` are those of which there are frames."""

    folder: Path
    name: str = "made-up"
    count: int = 1
    seed: int = 0
    before_s: int = 120
    after_s: int = 60
    channels: Sequence[str] = ("rtds", "binance", "coinbase", "clob")
    market: Mapping[str, object] = field(factory=dict)
    resolved: bool = True
    drift: float = 0.0


def write(made: Made) -> Path:
    """The folder of the recording."""
    made.folder.mkdir(parents=True, exist_ok=True)
    begin_ms, end_ms = START_MS - made.before_s * 1000, START_MS + made.count * LENGTH_MS + made.after_s * 1000
    prices = _walk(made)
    frames = [each for at_ms in range(begin_ms, end_ms + 1, 1000) for each in _frames(made, at_ms, prices)]
    counts: dict[str, int] = {}
    for _, channel, _ in frames:
        counts[channel] = counts.get(channel, 0) + 1
    manifest = {"name": made.name, "start_ms": begin_ms, "end_ms": end_ms, "frames": counts}
    (made.folder / "manifest.json").write_text(json.dumps(manifest))
    markets = [_market(made, number, prices) for number in range(made.count)]
    (made.folder / "markets.json").write_text(json.dumps(markets))
    lines = (json.dumps({"at": at_ms, "channel": channel, "frame": frame}) for at_ms, channel, frame in frames)
    with gzip.GzipFile(made.folder / "frames.jsonl.gz", "wb", mtime=0) as file:
        file.write("\n".join(lines).encode() + b"\n")
    return made.folder


def is_up(made: Made, number: int) -> bool:
    """By the price that holds at both ends."""
    prices, start_ms = _walk(made), START_MS + number * LENGTH_MS
    return prices[start_ms + LENGTH_MS] >= prices[start_ms]


def _walk(made: Made) -> dict[int, float]:
    """Whenever the recording begins, the prices are the same."""
    chance, price, prices = random.Random(made.seed), 77_000.0, {}
    for at_ms in range(START_MS - 600_000, START_MS + made.count * LENGTH_MS + 600_000, 1000):
        price = round(price + chance.gauss(made.drift, 4.0), 2)
        prices[at_ms] = price
    return prices


def _market(made: Made, number: int, prices: Mapping[int, float]) -> Frame:
    start_ms = START_MS + number * LENGTH_MS
    resolution = {"direction": "UP" if is_up(made, number) else "DOWN"}
    return {
        "conditionId": f"0x{number + 1:064x}",
        "slug": f"btc-updown-5m-{start_ms // 1000}",
        "question": "Bitcoin Up or Down",
        "outcomes": '["Up", "Down"]',
        "clobTokenIds": json.dumps([str(10 * number + 1), str(10 * number + 2)]),
        "orderPriceMinTickSize": 0.01,
        "orderMinSize": 5,
        "eventStartTime": _written(start_ms),
        "endDate": _written(start_ms + LENGTH_MS),
        "resolutionSource": "chainlink btc/usd",
        **({"resolution": resolution} if made.resolved else {}),
        **made.market,
    }


def _frames(made: Made, at_ms: int, prices: Mapping[int, float]) -> list[tuple[int, str, Frame]]:
    price, number = prices[at_ms], (at_ms - START_MS) // 1000
    frames: list[tuple[int, str, Frame]] = []
    if "rtds" in made.channels:
        payload = {"symbol": "btc/usd", "timestamp": at_ms, "value": price}
        topic = "crypto_prices_chainlink"
        frame: Frame = {"topic": topic, "type": "update", "timestamp": at_ms, "payload": payload}
        frames.append((at_ms, f"rtds.{topic}", frame))
    if "binance" in made.channels:
        trade: Frame = {"e": "trade", "E": at_ms, "s": "BTCUSDT", "t": 10_000 + number, "p": f"{price:.2f}", "q": "0.1"}
        frames.append((at_ms, "binance.btcusdt@trade", {**trade, "T": at_ms, "m": False}))
    if "coinbase" in made.channels:
        match: Frame = {"type": "match", "trade_id": 10_000 + number, "product_id": "BTC-USD", "price": f"{price:.2f}"}
        frames.append((at_ms, "coinbase.matches", {**match, "size": "0.1", "side": "buy", "time": _written(at_ms)}))
    if "clob" in made.channels:
        frames += [(at_ms, "clob.market", each) for each in _books(made, at_ms, prices)]
    return frames


def _books(made: Made, at_ms: int, prices: Mapping[int, float]) -> list[Frame]:
    """Of the market of the moment, every five seconds: around 50 cents, nearer to the truth towards the end."""
    index, into_ms = divmod(at_ms - START_MS, LENGTH_MS)
    if not 0 <= index < made.count or at_ms % 5000:
        return []
    ahead = prices[at_ms] - prices[START_MS + index * LENGTH_MS]
    middle = min(95, max(5, round(50 + ahead * (0.2 + into_ms / LENGTH_MS))))
    return [
        _book(index, at_ms, 10 * index + 1, middle - 1, middle + 1),
        _book(index, at_ms, 10 * index + 2, 99 - middle, 101 - middle),
    ]


def _book(index: int, at_ms: int, token: int, bid: int, ask: int) -> Frame:
    return {
        "event_type": "book",
        "market": f"0x{index + 1:064x}",
        "asset_id": str(token),
        "timestamp": str(at_ms),
        "hash": "0" * 40,
        "bids": [{"price": f"{bid / 100:.2f}", "size": "100"}],
        "asks": [{"price": f"{ask / 100:.2f}", "size": "100"}],
        "tick_size": "0.01",
        "last_trade_price": "",
    }


def _written(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
