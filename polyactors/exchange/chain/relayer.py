"""The relayer: wallets that are contracts have their calls sent, and paid for, by it (polymarket_wire.md 11.3)."""

from collections.abc import Callable, Sequence

from attrs import frozen
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route

from messages.units import NANOSECONDS_PER_SECOND
from polyactors.exchange.chain.chain import Chain, Progress, SentTransaction
from polyactors.exchange.chain.json_bodies import BadBody, answer, as_object, read_json, text_field
from polyactors.exchange.chain.relayed import RelayRequest, deposit_wallet_request, proxy_request, safe_request
from polyactors.exchange.words import Refused, Wallet
from polyactors.venues.polymarket.signing.addresses import DEPOSIT_WALLET_FACTORY, Address, BadAddress, checksummed
from polyactors.venues.polymarket.signing.typed_data import BadField
from polyactors.venues.polymarket.signing.wallets import WalletKind, beacon_deposit_wallet, is_wallet_of

_BAD_REQUEST, _UNAUTHORIZED, _NOT_FOUND = 400, 401, 404
_LONGEST_METADATA = 500
_KEY_HEADERS = (("poly_builder_api_key", "poly_builder_signature"), ("relayer_api_key", "relayer_api_key_address"))


@frozen
class Relayer:
    """What the relayer does with a request, apart from HTTP."""

    chain: Chain

    def submit(self, body: dict[str, object], now_ns: int) -> SentTransaction | Refused:
        """Carries out what `body` asks for. Raises `BadBody`, `BadAddress` or `BadField`."""
        if len(text_field(body, "metadata") if "metadata" in body else "") > _LONGEST_METADATA:
            raise BadBody(f"metadata is longer than {_LONGEST_METADATA} characters")
        match text_field(body, "type"):
            case "WALLET-CREATE":
                return self._create(body, now_ns)
            case "WALLET":
                request = deposit_wallet_request(body)
            case "SAFE":
                request = safe_request(body)
            case "PROXY":
                request = proxy_request(body, self.chain.settings.relay)
            case _:
                raise BadBody("unknown type of transaction")
        refused = self._refused(request, now_ns)
        if refused is not None:
            return Refused(_BAD_REQUEST, refused)
        return self.chain.relay(request.kind, request.owner, Wallet(request.wallet), request.calls, now_ns)

    def _create(self, body: dict[str, object], now_ns: int) -> SentTransaction:
        if checksummed(text_field(body, "to")) != DEPOSIT_WALLET_FACTORY:
            raise BadBody("not to the factory of deposit wallets")
        return self.chain.deploy(beacon_deposit_wallet(checksummed(text_field(body, "from"))), now_ns)

    def _refused(self, request: RelayRequest, now_ns: int) -> str | None:
        """Why the request is not carried out. The client asks again with the right nonce if it was too low."""
        now_s = now_ns // NANOSECONDS_PER_SECOND
        if request.signed_by != request.owner:
            return "invalid signature"
        if self.chain.settings.strict_wallets and not self._may_move(request, now_s):
            return "the wallet is not the signer's"
        if not self.chain.is_deployed(request.kind, request.wallet):
            return "the wallet is not deployed"
        if request.deadline_s is not None and request.deadline_s < now_s:
            return "the batch's deadline has passed"
        nonce = self.chain.nonce(request.kind, request.owner)
        if request.nonce != nonce:
            return f"batch nonce {request.nonce} does not match on-chain nonce {nonce}"
        return None

    def _may_move(self, request: RelayRequest, now_s: int) -> bool:
        if request.is_session:
            return self.chain.sessions.allows(request.wallet, request.owner, now_s)
        return is_wallet_of(request.wallet, request.owner, request.kind)


def routes(chain: Chain, now_ns: Callable[[], int]) -> Sequence[BaseRoute]:
    """The relayer's paths, under /relayer. `now_ns` is the chain's clock."""
    relayer = Relayer(chain)

    async def deployed(request: Request) -> Response:
        try:
            return answer({"deployed": chain.is_deployed(_kind(request, WalletKind.DEPOSIT_WALLET), _address(request))})
        except (BadBody, BadAddress) as error:
            return _failed(_BAD_REQUEST, str(error))

    async def parameters(request: Request) -> Response:
        try:
            kind, owner = _kind(request, WalletKind.SAFE), _address(request)
        except (BadBody, BadAddress) as error:
            return _failed(_BAD_REQUEST, str(error))
        return answer({"address": chain.settings.relay, "nonce": str(chain.nonce(kind, owner))})

    async def submit(request: Request) -> Response:
        if not any(all(name in request.headers for name in names) for names in _KEY_HEADERS):
            return _failed(_UNAUTHORIZED, "invalid authorization")
        try:
            outcome = relayer.submit(as_object(await read_json(request)), now_ns())
        except (BadBody, BadAddress, BadField) as error:
            return _failed(_BAD_REQUEST, str(error))
        if isinstance(outcome, Refused):
            return _failed(outcome.http_status, outcome.text)
        return answer({"transactionID": outcome.transaction, "transactionHash": "", "state": Progress.NEW.value})

    async def transaction(request: Request) -> Response:
        sent = chain.sent(request.path_params["transaction"])
        if sent is None:
            return _failed(_NOT_FOUND, "transaction not found")
        progress = chain.progress(sent, now_ns())
        row: dict[str, object] = {"transaction_id": sent.transaction, "state": progress.value}
        row["transaction_hash"] = None if progress is Progress.NEW else sent.transaction
        row["error_msg"] = sent.failure if progress is Progress.FAILED else None
        return answer(row)

    return [
        Mount(
            "/relayer",
            routes=[
                Route("/deployed", deployed),
                Route("/v1/account/transactions/params", parameters),
                Route("/relay-payload", parameters),
                Route("/v1/account/transactions/{transaction}", transaction),
                Route("/submit", submit, methods=["POST"]),
            ],
        )
    ]


def _kind(request: Request, usual: WalletKind) -> WalletKind:
    text = request.query_params.get("type", usual.value)
    try:
        return WalletKind(text)
    except ValueError:
        raise BadBody("unknown type of wallet") from None


def _address(request: Request) -> Address:
    return checksummed(request.query_params.get("address", ""))


def _failed(status: int, text: str) -> Response:
    return answer({"error": text}, status)
