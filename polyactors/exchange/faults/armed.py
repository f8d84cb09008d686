"""A fault that is armed: until when, how often still, and what it has done so far."""

from attrs import define, frozen

from polyactors.exchange.faults.kinds import DropConnections, Fault


@frozen
class Arming:
    """`for_ns` and `times` bound it; without either it stays until it is disarmed. Connections that are to break do so
    once unless a bound says otherwise. An empty name is replaced by one made of the kind and a number."""

    fault: Fault
    name: str = ""
    for_ns: int | None = None
    times: int | None = None


@define
class Armed:
    """`occasions` counts whenever it could have struck, `strikes` whenever it did."""

    name: str
    fault: Fault
    armed_ns: int
    until_ns: int | None
    left: int | None
    occasions: int = 0
    strikes: int = 0

    @classmethod
    def of(cls, arming: Arming, name: str, now_ns: int) -> "Armed":
        until_ns = None if arming.for_ns is None else now_ns + arming.for_ns
        left = arming.times
        if left is None and until_ns is None and isinstance(arming.fault, DropConnections):
            left = 1
        return cls(name, arming.fault, now_ns, until_ns, left)

    @property
    def is_spent(self) -> bool:
        return self.left == 0

    def strikes_now(self, one_in: int = 1) -> bool:
        """Whether this occasion is one of those on which it strikes."""
        if self.is_spent:
            return False
        self.occasions += 1
        if self.occasions % one_in:
            return False
        self.strikes += 1
        if self.left is not None:
            self.left -= 1
        return True
