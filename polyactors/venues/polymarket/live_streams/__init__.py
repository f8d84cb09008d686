"""The venue's websockets, kept alive: market data, our own orders and trades, and reference prices."""
