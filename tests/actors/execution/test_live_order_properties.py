"""One order at a real venue, under news in any order, twice and late: what is told of it always makes sense."""

from collections.abc import Sequence

from attrs import evolve, frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.execution.live.live_order import LiveOrder, Stage
from actors.execution.live.words import (
    InDoubt,
    NotSent,
    OwnPart,
    PostOutcome,
    Refused,
    Taken,
    VenueOrder,
    VenueOrderStatus,
    VenueTrade,
    VenueTradeStatus,
)
from messages.fills import FillReversed, FillSettled, Liquidity
from messages.identity import TradeId, VenueOrderId
from messages.orders import Accepted, Ended, Executed, Rejected, VenueEvent
from messages.units import Cash, Shares
from tests.actors.samples import order_of, place, shares

NAME = VenueOrderId("0x1")
ORDER = order_of(place(size=shares(100)))
TERMS = (ORDER.market, ORDER.outcome, ORDER.side, ORDER.price, ORDER.size)
SHOWN = VenueOrder(NAME, *TERMS, Shares(0), VenueOrderStatus.LIVE)

News = PostOutcome | VenueOrder | VenueTrade


@frozen
class History:
    """What truly happened: sizes that were traded, whether each failed, and how the order ended."""

    sizes: tuple[int, ...]
    failed: tuple[bool, ...]
    end: VenueOrderStatus

    @property
    def matched(self) -> int:
        return sum(self.sizes)

    def trades(self) -> list[VenueTrade]:
        found = []
        for number, (size, failed) in enumerate(zip(self.sizes, self.failed, strict=True)):
            part = OwnPart(
                NAME, ORDER.market, ORDER.outcome, ORDER.side, ORDER.price, shares(size), Cash(0), Liquidity.MAKER
            )
            last = VenueTradeStatus.FAILED if failed else VenueTradeStatus.CONFIRMED
            base = VenueTrade(TradeId(f"t{number}/0"), VenueTradeStatus.MATCHED, (part,), number)
            found += [base, evolve(base, status=VenueTradeStatus.MINED), evolve(base, status=last)]
        return found

    def shown(self) -> list[VenueOrder]:
        """Placed, after each match, and at the end."""
        found, matched = [SHOWN], 0
        for size in self.sizes:
            matched += size
            found.append(evolve(SHOWN, matched=shares(matched)))
        return [*found, evolve(SHOWN, matched=shares(self.matched), status=self.end)]


@st.composite
def histories(draw: st.DrawFn) -> History:
    sizes = tuple(draw(st.lists(st.integers(1, 25), max_size=4)))
    failed = tuple(draw(st.booleans()) for _ in sizes)
    is_full = sum(sizes) == 100
    end = VenueOrderStatus.MATCHED if is_full else draw(st.sampled_from(ENDS))
    return History(sizes, failed, end)


ENDS = (VenueOrderStatus.CANCELLED, VenueOrderStatus.EXPIRED, VenueOrderStatus.MATCHED)


@st.composite
def tellings(draw: st.DrawFn) -> tuple[History, list[News]]:
    """Everything that is to be said, in any order, some of it twice; the answer to the POST somewhere in it."""
    history = draw(histories())
    news: list[News] = [*history.trades(), *history.shown()]
    news += draw(st.lists(st.sampled_from(news), max_size=6))
    news = list(draw(st.permutations(news)))
    answers: tuple[News, ...] = (Taken(is_resting=True), InDoubt("no answer"))
    answer = draw(st.sampled_from(answers))
    news.insert(draw(st.integers(0, len(news))), answer)
    return history, news


def tell(live: LiveOrder, news: Sequence[News]) -> list[VenueEvent]:
    told: list[VenueEvent] = []
    for now_ns, each in enumerate(news):
        match each:
            case VenueOrder():
                told += live.shown(each, now_ns)
            case VenueTrade():
                told += live.traded(each, each.parts[0], None, now_ns)
            case _:
                told += live.posted(each, now_ns)
    return told


def posting() -> LiveOrder:
    return LiveOrder(ORDER, stage=Stage.POSTING, venue_order=NAME)


@settings(max_examples=400, deadline=None)
@given(tellings())
def test_each_share_is_told_once_and_the_end_once_after_all_of_them(telling: tuple[History, list[News]]) -> None:
    history, news = telling
    live = posting()
    told = tell(live, news)
    fills = [each.fill for each in told if isinstance(each, Executed)]
    # A match that is heard of after its failure is none.
    never = {each.trade for each in told if isinstance(each, FillReversed)} - {fill.trade for fill in fills}
    sizes = {f"t{number}/0": shares(size) for number, size in enumerate(history.sizes)}
    assert len({fill.trade for fill in fills}) == len(fills)
    assert sum(fill.size for fill in fills) == sum(sizes.values()) - sum(sizes[each.split(":")[0]] for each in never)
    ends = [number for number, each in enumerate(told) if isinstance(each, Ended)]
    is_told_filled = sum(fill.size for fill in fills) >= ORDER.size
    assert len(ends) == (0 if is_told_filled else 1)
    for number in ends:
        end = told[number]
        assert isinstance(end, Ended) and end.filled == sum(fill.size for fill in fills)
        assert not any(isinstance(each, Executed) for each in told[number:])
    assert live.stage is Stage.OVER


@settings(max_examples=300, deadline=None)
@given(tellings())
def test_every_fill_ends_settled_or_reversed_as_it_truly_did(telling: tuple[History, list[News]]) -> None:
    history, news = telling
    told = tell(posting(), news)
    reversed_ = {each.trade.split(":")[0] for each in told if isinstance(each, FillReversed)}
    settled = {each.trade.split(":")[0] for each in told if isinstance(each, FillSettled)}
    fills = [each.fill for each in told if isinstance(each, Executed)]
    settled |= {fill.trade.split(":")[0] for fill in fills if not fill.provisional}
    assert reversed_ == {f"t{number}/0" for number, failed in enumerate(history.failed) if failed}
    assert settled == {f"t{number}/0" for number, failed in enumerate(history.failed) if not failed}


@settings(max_examples=300, deadline=None)
@given(tellings())
def test_it_is_accepted_before_anything_else_is_told_of_it(telling: tuple[History, list[News]]) -> None:
    told = [each for each in tell(posting(), telling[1]) if type(each).__name__ != "Doubtful"]
    assert [type(each) for each in told].count(Accepted) == 1
    assert isinstance(told[0], Accepted)


@settings(max_examples=200, deadline=None)
@given(tellings(), st.sampled_from((Refused("no"), NotSent("cancel only"))))
def test_what_the_venue_has_shown_is_there_whatever_the_answer_says(
    telling: tuple[History, list[News]], answer: Refused | NotSent
) -> None:
    """A refusal that comes late is that of another attempt of the network, not of the order."""
    _, news = telling
    told = tell(posting(), [SHOWN, answer, *news])
    assert not any(isinstance(each, Rejected) for each in told)


@settings(max_examples=300, deadline=None)
@given(tellings(), st.data())
def test_an_end_that_was_guessed_does_not_hide_a_fill(telling: tuple[History, list[News]], data: st.DataObject) -> None:
    history, news = telling
    live = posting()
    cut = data.draw(st.integers(0, len(news)))
    told = tell(live, news[:cut]) + list(live.not_found(cut)) + tell(live, news[cut:])
    assert [type(each) for each in told].count(Ended) <= 1
    booked = {each.fill.trade: each.fill.size for each in told if isinstance(each, Executed)}
    failed = {each.trade for each in told if isinstance(each, FillReversed)}
    kept = sum(size for trade, size in booked.items() if trade not in failed)
    true = sum(shares(size) for size, is_failed in zip(history.sizes, history.failed, strict=True) if not is_failed)
    assert kept == true
