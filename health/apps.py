from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HealthConfig(AppConfig):
    name = "health"
    verbose_name = _("Health")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let files and feeds in; say what the rail counts of cases; read changes; keep history; let conditions ask of health; follow changes of owner; plan work; forget days of people."""
        from accounts import bulk, changes, ownership
        from accounts.identity import merging as one
        from accounts.imports import targets
        from accounts.workload import join
        from config.outbox import housekeeping
        from config.ui import counts
        from health import feeds, history, merging
        from health.cases import lists, owning, workload
        from health.forms import bulk as acts
        from health.signals import answers, events, forgetting
        from health.signals import imports as files
        from health.states import conditions
        from health.views import palette
        from health.views.cases import listed
        from health.words import states as state_words

        targets.register(files.FEATURES, files.USAGE, answers.TICKETS, answers.SURVEYS)
        feeds.install()
        forgetting.install()
        from health.cases import shipped, sweep  # noqa: F401 (marks texts as ours, names measures of feeds)
        from health.publishing import shipped as scorecards  # noqa: F401

        counts.register("cases", lists.open_count)
        changes.reader("scores")
        changes.reader("cases")
        changes.reader("motions")
        conditions.install(state_words)
        ownership.join(owning.PART)
        one.join(*merging.ROWS, follow=merging.follow, carry=merging.carry)
        listed.install()
        join(workload.CASES)
        housekeeping.join(forgetting.sweep)
        housekeeping.join(events.sweep)
        palette.install()
        bulk.register(acts.ACTS)
        history.declare()
