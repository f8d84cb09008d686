"""POST /rpc: JSON-RPC, one call or a batch of them."""

from collections.abc import Callable, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from polyactors.exchange.chain.chain import Chain
from polyactors.exchange.chain.json_bodies import BadBody, answer, read_json
from polyactors.exchange.chain.rpc_methods import RpcError, RpcMethods
from polyactors.venues.polymarket.signing.addresses import BadAddress

MOST_CALLS = 1000

_PARSE_ERROR = -32700
_INVALID_REQUEST = -32600
_INVALID_PARAMETERS = -32602
_LARGEST_ID = 2**53
_LONGEST_ID = 100


def routes(chain: Chain, now_ns: Callable[[], int]) -> Sequence[BaseRoute]:
    """The endpoint, at /rpc. `now_ns` is the chain's clock."""
    methods = RpcMethods(chain)

    async def call(request: Request) -> Response:
        try:
            plain = await read_json(request)
        except BadBody as error:
            return answer(_failed(None, _PARSE_ERROR, str(error)))
        if not isinstance(plain, list):
            return answer(_one(methods, plain, now_ns()))
        if not plain or len(plain) > MOST_CALLS:
            return answer(_failed(None, _INVALID_REQUEST, f"a batch has 1 to {MOST_CALLS} calls"))
        return answer([_one(methods, item, now_ns()) for item in plain])

    return [Route("/rpc", call, methods=["POST"])]


def _one(methods: RpcMethods, plain: object, now_ns: int) -> dict[str, object]:
    if not isinstance(plain, dict):
        return _failed(None, _INVALID_REQUEST, "the call is no object")
    name, parameters = plain.get("method"), plain.get("params", [])
    number = _usable_id(plain.get("id"))
    if not isinstance(name, str) or not isinstance(parameters, list):
        return _failed(number, _INVALID_REQUEST, "method or params missing")
    try:
        return {"jsonrpc": "2.0", "id": number, "result": methods.call(name, parameters, now_ns)}
    except RpcError as error:
        return _failed(number, error.code, error.message)
    except (BadBody, BadAddress) as error:
        return _failed(number, _INVALID_PARAMETERS, str(error))


def _usable_id(plain: object) -> int | str | None:
    """An id that can be sent back as it came."""
    if isinstance(plain, bool) or not isinstance(plain, int | str):
        return None
    fits = len(plain) <= _LONGEST_ID if isinstance(plain, str) else abs(plain) < _LARGEST_ID
    return plain if fits else None


def _failed(number: int | str | None, code: int, message: str) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": number, "error": {"code": code, "message": message}}
