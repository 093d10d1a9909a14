"""What people do with many cases at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.bulk import Act, Before, Done, Values, Who, done
from accounts.models import User
from config.ui.context import today
from config.ui.figures import day as day_words
from health.cases import acts, owning
from health.forms.cases import CloseForm, HandOnForm, SnoozeForm
from health.models import Case, Resolution
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
    rows = Case.objects.select_for_update().filter(pk__in=ids).order_by("pk")
    owners = dict(rows.values_list("pk", "owner"))
    return done(
        acts.hand_on_all(ids, to, user=who.user, day=who.day),
        lambda case: {"owner": owners[case.pk], "by": who.user.pk},
    )


def _hand_back(before: Mapping[int, Before], values: Values, _who: Who) -> dict[int, ValidationError]:
    to = User.objects.get(pk=values["to"])
    by = User.objects.get(pk=next(iter(before.values()))["by"])
    return owning.hand_back({pk: row["owner"] for pk, row in before.items()}, to, by).refused


def _close(ids: list[int], values: Values, who: Who) -> Done:
    closed = following.close_cases(
        ids, values["resolution"], user=who.user, day=who.day, now=who.now, note=values["note"]
    )
    return done(closed, _mark)


def _reopen(before: Mapping[int, Before], _values: Values, who: Who) -> dict[int, ValidationError]:
    return following.reopen_cases(before, user=who.user, day=who.day, back=_marks(before)).refused


def _name(values: Values) -> str:
    return str(User.objects.filter(pk=values["to"]).values_list("name", flat=True).first() or "?")


ACTS: Final = (
    Act(
        "snooze", "cases", _("Snooze"), "clock", lambda data=None, *, user, day: SnoozeForm(data, day=day),  # noqa: ARG005 (as every such form)
        said=lambda values: gettext("Snoozed until %(day)s") % {"day": day_words(dt.date.fromisoformat(values["until"]), today())},
        run=_snooze, back=_wake, changed=EVENTS, letter="s",
    ),
    Act(
        "hand_on", "cases", _("Hand on"), "user",
        lambda data=None, *, user, day: HandOnForm(data, customer=None, user=user),  # noqa: ARG005 (as every such form)
        said=lambda values: gettext("Handed on to %(name)s") % {"name": _name(values)},
        run=_hand_on, back=_hand_back, changed=EVENTS, letter="r",
    ),
    Act(
        "close", "cases", _("Close"), "done", lambda data=None, *, user, day: CloseForm(data),  # noqa: ARG005 (as every such form)
        said=lambda values: gettext("Closed: %(resolution)s") % {"resolution": Resolution(values["resolution"]).label},
        run=_close, back=_reopen, changed=(*EVENTS, "playbooks:changed"), letter="e",
    ),
)  # fmt: skip
