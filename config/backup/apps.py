from django.apps import AppConfig


class BackupConfig(AppConfig):
    """Backups: made, tried, kept for a while, and brought back."""

    name = "config.backup"
    label = "backup"
    verbose_name = "Backups"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from config import gauges
        from config.backup import keeping

        words = "Seconds since the instant to which the newest backup restored for a trial brings back"
        gauges.register("backup_verified_age_seconds", words, keeping.verified_age, warns=keeping.warning)
