"""Binance's spot market (polymarket.md 11.1)."""
