"""Pages: the history of one object, the whole history for admins, and the log of exports."""
