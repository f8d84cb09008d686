"""Why a frame was not taken."""

from messages.market_data import BadInput

LONGEST_DETAIL = 200


class Refused(ValueError):
    """A frame, or an element of an array frame, that cannot be taken: a stable `kind` to count, a `detail` to read."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(kind, detail)
        self.kind = kind
        self.detail = detail

    def as_bad_input(self, source: str) -> BadInput:
        return BadInput(self.kind, source, self.detail[:LONGEST_DETAIL])
