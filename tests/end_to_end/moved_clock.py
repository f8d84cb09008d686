"""The program at another time of day, so many seconds away: python moved_clock.py SECONDS ARGUMENTS"""

import sys
import time

SECOND_NS = 10**9


def move(by_ns: int) -> None:
    """This process's clock from now on, for whoever is imported later. Clocks that only run stay as they are, and
    so do processes that this one starts."""
    real_ns = time.time_ns
    time.time_ns = lambda: real_ns() + by_ns
    time.time = lambda: (real_ns() + by_ns) / SECOND_NS


if __name__ == "__main__":
    move(round(float(sys.argv[1]) * SECOND_NS))
    del sys.argv[1]
    from polyactors.cli.main import main

    main()
