"""Submissions to the relayer as the venue's client writes them, signed for each kind of wallet."""

from collections.abc import Callable, Sequence

from messages.units import NANOSECONDS_PER_SECOND
from polyactors.exchange.chain.chain import ChainSettings
from polyactors.venues.polymarket.signing.addresses import (
    COLLATERAL_ADAPTER,
    DEPOSIT_WALLET_FACTORY,
    PROXY_FACTORY,
    RELAY_HUB,
    SAFE_MULTISEND,
    address_bytes,
)
from polyactors.venues.polymarket.signing.deposit_wallet import wrap_session
from polyactors.venues.polymarket.signing.keys import SigningKey
from polyactors.venues.polymarket.signing.typed_data import address_word, number_word
from polyactors.venues.polymarket.signing.wallet_calls import (
    WalletCall,
    batch_digest,
    proxy_digest,
    safe_digest,
    sign_for_safe,
    sign_personally,
)
from polyactors.venues.polymarket.signing.wallets import beacon_deposit_wallet, proxy_wallet, safe_wallet
from tests.exchange.chain_world import (
    ORDINARY,
    SETS,
    START_NS,
    binary_call,
    plain_call,
)

RELAY = ChainSettings().relay
NO_GAS = {"baseGas": "0", "gasPrice": "0", "gasToken": "0x" + "00" * 20, "refundReceiver": "0x" + "00" * 20}
SPLIT = binary_call("splitPosition", COLLATERAL_ADAPTER, ORDINARY, SETS)
MERGE = binary_call("mergePositions", COLLATERAL_ADAPTER, ORDINARY, 1)

Body = dict[str, object]
Signer = Callable[[SigningKey, Sequence[WalletCall], int], Body]


def padded(data: bytes) -> bytes:
    return number_word(len(data)) + data + bytes(-len(data) % 32)


def deposit_body(key: SigningKey, calls: Sequence[WalletCall], nonce: int, session: SigningKey | None = None) -> Body:
    wallet, deadline_s = beacon_deposit_wallet(key.address), START_NS // NANOSECONDS_PER_SECOND + 600
    signer = session or key
    signature = signer.sign(batch_digest(wallet, nonce, deadline_s, calls))
    if session is not None:
        signature = wrap_session(session.address, signature)
    plain_calls = [{"target": call.target, "value": str(call.value), "data": "0x" + call.data.hex()} for call in calls]
    return {
        "type": "WALLET",
        "from": signer.address,
        "to": DEPOSIT_WALLET_FACTORY,
        "nonce": str(nonce),
        "signature": "0x" + signature.hex(),
        "metadata": "",
        "depositWalletParams": {"depositWallet": wallet, "deadline": str(deadline_s), "calls": plain_calls},
    }


def safe_body(key: SigningKey, calls: Sequence[WalletCall], nonce: int) -> Body:
    safe, operation, call = safe_wallet(key.address), 0, calls[0]
    if len(calls) > 1:
        packed = b"".join(
            b"\0" + address_bytes(one.target) + number_word(one.value) + number_word(len(one.data)) + one.data
            for one in calls
        )
        operation = 1
        call = plain_call(SAFE_MULTISEND, "multiSend(bytes)", [number_word(32), padded(packed)])
    return {
        "type": "SAFE",
        "from": key.address,
        "to": call.target,
        "proxyWallet": safe,
        "data": "0x" + call.data.hex(),
        "nonce": str(nonce),
        "signature": "0x" + sign_for_safe(key, safe_digest(safe, call, operation, nonce)).hex(),
        "metadata": "",
        "signatureParams": NO_GAS | {"operation": str(operation), "safeTxnGas": "0"},
    }


def proxy_body(key: SigningKey, calls: Sequence[WalletCall], nonce: int) -> Body:
    tuples = [
        number_word(1) + address_word(call.target) + number_word(call.value) + number_word(128) + padded(call.data)
        for call in calls
    ]
    offsets = [32 * len(tuples) + sum(map(len, tuples[:place])) for place in range(len(tuples))]
    words = [number_word(32), number_word(len(tuples)), *map(number_word, offsets), *tuples]
    call = plain_call(PROXY_FACTORY, "proxy((uint8,address,uint256,bytes)[])", words)
    digest = proxy_digest(key.address, call, 123_456, nonce, RELAY_HUB, RELAY)
    return {
        "type": "PROXY",
        "from": key.address,
        "to": PROXY_FACTORY,
        "proxyWallet": proxy_wallet(key.address),
        "data": "0x" + call.data.hex(),
        "nonce": str(nonce),
        "signature": "0x" + sign_personally(key, digest).hex(),
        "metadata": "",
        "signatureParams": {
            "gasLimit": "123456",
            "gasPrice": "0",
            "relay": RELAY,
            "relayHub": RELAY_HUB,
            "relayerFee": "0",
        },
    }
