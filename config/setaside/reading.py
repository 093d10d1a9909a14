"""Reading what is stored of a rule or a play that no longer passes the check: its page opens, so that it can be mended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from django.db import Error
from django.utils.translation import gettext_lazy as _

from config.setaside.register import OF_THE_MOMENT, OF_THE_PROGRAM

T = TypeVar("T")
UNREADABLE: Final = _("Its stored values cannot be read. Edit and save it anew.")


def readable(say: Callable[[], T], otherwise: T) -> T:
    """What ``say`` makes of stored values, or ``otherwise`` where they cannot be read. It asks no statement that may fail."""
    try:
        return say()
    except (Error, *OF_THE_MOMENT, *OF_THE_PROGRAM):
        raise
    except Exception:  # noqa: BLE001 (whatever a value of the wrong kind raises)
        return otherwise
