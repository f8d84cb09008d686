"""Making, deriving, listing and deleting API keys (reference polymarket_wire.md 3)."""

from collections.abc import Callable

from attrs import frozen
from starlette.requests import Request
from starlette.routing import BaseRoute, Route

from messages.units import NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND
from polyactors.exchange.clob.answering import answering, json_of
from polyactors.exchange.clob.api_keys import ApiKeys, BuilderKey, Credentials, SpareKeys
from polyactors.exchange.clob.errors import INVALID_API_KEY, INVALID_PAYLOAD, Rejected
from polyactors.exchange.clob.level_one import SignedBy, signed_by
from polyactors.exchange.clob.level_two import TOLERANCE_S, is_same, seconds_of, signed_path
from polyactors.exchange.clob.signed_in import signed_in
from polyactors.exchange.gamma.wire_times import iso_time
from polyactors.exchange.words import Refused
from polyactors.venues.polymarket.signing.l2_auth import is_request_signed

MOST_KEYS = 100
"""How many keys an address may have at a time."""

_NOT_CREATED = Refused(400, "Could not create api key")
_NOT_DERIVED = Refused(400, "Could not derive api key!")
_OK = "OK"


def routes(keys: ApiKeys, spare: SpareKeys, now_ns: Callable[[], int]) -> list[BaseRoute]:
    """`now_ns` is the clock that the venue shows, by which signatures are checked."""
    return KeyRequests(keys, spare, now_ns).routes()


@frozen
class KeyRequests:
    keys: ApiKeys
    spare: SpareKeys
    now_ns: Callable[[], int]

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/auth/api-key", answering(self.create), methods=["POST"]),
            Route("/auth/api-key", answering(self.delete), methods=["DELETE"]),
            Route("/auth/derive-api-key", answering(self.derive)),
            Route("/auth/api-keys", answering(self.list)),
            Route("/auth/builder-api-key", answering(self.create_builder), methods=["POST"]),
            Route("/auth/builder-api-key", answering(self.list_builders)),
            Route("/auth/builder-api-key", answering(self.revoke_builder), methods=["DELETE"]),
            Route("/auth/readonly-api-key", answering(self.create_readonly), methods=["POST"]),
            Route("/auth/readonly-api-key", answering(self.delete_readonly), methods=["DELETE"]),
            Route("/auth/readonly-api-keys", answering(self.list_readonly)),
            Route("/auth/validate-readonly-api-key", answering(self.validate_readonly)),
        ]

    def create(self, request: Request, body: bytes) -> object:
        """Clients derive the key when they are told that it is there."""
        signer = self._signer(request)
        is_there = self.keys.derive(signer.address, signer.nonce) is not None
        if is_there or len(self.keys.of_address(signer.address)) >= MOST_KEYS:
            raise Rejected(_NOT_CREATED)
        return _document(self.keys.create(signer.address, signer.nonce))

    def derive(self, request: Request, body: bytes) -> object:
        signer = self._signer(request)
        credentials = self.keys.derive(signer.address, signer.nonce)
        if credentials is None:
            raise Rejected(_NOT_DERIVED)
        return _document(credentials)

    def list(self, request: Request, body: bytes) -> object:
        address = self._login(request, body).address
        return {"apiKeys": [credentials.key for credentials in self.keys.of_address(address)]}

    def delete(self, request: Request, body: bytes) -> object:
        self.keys.delete(self._login(request, body).key)
        return _OK

    def create_builder(self, request: Request, body: bytes) -> object:
        made = self.spare.add_builder(self._login(request, body).address, self._now_ms())
        if made is None:
            raise Rejected(_NOT_CREATED)
        return {"key": made.key, "secret": made.secret, "passphrase": made.passphrase}

    def list_builders(self, request: Request, body: bytes) -> object:
        address = self._login(request, body).address
        return [_builder_document(builder) for builder in self.spare.builders_of(address)]

    def revoke_builder(self, request: Request, body: bytes) -> object:
        """With the builder's own headers it is that key, with those of an API key all of its address."""
        if "poly_builder_api_key" in request.headers:
            self.spare.revoke_builder(self._builder(request, body).credentials.key, self._now_ms())
            return _OK
        for builder in self.spare.builders_of(self._login(request, body).address):
            self.spare.revoke_builder(builder.credentials.key, self._now_ms())
        return _OK

    def create_readonly(self, request: Request, body: bytes) -> object:
        key = self.spare.add_readonly(self._login(request, body).address)
        if key is None:
            raise Rejected(_NOT_CREATED)
        return {"apiKey": key}

    def list_readonly(self, request: Request, body: bytes) -> object:
        return list(self.spare.readonly_of(self._login(request, body).address))

    def delete_readonly(self, request: Request, body: bytes) -> object:
        """True if there was such a key."""
        address = self._login(request, body).address
        asked = json_of(body)
        key = asked.get("key") if isinstance(asked, dict) else None
        if not isinstance(key, str):
            raise Rejected(INVALID_PAYLOAD)
        return self.spare.delete_readonly(key, address)

    def validate_readonly(self, request: Request, body: bytes) -> object:
        address, key = request.query_params.get("address", ""), request.query_params.get("key", "")
        owner = self.spare.owner_of_readonly(key)
        if owner is None or owner.lower() != address.lower():
            raise Rejected(INVALID_API_KEY)
        return _OK

    def _signer(self, request: Request) -> SignedBy:
        signer = signed_by(request, self.now_ns())
        if isinstance(signer, Refused):
            raise Rejected(signer)
        return signer

    def _login(self, request: Request, body: bytes) -> Credentials:
        return signed_in(self.keys, self.now_ns)(request, body)

    def _builder(self, request: Request, body: bytes) -> BuilderKey:
        headers = request.headers
        builder = self.spare.builder(headers.get("poly_builder_api_key", ""))
        timestamp = headers.get("poly_builder_timestamp", "")
        signed_s = seconds_of(timestamp)
        if builder is None or builder.revoked_ms is not None or signed_s is None:
            raise Rejected(INVALID_API_KEY)
        credentials = builder.credentials
        is_known = is_same(credentials.passphrase, headers.get("poly_builder_passphrase", ""))
        is_now = abs(self.now_ns() // NANOSECONDS_PER_SECOND - signed_s) <= TOLERANCE_S
        signature = headers.get("poly_builder_signature", "")
        path = signed_path(request)
        if not (is_known and is_now) or not is_request_signed(
            signature, credentials.secret, timestamp, request.method, path, body
        ):
            raise Rejected(INVALID_API_KEY)
        return builder

    def _now_ms(self) -> int:
        return self.now_ns() // NANOSECONDS_PER_MILLISECOND


def _document(credentials: Credentials) -> dict[str, object]:
    return {"apiKey": credentials.key, "secret": credentials.secret, "passphrase": credentials.passphrase}


def _builder_document(builder: BuilderKey) -> dict[str, object]:
    revoked = None if builder.revoked_ms is None else iso_time(builder.revoked_ms)
    return {"key": builder.credentials.key, "createdAt": iso_time(builder.created_ms), "revokedAt": revoked}
