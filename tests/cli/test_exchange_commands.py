"""The commands of the embedded exchange, against one that is really served, as a user would run them."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from polyactors.exchange.server.listening import LOOPBACK
from tests.end_to_end.program import Ran, run_here

PATIENCE_S = 60
SMALL = """
[listings]
binary_markets = 2
neg_risk_outcomes = [3]
protocol_two_markets = 0
"""
WALLET = "0x" + "5" * 40


def serve(*arguments: str | Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "polyactors", "exchange", "serve", "--port", "0", "--json", "--seed", "3"]
    return subprocess.Popen([*command, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def first_line(process: subprocess.Popen[str]) -> dict[str, str]:
    assert process.stdout is not None
    line: dict[str, str] = json.loads(process.stdout.readline())
    return line


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    settings = tmp_path_factory.mktemp("settings") / "exchange.toml"
    settings.write_text(SMALL)
    process = serve("--config", settings)
    try:
        yield first_line(process)["url"]
    finally:
        process.terminate()
        _, errors = process.communicate(timeout=PATIENCE_S)
        assert (process.returncode, errors) == (0, "")


def asked(url: str, *arguments: str) -> Ran:
    return run_here("exchange", *arguments, "--url", url)


def answered(url: str, *arguments: str) -> dict[str, object]:
    ran = asked(url, *arguments, "--json")
    assert ran.code == 0, ran.err
    document: dict[str, object] = json.loads(ran.out)
    return document


def refused(ran: Ran, *said: str) -> None:
    assert (ran.code, ran.out) == (2, "")
    assert "Traceback" not in ran.err
    for text in said:
        assert text in ran.err, ran.err


def listed(url: str) -> list[dict[str, object]]:
    markets = answered(url, "markets")["markets"]
    assert isinstance(markets, list)
    return markets


def test_markets_show_what_nobody_else_is_told(url: str) -> None:
    ran = asked(url, "markets", "--kind", "neg_risk")
    assert ran.code == 0
    assert len(ran.out.strip().splitlines()) == 4
    worths = [line["fair_value"] for line in listed(url) if line["kind"] == "neg_risk"]
    assert sum(float(str(worth)) for worth in worths) == pytest.approx(1)


def test_up_or_down_markets_of_all_three_lengths_are_served(url: str) -> None:
    slugs = [str(line["slug"]) for line in listed(url) if line["kind"] == "up_down"]
    for part, ahead in (("-updown-5m-", 3), ("-updown-15m-", 2), ("-up-or-down-", 2)):
        assert sum(part in slug for slug in slugs) > ahead


def test_status_tells_seed_mode_and_answers(url: str) -> None:
    status = answered(url, "status")
    assert (status["seed"], status["armed_faults"]) == (3, 0)
    assert "seed 3" in asked(url, "status").out


def test_a_deposit_is_seen_in_the_account(url: str) -> None:
    assert asked(url, "deposit", WALLET, "250.5").code == 0
    accounts = answered(url, "accounts", WALLET)["accounts"]
    assert isinstance(accounts, list)
    assert [(account["cash"], account["trader"]) for account in accounts] == [(10_250_500_000, "")]
    refused(asked(url, "deposit", WALLET, "1e3"), "amount")
    refused(asked(url, "deposit", "nobody", "1"), "is no address")


def test_cash_of_all_accounts_adds_up(url: str) -> None:
    accounts = answered(url, "accounts")
    parts = [accounts[name] for name in ("in_accounts", "in_escrow", "fees", "locked")]
    assert sum(int(str(part)) for part in parts) == accounts["deposited"]
    assert "accounts; of" in asked(url, "accounts").out
    refused(asked(url, "accounts", "0x" + "6" * 40), "no such account")


def test_a_market_is_resolved_once(url: str) -> None:
    slug = next(str(line["slug"]) for line in listed(url) if line["kind"] == "binary" and line["yes_payout"] is None)
    assert asked(url, "resolve", slug, "half").code == 0
    assert next(line["yes_payout"] for line in listed(url) if line["slug"] == slug) == 5_000
    refused(asked(url, "resolve", slug, "yes"), "resolved already")
    refused(asked(url, "resolve", "nothing", "yes"), "no market 'nothing'")


def test_a_mode_is_set_and_told(url: str) -> None:
    assert asked(url, "mode", "cancel_only").code == 0
    assert answered(url, "status")["mode"] == "cancel_only"
    assert asked(url, "mode", "normal").code == 0
    assert answered(url, "status")["mode"] == "normal"


def test_a_fault_is_armed_shown_and_disarmed(url: str) -> None:
    armed = answered(url, "faults", "arm", "rate-limited", "path=/time", "retry_after_s=3", "--name", "busy")
    assert (armed["name"], armed["kind"]) == ("busy", "rate-limited")
    assert httpx.get(f"{url}/time", trust_env=False).status_code == 429
    assert "path=/time" in asked(url, "faults", "list").out
    refused(asked(url, "faults", "arm", "silence", "--name", "busy"), "armed already")
    assert asked(url, "faults", "disarm", "busy").code == 0
    assert httpx.get(f"{url}/time", trust_env=False).status_code == 200
    refused(asked(url, "faults", "disarm", "busy"), "no fault 'busy'")
    refused(asked(url, "faults", "disarm"), "--all")


def test_the_skewed_clock_is_the_one_that_is_shown(url: str) -> None:
    before_s = int(httpx.get(f"{url}/time", trust_env=False).text)
    assert asked(url, "faults", "arm", "clock-skew", "skew_ms=-1000000", "--name", "skew").code == 0
    assert int(httpx.get(f"{url}/time", trust_env=False).text) < before_s - 900
    assert asked(url, "faults", "disarm", "--all").code == 0
    assert int(httpx.get(f"{url}/time", trust_env=False).text) >= before_s


def test_mistakes_in_a_fault_are_told_before_anybody_is_asked() -> None:
    ran = run_here("exchange", "faults", "arm", "late-answer", "delay_ms=soon", "colour=red", "--for", "-1")
    refused(ran, "delay_ms", "colour", "for_s")
    refused(run_here("exchange", "faults", "arm", "silence", "market"), "SETTING=VALUE")


def test_kinds_are_all_listed() -> None:
    kinds = json.loads(run_here("exchange", "faults", "kinds", "--json").out)
    assert {"lose-answer", "mode", "change-tick", "stalled-feed"} < set(kinds)


def test_bad_documents_at_the_operators_door_are_refused_and_change_nothing(url: str) -> None:
    before = answered(url, "status")["mode"]
    for path in ("mode", "resolve", "deposit", "faults", "faults/disarm"):
        for body in (b"", b"{", b"[]", b"1", b'{"mode":"open"}', b"\xff", b'{"colour":1}', b"[" * 100_000):
            answer = httpx.post(f"{url}/exchange/{path}", content=body, trust_env=False)
            assert (answer.status_code, list(answer.json())) == (400, ["error"]), (path, body[:20])
    assert answered(url, "status")["mode"] == before


def test_nobody_there_is_a_message(unused_port: int) -> None:
    refused(run_here("exchange", "status", "--url", f"http://{LOOPBACK}:{unused_port}"), "no exchange to ask", "--url")
    refused(run_here("exchange", "status", "--url", "nonsense"), "no exchange to ask")


@pytest.fixture
def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def test_a_taken_port_is_a_message() -> None:
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        refused(run_here("exchange", "serve", "--port", taken.getsockname()[1]), "cannot listen", "--port")


def test_all_mistakes_of_settings_and_plan_are_told(tmp_path: Path) -> None:
    settings, plan = tmp_path / "settings.toml", tmp_path / "plan.toml"
    settings.write_text('[rules]\nself_trade = "maybe"\n[listing]\n[streams]\nmost_waiting = -1\n')
    refused(
        run_here("exchange", "serve", "--config", settings),
        "rules.self_trade",
        "listing: there is no such setting; did you mean listings?",
        "streams.most_waiting",
    )
    plan.write_text('[[fault]]\nkind = "noise"\n')
    refused(run_here("exchange", "serve", "--faults", plan), "fault 1: kind")


def test_printed_settings_are_read_back_the_same(tmp_path: Path) -> None:
    printed = run_here("exchange", "config").out
    path = tmp_path / "exchange.toml"
    path.write_text(printed)
    assert run_here("exchange", "config", "--config", path).out == printed
    assert json.loads(run_here("exchange", "config", "--json").out)["rules"]["expires_early_s"] == 60


def test_a_planned_fault_strikes_and_one_for_nobody_is_told(tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text(
        '[[fault]]\nkind = "rate-limited"\npath = "/time"\n'
        '[[fault]]\nkind = "change-tick"\nmarket = "nobody"\ntick_size = "0.1"\n'
    )
    process = serve("--faults", plan)
    try:
        url = first_line(process)["url"]
        while answered(url, "status")["armed_faults"] == 0:
            pass
        assert httpx.get(f"{url}/time", trust_env=False).status_code == 429
    finally:
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0
    assert "a planned fault was not armed: there is no market 'nobody'" in errors
