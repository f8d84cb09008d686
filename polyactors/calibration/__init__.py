"""Fair value and the market's middle held against what came true."""
