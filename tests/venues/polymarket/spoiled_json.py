"""JSON that was right before something happened to it: for tests that whatever comes is understood or refused."""

import json
import random
from collections.abc import Callable

JUNK: tuple[object, ...] = (
    None, True, False, 0, 1, -1, 5, 10**15, 2**63, 2**256, 10**40, 0.5, -0.0, 1e308, 1.5e-7, "", "0", "1", "-1", "1e9",
    "NaN", "Infinity", "null", "0x", "0x" + "00" * 32, "1.5", " 1", "1_000", "٣", "💥", "\x00", "a" * 300, "LTE=",
    "BUY", "SELL", "LIVE", "MATCHED", "FOK", "TAKER", "9" * 80, "0.5", "0.50000000000000001", "2026-11-21T00:00:00Z",
    "CANCELED_for a reason", "TRADE_STATUS_FAILED", "live", "unmatched", "CLOSED", [], {}, [[]], [{}], ["1"],
    {"price": "0.5"},
)  # fmt: skip

_SPLINTERS = (b"", b"\xff", b"\x00", b'"', b"{", b"[" * 3_000, b'"\\ud800"', b"1e999", b"9" * 400, b"NaN", b",")

Reading = Callable[[bytes], object]


def spoiled(plain: object, chance: random.Random) -> object:
    """One thing somewhere in it is different, missing, there twice, or too much."""
    if isinstance(plain, dict) and plain and chance.randrange(8):
        name = chance.choice(sorted(plain))
        changed = dict(plain)
        match chance.randrange(7):
            case 0:
                del changed[name]
            case 1:
                changed[chance.choice(("new", "", "next_cursor"))] = chance.choice(JUNK)
            case _:
                changed[name] = spoiled(plain[name], chance)
        return changed
    if isinstance(plain, list) and plain and chance.randrange(8):
        index = chance.randrange(len(plain))
        if not chance.randrange(5):
            return [*plain, plain[index]]
        return [*plain[:index], spoiled(plain[index], chance), *plain[index + 1 :]]
    if isinstance(plain, str) and plain and chance.randrange(2):
        index = chance.randrange(len(plain))
        return plain[:index] + chance.choice("0159a-. \x00é") + plain[index + 1 :]
    return chance.choice(JUNK)


def spoiled_body(plain: object, chance: random.Random) -> bytes:
    """As it is, spoiled here and there, or broken as a text."""
    for _ in range(chance.choice((0, 1, 1, 1, 2, 4))):
        plain = spoiled(plain, chance)
    body = json.dumps(plain).encode("utf-8", "surrogatepass")
    if chance.randrange(10):
        return body
    index = chance.randrange(len(body) + 1)
    return body[:index] + chance.choice(_SPLINTERS) + body[index + chance.randrange(4) :]
