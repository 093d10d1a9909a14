from django.apps import AppConfig


class OutboxConfig(AppConfig):
    """Durable work: outbox rows, batches, ticks, heartbeats."""

    name = "config.outbox"
    label = "outbox"
    verbose_name = "Outbox"
