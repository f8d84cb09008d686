"""Where bots get the prices from that up/down markets are about, each spoken as its real venue speaks."""
