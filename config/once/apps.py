from django.apps import AppConfig


class OnceConfig(AppConfig):
    """Sent forms, kept for as long as somebody may press again."""

    name = "config.once"
    label = "once"
    verbose_name = "Sent forms"
