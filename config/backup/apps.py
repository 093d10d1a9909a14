from django.apps import AppConfig


class BackupConfig(AppConfig):
    """Commands only: nothing of a backup is kept in the database that it would have to bring back."""

    name = "config.backup"
    label = "backup"
