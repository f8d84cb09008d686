"""Where a key may be, and that no complaint about it repeats it."""

import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from polyactors.venues.polymarket.signer.key_source import (
    BadKeySource,
    EnvironmentKey,
    KeyFile,
    KeyringEntry,
    KeyUnavailable,
    read_key,
)
from tests.venues.polymarket.signers import KEY, SECRET, key_file

VARIABLE = "POLYACTORS_TEST_KEY"


def refusal(source: EnvironmentKey | KeyFile | KeyringEntry) -> str:
    with pytest.raises(KeyUnavailable) as caught:
        read_key(source)
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None
    return str(caught.value)


@pytest.mark.parametrize("text", [SECRET, "0x" + SECRET, f"  {SECRET.upper()}\n"])
def test_a_private_file_of_the_users_own_is_read(tmp_path: Path, text: str) -> None:
    assert read_key(key_file(tmp_path, text)) == KEY


@pytest.mark.parametrize("mode", [0o400, 0o601, 0o604, 0o620, 0o640, 0o644, 0o660, 0o666, 0o700, 0o777, 0o4600])
def test_a_file_of_any_other_mode_is_refused(tmp_path: Path, mode: int) -> None:
    assert f"mode {mode:04o}, not 0600" in refusal(key_file(tmp_path, mode=mode))


def test_a_file_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, own = key_file(tmp_path), os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: own + 1)
    assert "belongs to another user" in refusal(source)


def test_a_link_to_a_private_file_is_refused(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(key_file(tmp_path).path)
    assert "without following links" in refusal(KeyFile(str(link)))


def test_folders_and_pipes_are_no_key_files_and_nobody_waits_for_a_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    assert "no regular file" in refusal(KeyFile(str(tmp_path / "pipe")))
    assert "no regular file" in refusal(KeyFile(str(tmp_path)))


@pytest.mark.parametrize(
    "text", ["", "\n", SECRET[:-1], SECRET + "0", SECRET[:-1] + "g", "0" * 64, "f" * 64, SECRET * 99]
)
def test_a_file_without_a_valid_key_is_refused(tmp_path: Path, text: str) -> None:
    assert "key" in refusal(key_file(tmp_path, text))


def test_bytes_that_are_no_text_and_paths_that_are_none_are_refused(tmp_path: Path) -> None:
    source = key_file(tmp_path)
    Path(source.path).write_bytes(b"\xff" * 64)
    assert "no text" in refusal(source)
    assert "No such file" in refusal(KeyFile(str(tmp_path / "nothing")))
    assert "no path" in refusal(KeyFile("nul\0byte"))


def test_a_variable_is_taken_once_and_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, SECRET)
    assert read_key(EnvironmentKey(VARIABLE)) == KEY
    assert VARIABLE not in os.environ
    assert VARIABLE in refusal(EnvironmentKey(VARIABLE))


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="this system does not show environments in /proc")
def test_a_taken_variable_is_gone_from_what_the_system_shows_of_the_environment() -> None:
    program = (
        "from pathlib import Path\n"
        "from polyactors.venues.polymarket.signer.environment import take_variable\n"
        "shown = Path('/proc/self/environ')\n"
        "before = shown.read_bytes()\n"
        f"value = take_variable({VARIABLE!r}).encode()\n"
        "after = shown.read_bytes()\n"
        "print(value in before, value in after, b'ANOTHER=stays' in after, len(before) == len(after))\n"
    )
    environment = {**os.environ, VARIABLE: SECRET, "ANOTHER": "stays"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False", "True", "True"]


def test_a_missing_keyring_is_said_clearly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert "optional package keyring is not installed" in refusal(KeyringEntry("polyactors", "trader"))


def test_the_keyring_is_asked_for_its_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    class Keyring(ModuleType):
        @staticmethod
        def get_password(service: str, user: str) -> str | None:
            if service == "locked":
                raise RuntimeError(f"will not give {SECRET}")
            return SECRET if (service, user) == ("polyactors", "trader") else None

    monkeypatch.setitem(sys.modules, "keyring", Keyring("keyring"))
    assert read_key(KeyringEntry("polyactors", "trader")) == KEY
    assert "has no key" in refusal(KeyringEntry("polyactors", "somebody"))
    assert "RuntimeError" in refusal(KeyringEntry("locked", "trader"))


def test_a_key_given_as_its_own_place_is_not_repeated() -> None:
    for make in (EnvironmentKey, KeyFile, lambda text: KeyringEntry("polyactors", text)):
        with pytest.raises(BadKeySource) as caught:
            make("0x" + SECRET)
        assert SECRET not in str(caught.value)
