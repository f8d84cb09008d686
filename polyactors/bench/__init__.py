"""How fast the parts are on this machine: measured several times, with the spread, beside something to compare with."""
