"""The chain as far as trading needs it: transactions and the relayer's batches move cash and shares of the exchange."""
