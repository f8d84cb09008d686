"""What keeps live trading from beginning: each gate alone, and the sentence that has to be typed."""

import os
import pty
from collections.abc import Callable
from io import StringIO

import pytest
from attrs import evolve

from messages.units import Cash
from polyactors.doctor.finding import Check, Finding, State, failed, ok, skipped, warning
from polyactors.live.confirmation import NotConfirmed, confirm, sentence
from polyactors.live.gates import refusals, unfinished
from polyactors.live.settings import LiveSettings
from polyactors.live.wallet_type import WalletType
from polyactors.venues.polymarket.signing.addresses import ZERO_ADDRESS, Address

WALLET = Address("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed")
FINISHED = LiveSettings(
    is_allowed=True, key_file="/key", order_notional=Cash(1_000_000), minute_notional=Cash(5_000_000)
)
WELL = tuple(ok(check, "") for check in Check)


def test_what_is_finished_and_well_may_begin() -> None:
    assert refusals(FINISHED, WELL) == ()
    assert refusals(evolve(FINISHED, dry_run=False), WELL) == ()
    assert refusals(evolve(FINISHED, wallet=WALLET, wallet_type=WalletType.SAFE), WELL) == ()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda live: evolve(live, is_allowed=False), "live.is_allowed"),
        (lambda live: evolve(live, order_notional=Cash(0)), "live.order_notional"),
        (lambda live: evolve(live, minute_notional=Cash(0)), "live.minute_notional"),
        (lambda live: evolve(live, key_file=""), "live.key_file"),
        (lambda live: evolve(live, wallet_type=WalletType.PROXY), "live.wallet"),
        (lambda live: evolve(live, wallet=ZERO_ADDRESS), "zero address"),
    ],
)
def test_each_gate_refuses_alone(change: Callable[[LiveSettings], LiveSettings], named: str) -> None:
    (refusal,) = refusals(change(FINISHED), WELL)
    assert named in refusal


def test_all_reasons_are_told_at_once() -> None:
    assert len(unfinished(LiveSettings(wallet_type=WalletType.SAFE))) == 5
    assert len(refusals(LiveSettings(), ())) == 4 + len(Check)


@pytest.mark.parametrize("check", Check)
def test_each_check_of_the_doctor_has_to_be_there_and_not_failed(check: Check) -> None:
    others = tuple(finding for finding in WELL if finding.check is not check)

    def with_one(finding: Finding) -> tuple[str, ...]:
        return refusals(FINISHED, (*others, finding))

    assert with_one(warning(check, "seen", "do")) == ()
    for bad in (failed(check, "what was seen", "what to do"), skipped(check, "what was seen", "what to do")):
        (refusal,) = with_one(bad)
        assert check.value in refusal
        assert "what was seen; what to do" in refusal
    (refusal,) = refusals(FINISHED, others)
    assert f"{check.value} was not looked at" in refusal
    assert {each.state for each in WELL} == {State.OK}


def test_the_sentence_names_the_wallet_and_differs_for_a_rehearsal() -> None:
    assert sentence(WALLET, dry_run=False) == f"trade {WALLET} live"
    assert sentence(WALLET, dry_run=True) == f"rehearse with {WALLET}"


def at_a_terminal(typed: str, wanted: str) -> str:
    """What was shown when `typed` was typed at a real terminal; raises `NotConfirmed`."""
    ours, theirs = pty.openpty()
    shown = StringIO()
    try:
        os.write(ours, typed.encode())
        with open(theirs, encoding="utf-8") as terminal:
            confirm(wanted, is_assumed=False, answers=terminal, questions=shown)
    finally:
        os.close(ours)
    return shown.getvalue()


def test_whoever_types_the_sentence_goes_on() -> None:
    wanted = sentence(WALLET, dry_run=False)
    assert wanted in at_a_terminal(f"{wanted}\n", wanted)
    assert wanted in at_a_terminal(f"  trade   {WALLET} live \n", wanted)


@pytest.mark.parametrize(
    "typed", ["", "y", "yes", f"trade {WALLET}", f"trade {WALLET.lower()} live", f"rehearse with {WALLET}", "\x04"]
)
def test_whoever_types_something_else_does_not(typed: str) -> None:
    with pytest.raises(NotConfirmed, match="nothing was begun"):
        at_a_terminal(f"{typed}\n", sentence(WALLET, dry_run=False))


def test_what_comes_from_a_file_confirms_nothing() -> None:
    wanted = sentence(WALLET, dry_run=False)
    shown = StringIO()
    with pytest.raises(NotConfirmed, match="--yes"):
        confirm(wanted, is_assumed=False, answers=StringIO(f"{wanted}\n"), questions=shown)
    assert shown.getvalue() == ""


def test_with_yes_nothing_is_asked() -> None:
    shown = StringIO()
    confirm(sentence(WALLET, dry_run=False), is_assumed=True, answers=StringIO(), questions=shown)
    assert shown.getvalue() == ""
