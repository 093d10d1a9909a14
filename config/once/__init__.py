"""Idempotent forms: each drawn form carries a key, and a second submission gets the answer of the first."""
