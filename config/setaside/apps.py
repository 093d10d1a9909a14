from django.apps import AppConfig


class SetAsideConfig(AppConfig):
    """Objects that sweeps skip because they made them fail, and the step runs of each night."""

    name = "config.setaside"
    label = "setaside"
    verbose_name = "Set aside"
