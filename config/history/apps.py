from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate, pre_migrate


class HistoryConfig(AppConfig):
    """The change history and the log of exports."""

    name = "config.history"
    label = "history"
    verbose_name = "History"

    def ready(self) -> None:
        """Install a ``Teller`` on each connection; update the triggers to their declarations after migrations."""
        from config.history import actors, triggers, way

        connection_created.connect(actors.watch, dispatch_uid="history")
        pre_migrate.connect(way.make_way, sender=self, dispatch_uid="history")
        post_migrate.connect(triggers.follow, sender=self, dispatch_uid="history")
