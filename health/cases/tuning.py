"""Changing case rules: each change is checked, logged with what stood before, and can be taken back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts import conditions, seen
from accounts.models import User
from config.locks import lock
from config.setaside import register
from config.setaside.models import Kind
from health import states
from health.models import CaseKind, CaseRule, CaseRuleChange, CaseType, Severity

# What detects, the kind and the reason of a rule stay as they were made: the cases it opened say so.
CHANGEABLE: Final = (
    "name", "about", "plan", "type", "severity", "values", "audience", "due_days_high", "due_days_low", "due_days_tech",
    "is_active", "mode", "precision_floor", "least_judged",
)  # fmt: skip
# With these another state is looked for, or in others: what the rule knew of whom it holds for is no longer true.
LOOKS_FOR: Final = frozenset({"values", "audience", "is_active"})
LONGEST_DUE: Final = 365
MOST_JUDGED: Final = 1_000
CREATED: Final = "created"


@transaction.atomic
def create(name: str, detector: str, *, kind: str, by: User, now: dt.datetime) -> CaseRule:
    """A new rule that watches for ``detector``'s state, at rest until it is put in use; logged."""
    errors: dict[str, str] = {}
    if not name.strip():
        errors["name"] = _("Name the rule.")
    if detector not in states.STATES:
        errors["detector"] = _("There is no state “%(name)s”.") % {"name": detector}
    if kind not in CaseKind.values:
        errors["kind"] = _("“%(value)s” is not one of the choices.") % {"value": kind}
    if errors:
        raise ValidationError(errors)
    lock("case rules")
    rows = CaseRule.objects.all()
    taken = set(rows.values_list("key", flat=True)) | set(rows.values_list("reason", flat=True))
    first = slugify(name)[:34] or "rule"
    key = next(k for k in [first, *(f"{first}-{n}" for n in range(2, 10_000))] if k not in taken)
    last = CaseRule.objects.aggregate(last=Max("position"))["last"] or 0
    made = CaseRule.objects.create(
        key=key, reason=key, name=name.strip(), detector=detector, kind=kind, type=CaseType.ADOPTION,
        values=states.defaults(detector), is_active=False, position=last + 1,
    )  # fmt: skip
    CaseRuleChange.objects.create(rule=made, at=now, by=by, fields={CREATED: [None, made.name]})
    return made


@transaction.atomic
def tune(
    rule: CaseRule,
    changes: Mapping[str, Any],
    *,
    by: User,
    day: dt.date,
    now: dt.datetime,
    standing: Mapping[str, Any] | None = None,
) -> CaseRuleChange | None:
    """Change ``rule``, and log what changed; None when nothing did.

    Other values or another audience are a new start: the next sweep writes down whose state holds. Put back to
    alert, only cases closed from ``day`` on can demote the rule again. Raises ValidationError with a message a
    field, and where what would change is not ``standing`` (as the log keeps it) any more; then nothing is written.
    """
    held = CaseRule.objects.select_for_update().get(pk=rule.pk)
    clean = _checked(held, changes)
    changed = {name: [_kept(getattr(held, name)), _kept(value)] for name, value in clean.items()}
    changed = {name: pair for name, pair in changed.items() if pair[0] != pair[1]}
    if not changed:
        return None
    if standing is not None and any(pair[0] != standing[name] for name, pair in changed.items()):
        raise ValidationError(seen.CHANGED_SINCE)
    columns = set(changed)
    for name in changed:
        setattr(held, name, clean[name])
    if LOOKS_FOR & set(changed):
        held.swept_on = None
        columns.add("swept_on")
    if changed.get("mode") == [CaseRule.Mode.DIGEST, CaseRule.Mode.ALERT]:
        held.demoted_on, held.judged_from = None, day
        columns |= {"demoted_on", "judged_from"}
    if changed.get("is_active") == [False, True]:
        held.off_reason = ""
        columns.add("off_reason")
    held.save(update_fields=columns)
    register.release(Kind.RULE, [held.pk])
    return CaseRuleChange.objects.create(rule=held, at=now, by=by, fields=changed)


def take_back(change: CaseRuleChange, *, by: User, day: dt.date, now: dt.datetime) -> CaseRuleChange | None:
    """Set what ``change`` changed back to what stood before it; a change of its own, logged. None: it stands so already.

    Raises ValidationError where nothing of it can be taken back, as with the making of a rule, and where somebody has
    changed the same again since.
    """
    before = {name: pair[0] for name, pair in change.fields.items() if name in CHANGEABLE}
    if not before:
        raise ValidationError(_("This cannot be taken back. Take the rule out of use instead."))
    after = {name: change.fields[name][1] for name in before}
    return tune(change.rule, before, by=by, day=day, now=now, standing=after)


def _kept(value: Any) -> Any:
    """A value as the log keeps it."""
    return f"{value:.3f}" if isinstance(value, Decimal) else value


def _checked(rule: CaseRule, changes: Mapping[str, Any]) -> dict[str, Any]:
    errors: dict[str, Any] = {name: _("This cannot be changed.") for name in set(changes) - set(CHANGEABLE)}
    clean: dict[str, Any] = {}
    for name in set(changes) & set(CHANGEABLE):
        try:
            clean[name] = _clean(rule, name, changes[name])
        except ValidationError as problem:
            errors |= problem.message_dict if hasattr(problem, "error_dict") else {name: problem.messages}
    if errors:
        raise ValidationError(errors)
    return {name: clean[name] for name in CHANGEABLE if name in clean}


def _clean(rule: CaseRule, name: str, value: Any) -> Any:
    if name == "values":
        return states.check(rule.detector, value)
    if name == "audience":
        conditions.check(value)
        return value
    if name in CHOICES and value not in CHOICES[name]:
        raise ValidationError(_("“%(value)s” is not one of the choices.") % {"value": value})
    if name in LIMITS:
        return _within(value, *LIMITS[name])
    if name == "precision_floor":
        return _within(Decimal(str(value)), Decimal(0), Decimal(1)).quantize(Decimal("0.001"))
    field: Any = CaseRule._meta.get_field(name)
    return field.clean(value, rule)


CHOICES: Final = {"type": CaseType.values, "severity": Severity.values, "mode": CaseRule.Mode.values}
LIMITS: Final = {
    "due_days_high": (0, LONGEST_DUE), "due_days_low": (0, LONGEST_DUE), "due_days_tech": (0, LONGEST_DUE),
    "least_judged": (1, MOST_JUDGED),
}  # fmt: skip


def _within(value: Any, least: Any, most: Any) -> Any:
    if not least <= value <= most:
        raise ValidationError(_("Must lie between %(least)s and %(most)s.") % {"least": least, "most": most})
    return value
