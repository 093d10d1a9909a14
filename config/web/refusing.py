"""Why an act could not be done, at its form: what was typed stays, and who was faster is named."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.utils.translation import gettext as _

from accounts.seen import Ended
from config.ui import figures
from config.ui.context import moment, today


def blame(form: BaseForm, problem: ValidationError) -> None:
    """Put the domain's messages at the fields they name, what names none at the form."""
    if not hasattr(problem, "error_dict"):
        form.add_error(None, reason(problem) if isinstance(problem, Ended) else problem)
        return
    for name, messages in problem.message_dict.items():
        form.add_error(name if name in form.fields else None, messages)


def reason(problem: ValidationError) -> str:
    """The domain's messages as one text, with who ended meanwhile what was to be acted on, and when."""
    words = [str(message) for message in problem.messages]
    if isinstance(problem, Ended) and problem.at:
        said = {"name": getattr(problem.by, "name", ""), "at": _moment(problem.at)}
        words.append(_("Closed by %(name)s, %(at)s.") % said if problem.by else _("Closed %(at)s.") % said)
    return " ".join(words)


def _moment(at: dt.date) -> str:
    return moment(at) if isinstance(at, dt.datetime) else figures.day(at, today())
