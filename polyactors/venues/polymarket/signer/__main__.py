"""The process that holds the key; `opening.open_signer` starts it."""

import sys

from polyactors.venues.polymarket.signer.process import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
