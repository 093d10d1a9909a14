"""Errors of an act, shown at its form; they name the person who acted first."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.utils.translation import gettext as _

from accounts.seen import Ended
from config.ui import figures
from config.ui.context import moment, today


def blame(form: BaseForm, problem: ValidationError) -> None:
    """Add the domain's errors to the fields they name, the others to the form."""
    if not hasattr(problem, "error_dict"):
        form.add_error(None, reason(problem) if isinstance(problem, Ended) else problem)
        return
    for name, messages in problem.message_dict.items():
        form.add_error(name if name in form.fields else None, messages)


def reason(problem: ValidationError) -> str:
    """The domain's messages as one text, with who has closed the row meanwhile, and when."""
    sentences = [str(message) for message in problem.messages]
    if isinstance(problem, Ended) and problem.at:
        values = {"name": getattr(problem.by, "name", ""), "at": _moment(problem.at)}
        sentences.append(_("Closed by %(name)s, %(at)s.") % values if problem.by else _("Closed %(at)s.") % values)
    return " ".join(sentences)


def _moment(at: dt.date) -> str:
    return moment(at) if isinstance(at, dt.datetime) else figures.day(at, today())
