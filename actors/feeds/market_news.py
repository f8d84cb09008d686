"""Whom it concerns that a market joined or left."""

from typing import Any

from actors.paths import EXECUTOR, GATEWAY, GOVERNOR, LEDGER, RECONCILER
from messages.sessions import MarketJoined, MarketLeft
from supervision.actor import Actor
from supervision.registry import UnknownActor


def tell_all(actor: Actor[Any], news: MarketJoined | MarketLeft) -> None:
    """To be told once the journal has confirmed it: who begins anew reads it there. The auditor hears of it from the
    journal. May be told again: what is known changes nothing."""
    actor.tell(actor.address(LEDGER), news)
    actor.tell(actor.address(GOVERNOR), news)
    actor.tell(actor.address(EXECUTOR), news)
    actor.tell(actor.address(GATEWAY), news)
    try:
        reconciler = actor.address(RECONCILER)
    except UnknownActor:
        # On paper there is no account to compare with.
        return
    actor.tell(reconciler, news)
