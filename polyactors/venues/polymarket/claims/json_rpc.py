"""Calls to contracts that change nothing, by JSON-RPC; blocking."""

from itertools import count

import httpx
import msgspec

from polyactors.venues.polymarket.claims.chain_reading import NotRead
from polyactors.venues.polymarket.signing.addresses import Address

TIMEOUT_S = 10.0


class _Error(msgspec.Struct):
    message: str = ""


class _Answer(msgspec.Struct):
    id: int
    result: str | None = None
    error: _Error | None = None


_ANSWERS = msgspec.json.Decoder(_Answer)


class JsonRpc:
    def __init__(self, url: str, transport: httpx.BaseTransport | None = None) -> None:
        self._url = url
        self._client = httpx.Client(timeout=TIMEOUT_S, transport=transport)
        self._numbers = count(1)

    def call(self, target: Address, data: bytes) -> bytes:
        """Raises `NotRead`."""
        number = next(self._numbers)
        parameters = [{"to": target, "data": "0x" + data.hex()}, "latest"]
        body = {"jsonrpc": "2.0", "id": number, "method": "eth_call", "params": parameters}
        try:
            response = self._client.post(self._url, json=body)
        except httpx.HTTPError as error:
            raise NotRead(f"the chain was not reached ({type(error).__name__})") from None
        if response.status_code != httpx.codes.OK:
            raise NotRead(f"the chain's node answered {response.status_code}")
        try:
            answer = _ANSWERS.decode(response.content)
            if answer.error is not None:
                raise NotRead(f"the chain's node said: {answer.error.message[:200]}")
            if answer.id != number or answer.result is None or not answer.result.startswith("0x"):
                raise NotRead("the chain's node answered something else")
            return bytes.fromhex(answer.result[2:])
        except ValueError:
            raise NotRead("the chain's node answered something that is not understood") from None

    def close(self) -> None:
        self._client.close()
