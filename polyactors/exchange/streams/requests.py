"""What a client says on a stream: subscriptions, changes of them, PING; everything else is nonsense."""

import json
from collections.abc import Iterable

from attrs import frozen

from messages.identity import MarketId, TokenId

PING = "PING"
PONG = "PONG"
INVALID_OPERATION = "INVALID OPERATION"

LONGEST_REQUEST = 1_000_000
"""Characters; ten thousand token ids have less."""


@frozen
class MarketRequest:
    """`wants_custom` is None where the request leaves the feature as it is."""

    tokens: tuple[TokenId, ...]
    subscribes: bool
    wants_custom: bool | None = None
    wants_dump: bool = True


@frozen
class Login:
    key: str
    secret: str
    passphrase: str


@frozen
class UserRequest:
    """`login` comes with the first request alone. Without markets it is about all of them."""

    markets: tuple[MarketId, ...]
    subscribes: bool
    login: Login | None = None


class Nonsense(Exception):
    """No request of the stream."""


def read_market_request(text: str) -> MarketRequest:
    """Raises `Nonsense`."""
    fields = _object(text)
    return MarketRequest(
        tokens=tuple(TokenId(token) for token in _texts(fields, "assets_ids", is_needed=True)),
        subscribes=_subscribes(fields, "market"),
        wants_custom=_flag(fields, "custom_feature_enabled"),
        wants_dump=_flag(fields, "initial_dump") is not False,
    )


def read_user_request(text: str) -> UserRequest:
    """Raises `Nonsense`."""
    fields = _object(text)
    subscribes = _subscribes(fields, "user")
    is_first = "operation" not in fields
    markets = tuple(MarketId(market.lower()) for market in _texts(fields, "markets", is_needed=not is_first))
    return UserRequest(markets, subscribes, _login(fields) if is_first else None)


def _object(text: str) -> dict[str, object]:
    if len(text) > LONGEST_REQUEST:
        raise Nonsense
    try:
        plain: object = json.loads(text)
    except (ValueError, RecursionError):
        raise Nonsense from None
    if not isinstance(plain, dict):
        raise Nonsense
    return plain


def _subscribes(fields: dict[str, object], stream: str) -> bool:
    """A first request names its stream, a later one its operation."""
    operation = fields.get("operation")
    if operation is None:
        named = fields.get("type")
        if not isinstance(named, str) or named.lower() != stream:
            raise Nonsense
        return True
    if operation not in ("subscribe", "unsubscribe"):
        raise Nonsense
    return operation == "subscribe"


def _texts(fields: dict[str, object], name: str, *, is_needed: bool) -> Iterable[str]:
    found = fields.get(name)
    if found is None and not is_needed:
        return ()
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise Nonsense
    return dict.fromkeys(found)


def _flag(fields: dict[str, object], name: str) -> bool | None:
    found = fields.get(name)
    if found is not None and not isinstance(found, bool):
        raise Nonsense
    return found


def _login(fields: dict[str, object]) -> Login | None:
    """None where it is not there, or not whole."""
    auth = fields.get("auth")
    if not isinstance(auth, dict):
        return None
    key, secret, passphrase = (auth.get(name) for name in ("apiKey", "secret", "passphrase"))
    if isinstance(key, str) and isinstance(secret, str) and isinstance(passphrase, str):
        return Login(key, secret, passphrase)
    return None
