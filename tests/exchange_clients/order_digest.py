"""An order's id, calculated by the Ethereum library from what a client has signed: how an order is found of which the
answer was lost."""

from typing import Any

from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak

from tests.exchange_clients.client_account import CHAIN

USUAL_V2 = "0xE111180000d2663C0091e4f400237545B87B996B"
NEG_RISK_V2 = "0xe2222d279d744050d28e00520010520000310F59"
V3 = "0xe3333700cA9d93003F00f0F71f8515005F6c00Aa"

_FIELDS = {
    "salt": "uint256",
    "maker": "address",
    "signer": "address",
    "tokenId": "uint256",
    "makerAmount": "uint256",
    "takerAmount": "uint256",
    "side": "uint8",
    "signatureType": "uint8",
    "timestamp": "uint256",
    "metadata": "bytes32",
    "builder": "bytes32",
}


def digest_of(order: Any, contract: str = USUAL_V2, version: str = "2") -> str:
    """Of an order that buys, of the SDK or of the second client: they differ in how they write names."""
    message: dict[str, object] = {}
    for name, kind in _FIELDS.items():
        value = getattr(order, name) if hasattr(order, name) else getattr(order, _with_underscores(name))
        message[name] = int(value) if kind == "uint256" else value
    message["side"] = 0
    signable = encode_typed_data(
        domain_data={
            "name": "Polymarket CTF Exchange",
            "version": version,
            "chainId": CHAIN,
            "verifyingContract": contract,
        },
        message_types={"Order": [{"name": name, "type": kind} for name, kind in _FIELDS.items()]},
        message_data=message,
    )
    return "0x" + keccak(b"\x19" + signable.version + signable.header + signable.body).hex()


def _with_underscores(name: str) -> str:
    return "".join(f"_{each.lower()}" if each.isupper() else each for each in name)
