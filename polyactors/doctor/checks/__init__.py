"""The checks, one idea a file. None of them orders anything, or changes anything that rests."""
