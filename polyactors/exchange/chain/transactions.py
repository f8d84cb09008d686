"""Raw transactions: the legacy form with a chain id (EIP-155), which is what the venue's own client sends."""

from attrs import frozen

from polyactors.exchange.chain import rlp
from polyactors.venues.polymarket.signing.addresses import CHAIN_ID, Address, BadAddress, from_bytes
from polyactors.venues.polymarket.signing.keccak import keccak
from polyactors.venues.polymarket.signing.keys import SigningKey, recover
from polyactors.venues.polymarket.signing.typed_data import BadField, number_word
from polyactors.venues.polymarket.signing.wallet_calls import WalletCall

_FIELDS = 9
_FIRST_V = 35
_FIRST_RECOVERY = 27


class BadTransaction(ValueError):
    """A raw transaction that a node would refuse."""


@frozen
class RawTransaction:
    """A transaction that `sender` signed. `gas_price` is in wei."""

    sender: Address
    nonce: int
    gas_price: int
    gas: int
    call: WalletCall
    transaction: str


def decode_transaction(raw: bytes) -> RawTransaction:
    """Raises `BadTransaction` for another form, another chain or a signature of nobody."""
    try:
        item = rlp.decode(raw)
        if isinstance(item, bytes) or len(item) != _FIELDS:
            raise BadTransaction("transaction type not supported")
        to, data = item[3], item[5]
        if not isinstance(to, bytes) or not isinstance(data, bytes):
            raise BadTransaction("a list where bytes belong")
        nonce, gas_price, gas, value, v, r, s = (rlp.number(item[place]) for place in (0, 1, 2, 4, 6, 7, 8))
        recovery = v - _FIRST_V - 2 * CHAIN_ID
        if recovery not in (0, 1):
            raise BadTransaction("invalid chain id for signer")
        signature = number_word(r) + number_word(s) + bytes((_FIRST_RECOVERY + recovery,))
        sender = recover(_signed(item[:6]), signature)
        if sender is None:
            raise BadTransaction("invalid sender")
        call = WalletCall(from_bytes(to), data, value)
    except (rlp.BadRlp, BadField, BadAddress) as error:
        raise BadTransaction(str(error)) from None
    return RawTransaction(sender, nonce, gas_price, gas, call, "0x" + keccak(raw).hex())


def sign_transaction(key: SigningKey, call: WalletCall, nonce: int, gas_price: int, gas: int) -> bytes:
    """The raw transaction by which `key`'s owner makes that call."""
    numbers = [rlp.number_bytes(number) for number in (nonce, gas_price, gas)]
    fields: list[rlp.Item] = [*numbers, bytes.fromhex(call.target[2:]), rlp.number_bytes(call.value), call.data]
    signature = key.sign(_signed(fields))
    v = signature[-1] - _FIRST_RECOVERY + _FIRST_V + 2 * CHAIN_ID
    r, s = (int.from_bytes(part, "big") for part in (signature[:32], signature[32:64]))
    return rlp.encode(fields + [rlp.number_bytes(number) for number in (v, r, s)])


def _signed(fields: list[rlp.Item]) -> bytes:
    return keccak(rlp.encode([*fields, rlp.number_bytes(CHAIN_ID), b"", b""]))
