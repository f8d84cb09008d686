"""Who we are to the CLOB: the level two credentials, which nothing prints."""

from collections.abc import Iterable

from attrs import field, frozen

_NOT_PRINTED = False
_HIDDEN = "***"


@frozen
class StreamCredentials:
    """Given in at the start; `repr` does not show them, and `secrets` is what must never be written down."""

    key: str = field(repr=_NOT_PRINTED)
    secret: str = field(repr=_NOT_PRINTED)
    passphrase: str = field(repr=_NOT_PRINTED)

    @property
    def secrets(self) -> tuple[str, ...]:
        return tuple(each for each in (self.secret, self.passphrase) if each)

    def on_the_wire(self) -> dict[str, str]:
        return {"apiKey": self.key, "secret": self.secret, "passphrase": self.passphrase}


def without_secrets(frame: str | bytes, secrets: Iterable[str]) -> str | bytes:
    """`frame`, should the venue echo what it was sent: before anything looks at it that may keep a part of it."""
    for secret in secrets:
        if isinstance(frame, str):
            frame = frame.replace(secret, _HIDDEN)
        else:
            frame = frame.replace(secret.encode(), _HIDDEN.encode())
    return frame
