"""A key, caps and orders for tests of the signer."""

import os
from pathlib import Path

from attrs import evolve

from messages.identity import Side, TokenId
from messages.units import CASH_SCALE, Cash
from polyactors.venues.polymarket.signer.caps import AnyAsset, Caps
from polyactors.venues.polymarket.signer.exchanges import ExchangeKind
from polyactors.venues.polymarket.signer.key_source import KeyFile
from polyactors.venues.polymarket.signing.keys import SigningKey
from polyactors.venues.polymarket.signing.orders import SignatureType, SignedOrder

SECRET = "c0ffee5eed" * 6 + "1234"
"""Of no wallet: made up for tests, so that it can be looked for in everything that they write."""

KEY = SigningKey.from_hex(SECRET)
TOKEN = TokenId("71321045679252212594626385532706912750332728571942532289631379312455583992563")
EVERY_CONTRACT = frozenset(kind.domain.contract for kind in ExchangeKind)
WIDE = Caps(Cash(10**6 * CASH_SCALE), Cash(10**9 * CASH_SCALE), EVERY_CONTRACT, AnyAsset.ANY)

ORDER = SignedOrder(
    salt=479249096354,
    maker=KEY.address,
    signer=KEY.address,
    token_id=TOKEN,
    maker_amount=5_000_000,
    taker_amount=10_000_000,
    side=Side.BUY,
    signature_type=SignatureType.EOA,
    timestamp_ms=1795132800123,
)


def order_giving(maker_amount: int, side: Side = Side.BUY, token: TokenId = TOKEN) -> SignedOrder:
    return evolve(ORDER, maker_amount=maker_amount, side=side, token_id=token)


def key_file(folder: Path, text: str = SECRET, mode: int = 0o600) -> KeyFile:
    path = folder / "key"
    path.write_text(text)
    os.chmod(path, mode)
    return KeyFile(str(path))
