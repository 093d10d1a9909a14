"""What was changed in the record and its configuration: who, when, before, after; and what left the house.

Written by triggers, so that bulk statements, raw SQL and psql are caught; read by ``reading``.
"""
