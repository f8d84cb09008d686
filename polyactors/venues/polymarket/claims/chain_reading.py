"""Reading balances and payouts from the contracts by `eth_call` (polymarket_wire.md 11.2)."""

from collections.abc import Callable, Mapping, Sequence

from messages.identity import MarketId, TokenId
from messages.units import PRICE_SCALE, Price, Shares
from polyactors.venues.polymarket.claims.known_market import KnownMarket
from polyactors.venues.polymarket.signing.addresses import CONDITIONAL_TOKENS, Address
from polyactors.venues.polymarket.signing.keccak import selector
from polyactors.venues.polymarket.signing.typed_data import address_word, number_word

_BALANCE_OF_BATCH = selector("balanceOfBatch(address[],uint256[])")
_DENOMINATOR = selector("payoutDenominator(bytes32)")
_NUMERATOR = selector("payoutNumerators(bytes32,uint256)")
_WORD = 32
_MOST_AT_ONCE = 200


class NotRead(Exception):
    """There is no answer, or none that is understood. It says nothing of what is there."""


class StrangePayout(NotRead):
    """The market pays something that is no whole price."""


CallsContract = Callable[[Address, bytes], bytes]
"""Calls a function that changes nothing; what it returns. Raises `NotRead`."""


def read_balances(call: CallsContract, wallet: Address, markets: Sequence[KnownMarket]) -> Mapping[TokenId, Shares]:
    """Of both tokens of each market. Raises `NotRead`."""
    wanted: dict[Address, list[TokenId]] = {}
    for market in markets:
        wanted.setdefault(market.shares_contract, []).extend((market.yes_token, market.no_token))
    found: dict[TokenId, Shares] = {}
    for contract, tokens in wanted.items():
        for first in range(0, len(tokens), _MOST_AT_ONCE):
            some = tokens[first : first + _MOST_AT_ONCE]
            found.update(zip(some, _balances(call, wallet, contract, some), strict=True))
    return found


def read_yes_payout(call: CallsContract, market: MarketId) -> Price | None:
    """What a share of YES pays by the conditional tokens, None before that is reported; for markets of protocol one.
    Raises `NotRead`, and `StrangePayout`."""
    word = bytes.fromhex(market.removeprefix("0x"))
    denominator = _number(call(CONDITIONAL_TOKENS, _DENOMINATOR + word))
    if denominator == 0:
        return None
    yes = _number(call(CONDITIONAL_TOKENS, _NUMERATOR + word + number_word(0)))
    no = _number(call(CONDITIONAL_TOKENS, _NUMERATOR + word + number_word(1)))
    if yes + no != denominator or yes * PRICE_SCALE % denominator:
        raise StrangePayout(f"payouts of {yes} and {no} in {denominator} are not understood")
    return Price(yes * PRICE_SCALE // denominator)


def _balances(call: CallsContract, wallet: Address, contract: Address, tokens: Sequence[TokenId]) -> list[Shares]:
    count = number_word(len(tokens))
    owners = count + address_word(wallet) * len(tokens)
    ids = count + b"".join(number_word(int(token)) for token in tokens)
    arguments = number_word(2 * _WORD) + number_word(2 * _WORD + len(owners)) + owners + ids
    answer = call(contract, _BALANCE_OF_BATCH + arguments)
    words = [answer[at : at + _WORD] for at in range(0, len(answer), _WORD)]
    if words[:2] != [number_word(_WORD), count] or len(words) != len(tokens) + 2:
        raise NotRead("a contract answered something that is no list of balances")
    return [Shares(_number(word)) for word in words[2:]]


def _number(answer: bytes) -> int:
    if len(answer) != _WORD:
        raise NotRead("a contract answered something that is no number")
    return int.from_bytes(answer, "big")
