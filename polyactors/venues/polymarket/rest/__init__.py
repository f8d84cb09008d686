"""The venue's HTTP services: CLOB, Gamma and Data API. Every call has a deadline and answers with a value."""
