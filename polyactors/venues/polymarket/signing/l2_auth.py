"""The HMAC of every private request (L2; reference polymarket_wire.md 3). Builder headers use the same one."""

import base64
import binascii
import hmac
from typing import Self

from attrs import field, frozen


class BadSecret(ValueError):
    """A secret that is no base64 text. The message does not repeat it."""


@frozen
class RequestKey:
    """A secret as it is signed with."""

    _key: bytes = field(repr=False)

    @classmethod
    def of(cls, secret: str) -> Self:
        """Raises `BadSecret`."""
        return cls(_key(secret))

    def signature(self, timestamp: str, method: str, path: str, body: bytes = b"") -> str:
        """Of one request: `path` without query and prefix, `body` the exact bytes sent."""
        signed = timestamp.encode() + method.encode() + path.encode() + body
        return base64.urlsafe_b64encode(hmac.digest(self._key, signed, "sha256")).decode()


def request_signature(secret: str, timestamp: str, method: str, path: str, body: bytes = b"") -> str:
    """The same with a secret that is used once. Raises `BadSecret`."""
    return RequestKey.of(secret).signature(timestamp, method, path, body)


def is_request_signed(signature: str, secret: str, timestamp: str, method: str, path: str, body: bytes = b"") -> bool:
    """Whether `signature` is the right one, in a time that does not depend on where it goes wrong."""
    expected = request_signature(secret, timestamp, method, path, body)
    return hmac.compare_digest(expected.encode(), signature.encode("utf-8", "surrogatepass"))


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.encode("ascii"), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise BadSecret("the secret is no URL-safe base64") from None
