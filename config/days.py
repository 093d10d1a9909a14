"""The allowed range of days from people, files and programs, parsing them, and wording them."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.utils import translation
from django.utils.dateformat import format as by_pattern
from django.utils.translation import gettext as _

EARLIEST: Final = dt.date(1990, 1, 1)
# Input beyond this day is refused; computed ends of terms may be later.
LATEST: Final = dt.date(2100, 1, 1)
ISO: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def read(text: str) -> dt.date:
    """The day written like ``2026-11-24``; ValueError for anything else. It may lie outside the bounds."""
    if not ISO.fullmatch(text):
        raise ValueError(text)
    return dt.date.fromisoformat(text)


def is_within(day: dt.date) -> bool:
    """Whether it lies from 1990 to 2099."""
    return EARLIEST <= day < LATEST


def check(day: dt.date) -> None:
    """Raises ValidationError for a day before 1990 or from 2100 on: a validator of every field that takes a day."""
    if not is_within(day):
        message = _("The day must lie between %(first)s and %(last)s.")
        raise ValidationError(message % {"first": EARLIEST.year, "last": LATEST.year - 1})


def japanese() -> bool:
    """Whether the active language is Japanese."""
    return (translation.get_language() or "").startswith("ja")


def worded(day: dt.date, today: dt.date) -> str:
    """A day in a row or a sentence: ``24 Nov``, ``31 Jan 2027`` in another year; Japanese ``2027/01/31``."""
    if japanese():
        return f"{day:%Y/%m/%d}"
    return by_pattern(day, "j M" if day.year == today.year else "j M Y")


def asked(text: str | None, name: str) -> dt.date | None:
    """As ``named``; None without the argument."""
    return None if text is None else named(text, name)


def named(text: str, name: str) -> dt.date:
    """The day in a command's argument ``name``; raises CommandError with one sentence."""
    try:
        day = read(text)
    except ValueError:
        raise CommandError(f"{name} must be a day like 2026-11-22, not {text!r}.") from None
    if not is_within(day):
        raise CommandError(f"{name} must be a day between {EARLIEST.year} and {LATEST.year - 1}, not {text}.")
    return day
