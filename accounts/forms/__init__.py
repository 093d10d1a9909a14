"""Forms of the record: they check what came in; domain functions write."""
