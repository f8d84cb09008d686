"""The paper venue: what the exchange would have answered to our orders, worked out on live or recorded market data."""
