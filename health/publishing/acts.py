"""Drafts begun, saved, published; versions gone back to and taken out of use. Every act is logged.

A published version is never changed: a draft is a new row with the key's next version number. Publishing and
rolling back mark every current customer, so that scores follow within minutes and not only after the night.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts import changes
from accounts.models import Customer, User
from accounts.seen import CHANGED_SINCE
from config.locks import lock
from health import scorecards
from health.measures import catalogue
from health.models import Purpose, Scorecard, ScorecardAct
from health.publishing import checking, replaying
from health.scorecards import Content

LONGEST_NOTE: Final = 300
Act = ScorecardAct.Act


@transaction.atomic
def begin_draft(
    published: Scorecard | None,
    by: User | None,
    now: dt.datetime,
    day: dt.date,
    *,
    name: str = "",
    purpose: str = Purpose.HEALTH,
) -> Scorecard:
    """A copy of ``published`` as the key's next version, or, without it, an empty new scorecard called ``name``.

    A key has one draft: where there is one already, it is the answer. A new scorecard goes last among those of its
    purpose, so that it takes no customer from them unasked.
    """
    if published is None:
        return _begin_new(name, purpose, by, now, day)
    held = _lock(published.key)
    found = next((row for row in held if row.is_draft), None)
    if found:
        return found
    source = scorecards.with_content(Scorecard.objects.filter(pk=published.pk)).get()
    draft = Scorecard(
        key=published.key,
        version=max(row.version for row in held) + 1,
        is_draft=True,
        based_on=published,
        created_on=day,
        created_by=by,
    )
    scorecards.write(draft, scorecards.content_of(source))
    _log(draft, Act.DRAFTED, by, now, day)
    return draft


def _begin_new(name: str, purpose: str, by: User | None, now: dt.datetime, day: dt.date) -> Scorecard:
    lock("scorecard:new")
    last = Scorecard.objects.filter(purpose=purpose).aggregate(n=Max("position"))["n"] or 0
    fresh = Content(name=name, purpose=purpose, position=min(last + 1, checking.POSITION[1]))
    _refuse(checking.problems(fresh, {}, whole=False))
    taken = set(Scorecard.objects.values_list("key", flat=True))
    key = scorecards.free_key(name, "scorecard", taken)
    draft = Scorecard(key=key, is_draft=True, created_on=day, created_by=by)
    scorecards.write(draft, fresh)
    _log(draft, Act.DRAFTED, by, now, day)
    return draft


@transaction.atomic
def save_draft(draft: Scorecard, new: Content) -> Scorecard:
    """Write ``new`` as what the draft says. It may be unfinished; what it says must be right.

    ValidationError names fields by path, such as ``groups.0.measures.2.weight``; nothing is
    written then. A purpose stays once a version has been published.
    """
    held = _held(draft)
    stored = scorecards.content_of(held)
    found = checking.problems(new, catalogue(), whole=False)
    if new.purpose != stored.purpose and held.based_on_id:
        found["purpose"] = [_("A published scorecard keeps its purpose. Make a new one for another.")]
    _refuse(found)
    scorecards.write(held, new)
    return held


@transaction.atomic
def publish(draft: Scorecard, by: User | None, now: dt.datetime, day: dt.date, note: str = "") -> Scorecard:
    """Put the draft in use; the version before it goes out of use and stays with the scores it made.

    The past year's month-ends are replayed under it in the background, so that its proof need not wait a year.
    ``note`` says what is new. ValidationError where something is missing.
    """
    if len(note.strip()) > LONGEST_NOTE:
        raise ValidationError({"note": _("At most %(most)s characters.") % {"most": LONGEST_NOTE}})
    held = _held(draft)
    stored = scorecards.content_of(held)
    _refuse(checking.problems(stored, catalogue(), whole=True))
    held.is_draft, held.note = False, note.strip()
    held.save(update_fields=["is_draft", "note"])
    put_in_use(held)
    _log(held, Act.PUBLISHED, by, now, day, note.strip())
    changes.mark(Customer.objects.current())
    replaying.begin(held, day)
    return held


@transaction.atomic
def roll_back(version: Scorecard, by: User | None, now: dt.datetime, day: dt.date, *, back: str = "") -> Scorecard:
    """Put an earlier published version in use again, as it was. A draft in work stays.

    ``back`` marks (``in_use``) what the act left that is taken back: ValidationError where another version is in use.
    """
    rows = _lock(version.key)
    if back and back != in_use(next((row for row in rows if row.is_published), None)):
        raise ValidationError(CHANGED_SINCE)
    held = next((row for row in rows if row.pk == version.pk), None)
    if held is None or held.is_draft:
        raise ValidationError(_("Only a published version can be gone back to."))
    if held.is_published:
        raise ValidationError(_("Version %(number)s is in use already.") % {"number": held.version})
    gone = checking.unknown(held.measures, catalogue())
    if gone:
        words = _("Version %(number)s counts a measure that no longer exists: %(key)s.")
        raise ValidationError(words % {"number": held.version, "key": gone[0]})
    put_in_use(held)
    _log(held, Act.ROLLED_BACK, by, now, day)
    changes.mark(Customer.objects.current())
    return held


@transaction.atomic
def discard(draft: Scorecard, by: User | None, now: dt.datetime, day: dt.date) -> None:
    """Throw the draft away, with what was replayed under it. The log keeps that there was one."""
    held = _held(draft)
    _log(held, Act.DISCARDED, by, now, day)
    held.delete()


@transaction.atomic
def retire(version: Scorecard, by: User | None, now: dt.datetime, day: dt.date) -> Scorecard:
    """Take the key's version out of use: its customers fall to the next scorecard that fits. ``roll_back`` undoes it."""
    held = next((row for row in _lock(version.key) if row.pk == version.pk), None)
    if held is None or not held.is_published:
        raise ValidationError(_("This version is not in use."))
    others = Scorecard.objects.filter(is_published=True, purpose=held.purpose).exclude(pk=held.pk)
    if held.purpose == Purpose.HEALTH and not others.exists():
        raise ValidationError(_("This is the only health scorecard in use; without it no customer would be scored."))
    held.is_published = False
    held.save(update_fields=["is_published"])
    _log(held, Act.RETIRED, by, now, day)
    changes.mark(Customer.objects.current())
    return held


def in_use(version: Scorecard | None) -> str:
    """The mark of which version of a key is in use; None: none is."""
    return str(version.pk) if version else "none"


@transaction.atomic
def put_in_use(version: Scorecard) -> None:
    """Fix the order of the version's measures and let it score; the key's other version goes out of use."""
    filled = scorecards.with_content(Scorecard.objects.filter(pk=version.pk)).get()
    order = [line.measure for line in scorecards.content_of(filled).lines]
    Scorecard.objects.filter(key=version.key, is_published=True).update(is_published=False)
    Scorecard.objects.filter(pk=version.pk).update(is_published=True, measures=order)
    version.is_published, version.measures = True, order


def hold(key: str) -> None:
    """Wait for whoever acts on a version of ``key``, to the end of the transaction; before any row of it is locked."""
    lock(f"scorecard:{key}")  # the rows alone would not show a draft that another transaction has just added


def _lock(key: str) -> list[Scorecard]:
    """Every version of ``key``, held to the end of the transaction, oldest first."""
    hold(key)
    return list(Scorecard.objects.select_for_update().filter(key=key).order_by("version"))


def _held(draft: Scorecard) -> Scorecard:
    """The draft as it stands now, held; ValidationError when it is none any more."""
    rows = _lock(draft.key)
    if not any(row.pk == draft.pk and row.is_draft for row in rows):
        raise ValidationError(_("This draft is gone: somebody has published or discarded it."))
    return scorecards.with_content(Scorecard.objects.filter(pk=draft.pk)).get()


def _refuse(found: dict[str, list[str]]) -> None:
    if found:
        raise ValidationError(found)


def _log(version: Scorecard, act: str, by: User | None, now: dt.datetime, day: dt.date, note: str = "") -> None:
    ScorecardAct.objects.create(
        key=version.key, version=version.version, act=act, by=by, at=now, day=day, note=note
    )  # fmt: skip
