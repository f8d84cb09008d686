"""The process that claims; `opening.open_claims` starts it."""

import sys

from polyactors.venues.polymarket.claims.process import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
