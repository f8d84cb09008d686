"""What an invariant's check says when the journal shows that it does not hold."""

from attrs import frozen


@frozen
class Violation:
    """Invariant `number` of design section 6 does not hold at record `seq`; `text` names who, what and how much."""

    number: int
    text: str
    seq: int
