"""What texts about settlement state, one matter at a time. They come in plain form (`settlement_texts.plain_text`)."""

import re
from collections.abc import Iterable, Sequence

from messages.reference import ReferenceVenue, Symbol
from polyactors.venues.polymarket.finding.slugs import Coin, coin_of


class Refusal(Exception):
    """The texts do not make a rule; the message says why."""


_KNOWN_HOSTS = ("chain.link", "binance.com", "binance.vision", "polymarket.com")
_NAMES = {
    ReferenceVenue.BINANCE: re.compile(r"binance"),
    ReferenceVenue.CHAINLINK: re.compile(r"chain[ .-]?link"),
}
_OTHERS = re.compile(
    r"binance[. ]us\b|coinbase|kraken|\bpyth\b|\bokx\b|bybit|bitstamp|\bgemini\b|coingecko|coinmarketcap|tradingview"
    r"|kucoin|bitfinex|\bcme\b|uniswap|nasdaq|bloomberg|yahoo|deribit|cf benchmarks|\bbrti\b|redstone|hyperliquid"
)
_HOST = re.compile(
    r"(?:https?://|www\.)([^\s/:?#),]+)|(?<![a-z0-9.-])((?:[a-z0-9-]+\.)+(?:com|link|io|org|net|us|vision|finance|xyz|info|fi))\b"
)
_QUOTES = {ReferenceVenue.BINANCE: "usdt", ReferenceVenue.CHAINLINK: "usd"}
_PAIR = re.compile(
    r"(?<![a-z0-9])(?:([a-z0-9]{2,12})(?: ?/ ?|[_-])|([a-z]{2,6}))(usdt|usdc|fdusd|busd|usd|eur)(?![a-z0-9])"
)
_COIN_WORDS = {
    "bitcoin": "btc",
    "btc": "btc",
    "ethereum": "eth",
    "ether": "eth",
    "eth": "eth",
    "solana": "sol",
    "sol": "sol",
    "xrp": "xrp",
    "ripple": "xrp",
    "dogecoin": "doge",
    "doge": "doge",
    "bnb": "bnb",
    "hype": "hype",
    "cardano": "ada",
    "litecoin": "ltc",
    "zcash": "zec",
}
_WORD = re.compile(r"[a-z]+")

_AVERAGE = r"twaps?|time[- ]weighted|averag(?:e|es|ed|ing)|mean"
_AVERAGED = re.compile(rf"\b(?:{_AVERAGE})\b")
_OTHER_AVERAGE = re.compile(r"\bvwap\b|volume[- ]weighted|\bmedian\b|exponential(?:ly)?\b")
_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_NUMBER_WORDS = {
    "a": 1,
    "one": 1,
    "two": 2,
    "five": 5,
    "ten": 10,
    "fifteen": 15,
    "thirty": 30,
    "sixty": 60,
    "ninety": 90,
}
_LENGTH = re.compile(
    rf"(?<![\w.])(?:(\d{{1,6}})|({'|'.join(_NUMBER_WORDS)}))[ -]?"
    r"(s(?:ec(?:ond)?s?)?|m(?:in(?:ute)?s?)?|h(?:(?:ou)?rs?)?|d(?:ays?)?)(?!\w)|\b(hourly|daily)\b"
)
_CANDLE = re.compile(r"\bcandles?(?:ticks?)?\b|\bklines?\b")
_BEFORE_A_CANDLE = re.compile(rf"[ -](?:[a-z/_]+ ){{0,2}}(?:{_CANDLE.pattern})")
_AFTER_A_CANDLE = re.compile(rf"(?:{_CANDLE.pattern}) of (?:the )?$")
_BEFORE_AN_AVERAGE = re.compile(rf"[ -](?:{_AVERAGE})\b")
_AFTER_AN_AVERAGE = re.compile(rf"\b(?:{_AVERAGE})[ -](?:(?:of|over)(?: the)?(?: last| final)? )?$")

_UP = re.compile(r"\bup\b[,:]? (?:if|when|where|provided|in case) (.*?)(?:\botherwise\b|\. |;|\.?$)")
_DOWN = re.compile(r"\bdown\b[,:]? (?:if|when|where|provided|in case) (.*?)(?:\botherwise\b|\. |;|\.?$)")
_NOT_LESS = re.compile(
    r"(?:greater|higher|more) than or (?:equal|the same)|equal(?: to)? or (?:greater|higher|more|above)|at or above"
    r"|at least|(?:not|no) (?:less|lower|smaller) than|not below|>=|≥|equals or exceeds|exceeds or equals"
)
_LESS = re.compile(r"\b(?:less|lower|smaller|below)\b")
_MORE = re.compile(r"\b(?:greater|higher|more|above|exceeds)\b|>")
_OR_EQUAL = re.compile(r"or equal|equal(?: to)? or|at or below|at most|<=|≤|or the same")
_THE_END = re.compile(r"\b(?:end|ends|close|closes|closing|final|last)\b")
_THE_BEGINNING = re.compile(r"\b(?:begin|beginning|start|open|opening|first|initial|strike|beat)\b")
_HALVES = re.compile(r"\b50 ?%? ?[-/] ?50\b")


def venue_of(texts: Iterable[str]) -> ReferenceVenue:
    """Whose prices count. Raises `Refusal` unless exactly one venue is named, and it is one that we know."""
    named: set[ReferenceVenue] = set()
    for text in texts:
        if other := _OTHERS.search(text):
            raise Refusal(f"it names {other[0]!r}, whose prices settle nothing that we know")
        for match in _HOST.finditer(text):
            host = (match[1] or match[2]).rstrip(".")
            if not any(host == known or host.endswith("." + known) for known in _KNOWN_HOSTS):
                raise Refusal(f"it names {host[:60]!r}, a source that is not known")
        named |= {venue for venue, name in _NAMES.items() if name.search(text)}
    if not named:
        raise Refusal("it names no source that is known")
    if len(named) > 1:
        raise Refusal(f"it names {' and '.join(sorted(venue.value for venue in named))} as its source")
    return named.pop()


def demand_symbol(texts: Iterable[str], venue: ReferenceVenue, symbol: Symbol) -> None:
    """Raises `Refusal` unless a pair is named, and every pair and coin is that of the symbol at the venue."""
    coin = coin_of(symbol)
    if coin is None:
        raise Refusal(f"{symbol} is no symbol that is known")
    has_pair = False
    for text in texts:
        for match in _PAIR.finditer(text):
            base, quote = match[1] or match[2], match[3]
            if base not in (coin.short, coin.long) or quote != _QUOTES[venue]:
                raise Refusal(f"it names {match[0]}, and its slug {symbol}: {venue.value} has {_pair(coin, venue)}")
            has_pair = True
        for word in _WORD.findall(text):
            if _COIN_WORDS.get(word, coin.short) != coin.short:
                raise Refusal(f"it names {word}, and its slug {symbol}")
    if not has_pair:
        raise Refusal("it names no pair")


def demand_up_is_up(text: str) -> None:
    """A description need not say when Up wins. Raises `Refusal` where it says anything but an end that is not below the
    beginning."""
    if _HALVES.search(text):
        raise Refusal("it says that there may be no winner")
    for clause in _UP.findall(text):
        at_least = _NOT_LESS.search(clause)
        if at_least is None or _LESS.search(clause[: at_least.start()] + clause[at_least.end() :]):
            raise Refusal("it does not say that Up wins when the end is at or above the beginning")
        end, beginning = clause[: at_least.start()], clause[at_least.end() :]
        if not _THE_BEGINNING.search(beginning) or (_THE_BEGINNING.search(end) and not _THE_END.search(end)):
            raise Refusal("it does not hold the end against the beginning")
    for clause in _DOWN.findall(text):
        if _MORE.search(clause) or _OR_EQUAL.search(clause):
            raise Refusal("it says that Down wins when the end is at or above the beginning")


def is_averaged(texts: Iterable[str]) -> bool:
    """Raises `Refusal` for averages other than over time."""
    found = False
    for text in texts:
        if other := _OTHER_AVERAGE.search(text):
            raise Refusal(f"it names a {other[0]}, which no rule that is known has")
        found = found or _AVERAGED.search(text) is not None
    return found


def says_point(description: str) -> bool:
    """Whether it says when Up wins, by prices that are neither averaged nor a candle's."""
    if not _UP.search(description):
        return False
    return _AVERAGED.search(description) is None and _CANDLE.search(description) is None


def names_candle(texts: Iterable[str]) -> bool:
    return any(_CANDLE.search(text) for text in texts)


def lengths_s(texts: Sequence[str], period_s: int) -> tuple[set[int], set[int]]:
    """How long the candles are that are named, and the windows of averages.

    Lengths that are neither have to be the period's own. Raises `Refusal` for any other.
    """
    candles: set[int] = set()
    windows: set[int] = set()
    for text in texts:
        has_average = _AVERAGED.search(text) is not None
        for match in _LENGTH.finditer(text):
            length_s = _seconds(match)
            before, after = text[: match.start()], text[match.end() :]
            if _BEFORE_A_CANDLE.match(after) or _AFTER_A_CANDLE.search(before):
                candles.add(length_s)
            elif _BEFORE_AN_AVERAGE.match(after) or _AFTER_AN_AVERAGE.search(before):
                windows.add(length_s)
            elif length_s == period_s:
                continue
            elif has_average:
                windows.add(length_s)
            else:
                raise Refusal(f"it is about a period of {period_s} s, and names {match[0].strip()!r}")
    return candles, windows


def _seconds(match: re.Match[str]) -> int:
    if match[4]:
        return 3600 if match[4] == "hourly" else 86_400
    number = int(match[1]) if match[1] else _NUMBER_WORDS[match[2]]
    return number * _UNITS_S[match[3][0]]


def _pair(coin: Coin, venue: ReferenceVenue) -> str:
    return f"{coin.short}/{_QUOTES[venue]}"
