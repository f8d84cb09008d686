"""A kill switch outlives everything but the operator who clears it; other modes outlive the governor alone."""

from hypothesis import given
from hypothesis import strategies as st

from actors.risk.standing_modes import standing
from messages.control import ClearMode, SessionStarted, SetMode
from messages.risk import RiskMode

NEXT_SESSION = SessionStarted("venue", 0, "1", 1)


def test_a_mode_holds_until_it_is_cleared() -> None:
    halt = SetMode(RiskMode.HALT, "stop")
    assert standing([halt]) == (halt,)
    assert standing([halt, ClearMode("another")]) == (halt,)
    assert standing([halt, ClearMode("stop")]) == ()


def test_only_what_is_latched_reaches_the_next_session() -> None:
    latched, passing = SetMode(RiskMode.HALT, "daily loss", latched=True), SetMode(RiskMode.REDUCE_ONLY, "lunch")
    assert standing([latched, passing, NEXT_SESSION]) == (latched,)
    assert standing([latched, NEXT_SESSION, ClearMode("daily loss")]) == ()


def test_setting_a_latched_mode_again_does_not_unlatch_it() -> None:
    again = [SetMode(RiskMode.HALT, "daily loss", latched=True), SetMode(RiskMode.FLATTEN, "daily loss"), NEXT_SESSION]
    assert standing(again) == (SetMode(RiskMode.FLATTEN, "daily loss", latched=True),)


RECORDS = st.one_of(
    st.builds(SetMode, st.sampled_from(RiskMode), st.sampled_from("abc"), st.booleans()),
    st.builds(ClearMode, st.sampled_from("abc")),
    st.just(NEXT_SESSION),
)


@given(st.lists(RECORDS))
def test_a_latch_that_nobody_cleared_stands(records: list[object]) -> None:
    latched = {
        record.cause
        for number, record in enumerate(records)
        if isinstance(record, SetMode) and record.latched and ClearMode(record.cause) not in records[number:]
    }
    stands = {each.cause for each in standing(records) if each.latched}
    assert latched == stands
