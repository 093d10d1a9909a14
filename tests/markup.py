"""Markup without the line ends and indentation of its templates."""

from __future__ import annotations

import re


def tight(html: str) -> str:
    """``html`` with runs of white space as one blank, and none between two tags or at its ends."""
    return re.sub(r"> <", "><", " ".join(html.split()))
