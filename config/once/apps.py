from django.apps import AppConfig


class OnceConfig(AppConfig):
    """What was sent by which form, for as long as somebody may press again."""

    name = "config.once"
    label = "once"
    verbose_name = "Sent forms"
