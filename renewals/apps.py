from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RenewalsConfig(AppConfig):
    name = "renewals"
    verbose_name = _("Renewals")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what the rail counts of renewals and reviews; read changes; keep history; let conditions ask of renewals."""
        from accounts import changes, lists
        from config.ui import counts
        from renewals import board, conditions, history, listed, qbrs

        counts.register("renewals", board.in_work_count)
        counts.register("reviews", qbrs.soon_count)
        changes.reader("renewals")
        conditions.install()
        lists.register(listed.RENEWALS)
        history.declare()
