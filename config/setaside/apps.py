from django.apps import AppConfig


class SetAsideConfig(AppConfig):
    """What the sweeps pass over because it made them fail, and how the steps of each night went."""

    name = "config.setaside"
    label = "setaside"
    verbose_name = "Set aside"
