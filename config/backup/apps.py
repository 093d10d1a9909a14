from django.apps import AppConfig


class BackupConfig(AppConfig):
    """Backups: made, tried, kept for a while, and brought back."""

    name = "config.backup"
    label = "backup"
    verbose_name = "Backups"
    default_auto_field = "django.db.models.BigAutoField"
