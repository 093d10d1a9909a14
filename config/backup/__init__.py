"""Backups, each verified by a trial restore: a dump, its description, and the restore."""
