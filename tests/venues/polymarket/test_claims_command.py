"""`polyactors claims`: a dry run unless it is meant, what it says, and how it says what is missing."""

import json
import os
from pathlib import Path

import pytest

from messages.units import CASH_SCALE
from polyactors.cli.claims import configuration_for
from polyactors.exchange.server.control_words import Ruling
from polyactors.live.wallet_lock import wallet_lock
from tests.end_to_end.program import Ran, run_here
from tests.exchange_clients.client_account import ClientAccount
from tests.exchange_clients.conftest import NewAccount, exchange, new_account, one_authority
from tests.exchange_clients.served_exchange import ServedExchange

__all__ = ["exchange", "new_account", "one_authority"]

CREDIT = 10_000 * CASH_SCALE
HERE = """
[polymarket]
clob_url = "http://127.0.0.1:9"
gamma_url = "http://127.0.0.1:9/gamma"
[live]
data_api_url = "http://127.0.0.1:9/data"
"""


def configured(folder: Path, text: str) -> Path:
    path = folder / "polyactors.toml"
    path.write_text(text)
    return path


def claims(account: ClientAccount, folder: Path, *arguments: object) -> Ran:
    """As the account's owner calls it."""
    key = folder / "key"
    key.write_text(account.key)
    os.chmod(key, 0o600)
    text = f'[service]\ndata_folder = "{folder}"\n[live]\nkey_file = "{key}"\n'
    where = ("--exchange", account.place.url, "--config", configured(folder, text))
    ran = run_here("claims", *arguments, *where)
    assert account.key[2:].lower() not in (ran.out + ran.err).lower()
    return ran


def test_a_set_there_and_back_and_redeemed_at_last(
    exchange: ServedExchange, new_account: NewAccount, tmp_path: Path
) -> None:
    account, market = new_account(exchange), exchange.untouched()
    split = claims(account, tmp_path, "split", market.market, "20", "--yes", "--json")
    assert split.code == 0, split.err
    (done,) = json.loads(split.out)["attempts"]
    assert (done["what"], done["market"], done["state"], done["detail"][:2]) == ("split", market.market, "done", "0x")
    merged = claims(account, tmp_path, "merge", market.market, "5", "--yes")
    assert (merged.code, merged.out.startswith(f"done: merge {market.market}: 0x")) == (0, True)
    exchange.resolve(market.slug, Ruling.HALF)
    listed = claims(account, tmp_path, "list", "--json")
    found = json.loads(listed.out)
    assert (found["wallet"], found["payout"]) == (account.wallet, 15 * CASH_SCALE)
    dry = claims(account, tmp_path, "redeem")
    assert dry.out == f"dry run: redeem {market.market}: redeem 15 YES and 15 NO at 0.5 for YES: 15 pUSD\n"
    assert exchange.cash(account.wallet) == CREDIT - 15 * CASH_SCALE
    assert claims(account, tmp_path, "redeem", "--yes").code == 0
    assert exchange.cash(account.wallet) == CREDIT
    assert claims(account, tmp_path, "list").out == f"0 pUSD for {account.wallet}\n"


def test_what_is_refused_is_said_and_ends_with_2(
    exchange: ServedExchange, new_account: NewAccount, tmp_path: Path
) -> None:
    account, market = new_account(exchange), exchange.untouched()
    refused = claims(account, tmp_path, "redeem", market.market, "--yes")
    assert refused.code == 2
    assert f"redeem {market.market}: not_decided: the outcome is not decided" in refused.err
    with wallet_lock(tmp_path / "live", account.wallet):
        in_use = claims(account, tmp_path, "split", market.market, "1", "--yes")
        assert in_use.code == 2 and "another service" in in_use.err
        assert claims(account, tmp_path, "split", market.market, "1").code == 0, "a dry run is nobody's business"


def test_without_the_extra_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = tmp_path / "polymarket"
    missing.mkdir()
    (missing / "__init__.py").write_text("raise ModuleNotFoundError('no', name='polymarket')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    ran = run_here("claims", "list", "--config", configured(tmp_path, HERE + f'wallet = "0x{"12" * 20}"\n'))
    assert ran.code == 2
    assert "pip install 'polyactors[claims]'" in ran.err


@pytest.mark.parametrize(
    ("arguments", "text", "said"),
    [
        (("list",), "", "there is nobody to claim for"),
        (("list",), HERE.replace("127.0.0.1:9/gamma", "localhost/gamma").replace("/data", ".example/data"), "address"),
        (("split", "0x12", "much"), "", "the amount was not understood"),
        (("split", "0x12", "-1"), "", "such option"),
        (("list",), HERE + 'key_file = "/nowhere"\n', "no_key: the file /nowhere cannot be opened"),
    ],
)
def test_mistakes_are_named(arguments: tuple[str, ...], text: str, said: str, tmp_path: Path) -> None:
    ran = run_here("claims", *arguments, "--config", configured(tmp_path, text))
    assert ran.code == 2
    assert said in ran.err.lower()


@pytest.mark.parametrize(
    ("text", "is_meant", "is_dry"),
    [
        ("", False, True),
        ("", True, True),
        ("[live]\ndry_run = false\n", False, True),
        ("[live]\ndry_run = false\n", True, False),
        (HERE, False, True),
        (HERE, True, False),
    ],
)
def test_money_is_moved_only_where_it_is_meant_twice(text: str, is_meant: bool, is_dry: bool, tmp_path: Path) -> None:
    """On this machine once is enough."""
    assert configuration_for(configured(tmp_path, text), None, is_meant).live.dry_run is is_dry
