from django.apps import AppConfig


class LimitsConfig(AppConfig):
    """Counts of API requests and sign-in tries."""

    name = "config.limits"
    label = "limits"
    verbose_name = "Limits"
