"""Rate limits: one row per limit, counted by the database in one statement."""
