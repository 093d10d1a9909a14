from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlaybooksConfig(AppConfig):
    name = "playbooks"
    verbose_name = _("Playbooks")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register counts, change reader, ownership, list, workload, palette, bulk acts and history."""
        from accounts import bulk, changes, ownership
        from accounts.identity import merging as one
        from accounts.workload import join
        from config.ui import counts
        from playbooks import history, merging, owning, shipped, shortlist, worked, workload  # noqa: F401 (marks texts as ours)
        from playbooks.forms import bulk as acts
        from playbooks.views import listed, palette

        counts.register("day", shortlist.due_count)
        counts.register("tasks", shortlist.task_count)
        changes.reader("plays")
        ownership.join(owning.PART)
        listed.install()
        join(workload.TASKS)
        palette.install()
        bulk.register(acts.ACTS)
        one.join(*merging.ROWS)
        worked.install()
        history.declare()
