"""Looking into a running tree without stopping it: pictures, rates, traces, and who waits for whom."""
