"""How the market and the user channel are kept awake."""

from polyactors.venues.streams.heartbeat import Beat

CLOB_BEAT = Beat(ping="PING", pong="PONG", every_s=10.0, silent_s=30.0)
"""polymarket.md 5.1."""
