"""Findings in the formats of others: pure functions from what the store gives. `docs/http.md` has the columns."""
