"""The step that gives somebody a task, due so many working days after entering, or before the renewal's notice or end.

Where the renewal has no day by which notice may be given, days before it count from the end. Of a renewal every
task is due before the nearer of both, or on the day of entering where that is too late.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django import forms
from django.db import models
from django.db.models import F, Func, Q, TextField
from django.db.models.fields.json import KT
from django.db.models.functions import Length
from django.db.models.lookups import Exact, LessThanOrEqual
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import calendar
from config.fields import WholeField
from playbooks.steps.kind import StepKind, Values, Words
from renewals.models import PrepPart

LONGEST_TITLE: Final = 200
LONGEST_NOTE: Final = 4000
LATEST_DUE: Final = 260
# As PostgreSQL reads a whole number from JSON: 2.0 is none.
WHOLE: Final = r"^\d+$"
# Longer than a renewal is open before its end, notice days included.
LONGEST_DAYS: Final = dt.timedelta(days=800)


class Assignee(models.TextChoices):
    OWNER = "owner", gettext_lazy("Customer's owner")
    MANAGER = "manager", gettext_lazy("Owner's manager")


class Anchor(models.TextChoices):
    """From which day the working days count."""

    ENTERING = "entering", gettext_lazy("after entering")
    NOTICE = "notice", gettext_lazy("before notice is due")
    END = "end", gettext_lazy("before the term ends")


# ``open_days`` are the working days, in order, so that days are counted by their place in it: ``width_bucket`` says how many of
# them come up to a day. Of open renewals that share a prep every task is due before the first notice or end to come.
# No task where the part of renewal prep that it would stand for is done already.
ENTER: Final = """
    INSERT INTO playbooks_task (customer_id, enrolment_id, run_id, renewal_id, title, note, prep_part,
                                assignee_id, assigned_as, due_on, snooze_reason, outcome, outcome_note)
    SELECT e.customer_id, e.id, turn.run_id, e.renewal_id, v.title, coalesce(v.note, ''), coalesce(v.prep_part, ''),
           CASE v.assignee WHEN 'manager' THEN coalesce(o.manager_id, o.id) ELSE o.id END,
           v.assignee, greatest(e.enrolled_on, least(
               CASE WHEN v.anchor = 'entering' OR r.due_on IS NULL THEN r.open[CASE
                        WHEN v.due_business_days > 0 OR r.open[r.entered] = e.enrolled_on THEN r.entered + v.due_business_days
                        ELSE r.entered + 1 END]
                    ELSE coalesce(r.open[width_bucket(
                        CASE WHEN v.anchor = 'notice' THEN coalesce(r.notice_on, r.due_on) ELSE r.due_on END - 1, r.open
                    ) - greatest(v.due_business_days, 1) + 1], e.enrolled_on) END,
               CASE WHEN r.due_on IS NOT NULL THEN coalesce(
                   r.open[width_bucket(least(r.notice_on, r.due_on) - 1, r.open)], e.enrolled_on) END
           )), '', '', ''
    FROM turn
    JOIN playbooks_enrolment e ON e.id = turn.enrolment_id
    JOIN playbooks_playbookstep s ON s.id = turn.step_id
    CROSS JOIN LATERAL jsonb_to_record(s.values)
        AS v(title text, note text, assignee text, due_business_days int, anchor text, prep_part text)
    JOIN accounts_customer c ON c.id = e.customer_id
    LEFT JOIN accounts_user o ON o.id = c.owner_id
    CROSS JOIN LATERAL (
        SELECT min(g.due_on) AS due_on, min(g.notice_on) FILTER (WHERE g.notice_on > e.enrolled_on) AS notice_on,
            %(open_days)s::date[] AS open, width_bucket(e.enrolled_on, %(open_days)s::date[]) AS entered
        FROM renewals_renewal g
        WHERE (g.id = e.renewal_id OR g.prep_with_id = e.renewal_id) AND g.stage <> 'closed'
    ) r
    WHERE NOT EXISTS (
        SELECT 1 FROM renewals_preppart p
        WHERE p.renewal_id = e.renewal_id AND p.part = v.prep_part AND p.done_on IS NOT NULL)
    ORDER BY turn.run_id
    RETURNING run_id
"""
LEAVE: Final = """
    UPDATE playbooks_task t
    SET outcome = 'not_needed', done_at = now(), snoozed_until = NULL, snooze_reason = ''
    FROM gone WHERE t.enrolment_id = gone.id AND t.done_at IS NULL
"""
# Tasks that a person closed stay closed.
RESUME: Final = """
    UPDATE playbooks_task t SET outcome = '', done_at = NULL
    FROM back WHERE t.enrolment_id = back.id AND t.outcome = 'not_needed' AND t.done_by_id IS NULL
"""
FIELDS: Final[dict[str, forms.Field]] = {
    "title": forms.CharField(label=gettext_lazy("Task"), max_length=LONGEST_TITLE),
    "note": forms.CharField(
        label=gettext_lazy("How"), required=False, max_length=LONGEST_NOTE, widget=forms.Textarea(attrs={"rows": 2})
    ),
    "due_business_days": WholeField(
        label=gettext_lazy("Due (working days)"), min_value=0, max_value=LATEST_DUE, initial=2
    ),
    "anchor": forms.ChoiceField(
        label=gettext_lazy("counted"), required=False, choices=Anchor.choices, initial=Anchor.ENTERING.value
    ),
    "assignee": forms.ChoiceField(
        label=gettext_lazy("Assignee"), choices=Assignee.choices, initial=Assignee.OWNER.value
    ),
    "prep_part": forms.ChoiceField(
        label=gettext_lazy("Part of renewal prep"),
        required=False,
        choices=[("", gettext_lazy("–")), *PrepPart.Part.choices],
    ),
}


def _text(name: str, longest: int) -> Q:
    """The value is a text, and no longer than its field takes."""
    kind = Func(F(f"values__{name}"), function="jsonb_typeof", output_field=TextField())
    return Q(Exact(kind, "string")) & Q(LessThanOrEqual(Length(KT(f"values__{name}")), longest))


HOLDS: Final = (
    Q(values__has_keys=["title", "assignee", "due_business_days", "anchor"])
    & Q(values__title__gt="")
    & _text("title", LONGEST_TITLE)
    & (Q(values__has_key="note") & _text("note", LONGEST_NOTE) | ~Q(values__has_key="note"))
    & Q(values__assignee__in=Assignee.values)
    & Q(values__anchor__in=Anchor.values)
    & Q(values__due_business_days__gte=0, values__due_business_days__lte=LATEST_DUE)
    & Q(values__due_business_days__regex=WHOLE)
    & (Q(values__has_key="prep_part") & Q(values__prep_part__in=PrepPart.Part.values) | ~Q(values__has_key="prep_part"))
)


def _binds(first: dt.date, day: dt.date) -> dict[str, Any]:
    return {"open_days": calendar.open_days(first, day + LONGEST_DAYS, calendar.working_days())}


def _fits(values: Values, trigger_kind: str) -> str:
    if values["anchor"] == Anchor.ENTERING or trigger_kind == "renewal_due":
        return ""
    return _("It counts from a renewal: only a play that starts as renewal prep opens has one to come.")


def _words(values: Values) -> Words:
    days = values["due_business_days"]
    due = ngettext("due %(n)s working day %(anchor)s", "due %(n)s working days %(anchor)s", days)
    due = due % {"n": days, "anchor": Anchor(values["anchor"]).label}
    detail = TASK.shown("note", values)
    if part := values.get("prep_part"):
        completes = _("completes: %(part)s") % {"part": PrepPart.Part(part).label}
        detail = f"{detail} · {completes}" if detail else completes
    return Words(TASK.shown("title", values), f"{Assignee(values['assignee']).label} · {due}", detail)


TASK: Final = StepKind(
    key="task",
    name=gettext_lazy("Task"),
    fields=FIELDS,
    named="title",
    enter=ENTER,
    finished="EXISTS (SELECT FROM playbooks_task t WHERE t.run_id = r.id AND t.done_at IS NOT NULL)",
    words=_words,
    leave=LEAVE,
    resume=RESUME,
    binds=_binds,
    fits=_fits,
    holds=HOLDS,
    shipped=frozenset({"title", "note"}),
)
