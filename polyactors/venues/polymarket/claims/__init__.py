"""Redeeming, splitting and merging through the venue's official client, in a process of its own (docs/claims.md).

`opening.open_claims` gives a `ClaimAccount`, and starts the process when it is first needed; `python -m` of this
package is the process.
"""
