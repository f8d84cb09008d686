"""The average-cost method, in whole units: what shares that are held have cost after some came or went."""


def cost_after(held: int, cost: int, came: int, paid: int) -> int:
    """The cost of the shares held once `came` more have come for `paid`; both are negative where shares went for money.

    What goes takes its part of the cost along; the rest is rounded down, so that profit is realised a unit too late
    rather than too early, and nothing held costs nothing. Shares that are owed have what they brought as a negative
    cost, and what covers them pays it back. Micro-shares and micro-pUSD.
    """
    if held * came >= 0:
        return cost + paid
    if abs(came) <= abs(held):
        return cost * (abs(held) - abs(came)) // abs(held)
    beyond = abs(came) - abs(held)
    return paid * beyond // abs(came)
