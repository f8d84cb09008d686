"""What was heard of a trade: its first final word stands."""

from attrs import evolve

from actors.portfolio.trades import Trades
from messages.identity import TradeId
from tests.actors.samples import fill_of, order_of, place

FILL = evolve(fill_of(order_of(place())), provisional=True)
TRADE = FILL.trade


def test_a_trade_is_open_settled_or_failed_and_never_two_of_them() -> None:
    opened, settled, failed = Trades(), Trades(), Trades()
    for trades in (opened, settled, failed):
        trades.book(FILL)
    assert settled.settle(TRADE) == failed.fail(TRADE) == FILL
    assert [trades.is_settled(TRADE) for trades in (opened, settled, failed)] == [False, True, False]
    assert [trades.has_failed(TRADE) for trades in (opened, settled, failed)] == [False, False, True]
    assert [trades.unsettled() for trades in (opened, settled, failed)] == [(FILL,), (), ()]
    assert [trades.booked(TRADE) for trades in (opened, settled, failed)] == [FILL] * 3


def test_the_last_word_may_come_before_the_fill() -> None:
    settled, failed = Trades(), Trades()
    assert settled.settle(TRADE) is None is failed.fail(TRADE)
    assert settled.is_settled(TRADE)
    assert failed.has_failed(TRADE)
    assert not settled.is_settled(TradeId("another"))
