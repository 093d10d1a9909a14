"""Changing case rules: each change is validated, logged with the values before it, and can be undone."""

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

# The detector, the kind and the reason of a rule never change: the cases it opened refer to them.
CHANGEABLE: Final = (
    "name", "about", "plan", "type", "severity", "values", "audience", "due_days_high", "due_days_low", "due_days_tech",
    "is_active", "mode", "precision_floor", "least_judged",
)  # fmt: skip
# These change the state or the customers that a rule watches, so the stored states no longer hold.
LOOKS_FOR: Final = frozenset({"values", "audience", "is_active"})
LONGEST_DUE: Final = 365
MOST_JUDGED: Final = 1_000
CREATED: Final = "created"


@transaction.atomic
def create(name: str, detector: str, *, kind: str, by: User, now: dt.datetime) -> CaseRule:
    """A new rule that watches for ``detector``'s state, inactive until it is put in use; logged."""
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
    used_keys = set(rows.values_list("key", flat=True)) | set(rows.values_list("reason", flat=True))
    stem = slugify(name)[:34] or "rule"
    key = next(k for k in [stem, *(f"{stem}-{n}" for n in range(2, 10_000))] if k not in used_keys)
    last_position = CaseRule.objects.aggregate(last=Max("position"))["last"] or 0
    rule = CaseRule.objects.create(
        key=key, reason=key, name=name.strip(), detector=detector, kind=kind, type=CaseType.ADOPTION,
        values=states.defaults(detector), is_active=False, position=last_position + 1,
    )  # fmt: skip
    CaseRuleChange.objects.create(rule=rule, at=now, by=by, fields={CREATED: [None, rule.name]})
    return rule


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

    Other values or another audience restart the rule: the next sweep stores which customers it holds for. After it
    is put back to alert, only cases closed from ``day`` on can demote the rule again. Raises ValidationError with a
    message a field, or when a value to change differs from ``standing`` (in the log's form); nothing is then written.
    """
    stored_rule = CaseRule.objects.select_for_update().get(pk=rule.pk)
    clean = _checked(stored_rule, changes)
    changed = {name: [_kept(getattr(stored_rule, name)), _kept(value)] for name, value in clean.items()}
    changed = {name: pair for name, pair in changed.items() if pair[0] != pair[1]}
    if not changed:
        return None
    if standing is not None and any(pair[0] != standing[name] for name, pair in changed.items()):
        raise ValidationError(seen.CHANGED_SINCE)
    columns = set(changed)
    for name in changed:
        setattr(stored_rule, name, clean[name])
    if LOOKS_FOR & set(changed):
        stored_rule.swept_on = None
        columns.add("swept_on")
    if changed.get("mode") == [CaseRule.Mode.DIGEST, CaseRule.Mode.ALERT]:
        stored_rule.demoted_on, stored_rule.judged_from = None, day
        columns |= {"demoted_on", "judged_from"}
    if changed.get("is_active") == [False, True]:
        stored_rule.off_reason = ""
        columns.add("off_reason")
    stored_rule.save(update_fields=columns)
    register.release(Kind.RULE, [stored_rule.pk])
    return CaseRuleChange.objects.create(rule=stored_rule, at=now, by=by, fields=changed)


def take_back(change: CaseRuleChange, *, by: User, day: dt.date, now: dt.datetime) -> CaseRuleChange | None:
    """Restore the values from before ``change``, as a logged change of its own; None when they are in place already.

    Raises ValidationError when nothing of it can be undone, as with the creation of a rule, or when somebody has
    changed the same values since.
    """
    before = {name: pair[0] for name, pair in change.fields.items() if name in CHANGEABLE}
    if not before:
        raise ValidationError(_("This cannot be taken back. Take the rule out of use instead."))
    after = {name: change.fields[name][1] for name in before}
    return tune(change.rule, before, by=by, day=day, now=now, standing=after)


def _kept(value: Any) -> Any:
    """A value as the log stores it."""
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
