"""Signing behind one port, in a process of its own that alone holds the key (docs/signing.md).

`opening.open_signer` starts the process and gives a `port.SignerPort`; `python -m` of this package is the process.
"""
