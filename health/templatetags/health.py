"""Health in words; ``{% load health %}``."""

from __future__ import annotations

from decimal import Decimal

from django import template

from config.ui.context import today
from health.explaining import PlacedPart
from health.measures import Measure, Unit
from health.models import Milestone
from health.words import amounts

register = template.Library()
register.filter("unit_word", amounts.unit_word)
register.filter("group_word", amounts.group_word)
register.filter("plain", amounts.plain)
register.filter("side", amounts.side)
register.filter("ceiling_name", amounts.ceiling_name)
register.filter("band_name", amounts.band_name)


@register.filter
def unknown(milestone: Milestone) -> bool:
    """``{% if milestone|unknown %}``: overdue, and unknown whether it was reached."""
    return milestone.reached_on is None and milestone.missed_on is None and milestone.due_on < today()


@register.filter
def amount(line: PlacedPart) -> str:
    """``{{ line|amount }}``: what was measured."""
    return amounts.shown(line.part.amount, line.measure.unit)


@register.filter
def in_unit(value: Decimal, measure: Measure | None) -> str:
    """``{{ line.full_at|in_unit:measure }}``: a threshold; a bare figure where the measure is unknown."""
    return amounts.shown(value, measure.unit if measure else Unit.COUNT)
