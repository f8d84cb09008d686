"""What is said to the market channel (polymarket.md 5.2)."""

from collections.abc import Iterable

import msgspec

from messages.identity import TokenId


def subscribe_all(tokens: Iterable[TokenId]) -> str:
    """The first frame of a connection: the books of the tokens, their changes, and what becomes of the markets."""
    return _text({"type": "market", "assets_ids": sorted(tokens), "custom_feature_enabled": True})


def subscribe(tokens: Iterable[TokenId]) -> str:
    return _text({"operation": "subscribe", "assets_ids": sorted(tokens), "custom_feature_enabled": True})


def unsubscribe(tokens: Iterable[TokenId]) -> str:
    return _text({"operation": "unsubscribe", "assets_ids": sorted(tokens)})


def _text(content: dict[str, object]) -> str:
    return msgspec.json.encode(content).decode()
