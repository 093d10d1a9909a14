"""The reasons for a lost renewal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import Alternative, ChurnReason


@dataclass(frozen=True)
class Loss:
    """Why a customer leaves, as it states and as we see it (field guide 1.6); all but the note are required."""

    stated_reason: str
    root_cause: str
    controllable: bool | None
    alternative: str
    note: str = ""


def check_loss(loss: Loss) -> None:
    missing: dict[str, Any] = {}
    for field, known in [
        ("stated_reason", ChurnReason.values),
        ("root_cause", ChurnReason.values),
        ("alternative", Alternative.values),
    ]:
        if getattr(loss, field) not in known:
            missing[field] = _("Choose one.")
    if loss.controllable is None:
        missing["controllable"] = _("Say whether we could have prevented it.")
    if ChurnReason.OTHER in {loss.stated_reason, loss.root_cause} and not loss.note.strip():
        missing["note"] = _("“Other” needs a sentence.")
    if missing:
        raise ValidationError(missing)
