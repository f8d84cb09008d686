"""What Polymarket wants signed: orders, key requests, wallet batches; and the addresses that follow from a key."""
