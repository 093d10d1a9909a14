"""What a case rule found, in words; ``{% load case_rules %}``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template

from health.models import CaseRule
from health.templatetags.cases import found

register = template.Library()


@register.filter
def finds(rule: CaseRule, facts: Mapping[str, Any]) -> str:
    """``{{ rule|finds:facts }}`` → ``20 days without use, the last on 4 Nov``."""
    return found(rule.detector, facts, "")
