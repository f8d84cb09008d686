"""The embedded exchange: Polymarket's rules and wire on the local machine, with simulated traders and every fault."""
