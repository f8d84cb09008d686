"""Kraken's websocket, version 2 (polymarket.md 11.3)."""
