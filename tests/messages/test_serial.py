"""Reading is strict: nothing is guessed, converted or left out."""

import json

import pytest
from attrs import frozen

from messages.identity import Lease, MarketId, StrategyName, Tier
from messages.ownership import LeaseChanged
from messages.risk import ModeChanged, RiskMode
from messages.serial import BadDocument, Codec, from_json, from_plain, to_json

LEASE = Lease(MarketId("m"), StrategyName("maker"), Tier.MARKET_MAKING, 7)
TEXT = '{"market":"m","strategy":"maker","tier":2,"fencing":7}'


@frozen
class Measured:
    ratio: float
    certain: bool


def test_equal_documents_are_equal_texts_in_the_order_of_the_class() -> None:
    assert to_json(LEASE) == TEXT
    assert from_json(TEXT, Lease) == LEASE
    assert from_json('{"fencing":7,"tier":2,"strategy":"maker","market":"m"}', Lease) == LEASE


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("fencing", "7"),
        ("fencing", 7.0),
        ("fencing", True),
        ("fencing", None),
        ("market", 7),
        ("market", ["m"]),
        ("tier", 9),
        ("tier", "2"),
        ("tier", "MARKET_MAKING"),
    ],
)
def test_a_value_of_another_type_is_refused_and_the_place_is_named(field: str, value: object) -> None:
    with pytest.raises(BadDocument, match=field):
        from_plain({**json.loads(TEXT), field: value}, Lease)


def test_a_whole_number_that_stands_for_a_member_is_read_as_that_member() -> None:
    assert from_json(TEXT, Lease).tier is Tier.MARKET_MAKING


def test_a_field_too_few_or_too_many_is_refused() -> None:
    with pytest.raises(BadDocument, match="fencing"):
        from_json('{"market":"m","strategy":"maker","tier":2}', Lease)
    with pytest.raises(BadDocument, match="colour"):
        from_json(TEXT[:-1] + ',"colour":"red"}', Lease)


def test_every_mistake_is_named() -> None:
    with pytest.raises(BadDocument) as caught:
        from_json('{"market":1,"strategy":2,"tier":2,"fencing":7}', Lease)
    assert len(caught.value.mistakes) == 2


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "null", '"Lease"', "[" * 100_000])
def test_what_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(BadDocument):
        from_json(text, Lease)


def test_a_whole_number_is_a_number_but_true_is_none() -> None:
    assert from_json('{"ratio":1,"certain":true}', Measured) == Measured(1.0, True)
    with pytest.raises(BadDocument):
        from_json('{"ratio":true,"certain":true}', Measured)
    with pytest.raises(BadDocument):
        from_json('{"ratio":1,"certain":1}', Measured)


class TestACodec:
    codec = Codec([LeaseChanged, ModeChanged])

    def test_writes_the_kind_first(self) -> None:
        halted = ModeChanged(None, RiskMode.HALT, ("loss", "feed"), 5)
        text = self.codec.encode(halted)
        assert text == '{"kind":"ModeChanged","market":null,"mode":3,"causes":["loss","feed"],"at_ns":5}'
        assert self.codec.decode(text) == halted

    @pytest.mark.parametrize("lease", [LEASE, None])
    def test_keeps_what_may_be_none(self, lease: Lease | None) -> None:
        message = LeaseChanged(MarketId("m"), lease, "why", 1)
        assert self.codec.decode(self.codec.encode(message)) == message

    def test_refuses_a_class_that_it_was_not_made_for(self) -> None:
        with pytest.raises(KeyError):
            self.codec.encode(LEASE)

    def test_refuses_another_class_of_the_same_name(self) -> None:
        @frozen
        class ModeChanged:
            mode: int

        with pytest.raises(KeyError):
            self.codec.encode(ModeChanged(3))

    @pytest.mark.parametrize("text", ["{}", "[]", "null", '{"kind":7}', '{"kind":["a"]}', '{"kind":"Fill"}', "no"])
    def test_refuses_what_it_does_not_know(self, text: str) -> None:
        with pytest.raises(BadDocument):
            self.codec.decode(text)
