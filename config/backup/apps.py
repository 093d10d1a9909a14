from django.apps import AppConfig


class BackupConfig(AppConfig):
    """Backups: made, verified, kept for a while, and restored."""

    name = "config.backup"
    label = "backup"
    verbose_name = "Backups"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from config import gauges
        from config.backup import keeping

        description = "Seconds since the instant to which the newest backup restored for a trial brings back"
        gauges.register("backup_verified_age_seconds", description, keeping.verified_age, warns=keeping.warning)
