"""Amounts of measures, thresholds and weights as text."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Band
from config.shipping import translated
from config.ui import figures
from health.measures import Measure, Unit
from health.models import Ceiling
from health.publishing import Difference, adding


def shown(value: float | Decimal | None, unit: Unit) -> str:
    """An amount in its unit: ``−25%``, ``3.5 days``, ``4.3 of 5``."""
    if value is None:
        return figures.NONE
    if unit == Unit.SHARE:
        return figures.percent(value)
    amount = figures.rounded(value, 1)
    figure = figures.number(amount, 0 if amount == int(amount) else 1)
    formats = {
        Unit.DAYS: ngettext("%(n)s day", "%(n)s days", 1 if amount == 1 else 2),
        Unit.HOURS: _("%(n)s h"),
        Unit.MINUTES: _("%(n)s min"),
        Unit.STARS: _("%(n)s of 5"),
    }
    return formats.get(unit, "%(n)s") % {"n": figure}


def unit_word(measure: Measure | None) -> str:
    """The unit shown after the input of a threshold: ``%``, ``d``; empty for a figure without a unit."""
    units = {Unit.SHARE: "%", Unit.DAYS: _("d"), Unit.HOURS: _("h"), Unit.MINUTES: _("min"), Unit.STARS: _("of 5")}
    return units.get(measure.unit, "") if measure else ""


def group_word(key: str) -> str:
    """The name of a kind of measures."""
    return translated(adding.GROUPS.get(key, key.capitalize()))


def plain(value: Decimal | float | None) -> str:
    """A weight or a limit without needless zeros: ``12.5``, ``40``."""
    if value is None:
        return figures.NONE
    digits = max(0, -int(Decimal(str(value)).normalize().as_tuple().exponent))
    return figures.number(value, digits)


def side(value: Decimal | str | int | None, of: Difference) -> str:
    """The value before or after a difference of two versions."""
    if isinstance(value, str):
        return value
    return plain(value) if of.unit is None or value is None else shown(value, of.unit)


def ceiling_name(key: str) -> str:
    """The name of a ceiling's condition."""
    return str(Ceiling.Condition(key).label)


def band_name(key: str) -> str:
    return str(Band(key).label)
