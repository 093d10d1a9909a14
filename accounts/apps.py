from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Customers and contracts")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let conditions ask what the record knows; read changes."""
        from accounts import changes
        from accounts.conditions import record

        record.install()
        changes.reader("segments")
