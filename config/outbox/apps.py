from django.apps import AppConfig


class OutboxConfig(AppConfig):
    """Work that outlives a crash: outbox rows, batches, ticks, heartbeats."""

    name = "config.outbox"
    label = "outbox"
    verbose_name = "Outbox"
