"""Section [live]: nothing is allowed by default, and what cannot be meant is refused, every mistake at once."""

import sys
from pathlib import Path

import pytest
from attrs import evolve

from messages.units import Cash
from polyactors.config import Configuration
from polyactors.config_file import BadConfiguration, read_configuration
from polyactors.config_text import as_toml
from polyactors.live.settings import LiveSettings
from polyactors.live.wallet_type import WalletType
from polyactors.venues.polymarket.order_version import OrderVersion
from polyactors.venues.polymarket.signer.key_source import EnvironmentKey, KeyFile, KeyringEntry
from polyactors.venues.polymarket.signing.orders import SignatureType
from polyactors.venues.polymarket.signing.wallets import WalletKind

WALLET = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


def read(folder: Path, text: str) -> LiveSettings:
    path = folder / "live.toml"
    path.write_text(f"[live]\n{text}\n")
    return read_configuration(path).live


def mistakes(folder: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(BadConfiguration) as caught:
        read(folder, text)
    return caught.value.mistakes


def test_live_trading_is_off_and_dry_unless_somebody_says_otherwise() -> None:
    live = Configuration().live
    assert (live.is_allowed, live.dry_run, live.key_sources) == (False, True, ())
    assert (live.order_notional, live.minute_notional) == (0, 0)


def test_what_is_written_reads_back(tmp_path: Path) -> None:
    live = LiveSettings(
        is_allowed=True,
        dry_run=False,
        keyring_service="polyactors",
        keyring_user="me",
        wallet=WALLET,
        wallet_type=WalletType.DEPOSIT_WALLET,
        order_notional=Cash(1_500_000),
        minute_notional=Cash(1_500_001),
        heartbeat_ns=4_000_000_000,
    )
    path = tmp_path / "c.toml"
    path.write_text(as_toml(evolve(Configuration(), live=live)))
    assert read_configuration(path).live == live


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ('key_file = "/k"', KeyFile("/k")),
        ('key_variable = "K"', EnvironmentKey("K")),
        ('keyring_service = "s"\nkeyring_user = "u"', KeyringEntry("s", "u")),
    ],
)
def test_a_key_has_one_place(tmp_path: Path, text: str, source: object) -> None:
    assert read(tmp_path, text).key_sources == (source,)


@pytest.mark.parametrize(
    "text",
    [
        'key_file = "/k"\nkey_variable = "K"',
        'key_file = "/k"\nkeyring_service = "s"\nkeyring_user = "u"',
        'key_variable = "K"\nkeyring_service = "s"\nkeyring_user = "u"',
    ],
)
def test_a_key_in_two_places_is_refused(tmp_path: Path, text: str) -> None:
    assert "the key has one place" in " ".join(mistakes(tmp_path, text))


def test_half_an_entry_of_the_keyring_is_none(tmp_path: Path) -> None:
    for half in ("keyring_service", "keyring_user"):
        assert "go together" in " ".join(mistakes(tmp_path, f'{half} = "s"'))


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    wrong = """
        is_allowed = 1
        wallet = "0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
        wallet_type = "SAFES"
        user_stream_url = "ws://example.org"
        website_url = "https://name:word@polymarket.com"
        data_api_url = "ftp://127.0.0.1"
        minute_notional = "0.0000001"
        cash_dust = "-1"
        heartbeat_ms = 10
        doubt_limit_ms = 999
        key = "x"
    """
    named = {mistake.partition(":")[0] for mistake in mistakes(tmp_path, wrong)}
    assert named == {
        "live.is_allowed", "live.wallet", "live.wallet_type", "live.user_stream_url", "live.website_url",
        "live.data_api_url", "live.minute_notional", "live.cash_dust", "live.heartbeat_ms", "live.doubt_limit_ms",
        "live.key",
    }  # fmt: skip


def test_what_goes_wrong_together_is_told_together(tmp_path: Path) -> None:
    wrong = 'keyring_user = "u"\nkey_file = "k"\nheartbeat_ms = 9001\norder_notional = "2"\nminute_notional = "1"'
    (told,) = mistakes(tmp_path, wrong)
    assert told.startswith("live: ")
    assert all(part in told for part in ("one place", "go together", "heartbeat_ms", "below order_notional"))


@pytest.mark.parametrize("wallet", [WALLET, WALLET.lower(), "0x" + WALLET[2:].upper()])
def test_a_wallet_is_the_same_in_one_case_and_with_its_checksum(wallet: str) -> None:
    assert LiveSettings(wallet=wallet).wallet_address == WALLET


@pytest.mark.parametrize("wallet", [WALLET[:-1], WALLET + "0", WALLET[2:], " " + WALLET, WALLET[:-1] + "g", "0x"])
def test_a_wallet_that_is_no_address_is_refused(wallet: str) -> None:
    with pytest.raises(ValueError, match="no address"):
        LiveSettings(wallet=wallet)


@pytest.mark.parametrize("wallet_type", WalletType)
def test_each_type_of_wallet_has_its_signature_and_its_derivation(wallet_type: WalletType) -> None:
    expected = {
        WalletType.EOA: (SignatureType.EOA, WalletKind.EOA),
        WalletType.PROXY: (SignatureType.PROXY, WalletKind.PROXY),
        WalletType.SAFE: (SignatureType.SAFE, WalletKind.SAFE),
        WalletType.DEPOSIT_WALLET: (SignatureType.DEPOSIT_WALLET, WalletKind.DEPOSIT_WALLET),
    }
    assert (wallet_type.signature_type, wallet_type.kind) == expected[wallet_type]


def test_orders_are_of_the_second_version_unless_the_first_is_chosen(tmp_path: Path) -> None:
    pytest.importorskip("py_clob_client")
    assert read(tmp_path, "").order_version is OrderVersion.V2
    assert read(tmp_path, 'order_version = "v1"').order_version is OrderVersion.V1
    live = LiveSettings(order_version=OrderVersion.V1)
    (tmp_path / "written.toml").write_text(as_toml(evolve(Configuration(), live=live)))
    assert read_configuration(tmp_path / "written.toml").live == live


@pytest.mark.parametrize("version", ['"v3"', '"1"', "1", '""'])
def test_a_version_that_nobody_speaks_is_refused(tmp_path: Path, version: str) -> None:
    (told,) = mistakes(tmp_path, f"order_version = {version}")
    assert told.startswith("live.order_version: ")


def test_the_first_version_is_for_no_deposit_wallet(tmp_path: Path) -> None:
    (told,) = mistakes(tmp_path, 'order_version = "v1"\nwallet_type = "DEPOSIT_WALLET"')
    assert "no deposit wallets" in told


def test_the_first_version_without_its_extra_is_refused_by_the_name_of_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "py_clob_client", None)
    (told,) = mistakes(tmp_path, 'order_version = "v1"')
    assert "pip install 'polyactors[v1]'" in told
    assert read(tmp_path, "").order_version is OrderVersion.V2
