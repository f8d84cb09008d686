"""Frames as the venues write them, for tests that speak as a venue."""

import json
from typing import Any

WHEN = "2026-11-07T08:19:27.028459Z"


def binance_trade(number: int) -> str:
    return json.dumps(
        {"e": "trade", "s": "BTCUSDT", "t": number, "p": "61035.86", "q": "0.5", "T": 1_672_515_782_134, "m": True}
    )


def coinbase_match(number: int, kind: str = "match") -> str:
    event = {"type": kind, "trade_id": number, "time": WHEN, "product_id": "BTC-USD"}
    return json.dumps({**event, "size": "5.23512", "price": "61000.23", "side": "sell"})


def coinbase_heartbeat(last: int) -> str:
    return json.dumps({"type": "heartbeat", "sequence": 90, "last_trade_id": last, "product_id": "BTC-USD"})


def kraken_trade(*numbers: int, kind: str = "update") -> str:
    trades = [
        {
            "symbol": "BTC/USD",
            "side": "buy",
            "price": 105944.2,
            "qty": 0.5,
            "trade_id": number,
            "timestamp": "2023-10-06T17:35:55.440295Z",
        }
        for number in numbers
    ]
    return json.dumps({"channel": "trade", "type": kind, "data": trades})


def advanced_trades(sequence: int, *numbers: int, kind: str = "update") -> str:
    trades = [
        {
            "trade_id": str(number),
            "product_id": "BTC-USD",
            "price": "1.5",
            "size": "2",
            "side": "BUY",
            "time": "2026-04-07T14:30:02Z",
        }
        for number in numbers
    ]
    event = {"type": kind, "trades": trades}
    return json.dumps({"channel": "market_trades", "sequence_num": sequence, "events": [event]})


def granted(*channels: str, sequence: int = 0) -> str:
    subscriptions = {channel: ["BTC-USD", "ETH-USD"] for channel in channels}
    return json.dumps(
        {"channel": "subscriptions", "sequence_num": sequence, "events": [{"subscriptions": subscriptions}]}
    )


def kraken_answer(symbol: str, error: str = "") -> str:
    answer: dict[str, Any] = {"error": error, "symbol": symbol} if error else {"result": {"symbol": symbol}}
    return json.dumps({"method": "subscribe", "success": not error, **answer})
