"""Reading stored values of a rule or playbook that no longer pass the check, so that its page opens for a repair."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from django.db import Error
from django.utils.translation import gettext_lazy as _

from config.setaside.register import OF_THE_MOMENT, OF_THE_PROGRAM

T = TypeVar("T")
UNREADABLE: Final = _("Its stored values cannot be read. Edit and save it anew.")


def readable(say: Callable[[], T], otherwise: T) -> T:
    """The result of ``say``, or ``otherwise`` where stored values cannot be read. ``say`` runs no failing statement."""
    try:
        return say()
    except (Error, *OF_THE_MOMENT, *OF_THE_PROGRAM):
        raise
    except Exception:  # noqa: BLE001 (whatever a value of the wrong kind raises)
        return otherwise
