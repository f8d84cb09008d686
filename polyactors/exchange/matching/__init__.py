"""The matching engine: price-time priority on one merged book a market. Pure: no clock, no accounts, no I/O."""
