"""The exchange on a loopback port."""
