"""Who owns what: cash, shares, what is promised to open orders, and what waits for settlement. Pure."""
