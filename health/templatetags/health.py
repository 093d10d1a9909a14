"""Health in words; ``{% load health %}``."""

from __future__ import annotations

from decimal import Decimal

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Band
from config.ui import figures
from config.ui.context import today
from health.explaining import PlacedPart
from health.measures import Measure, Unit
from health.models import Ceiling, Milestone
from health.publishing import Difference, adding

register = template.Library()


def shown(value: float | Decimal | None, unit: Unit) -> str:
    """An amount in its unit: ``−25%``, ``3.5 days``, ``4.3 of 5``."""
    if value is None:
        return figures.NONE
    if unit == Unit.SHARE:
        return figures.percent(value)
    amount = figures.rounded(value, 1)
    figure = figures.number(amount, 0 if amount == int(amount) else 1)
    words = {
        Unit.DAYS: ngettext("%(n)s day", "%(n)s days", 1 if amount == 1 else 2),
        Unit.HOURS: _("%(n)s h"),
        Unit.MINUTES: _("%(n)s min"),
        Unit.STARS: _("%(n)s of 5"),
    }
    return words.get(unit, "%(n)s") % {"n": figure}


@register.filter
def unknown(milestone: Milestone) -> bool:
    """``{% if milestone|unknown %}``: overdue, and nobody can say whether it was reached."""
    return milestone.reached_on is None and milestone.missed_on is None and milestone.due_on < today()


@register.filter
def amount(line: PlacedPart) -> str:
    """``{{ line|amount }}``: what was measured."""
    return shown(line.part.amount, line.measure.unit)


@register.filter
def in_unit(value: Decimal, measure: Measure | None) -> str:
    """``{{ line.full_at|in_unit:measure }}``: a threshold; a bare figure where the measure is unknown."""
    return shown(value, measure.unit if measure else Unit.COUNT)


@register.filter
def unit_word(measure: Measure | None) -> str:
    """What stands behind a threshold that is typed: ``%``, ``d``; nothing where a figure is just a figure."""
    words = {Unit.SHARE: "%", Unit.DAYS: _("d"), Unit.HOURS: _("h"), Unit.MINUTES: _("min"), Unit.STARS: _("of 5")}
    return words.get(measure.unit, "") if measure else ""


@register.filter
def group_word(key: str) -> str:
    """The name of a kind of measures: ``{{ kind|group_word }}``."""
    return _(adding.GROUPS.get(key, key.capitalize()))


@register.filter
def plain(value: Decimal | float | None) -> str:
    """A weight or a limit without needless zeros: ``12.5``, ``40``."""
    if value is None:
        return figures.NONE
    digits = max(0, -int(Decimal(str(value)).normalize().as_tuple().exponent))
    return figures.number(value, digits)


@register.filter
def side(value: Decimal | str | int | None, of: Difference) -> str:
    """One side of a difference: ``{{ one.before|side:one }}``."""
    if isinstance(value, str):
        return value
    return plain(value) if of.unit is None or value is None else shown(value, of.unit)


@register.filter
def ceiling_name(key: str) -> str:
    """The rule's name: ``{{ score.ceiling|ceiling_name }}``."""
    return str(Ceiling.Condition(key).label)


@register.filter
def band_name(key: str) -> str:
    return str(Band(key).label)
