"""Full sets for less than 1: counted where they are, never where they are not, with the fees of both tokens."""

from hypothesis import given
from hypothesis import strategies as st

from actors.strategies.set_arbitrage import ArbitrageTally, SetArbitrage, opportunity
from messages.identity import Side
from messages.intents import OpportunityCounted
from messages.market_data import BookOpened
from messages.markets import NO_FEES, FeeSchedule
from messages.units import PRICE_SCALE, SHARE_SCALE, Price, Shares
from supervision.testing import Diary, Tree, run_tree
from tests.actors.actor_world import ARBITRAGE_PATH, JOURNAL_PATH, heard, snapshot, world
from tests.actors.samples import GAME, TAKER_FEES, market, shares

ticks = st.integers(1, 99)
sizes = st.integers(1, 10**6)


@given(ticks, ticks, sizes, sizes, st.sampled_from([NO_FEES, TAKER_FEES]))
def test_it_is_found_exactly_on_crossed_books(yes: int, no: int, one: int, other: int, fees: FeeSchedule) -> None:
    book = snapshot({yes * 100: one}, {no * 100: other})
    found = opportunity(book, fees, 7)
    assert (found is not None) == (yes + no > 100)
    if found is not None:
        assert found.cost == 2 * PRICE_SCALE - 100 * (yes + no) < PRICE_SCALE
        assert found.after_fees >= found.cost
        assert found.size == shares(min(one, other))
        assert (found.side, found.at_ns) == (Side.BUY, 7)


@given(yes=st.dictionaries(ticks.map(lambda tick: tick * 100), sizes, max_size=3))
def test_a_book_with_an_empty_side_has_none(yes: dict[int, int]) -> None:
    assert opportunity(snapshot(yes, {}), NO_FEES, 0) is None
    assert opportunity(snapshot({}, yes), NO_FEES, 0) is None


@given(st.integers(51, 99), st.integers(51, 99), sizes, st.integers(0, 200_000))
def test_the_fees_of_both_tokens_are_reckoned_in_and_never_too_few(yes: int, no: int, size: int, rate: int) -> None:
    fees = FeeSchedule(rate_ppm=rate)
    found = opportunity(snapshot({yes * 100: size}, {no * 100: size}), fees, 0)
    assert found is not None
    yes_price, no_price = Price(PRICE_SCALE - no * 100), Price(PRICE_SCALE - yes * 100)
    fee = fees.taker_fee(yes_price, shares(size)) + fees.taker_fee(no_price, shares(size))
    told = (found.after_fees - found.cost) * size * SHARE_SCALE // PRICE_SCALE
    assert fee <= told <= fee + Shares(size * SHARE_SCALE) // PRICE_SCALE


def test_what_is_free_money_before_fees_may_be_none_after_them() -> None:
    book = snapshot({5100: 100}, {5000: 100})
    found = opportunity(book, TAKER_FEES, 0)
    assert found is not None
    assert (found.cost, found.after_fees > PRICE_SCALE) == (9900, True)


class TestTheDetector:
    def test_writes_down_each_opportunity_and_counts_over_all_its_lives(self) -> None:
        diary, tally = Diary(), ArbitrageTally()
        crossed = snapshot({5100: 100}, {5000: 100}, number=2)

        async def script(tree: Tree) -> None:
            tree.tell(ARBITRAGE_PATH, snapshot(), crossed, snapshot({}, {}), BookOpened(GAME, "dirty"))
            await tree.settle()
            tree.kill(ARBITRAGE_PATH)
            await tree.settle()
            tree.tell(ARBITRAGE_PATH, crossed)
            await tree.settle()
            found = heard(diary, JOURNAL_PATH, OpportunityCounted)
            assert [each.snapshot.number for each in found] == [2, 2]
            assert (tally.snapshots, tally.opportunities, tally.after_fees, tally.lowest_cost) == (4, 2, 0, 9900)

        run_tree(world(diary, {ARBITRAGE_PATH: lambda: SetArbitrage(market(fees=TAKER_FEES), tally)}), script)
