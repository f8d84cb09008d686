"""What the processes of their own share that talk with the trading process by lines: the signer, the claims and the
first client.

In such a process `process` hardens it and `answering` answers; in the trading process `starting` starts it and
`answers` takes what it says. Each process has its own words, and its own rules of who waits for what.
"""
