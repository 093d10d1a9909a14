from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Customers and contracts")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let conditions ask what the record knows, and files go into it; say what is to be settled; read changes; keep history; plan work; forget old acts and files."""
        from accounts import bulk, changes, history, leaving, lists, shipped, tokens, uploads, work, workload  # noqa: F401 (marks texts as ours)
        from accounts.conditions import record
        from accounts.forms import bulk as acts
        from accounts.identity import gathering, merging, twins
        from accounts.imports import believing, keeping, packing, requesting, silences
        from accounts.imports import record as files
        from accounts.views import listed, palette
        from accounts.views.imports import silence
        from config.outbox import housekeeping, queueing
        from config.ui import counts

        record.install()
        merging.install()
        files.install()
        queueing.may_take_long(requesting.KIND)
        queueing.may_take_long(packing.KIND)
        lists.register(listed.CUSTOMERS)
        counts.register("settle", leaving.settle_count)
        changes.reader("segments")
        workload.join(work.TOUCHES)
        workload.join(work.EXECUTIVE_REVIEWS)
        palette.install()
        bulk.register(acts.ACTS)
        housekeeping.join(bulk.tidy)
        housekeeping.join(uploads.tidy)
        housekeeping.join(keeping.tidy)
        housekeeping.join(packing.tidy)
        housekeeping.join(gathering.gather)
        housekeeping.join(twins.find)
        housekeeping.join(believing.settle)
        housekeeping.join(silences.settle)
        housekeeping.join(tokens.end_programs)
        housekeeping.join(silence.tell)
        history.declare()
