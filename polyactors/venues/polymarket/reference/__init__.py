"""Polymarket's own streams of prices, as a source of reference prices."""
