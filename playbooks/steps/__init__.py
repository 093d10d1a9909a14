"""The kinds of steps that a play may have. To add a kind, write its module here and name it in ``KINDS``.

Form, drafts, the sweep, pages, the API and history take it from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from health.states import values as values_of
from playbooks.steps.kind import StepKind, Values, Words
from playbooks.steps.task import TASK, Anchor, Assignee

KINDS: Final[dict[str, StepKind]] = {kind.key: kind for kind in (TASK,)}


@dataclass(frozen=True)
class Step:
    """One step as an admin writes it: its kind, and what that asks for."""

    kind: str
    values: Values

    @property
    def name(self) -> str:
        """What people know it by."""
        kind = KINDS.get(self.kind)
        return str(self.values.get(kind.named, "")) if kind else self.kind

    def checked(self, trigger_kind: str) -> Step:
        """The step with clean values; raises ValidationError where its kind does not take them."""
        kind = KINDS.get(self.kind)
        if kind is None:
            raise ValidationError(_("There is no kind of step “%(kind)s”.") % {"kind": self.kind})
        cleaned = values_of.clean(kind.fields, self.values, unknown=_("This kind of step has no such value."))
        if problem := kind.fits(cleaned, trigger_kind):
            raise ValidationError(problem)
        return Step(self.kind, cleaned)


def task_step(title: str, note: str = "", **values: Any) -> Step:
    """A step that gives a task; what is not said is as the form suggests it."""
    return Step(TASK.key, values_of.given(values_of.defaults(TASK.fields) | {"title": title, "note": note} | values))


__all__ = ["KINDS", "Anchor", "Assignee", "Step", "StepKind", "Words", "task_step"]
