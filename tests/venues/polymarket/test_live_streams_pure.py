"""The parts of the live streams that have neither a socket nor a clock of their own."""

import random
from itertools import pairwise

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from messages.identity import EventId, MarketId, Outcome, TokenId
from messages.market_data import BadInput, BookDelta, Level, TickSizeChange, WholeBook
from messages.markets import Market
from messages.units import NANOSECONDS_PER_SECOND, Price, Shares, TickSize
from polyactors.venues.polymarket.live_streams.catching_up import Meanwhile
from polyactors.venues.polymarket.live_streams.credentials import StreamCredentials, without_secrets
from polyactors.venues.polymarket.live_streams.liveness import Liveness, Verdict, WitnessRule
from polyactors.venues.polymarket.live_streams.sharding import TOKENS_A_CONNECTION, shards
from polyactors.venues.streams.backoff import FIRST_BOUND_NS, LAST_BOUND_NS, Backoff
from polyactors.venues.streams.malformed import BYTES_KEPT, FRAMES_KEPT, MalformedFrames
from polyactors.venues.streams.patience import Patience

YES, NO = Outcome.YES, Outcome.NO


def market(number: int) -> Market:
    return Market(
        market=MarketId(f"0x{number:064x}"),
        event=EventId("event"),
        slug=f"market-{number}",
        question="?",
        yes_token=TokenId(f"{number}1"),
        no_token=TokenId(f"{number}2"),
        tick_size=TickSize(100),
    )


GAME, OTHER = market(1), market(2)


def delta(at_ms: int, *levels: Level, yes: str | None = "h", no: str | None = "h", of: Market = GAME) -> BookDelta:
    return BookDelta(of.market, levels, None, None, yes, no, at_ms, 0)


def whole(at_ms: int, book_hash: str | None = "h", outcome: Outcome = YES, of: Market = GAME) -> WholeBook:
    return WholeBook(of.market, outcome, (), book_hash, TickSize(100), "5", False, "0.500", at_ms, 0)


class TestBackoff:
    @given(st.integers(), st.integers(1, 60))
    def test_pauses_are_within_bounds_that_double_up_to_the_last(self, seed: int, failures: int) -> None:
        backoff = Backoff(random.Random(seed))
        for number in range(failures):
            bound_ns = min(FIRST_BOUND_NS * 2**number, LAST_BOUND_NS)
            assert backoff.bound_ns == bound_ns
            assert 0 <= backoff.next_pause_ns() <= bound_ns
        backoff.succeeded()
        assert backoff.bound_ns == FIRST_BOUND_NS

    def test_jitter_is_full(self) -> None:
        backoff = Backoff(random.Random(1))
        backoff.failures = 20
        pauses = sorted(backoff.next_pause_ns() for _ in range(1_000))
        assert pauses[100] < LAST_BOUND_NS * 0.15
        assert pauses[900] > LAST_BOUND_NS * 0.85

    def test_follows_from_the_seed(self) -> None:
        first, second = Backoff(random.Random(1)), Backoff(random.Random(1))
        assert [first.next_pause_ns() for _ in range(9)] == [second.next_pause_ns() for _ in range(9)]


class TestSharding:
    @given(st.integers(0, 500), st.integers(2, 300))
    def test_every_market_has_both_tokens_in_one_shard_and_no_shard_is_too_large(self, count: int, most: int) -> None:
        markets = [market(number) for number in range(count)]
        found = shards(markets, most)
        assert [each for shard in found for each in shard] == markets
        sizes = [len(shard) for shard in found]
        assert all(0 < 2 * size <= most for size in sizes)
        assert max(sizes, default=0) - min(sizes, default=0) <= 1
        assert len(found) == -(-count // (most // 2))

    def test_one_token_too_few_is_an_error(self) -> None:
        assert TOKENS_A_CONNECTION == 200
        with pytest.raises(ValueError, match="two tokens"):
            shards([GAME], 1)


class TestPatience:
    @given(st.lists(st.one_of(st.floats(0, 10), st.none()), max_size=30))
    def test_only_waiting_since_the_last_sign_of_life_counts(self, moments: list[float | None]) -> None:
        patience, waited = Patience(30.0), 0.0
        for seconds in moments:
            if seconds is None:
                patience.sign_of_life()
                waited = 0.0
            else:
                patience.waited(seconds)
                waited += seconds
            assert patience.left_s == pytest.approx(max(0.0, 30.0 - waited))


class TestMalformedFrames:
    @given(st.lists(st.binary(max_size=50) | st.text(max_size=50), max_size=250))
    def test_the_last_ones_are_kept_in_their_order(self, frames: list[str | bytes]) -> None:
        kept = MalformedFrames()
        for number, frame in enumerate(frames):
            kept.keep(BadInput("not_json", "market", "?"), frame, number)
        assert [each.at_ns for each in kept.kept()] == list(range(len(frames)))[-FRAMES_KEPT:]
        assert len(kept) == min(len(frames), FRAMES_KEPT)

    def test_a_long_one_is_cut_and_its_length_told(self) -> None:
        kept = MalformedFrames()
        kept.keep(BadInput("not_json", "market", "?"), "\ud800" + "x" * 10_000, 1)
        (only,) = kept.kept()
        assert len(only.frame) == BYTES_KEPT
        assert only.length == 10_006


class TestSecrets:
    @given(st.text("ab"), st.text("ab"))
    def test_are_nowhere_in_what_is_looked_at(self, before: str, after: str) -> None:
        secrets = StreamCredentials("key", "s3cret", "p4ss").secrets
        text = f"{before}s3cret{after}p4ss"
        for frame in (text, text.encode()):
            told = repr(without_secrets(frame, secrets))
            assert "s3cret" not in told and "p4ss" not in told
            assert before in told and after in told


LEVELS = st.lists(
    st.builds(Level, st.sampled_from(Outcome), st.integers(1, 5).map(Price), st.integers(0, 3).map(Shares)),
    min_size=1,
    max_size=3,
)


def applied(levels: tuple[Level, ...], changes: list[Level]) -> set[Level]:
    sizes = {(outcome, price): size for outcome, price, size in levels}
    for outcome, price, size in changes:
        sizes[outcome, price] = size
    return {Level(outcome, price, size) for (outcome, price), size in sizes.items() if size}


class TestCatchingUp:
    @given(st.lists(LEVELS, max_size=12), st.data())
    def test_the_book_of_any_moment_with_what_was_heard_meanwhile_is_the_newest_book(
        self, batches: list[list[Level]], data: st.DataObject
    ) -> None:
        """Whenever the venue wrote its answer, and whenever it was asked before that."""
        answered = data.draw(st.integers(0, len(batches)))
        asked = data.draw(st.integers(0, answered))
        meanwhile, batches_a_ms = Meanwhile(), data.draw(st.integers(1, 3))
        for number in range(asked, len(batches)):
            meanwhile.hear(delta(100 + number // batches_a_ms, *batches[number], yes=f"hash {number}"))
        changes = [level for batch in batches[:answered] for level in batch]
        at_ms = 100 + (answered - 1) // batches_a_ms if answered else 99
        book = evolve(whole(at_ms), levels=tuple(applied((), changes)))
        found = meanwhile.applied_to(book)
        everything = [level for batch in batches for level in batch]
        assert found is not None
        assert set(found.levels) == applied((), everything)
        if len(batches) > answered:
            assert found.hash == f"hash {len(batches) - 1}"
            assert found.exchange_ms == 100 + (len(batches) - 1) // batches_a_ms

    def test_a_whole_book_of_the_stream_takes_its_place(self) -> None:
        meanwhile = Meanwhile()
        meanwhile.hear(evolve(whole(105, "newer"), tick_size=None, minimum_size=None, neg_risk=None))
        meanwhile.hear(delta(106, Level(YES, Price(100), Shares(7)), yes="newest"))
        found = meanwhile.applied_to(whole(100))
        assert found == evolve(whole(106, "newest"), levels=(Level(YES, Price(100), Shares(7)),))

    def test_on_another_grid_it_has_to_be_asked_for_again(self) -> None:
        meanwhile = Meanwhile()
        meanwhile.hear(TickSizeChange(GAME.market, TickSize(10), 0))
        assert meanwhile.applied_to(whole(100)) is None
        assert meanwhile.applied_to(evolve(whole(100), tick_size=TickSize(10))) is not None


RULE = WitnessRule(every_ns=100, suspect_every_ns=10, grace_ns=5, quiet_factor=10, least_quiet_ns=50)
TOKENS = (GAME.yes_token, GAME.no_token, OTHER.yes_token, OTHER.no_token)


class TestLiveness:
    @given(st.lists(st.tuples(st.booleans(), st.integers(0, 2)), min_size=1, max_size=30))
    def test_untold_is_what_the_witness_has_and_the_stream_has_not_said(self, batches: list[tuple[bool, int]]) -> None:
        """Batches of the venue, of which the stream says some, share milliseconds. The witness has the last."""
        liveness, at_ms, told_ms = Liveness((GAME,), RULE, 0), 100, None
        liveness.is_comparable = True
        told: dict[int, set[str]] = {}
        for number, (is_said, later_ms) in enumerate(batches):
            at_ms += later_ms
            if is_said:
                liveness.hear(delta(at_ms, yes=f"hash {number}"), number)
                told.setdefault(at_ms, set()).add(f"hash {number}")
                told_ms = at_ms
        last = f"hash {len(batches) - 1}"
        verdict = liveness.judge(GAME.yes_token, whole(at_ms, last))
        assert (verdict is Verdict.TOLD) == (told_ms == at_ms and last in told[at_ms])
        assert verdict is not Verdict.BEHIND

    def test_a_witness_that_is_behind_proves_nothing(self) -> None:
        liveness = Liveness((GAME,), RULE, 0)
        liveness.hear(delta(200), 1)
        assert liveness.judge(GAME.yes_token, whole(199, "other")) is Verdict.BEHIND

    def test_other_hashes_are_no_evidence_until_one_was_the_same(self) -> None:
        """A venue that hashes otherwise by REST would else be taken for silent for ever."""
        liveness = Liveness((GAME,), RULE, 0)
        liveness.hear(delta(200, yes="mine"), 1)
        assert liveness.judge(GAME.yes_token, whole(200, "yours")) is Verdict.TOLD
        assert liveness.judge(GAME.yes_token, whole(200, "mine")) is Verdict.TOLD
        assert liveness.judge(GAME.yes_token, whole(200, "yours")) is Verdict.UNTOLD

    def test_one_token_can_be_silent_while_the_other_is_not(self) -> None:
        liveness = Liveness((GAME,), RULE, 0)
        liveness.hear(delta(200, yes="mine", no=None), 1)
        assert liveness.judge(GAME.yes_token, whole(200, "mine")) is Verdict.TOLD
        assert liveness.judge(GAME.no_token, whole(200, "mine", NO)) is Verdict.UNTOLD

    def test_every_asset_has_its_turn(self) -> None:
        liveness, now_ns, asked = Liveness((GAME, OTHER), RULE, 0), 0, list[TokenId]()
        for of in (GAME, OTHER):
            for outcome in Outcome:
                liveness.hear(whole(1, "h", outcome, of), 0)
        times = []
        for _ in range(8):
            found = liveness.next_witness(now_ns)
            assert found is not None
            token, now_ns = found
            liveness.asked(token, now_ns)
            asked.append(token)
            times.append(now_ns)
        assert sorted(asked[:4]) == sorted(asked[4:]) == sorted(TOKENS)
        assert all(later - earlier == RULE.every_ns for earlier, later in pairwise(times))

    def test_suspects_come_first_and_sooner(self) -> None:
        """Talkative until it stopped; the others never said anything but their first books."""
        liveness = Liveness((GAME, OTHER), RULE, 0)
        for of in (GAME, OTHER):
            for outcome in Outcome:
                liveness.hear(whole(1, "h", outcome, of), 0)
        for now_ns in range(2, 30):
            liveness.hear(delta(now_ns, yes="h", no=None, of=OTHER), now_ns)
        assert liveness.next_witness(79) != (OTHER.yes_token, 79)
        assert liveness.next_witness(80) == (OTHER.yes_token, 80)
        liveness.asked(OTHER.yes_token, 80)
        cleared = liveness.next_witness(90)
        assert cleared is not None and cleared[0] != OTHER.yes_token

    def test_found_silent_it_stays_so_until_it_is_heard_even_on_another_connection(self) -> None:
        liveness = Liveness((GAME,), RULE, 0)
        assert not liveness.found_silent(GAME.yes_token)
        assert liveness.found_silent(GAME.yes_token)
        liveness.begin(1)
        assert liveness.is_silent(GAME.market)
        liveness.hear(delta(5, yes=None, no="h"), 2)
        assert liveness.is_silent(GAME.market)
        liveness.hear(delta(5, yes="h", no=None), 2)
        assert not liveness.is_silent(GAME.market)

    def test_has_nothing_to_witness_without_markets(self) -> None:
        assert Liveness((), RULE, 0).next_witness(NANOSECONDS_PER_SECOND) is None
