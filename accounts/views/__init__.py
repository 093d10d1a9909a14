"""Pages of the record: thin, one domain call each."""
