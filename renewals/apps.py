from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RenewalsConfig(AppConfig):
    name = "renewals"
    verbose_name = _("Renewals")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register counts, change reader, condition fields, lists, workload, palette, bulk acts and history."""
        from accounts import bulk, changes
        from accounts.identity import merging as one
        from accounts.workload import join
        from config.ui import counts
        from renewals import board, conditions, history, merging, qbrs, workload
        from renewals.views import bulk as acts
        from renewals.views import listed, palette

        counts.register("renewals", board.in_work_count)
        counts.register("reviews", qbrs.soon_count)
        changes.reader("renewals")
        conditions.install()
        listed.install()
        join(workload.REVIEWS)
        join(workload.IN_WORK)
        palette.install()
        bulk.register(acts.ACTS)
        one.join(*merging.ROWS, follow=merging.follow)
        history.declare()
