from django.apps import AppConfig


class GroundConfig(AppConfig):
    """The code below the apps; it has no tables of its own."""

    name = "config"
    label = "ground"
    verbose_name = "Ground"

    def ready(self) -> None:
        from config import arrays, checks  # noqa: F401 (checks register themselves)

        arrays.install()
