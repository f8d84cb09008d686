"""What the quick constructor makes is what the class itself makes."""

import pytest
from attrs import field, frozen
from attrs.exceptions import FrozenInstanceError

from messages.construction import quick_constructor


@frozen
class Point:
    x: int
    y: int


@frozen
class WithADefault:
    x: int = 0


@frozen
class WithAConverter:
    x: int = field(converter=int)


def test_it_makes_real_frozen_instances() -> None:
    point = quick_constructor(Point)(1, y=2)
    assert type(point) is Point
    assert point == Point(1, 2)
    assert hash(point) == hash(Point(1, 2))
    assert repr(point) == repr(Point(1, 2))
    with pytest.raises(FrozenInstanceError):
        point.x = 3  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del point.x


def test_the_wrong_fields_are_refused_as_ever() -> None:
    with pytest.raises(TypeError):
        quick_constructor(Point)(1)  # type: ignore[call-arg]


@pytest.mark.parametrize("unfit", [WithADefault, WithAConverter])
def test_a_class_whose_fields_do_more_is_refused(unfit: type[WithADefault]) -> None:
    with pytest.raises(TypeError, match="is no plain field"):
        quick_constructor(unfit)
