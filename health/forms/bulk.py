"""Acts on many cases at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.bulk import Act, Before, Done, Values, Who, done, plain
from accounts.forms.work import DueForm, HandOnForm, SnoozeForm
from accounts.models import User
from config.ui.context import today
from config.ui.figures import day as day_words
from health.cases import acts, due, owning, planning
from health.forms.cases import CloseForm, PlanForm
from health.models import Case, CaseType, Resolution
from playbooks import following

EVENTS: Final = ("cases:changed",)


def _mark(case: Case) -> Before:
    return {"mark": acts.mark(case)}


def _marks(before: Mapping[int, Before]) -> dict[int, str]:
    return {pk: row["mark"] for pk, row in before.items()}


def _snooze(ids: list[int], values: Values, who: Who) -> Done:
    until = dt.date.fromisoformat(values["until"])
    return done(acts.snooze_all(ids, until, values["reason"], user=who.user, day=who.day), _mark)


def _wake(before: Mapping[int, Before], _values: Values, who: Who) -> dict[int, ValidationError]:
    return acts.wake_all(before, user=who.user, day=who.day, back=_marks(before)).refused


def _hand_on(ids: list[int], values: Values, who: Who) -> Done:
    to = User.objects.get(pk=values["to"])
    stood = stand(ids, "owner_id")
    return done(
        acts.hand_on_all(ids, to, user=who.user, day=who.day),
        lambda case: {"owner": stood[case.pk]["owner_id"], "by": who.user.pk},
    )


def _hand_back(before: Mapping[int, Before], values: Values, _who: Who) -> dict[int, ValidationError]:
    to = User.objects.get(pk=values["to"])
    by = User.objects.get(pk=next(iter(before.values()))["by"])
    return owning.hand_back({pk: row["owner"] for pk, row in before.items()}, to, by).refused


def _close(ids: list[int], values: Values, who: Who) -> Done:
    outcome = following.close_cases(
        ids, values["resolution"], user=who.user, day=who.day, now=who.now, note=values["note"]
    )
    return done(outcome, _mark)


def _reopen(before: Mapping[int, Before], _values: Values, who: Who) -> dict[int, ValidationError]:
    return following.reopen_cases(before, user=who.user, day=who.day, back=_marks(before)).refused


def _due_day(values: Values) -> dt.date:
    return dt.date.fromisoformat(values["due_on"])


def _move(ids: list[int], values: Values, who: Who) -> Done:
    stood = stand(ids, "due_on")
    moved = due.move(ids, _due_day(values), day=who.day)
    return done(moved, lambda case: {"due_on": stood[case.pk]["due_on"].isoformat()})


def _move_back(before: Mapping[int, Before], values: Values, _who: Who) -> dict[int, ValidationError]:
    days = {pk: dt.date.fromisoformat(row["due_on"]) for pk, row in before.items()}
    return due.move_back(days, _due_day(values)).refused


def _plan(ids: list[int], values: Values, who: Who) -> Done:
    stood = {pk: plain(row) for pk, row in stand(ids, *acts.PLANNING).items()}
    planned = acts.plan_all(ids, type=values["type"], plan=values["plan"], user=who.user, day=who.day)
    return done(planned, lambda case: {"stood": stood[case.pk], "mark": acts.mark(case)})


def _plan_back(before: Mapping[int, Before], _values: Values, who: Who) -> dict[int, ValidationError]:
    stood = {pk: row["stood"] for pk, row in before.items()}
    return planning.take_back(stood, _marks(before), user=who.user, day=who.day).refused


def stand(ids: list[int], *columns: str) -> dict[int, Before]:
    """What the cases, locked from now on, say in ``columns``."""
    rows = Case.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk").values("pk", *columns)
    return {row.pop("pk"): row for row in rows}


def _name(values: Values) -> str:
    return str(User.objects.filter(pk=values["to"]).values_list("name", flat=True).first() or "?")


HAND_ON: Final = Act(
    "hand_on", "cases", _("Hand on"), "user",
    lambda data=None, *, user, day: HandOnForm(data, customer=None, user=user),  # noqa: ARG005 (as every such form)
    said=lambda values: gettext("Handed on to %(name)s") % {"name": _name(values)},
    run=_hand_on, back=_hand_back, changed=EVENTS, letter="r",
)  # fmt: skip
DUE: Final = Act(
    "due", "cases", _("Due day"), "calendar", DueForm,
    said=lambda values: gettext("Due on %(day)s") % {"day": day_words(_due_day(values), today())},
    run=_move, back=_move_back, changed=EVENTS,
)  # fmt: skip
PLAN: Final = Act(
    "plan", "cases", _("Plan"), "doc", lambda data=None, *, user, day: PlanForm(data),  # noqa: ARG005 (as every such form)
    said=lambda values: gettext("Planned: %(type)s") % {"type": CaseType(values["type"]).label},
    run=_plan, back=_plan_back, changed=EVENTS,
)  # fmt: skip
CLOSE: Final = Act(
    "close", "cases", _("Close"), "done", lambda data=None, *, user, day: CloseForm(data),  # noqa: ARG005 (as every such form)
    said=lambda values: gettext("Closed: %(resolution)s") % {"resolution": Resolution(values["resolution"]).label},
    run=_close, back=_reopen, changed=(*EVENTS, "playbooks:changed"), letter="e",
)  # fmt: skip
ACTS: Final = (
    Act(
        "snooze", "cases", _("Snooze"), "clock", lambda data=None, *, user, day: SnoozeForm(data, day=day),  # noqa: ARG005 (as every such form)
        said=lambda values: gettext("Snoozed until %(day)s") % {"day": day_words(dt.date.fromisoformat(values["until"]), today())},
        run=_snooze, back=_wake, changed=EVENTS, letter="s",
    ),
    HAND_ON,
    PLAN,
    DUE,
    CLOSE,
)  # fmt: skip
