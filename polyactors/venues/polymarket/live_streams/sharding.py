"""Which markets share a connection: above some hundreds of tokens the venue forgets the first books (field note 7)."""

from collections.abc import Sequence
from itertools import pairwise

from messages.markets import Market

TOKENS_A_CONNECTION = 200
_TOKENS_A_MARKET = 2


def shards(markets: Sequence[Market], most_tokens: int = TOKENS_A_CONNECTION) -> tuple[tuple[Market, ...], ...]:
    """As few shards as can be, of sizes that differ by one market at most, in the order of `markets`.

    Both tokens of a market are in one shard. Raises `ValueError` where not even one market fits.
    """
    if most_tokens < _TOKENS_A_MARKET:
        raise ValueError(f"a connection needs room for the two tokens of a market, not for {most_tokens}")
    most = most_tokens // _TOKENS_A_MARKET
    count = -(-len(markets) // most)
    bounds = [len(markets) * number // count for number in range(count + 1)] if count else [0]
    return tuple(tuple(markets[begin:end]) for begin, end in pairwise(bounds))
