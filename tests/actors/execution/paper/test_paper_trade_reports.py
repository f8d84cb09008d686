"""A print that comes after its book change is not for those who joined between the two."""

import pytest

from actors.execution.paper.queue_position import CancelModel, PowerProbability, RiskAverse
from actors.execution.paper.settings import PaperSettings
from tests.actors.execution.paper.paper_world import BUY, LATENCY, MS, SELL, WINDOW, YES, World, book, order, shares

both = pytest.mark.parametrize("model", [RiskAverse(), PowerProbability()], ids=str)


def world_with(model: CancelModel) -> World:
    return World(PaperSettings(cancel_model=model))


@both
def test_a_trade_whose_book_change_arrived_first_is_not_counted_twice(model: CancelModel) -> None:
    world = world_with(model).sends(order("a", YES, BUY, "0.50", "20"))
    world.after(MS).show(book({"0.50": "40"}, {"0.52": "100"}))
    world.after(20 * MS).prints(SELL, "0.50", "60")
    assert not world.filled("a")
    world.after(WINDOW).prints(SELL, "0.50", "40")
    assert not world.filled("a")
    world.after(MS).prints(SELL, "0.50", "5")
    assert world.filled("a") == shares("5")


@both
def test_an_order_that_joined_between_the_change_and_its_print_has_no_part_in_it(model: CancelModel) -> None:
    world = world_with(model)
    world.note(world.venue.submit(order("late", YES, BUY, "0.50", "20"), world.now)).after(LATENCY - MS)
    world.show(book({"0.50": "10"}, {"0.52": "100"})).after(MS)
    assert world.venue.open_orders() == ("late",)
    world.after(10 * MS).prints(SELL, "0.50", "90")
    assert not world.filled("late")
    assert world.venue.queue_ahead(order("late", YES, BUY, "0.50", "20").order, world.now) == shares("10")


@both
def test_nor_if_the_trade_went_through_its_price(model: CancelModel) -> None:
    world = world_with(model).show(book({"0.50": "10", "0.49": "100"}, {"0.52": "100"}))
    world.note(world.venue.submit(order("late", YES, BUY, "0.50", "20"), world.now)).after(LATENCY - MS)
    world.show(book({"0.49": "40"}, {"0.52": "100"})).after(MS)
    world.after(10 * MS).prints(SELL, "0.49", "60")
    assert not world.filled("late")


def test_but_what_is_beyond_the_change_is_a_trade_after_it_joined() -> None:
    world = world_with(RiskAverse())
    world.note(world.venue.submit(order("late", YES, BUY, "0.50", "20"), world.now)).after(LATENCY - MS)
    world.show(book({"0.50": "10"}, {"0.52": "100"})).after(MS)
    world.after(10 * MS).prints(SELL, "0.50", "105")
    assert world.filled("late") == shares("5")


def test_each_decrease_explains_one_print() -> None:
    world = world_with(RiskAverse())
    world.note(world.venue.submit(order("late", YES, BUY, "0.50", "20"), world.now)).after(LATENCY - MS)
    world.show(book({"0.50": "10"}, {"0.52": "100"})).after(MS)
    world.prints(SELL, "0.50", "90").prints(SELL, "0.50", "15")
    assert world.filled("late") == shares("5")


def test_a_decrease_older_than_the_window_explains_nothing() -> None:
    world = world_with(RiskAverse())
    world.show(book({"0.50": "10"}, {"0.52": "100"})).sends(order("a", YES, BUY, "0.50", "20"))
    world.after(WINDOW - LATENCY).prints(SELL, "0.50", "15")
    assert world.filled("a") == shares("5")
