"""Random crashes where restarts wait: nobody waits longer than the bound, and nobody is forgotten."""

from hypothesis import given, settings
from hypothesis import strategies as st

from supervision.child import ChildState
from supervision.specs import SECOND, Backoff, Strategy, SupervisorSpec
from supervision.testing import MILLISECOND, Crash, Diary, Probe, ProbeError, Tree, probe, run_tree

NAMES = "abc"
BACKOFF = Backoff(initial_ns=SECOND, maximum_ns=6 * SECOND, quiet_ns=20 * SECOND)

crash = st.tuples(st.just("crash"), st.sampled_from(NAMES))
pause = st.tuples(st.just("pause"), st.sampled_from([1, MILLISECOND, SECOND, 7 * SECOND, 30 * SECOND]))


@settings(max_examples=120, deadline=None, derandomize=True)
@given(
    strategy=st.sampled_from(Strategy),
    failures=st.dictionaries(st.sampled_from(NAMES), st.sets(st.integers(2, 8))),
    steps=st.lists(st.one_of(crash, pause), max_size=20),
    seed=st.integers(0, 1000),
)
def test_whoever_crashed_is_back_within_the_bounds_of_its_waits(
    strategy: Strategy, failures: dict[str, set[int]], steps: list[tuple[str, object]], seed: int
) -> None:
    diary = Diary()

    async def load(probe: Probe) -> None:
        if probe.generation in failures.get(probe.path.removeprefix("top/"), set()):
            raise ProbeError("planned")

    for name in NAMES:
        diary.on_load[f"top/{name}"] = load
    spec = SupervisorSpec(
        name="top",
        strategy=strategy,
        children=tuple(probe(name, diary) for name in NAMES),
        intensity=10**6,
        backoff=BACKOFF,
    )

    async def script(tree: Tree) -> None:
        for what, how in steps:
            if what == "crash":
                tree.tell(f"top/{how}", Crash())
                await tree.settle()
            else:
                assert isinstance(how, int)
                await tree.advance(how)
            check(tree)
        # Each of the crashes that wait in the mailboxes, and each planned failure, costs one wait at most.
        waits = len(steps) + sum(map(len, failures.values())) + 1
        await tree.advance(waits * BACKOFF.maximum_ns)
        assert tree.is_up(*(f"top/{name}" for name in NAMES))
        assert tree.runtime.timers.pending_count == 0
        assert tree.reason is None
        if strategy is Strategy.ONE_FOR_ONE:
            demand_bounded_waits(tree, diary)

    run_tree(spec, script, seed)


def check(tree: Tree) -> None:
    """Whoever is down waits for a restart, its own or that of a sibling, and each restart has one timer."""
    pictures = tree.supervisor("top").which_children()
    waiting = [each for each in pictures if each.state is ChildState.BACKING_OFF]
    assert {each.state for each in pictures} <= {ChildState.RUNNING, ChildState.BACKING_OFF, ChildState.DOWN}
    assert waiting or all(each.state is ChildState.RUNNING for each in pictures)
    assert tree.runtime.timers.pending_count == len(waiting)
    deadline_ns = tree.runtime.timers.next_deadline_ns()
    assert deadline_ns is None or deadline_ns <= tree.clock.now_ns() + BACKOFF.maximum_ns


def demand_bounded_waits(tree: Tree, diary: Diary) -> None:
    """Between an end, or a start that failed, and the next attempt: nothing at first, then a bound that doubles."""
    for name in NAMES:
        ended_ns = sorted(
            line.at_ns
            for event in ("child ended", "child failed to start")
            for line in tree.logged(event)
            if line.fields["child"] == f"top/{name}"
        )
        attempts_ns = [line.at_ns for line in diary.lines if line.path == f"top/{name}" and line.event == "load"][1:]
        assert len(attempts_ns) == len(ended_ns)
        failures, before_ns = 0, None
        for end_ns, attempt_ns in zip(ended_ns, attempts_ns, strict=True):
            failures = failures + 1 if before_ns is not None and end_ns - before_ns <= BACKOFF.quiet_ns else 1
            bound_ns = 0 if failures == 1 else min(BACKOFF.maximum_ns, BACKOFF.initial_ns << (failures - 2))
            assert 0 <= attempt_ns - end_ns <= bound_ns, (name, failures)
            before_ns = end_ns
