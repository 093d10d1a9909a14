"""Who is who: keys of other systems, the ways a customer is found, twins, merges and their undo."""
