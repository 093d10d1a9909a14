"""How often something may be tried: one row a limit, counted by the database in one statement."""
