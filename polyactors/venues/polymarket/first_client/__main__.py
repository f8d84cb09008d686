"""The process that posts; `opening.open_first_client` starts it."""

import sys

from polyactors.venues.polymarket.first_client.process import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
