"""Backups that were restored before anybody needs them: a dump, what it says it holds, and the way back."""
