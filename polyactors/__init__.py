"""PolyActors: a multi-strategy trading service for Polymarket, one supervised tree of actors.

Read `app` first: it lays out the whole tree.
"""

__version__ = "0.1.0"
