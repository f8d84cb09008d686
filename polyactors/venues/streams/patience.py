"""How much longer a silent socket is waited for. Time in which we did not listen is not the venue's silence."""


class Patience:
    """`limit_s` of waiting without a sign of life. A consumer that lets frames wait for minutes loses none of it."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._waited_s = 0.0

    @property
    def left_s(self) -> float:
        return max(0.0, self._limit_s - self._waited_s)

    def waited(self, seconds: float) -> None:
        """So long nothing came, whatever ended the waiting."""
        self._waited_s += max(0.0, seconds)

    def sign_of_life(self) -> None:
        self._waited_s = 0.0
