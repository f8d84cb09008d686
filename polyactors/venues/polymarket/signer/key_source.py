"""Where the private key is: an environment variable, a file of mode 0600, or the keyring of the operating system.

A source says where, never what, so that it may be shown and sent. Only the signer's process reads it.
"""

import importlib
import os
import re
import stat
from typing import Protocol, cast

import msgspec

from polyactors.venues.polymarket.signer.environment import take_variable
from polyactors.venues.polymarket.signing.keys import BadKey, SigningKey

KEY_FILE_MODE = 0o600
LONGEST_KEY_FILE = 1024

_LOOKS_LIKE_A_KEY = re.compile(r"[0-9a-fA-F]{64}")


class KeyUnavailable(Exception):
    """There is no key where it should be. The text says what to do, and has nothing of the key."""


class BadKeySource(ValueError):
    """The place is a key itself, by mistake. The message does not repeat it."""


class _Place(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            if _LOOKS_LIKE_A_KEY.search(getattr(self, name)):
                raise BadKeySource(f"{name} looks like a key itself; it has to say where the key is")


class EnvironmentKey(_Place, frozen=True, tag=True, forbid_unknown_fields=True):
    """Taken from the variable once: the environment of the parent loses it, so that a second signer needs another
    source."""

    variable: str


class KeyFile(_Place, frozen=True, tag=True, forbid_unknown_fields=True):
    """A regular file of the user's own with mode 0600 and nothing else in it."""

    path: str


class KeyringEntry(_Place, frozen=True, tag=True, forbid_unknown_fields=True):
    """An entry of the operating system's keyring; needs the optional package `keyring`."""

    service: str
    user: str


KeySource = EnvironmentKey | KeyFile | KeyringEntry


class _Keyring(Protocol):
    def get_password(self, service: str, user: str) -> str | None: ...


def read_key(source: KeySource) -> SigningKey:
    """Raises `KeyUnavailable`."""
    text = read_secret(source)
    try:
        return SigningKey.from_hex(text)
    except BadKey as error:
        raise KeyUnavailable(f"{_name(source)} has no valid key: {error}") from None


def read_secret(source: KeySource) -> str:
    """The text that is there, whatever it may be. Raises `KeyUnavailable`."""
    match source:
        case EnvironmentKey(variable):
            text = take_variable(variable)
        case KeyFile(path):
            text = _from_file(path)
        case KeyringEntry(service, user):
            text = _from_keyring(service, user)
    if text is None or not text.strip():
        raise KeyUnavailable(f"{_name(source)} has no key")
    return text.strip()


def _name(source: KeySource) -> str:
    match source:
        case EnvironmentKey(variable):
            return f"the environment variable {variable}"
        case KeyFile(path):
            return f"the file {path}"
        case KeyringEntry(service, user):
            return f"the keyring's entry {service} of {user}"


def _from_file(path: str) -> str:
    try:
        # Neither through a link, nor waiting for the writer of a named pipe.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        why = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else "no path"
        raise KeyUnavailable(f"the file {path} cannot be opened without following links: {why}") from None
    try:
        _demand_private(path, os.fstat(descriptor))
        data = os.read(descriptor, LONGEST_KEY_FILE + 1)
    finally:
        os.close(descriptor)
    try:
        return data.decode("ascii")
    except UnicodeDecodeError:
        raise KeyUnavailable(f"the file {path} has no valid key: it is no text") from None


def _demand_private(path: str, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise KeyUnavailable(f"{path} is no regular file")
    if status.st_uid != os.geteuid():
        raise KeyUnavailable(f"the file {path} belongs to another user: chown it")
    mode = stat.S_IMODE(status.st_mode)
    if mode != KEY_FILE_MODE:
        raise KeyUnavailable(f"the file {path} has mode {mode:04o}, not 0600: chmod 600 it")


def _from_keyring(service: str, user: str) -> str | None:
    try:
        keyring = cast(_Keyring, importlib.import_module("keyring"))
    except ImportError:
        raise KeyUnavailable(
            "the optional package keyring is not installed: install it, or use a file or an environment variable"
        ) from None
    try:
        return keyring.get_password(service, user)
    except Exception as error:
        # Each backend has its own errors, and their texts are not ours to trust with a secret.
        raise KeyUnavailable(f"the keyring refused ({type(error).__name__}): is it unlocked?") from None
