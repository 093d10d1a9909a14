"""Begin, save, publish and discard drafts; roll back to versions and retire them. Every act is logged.

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

    A key has at most one draft: an existing one is returned. A new scorecard goes last among those of its purpose, so
    that it takes no customer from them unasked.
    """
    if published is None:
        return _begin_new(name, purpose, by, now, day)
    versions = _lock(published.key)
    existing_draft = next((row for row in versions if row.is_draft), None)
    if existing_draft:
        return existing_draft
    source = scorecards.with_content(Scorecard.objects.filter(pk=published.pk)).get()
    draft = Scorecard(
        key=published.key,
        version=max(row.version for row in versions) + 1,
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
    last_position = Scorecard.objects.filter(purpose=purpose).aggregate(n=Max("position"))["n"] or 0
    content = Content(name=name, purpose=purpose, position=min(last_position + 1, checking.POSITION[1]))
    _refuse(checking.problems(content, {}, whole=False))
    used_keys = set(Scorecard.objects.values_list("key", flat=True))
    key = scorecards.free_key(name, "scorecard", used_keys)
    draft = Scorecard(key=key, is_draft=True, created_on=day, created_by=by)
    scorecards.write(draft, content)
    _log(draft, Act.DRAFTED, by, now, day)
    return draft


@transaction.atomic
def save_draft(draft: Scorecard, new: Content) -> Scorecard:
    """Write ``new`` as the content of the draft. It may be incomplete but must be valid.

    ValidationError names fields by path, such as ``groups.0.measures.2.weight``; nothing is
    written then. A purpose stays once a version has been published.
    """
    stored_draft = _held(draft)
    stored = scorecards.content_of(stored_draft)
    errors = checking.problems(new, catalogue(), whole=False)
    if new.purpose != stored.purpose and stored_draft.based_on_id:
        errors["purpose"] = [_("A published scorecard keeps its purpose. Make a new one for another.")]
    _refuse(errors)
    scorecards.write(stored_draft, new)
    return stored_draft


@transaction.atomic
def publish(draft: Scorecard, by: User | None, now: dt.datetime, day: dt.date, note: str = "") -> Scorecard:
    """Put the draft in use; the version before it goes out of use and stays with the scores it made.

    The past year's month-ends are replayed under it in the background, so that its proof need not wait a year.
    ``note`` describes the changes. ValidationError when the draft is incomplete.
    """
    if len(note.strip()) > LONGEST_NOTE:
        raise ValidationError({"note": _("At most %(most)s characters.") % {"most": LONGEST_NOTE}})
    version = _held(draft)
    stored = scorecards.content_of(version)
    _refuse(checking.problems(stored, catalogue(), whole=True))
    version.is_draft, version.note = False, note.strip()
    version.save(update_fields=["is_draft", "note"])
    put_in_use(version)
    _log(version, Act.PUBLISHED, by, now, day, note.strip())
    changes.mark(Customer.objects.current())
    replaying.begin(version, day)
    return version


@transaction.atomic
def roll_back(version: Scorecard, by: User | None, now: dt.datetime, day: dt.date, *, back: str = "") -> Scorecard:
    """Put an earlier published version in use again, as it was. A draft in work stays.

    ``back`` is the mark (``in_use``) left by the act to undo: ValidationError when another version is in use.
    """
    rows = _lock(version.key)
    if back and back != in_use(next((row for row in rows if row.is_published), None)):
        raise ValidationError(CHANGED_SINCE)
    target = next((row for row in rows if row.pk == version.pk), None)
    if target is None or target.is_draft:
        raise ValidationError(_("Only a published version can be gone back to."))
    if target.is_published:
        raise ValidationError(_("Version %(number)s is in use already.") % {"number": target.version})
    unknown_keys = checking.unknown(target.measures, catalogue())
    if unknown_keys:
        message = _("Version %(number)s counts a measure that no longer exists: %(key)s.")
        raise ValidationError(message % {"number": target.version, "key": unknown_keys[0]})
    put_in_use(target)
    _log(target, Act.ROLLED_BACK, by, now, day)
    changes.mark(Customer.objects.current())
    return target


@transaction.atomic
def discard(draft: Scorecard, by: User | None, now: dt.datetime, day: dt.date) -> None:
    """Delete the draft with its replays; the log keeps an entry."""
    stored_draft = _held(draft)
    _log(stored_draft, Act.DISCARDED, by, now, day)
    stored_draft.delete()


@transaction.atomic
def retire(version: Scorecard, by: User | None, now: dt.datetime, day: dt.date) -> Scorecard:
    """Take the key's version out of use: its customers go to the next scorecard that fits. ``roll_back`` undoes it."""
    target = next((row for row in _lock(version.key) if row.pk == version.pk), None)
    if target is None or not target.is_published:
        raise ValidationError(_("This version is not in use."))
    others = Scorecard.objects.filter(is_published=True, purpose=target.purpose).exclude(pk=target.pk)
    if target.purpose == Purpose.HEALTH and not others.exists():
        raise ValidationError(_("This is the only health scorecard in use; without it no customer would be scored."))
    target.is_published = False
    target.save(update_fields=["is_published"])
    _log(target, Act.RETIRED, by, now, day)
    changes.mark(Customer.objects.current())
    return target


def in_use(version: Scorecard | None) -> str:
    """The mark of a key's version in use; None when none is in use."""
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
    """Lock ``key`` until the end of the transaction; call it before any of its rows is locked."""
    lock(f"scorecard:{key}")  # the rows alone would not show a draft that another transaction has just added


def _lock(key: str) -> list[Scorecard]:
    """Every version of ``key``, locked to the end of the transaction, oldest first."""
    hold(key)
    return list(Scorecard.objects.select_for_update().filter(key=key).order_by("version"))


def _held(draft: Scorecard) -> Scorecard:
    """The draft as stored now, locked; ValidationError when it is no draft any more."""
    rows = _lock(draft.key)
    if not any(row.pk == draft.pk and row.is_draft for row in rows):
        raise ValidationError(_("This draft is gone: somebody has published or discarded it."))
    return scorecards.with_content(Scorecard.objects.filter(pk=draft.pk)).get()


def _refuse(errors: dict[str, list[str]]) -> None:
    if errors:
        raise ValidationError(errors)


def _log(version: Scorecard, act: str, by: User | None, now: dt.datetime, day: dt.date, note: str = "") -> None:
    ScorecardAct.objects.create(
        key=version.key, version=version.version, act=act, by=by, at=now, day=day, note=note
    )  # fmt: skip
