"""The methods of the JSON-RPC endpoint (polymarket_wire.md 11.2)."""

from collections.abc import Callable, Mapping, Sequence

from attrs import frozen

from messages.units import NANOSECONDS_PER_SECOND
from polyactors.exchange.chain.abi import BadCalldata
from polyactors.exchange.chain.chain import Chain, Progress, block_at, block_seconds
from polyactors.exchange.chain.json_bodies import BadBody, as_object, hexadecimal, text_field
from polyactors.exchange.chain.transactions import BadTransaction, decode_transaction
from polyactors.exchange.chain.views import Views
from polyactors.venues.polymarket.signing.addresses import CHAIN_ID, Address, checksummed
from polyactors.venues.polymarket.signing.keccak import keccak
from polyactors.venues.polymarket.signing.typed_data import number_word
from polyactors.venues.polymarket.signing.wallets import WalletKind

_WEI_PER_COIN = 10**18

EXECUTION_REVERTED = 3
METHOD_NOT_FOUND = -32601
SERVER_ERROR = -32000

Parameters = Sequence[object]


class RpcError(Exception):
    """An answer with an error, by its number."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@frozen
class RpcMethods:
    """Answers one call; `now_ns` is the chain's time."""

    chain: Chain

    def call(self, method: str, parameters: Parameters, now_ns: int) -> object:
        """Raises `RpcError`, `BadBody` or `BadAddress`."""
        handler = _METHODS.get(method)
        if handler is None:
            raise RpcError(METHOD_NOT_FOUND, "the method does not exist/is not available")
        return handler(self, parameters, now_ns)

    def chain_id(self, parameters: Parameters, now_ns: int) -> object:
        return hex(CHAIN_ID)

    def network(self, parameters: Parameters, now_ns: int) -> object:
        return str(CHAIN_ID)

    def block_number(self, parameters: Parameters, now_ns: int) -> object:
        return hex(block_at(now_ns))

    def gas_price(self, parameters: Parameters, now_ns: int) -> object:
        return hex(self.chain.settings.gas_price)

    def coins(self, parameters: Parameters, now_ns: int) -> object:
        return hex(self.chain.settings.coins * _WEI_PER_COIN)

    def transaction_count(self, parameters: Parameters, now_ns: int) -> object:
        return hex(self.chain.nonce(WalletKind.EOA, _address(parameters)))

    def estimate_gas(self, parameters: Parameters, now_ns: int) -> object:
        """The same for every call: what a call will do is found out by sending it."""
        transaction = _call_object(parameters)
        data = hexadecimal(text_field(transaction, "data"), "data") if "data" in transaction else b""
        checksummed(text_field(transaction, "to"))
        return hex(self.chain.settings.gas_of_a_call + 16 * len(data))

    def contract_call(self, parameters: Parameters, now_ns: int) -> object:
        call = _call_object(parameters)
        target, data = checksummed(text_field(call, "to")), hexadecimal(text_field(call, "data"), "data")
        try:
            return "0x" + Views(self.chain).call(target, data, now_ns).hex()
        except BadCalldata as error:
            raise RpcError(EXECUTION_REVERTED, f"execution reverted: {error}") from None

    def send_raw_transaction(self, parameters: Parameters, now_ns: int) -> object:
        try:
            raw = decode_transaction(hexadecimal(_text(parameters), "the transaction"))
        except BadTransaction as error:
            raise RpcError(SERVER_ERROR, str(error)) from None
        if self.chain.sent(raw.transaction) is not None:
            raise RpcError(SERVER_ERROR, "already known")
        expected = self.chain.nonce(WalletKind.EOA, raw.sender)
        if raw.nonce != expected:
            word = "low" if raw.nonce < expected else "high"
            raise RpcError(SERVER_ERROR, f"nonce too {word}: next nonce {expected}, tx nonce {raw.nonce}")
        return self.chain.send(raw, now_ns).transaction

    def receipt(self, parameters: Parameters, now_ns: int) -> object:
        """Nothing until the transaction is mined."""
        sent = self.chain.sent(_text(parameters).lower())
        if sent is None or self.chain.progress(sent, now_ns) is Progress.NEW:
            return None
        block = self.chain.block_of(sent)
        return {
            "transactionHash": sent.transaction,
            "transactionIndex": "0x0",
            "blockHash": _block_hash(block),
            "blockNumber": hex(block),
            "from": sent.wallet.lower(),
            "status": "0x0" if sent.failure else "0x1",
            "cumulativeGasUsed": hex(self.chain.settings.gas_of_a_call),
            "gasUsed": hex(self.chain.settings.gas_of_a_call),
            "effectiveGasPrice": hex(self.chain.settings.gas_price),
            "logs": [],
            "type": "0x0",
        }

    def block(self, parameters: Parameters, now_ns: int) -> object:
        """By number, or one of the words for the newest; nothing for a block that is still to come."""
        wanted, newest = _text(parameters), block_at(now_ns)
        number = newest
        if wanted.startswith("0x"):
            digits = wanted[2:]
            if not digits or len(digits) > 16 or digits.strip("0123456789abcdefABCDEF"):
                raise BadBody("no number of a block")
            number = int(digits, 16)
        elif wanted == "earliest":
            number = 0
        if number > newest:
            return None
        seconds = now_ns // NANOSECONDS_PER_SECOND if number == newest else block_seconds(number)
        parent = _block_hash(number - 1) if number else "0x" + bytes(32).hex()
        return {
            "number": hex(number),
            "hash": _block_hash(number),
            "parentHash": parent,
            "timestamp": hex(seconds),
            "transactions": [],
        }


_METHODS: Mapping[str, Callable[[RpcMethods, Parameters, int], object]] = {
    "eth_chainId": RpcMethods.chain_id,
    "net_version": RpcMethods.network,
    "eth_blockNumber": RpcMethods.block_number,
    "eth_gasPrice": RpcMethods.gas_price,
    "eth_getBalance": RpcMethods.coins,
    "eth_getTransactionCount": RpcMethods.transaction_count,
    "eth_estimateGas": RpcMethods.estimate_gas,
    "eth_call": RpcMethods.contract_call,
    "eth_sendRawTransaction": RpcMethods.send_raw_transaction,
    "eth_getTransactionReceipt": RpcMethods.receipt,
    "eth_getBlockByNumber": RpcMethods.block,
}


def _text(parameters: Parameters) -> str:
    if not parameters or not isinstance(parameters[0], str):
        raise BadBody("the first parameter is no text")
    return parameters[0]


def _address(parameters: Parameters) -> Address:
    return checksummed(_text(parameters))


def _call_object(parameters: Parameters) -> dict[str, object]:
    if not parameters:
        raise BadBody("the first parameter is missing")
    return as_object(parameters[0])


def _block_hash(block: int) -> str:
    return "0x" + keccak(number_word(block)).hex()
