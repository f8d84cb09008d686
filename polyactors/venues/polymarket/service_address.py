"""Where a service of the venue is: encrypted, or on this machine."""

from collections.abc import Callable

import httpx
from attrs import Attribute

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def is_service_address(secure: str, plain: str) -> Callable[[object, "Attribute[str]", str], None]:
    """A validator; `secure` and `plain` are schemes. What it raises has the first line that people see."""

    def check(instance: object, attribute: "Attribute[str]", value: str) -> None:
        try:
            url = httpx.URL(value)
        except (httpx.InvalidURL, UnicodeError):
            url = httpx.URL("")
        is_fit = url.scheme == secure or (url.scheme == plain and url.host in _LOOPBACK)
        if not (is_fit and url.host) or url.userinfo or url.query or url.fragment:
            raise ValueError(f"{value!r} is no address: write {secure}://..., or {plain}:// on this machine")

    return check
