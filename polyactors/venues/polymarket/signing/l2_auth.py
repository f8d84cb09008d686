"""The HMAC of every private request (L2; reference polymarket_wire.md 3). Builder headers use the same one."""

import base64
import binascii
import hashlib
import hmac


class BadSecret(ValueError):
    """A secret that is no base64 text. The message does not repeat it."""


def request_signature(secret: str, timestamp: str, method: str, path: str, body: bytes = b"") -> str:
    """The signature of one request: `path` without query and prefix, `body` the exact bytes sent.

    Raises `BadSecret`.
    """
    signed = timestamp.encode() + method.encode() + path.encode() + body
    return base64.urlsafe_b64encode(hmac.new(_key(secret), signed, hashlib.sha256).digest()).decode()


def is_request_signed(signature: str, secret: str, timestamp: str, method: str, path: str, body: bytes = b"") -> bool:
    """Whether `signature` is the right one, in a time that does not depend on where it goes wrong."""
    expected = request_signature(secret, timestamp, method, path, body)
    return hmac.compare_digest(expected.encode(), signature.encode("utf-8", "surrogatepass"))


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.encode("ascii"), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise BadSecret("the secret is no URL-safe base64") from None
