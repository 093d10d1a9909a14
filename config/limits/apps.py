from django.apps import AppConfig


class LimitsConfig(AppConfig):
    """How often the API was asked and sign-ins were tried."""

    name = "config.limits"
    label = "limits"
    verbose_name = "Limits"
