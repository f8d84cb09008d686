"""Our account at the venue, as execution needs it: a `LiveAccount` over REST, the user stream and the signer."""
