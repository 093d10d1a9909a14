"""Attributes for tests."""

from __future__ import annotations

from typing import Any

from accounts.models import Attribute

CHOICES = ("Gold", "Silver", "Bronze")


def attribute(key: str = "Plan", kind: str = "text", **fields: Any) -> Attribute:
    values = {
        "label": key,
        "position": Attribute.objects.count() + 1,
        "choices": list(CHOICES) if kind == "choice" else [],
    }
    return Attribute.objects.create(key=key, kind=kind, **values | fields)


def one_of_each() -> dict[str, Attribute]:
    """One attribute of each kind, by its kind."""
    keys = {"number": "Seats", "text": "Note", "day": "Signed", "choice": "Plan", "flag": "Public"}
    return {kind: attribute(key, kind, label=f"Our {key.lower()}") for kind, key in keys.items()}
