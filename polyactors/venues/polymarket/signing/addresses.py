"""Addresses: their checksummed text, and Polymarket's contracts on Polygon (reference polymarket_wire.md, 1)."""

import re
from typing import NewType

from polyactors.venues.polymarket.signing.keccak import keccak

Address = NewType("Address", str)
"""An account or a contract: "0x" and 40 hexadecimal digits in the mixed case of EIP-55."""

CHAIN_ID = 137

_PLAIN = re.compile(r"0[xX][0-9a-fA-F]{40}")


class BadAddress(ValueError):
    """A text that is no address."""


def checksummed(text: str) -> Address:
    """`text` in the mixed case of EIP-55. Raises `BadAddress`; the case of `text` itself is not checked."""
    if not _PLAIN.fullmatch(text):
        raise BadAddress(f"{text[:60]!r} is no address")
    digits = text[2:].lower()
    nibbles = keccak(digits.encode()).hex()
    mixed = (digit.upper() if nibble >= "8" else digit for digit, nibble in zip(digits, nibbles, strict=False))
    return Address("0x" + "".join(mixed))


def from_bytes(raw: bytes) -> Address:
    """Raises `BadAddress` unless `raw` is 20 bytes."""
    return checksummed("0x" + raw.hex())


def address_bytes(text: str) -> bytes:
    """The 20 bytes of an address in any case. Raises `BadAddress`."""
    if not _PLAIN.fullmatch(text):
        raise BadAddress(f"{text[:60]!r} is no address")
    return bytes.fromhex(text[2:])


ZERO_ADDRESS = Address("0x0000000000000000000000000000000000000000")

COLLATERAL = Address("0xC011a7E12a19f7B1f670d46F03B03f3342E82DFB")
"""pUSD, six decimals."""
CONDITIONAL_TOKENS = Address("0x4D97DCd97eC945f40cF65F87097ACe5EA0476045")

EXCHANGE_V1 = Address("0x4bFb41d5B3570DeFd03C39a9A4D8dE6Bd8B8982E")
NEG_RISK_EXCHANGE_V1 = Address("0xC5d563A36AE78145C45a50134d48A1215220f80a")
EXCHANGE_V2 = Address("0xE111180000d2663C0091e4f400237545B87B996B")
NEG_RISK_EXCHANGE_V2 = Address("0xe2222d279d744050d28e00520010520000310F59")
EXCHANGE_V3 = Address("0xe3333700cA9d93003F00f0F71f8515005F6c00Aa")

NEG_RISK_ADAPTER = Address("0xd91E80cF2E7be2e162c6513ceD06f1dD0dA35296")
COLLATERAL_ADAPTER = Address("0xAdA100Db00Ca00073811820692005400218FcE1f")
NEG_RISK_COLLATERAL_ADAPTER = Address("0xadA2005600Dec949baf300f4C6120000bDB6eAab")

PROTOCOL_TWO_ROUTER = Address("0x12121212006e4CD160D18e3f00711DA5c3372600")
POSITION_MANAGER = Address("0x006F54F7f9A22e0000CC2AB60031000000ae9fEF")
BINARY_MODULE = Address("0x1000008dD9001B968442c1000017eaE6E0dA00Ba")
NEG_RISK_MODULE = Address("0x200000900045e3B6259600682756002200028933")
AUTO_REDEEM_OPERATOR = Address("0xa1200000d0002264C9a1698e001292D00E1b00af")
PERPS_DEPOSIT = Address("0xDCa4af75705dbB50f62437045afF9921947917d2")

SAFE_MULTISEND = Address("0xA238CBeb142c10Ef7Ad8442C6D1f9E89e07e7761")
RELAY_HUB = Address("0xD216153c06E857cD7f72665E0aF1d7D82172F494")

PROXY_FACTORY = Address("0xaB45c5A4B0c941a2F231C04C3f49182e1A254052")
PROXY_IMPLEMENTATION = Address("0x44e999d5c2F66Ef0861317f9A4805AC2e90aEB4f")
SAFE_FACTORY = Address("0xaacFeEa03eb1561C4e67d661e40682Bd20E3541b")
SAFE_INIT_CODE_HASH = bytes.fromhex("2bce2127ff07fb632d16c8347c4ebf501f4841168bed00d9e6ef715ddb6fcecf")
DEPOSIT_WALLET_FACTORY = Address("0x00000000000Fb5C9ADea0298D729A0CB3823Cc07")
DEPOSIT_WALLET_IMPLEMENTATION = Address("0x58CA52ebe0DadfdF531Cde7062e76746de4Db1eB")
DEPOSIT_WALLET_BEACON = Address("0x7A18EDfe055488A3128f01F563e5B479D92ffc3a")
