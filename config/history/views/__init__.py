"""Pages: the history of one object, everything for admins, and what left the house."""
