"""Fair value: periods and their strikes, features of the reference prices, the pricer, and what is published of it."""
