"""Template tags of renewals; ``{% load renewals %}``."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from renewals.models import ForecastCategory

register = template.Library()


@register.simple_tag
def category(key: str, is_derived: bool = False) -> SafeString:  # noqa: FBT001, FBT002 (a template's argument)
    """``{% category renewal.said renewal.is_derived %}``: the effective category; in italics where nobody set it."""
    label = ForecastCategory(key).label if key else "–"
    if not is_derived:
        return format_html("{}", label)
    return format_html('<em>{}</em><span class="quiet"> {}</span>', label, _("derived from the likelihood"))
