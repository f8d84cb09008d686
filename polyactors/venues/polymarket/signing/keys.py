"""ECDSA over secp256k1: signing a digest, and finding out who signed one."""

import coincurve
from attrs import field, frozen

from polyactors.venues.polymarket.signing.addresses import Address, from_bytes
from polyactors.venues.polymarket.signing.keccak import HASH_BYTES, keccak

SIGNATURE_BYTES = 65

_HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
_FIRST_RECOVERY = 27


class BadKey(ValueError):
    """A text that is no private key. The message does not repeat it."""


@frozen
class SigningKey:
    """A private key and the address of its owner. Its text shows the address alone."""

    address: Address
    _secret: coincurve.PrivateKey = field(repr=False, eq=False)

    @classmethod
    def from_hex(cls, text: str) -> "SigningKey":
        """Raises `BadKey`."""
        try:
            return cls.from_secret(bytes.fromhex(text.removeprefix("0x")))
        except ValueError:
            raise BadKey("a private key is 64 hexadecimal digits") from None

    @classmethod
    def from_secret(cls, secret: bytes) -> "SigningKey":
        """Raises `BadKey` unless `secret` is 32 bytes and a number below the order of the curve, and not 0."""
        if len(secret) != HASH_BYTES:
            raise BadKey("a private key is 32 bytes")
        try:
            key = coincurve.PrivateKey(secret)
        except ValueError:
            raise BadKey("the number is outside of the curve's order") from None
        return cls(_address_of(key.public_key), key)

    def sign(self, digest: bytes) -> bytes:
        """r, s and v (27 or 28) over a 32-byte digest; s is in the lower half."""
        signature = self._secret.sign_recoverable(digest, hasher=None)
        return signature[:-1] + bytes((signature[-1] + _FIRST_RECOVERY,))


def recover(digest: bytes, signature: bytes) -> Address | None:
    """Who signed `digest`; None if `signature` cannot be anybody's.

    v has to be 27 or 28, and s in the lower half: the other s is the same signature written another way, which
    contracts refuse so that a signature has one form.
    """
    if len(signature) != SIGNATURE_BYTES or signature[-1] - _FIRST_RECOVERY not in (0, 1):
        return None
    if int.from_bytes(signature[32:64], "big") > _HALF_ORDER:
        return None
    recoverable = signature[:-1] + bytes((signature[-1] - _FIRST_RECOVERY,))
    try:
        return _address_of(coincurve.PublicKey.from_signature_and_message(recoverable, digest, hasher=None))
    except Exception as error:
        # Older releases of the library raise a bare Exception for numbers that are no point of the curve.
        if isinstance(error, ValueError) or type(error) is Exception:
            return None
        raise


def _address_of(public: coincurve.PublicKey) -> Address:
    return from_bytes(keccak(public.format(compressed=False)[1:])[12:])
