"""Served exchanges that the venue's own clients trade on, and fresh accounts on them.

The quiet ones list many markets and their traders never quote: all that happens in a market is what its test does.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import certifi
import pytest

from polyactors.venues.polymarket.signing.orders import SignatureType
from tests.exchange_clients.client_account import ClientAccount
from tests.exchange_clients.served_exchange import ServedExchange, serve

NewAccount = Callable[..., ClientAccount]

NOBODY_QUOTES = """
[traders]
first_quotes_within_ms = 86400000
"""
FAST_CHAIN = """
[rules]
mined_after_ms = 100
confirmed_after_ms = 100
failed_after_ms = 100
{rules}
[chain]
mined_after_ms = 20
confirmed_after_ms = 20
"""
QUIET = (
    FAST_CHAIN.format(rules="post_only_after_restart_ms = 1000")
    + NOBODY_QUOTES
    + """
[heartbeats]
expires_after_ms = 1500
checked_every_ms = 100
[listings]
binary_markets = 300
neg_risk_outcomes = [3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3]
augmented_events = 0
protocol_two_markets = 20
five_minutes_ahead = 0
fifteen_minute_symbols = []
hours_ahead = 0
"""
)
UNUSUAL = (
    FAST_CHAIN.format(rules="expires_early_s = 178")
    + NOBODY_QUOTES
    + """
[orders]
accepts_v1 = true
[limits]
signers = "enforce"
[limits.tier]
name = "Tiny"
may_owe = true
[limits.tier.orders]
number = 1
period_ms = 1000
burst = 5
[listings]
binary_markets = 40
neg_risk_outcomes = [3, 3, 3, 3, 3, 3, 3, 3]
five_minutes_ahead = 0
fifteen_minute_symbols = []
hours_ahead = 0
"""
)
CROWDED = FAST_CHAIN.format(rules="")


@pytest.fixture(autouse=True, scope="module")
def one_authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A client of the SDK reads all certificate authorities ten times when it is made, though nothing here is
    encrypted: with one of them that takes no time."""
    path = tmp_path_factory.mktemp("authorities") / "one.pem"
    end = "-----END CERTIFICATE-----"
    path.write_text(Path(certifi.where()).read_text().partition(end)[0] + end)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(path))
        yield


def served(factory: pytest.TempPathFactory, configuration: str) -> Iterator[ServedExchange]:
    exchange = serve(factory.mktemp("exchange"), configuration)
    yield exchange
    exchange.end()


@pytest.fixture(scope="session")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedExchange]:
    """Quiet, fast to settle, quick to miss heartbeats."""
    yield from served(tmp_path_factory, QUIET)


@pytest.fixture(scope="session")
def unusual_exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedExchange]:
    """Quiet; takes V1 orders, refuses who orders more than five at once, ends GTD orders 178 seconds early."""
    yield from served(tmp_path_factory, UNUSUAL)


@pytest.fixture(scope="session")
def crowded_exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedExchange]:
    """With all its simulated traders."""
    yield from served(tmp_path_factory, CROWDED)


@pytest.fixture
def new_account() -> Iterator[NewAccount]:
    """Makes accounts with keys that nobody had before; their clients are closed after the test."""
    made: list[ClientAccount] = []

    def make(exchange: ServedExchange, kind: SignatureType = SignatureType.EOA) -> ClientAccount:
        made.append(ClientAccount(exchange.place, kind))
        return made[-1]

    yield make
    for each in made:
        each.close()
