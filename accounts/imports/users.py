"""People who log in from a file, by their email: added without a password and not invited yet, or changed.

Nobody is deactivated by a file, and nobody comes back by one: these are acts of their own.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import people
from accounts.imports import users_back
from accounts.imports.cells import Field
from accounts.imports.names import OF_USERS
from accounts.imports.staging import Staged
from accounts.imports.targets import Loaded, Share, Target
from accounts.models import Role, User

CHANGED: Final = ("name", "role", "manager", "language")
LANGUAGES: Final = tuple((str(code), str(name)) for code, name in User._meta.get_field("language").flatchoices)


def load(staged: Staged) -> Loaded:
    """Add the people who are not known, then change the others one by one, each by the act of its page."""
    staged.reject_repeats("email", fields=("email",))
    staged.reject(
        "EXISTS (SELECT FROM accounts_user u WHERE u.email = s.email AND NOT u.is_active)",
        "email",
        _("“{cell}” was deactivated: let them in again first"),
        "s.email",
    )
    staged.reject(
        "EXISTS (SELECT FROM accounts_user u WHERE u.email = s.email AND u.is_service)",
        "email",
        _("“{cell}” is a program"),
        "s.email",
    )
    if staged.has("manager"):
        leave_out_managers(staged)
    known = dict(User.objects.in_bulk(field_name="email"))
    names = [name for name in ("email", *CHANGED) if staged.has(name)]
    columns = ", ".join(f"s.{name}" for name in names)
    found = staged.rows(f"SELECT s.line, {columns} FROM import_staged s ORDER BY s.line")  # noqa: S608  our own names
    rows = [dict(zip(("line", *names), row, strict=True)) for row in found]
    new_ones = [row for row in rows if row["email"] not in known]
    for row in new_ones:
        given = {name: row[name] for name in CHANGED if name != "manager" and row.get(name)}
        known[row["email"]] = User.objects.create_user(row["email"], **given)
    newcomers = {row["line"] for row in new_ones}
    changed = change_all(staged, rows, known) - newcomers
    staged.note_done(dict.fromkeys(newcomers, True) | dict.fromkeys(changed, False))
    if new_ones:
        text = ngettext(
            "%(n)s person is added and not invited yet: invite them on the page of the team",
            "%(n)s people are added and not invited yet: invite them on the page of the team",
            len(new_ones),
        )
        staged.notes.append(text % {"n": f"{len(new_ones):,}"})
    return Loaded(new=len(new_ones), changed=len(changed), notes=staged.notes)


def leave_out_managers(staged: Staged) -> None:
    """Leave out managers who are neither here nor in the file, or to whom nobody may report."""
    roles = ", ".join(f"'{role.value}'" for role in people.MANAGING)
    of_file = f"EXISTS (SELECT FROM import_staged m WHERE m.email = s.manager AND m.role IN ({roles}))"
    here = f"""EXISTS (SELECT FROM accounts_user u
                       WHERE u.email = s.manager AND u.is_active AND NOT u.is_service AND u.role IN ({roles}))"""
    leaves = f"EXISTS (SELECT FROM import_staged m WHERE m.email = s.manager AND m.role NOT IN ({roles}))"
    known = f"{here} AND NOT {leaves} OR {of_file}" if staged.has("role") else here
    staged.list_unread(f"s.manager <> '' AND NOT ({known})", "manager", _("“{cell}” is no active manager or admin"))
    staged.execute("UPDATE import_staged SET manager = NULL WHERE 'manager' = ANY(unread)")


def change_all(staged: Staged, rows: list[dict[str, Any]], known: dict[str, User]) -> set[int]:
    """Change the people of the rows; the lines that changed theirs. What the record's own rules refuse is refused in their words.

    Who is to manage is made a manager first, then everybody gets their manager, and those whom nobody shall report to
    any more come last, each once those below have another manager.
    """
    waiting = [row for row in rows if known[row["email"]].role in people.MANAGING and leaves(row)]
    lines = {row["line"] for row in waiting}
    changed: set[int] = set()
    refused = change_some(staged, [row for row in rows if row["line"] not in lines], known, changed)
    while waiting:
        found: dict[int, str] = {}
        for row in waiting:
            found |= change_some(staged, [row], known, changed)
        if len(found) == len(waiting):
            refused |= found
            break
        waiting = [row for row in waiting if row["line"] in found]
    for line, words in refused.items():
        staged.reject("s.line = %(line)s", "role", words, params={"line": line})
    return changed


def change_some(
    staged: Staged, rows: list[dict[str, Any]], known: dict[str, User], changed: set[int]
) -> dict[int, str]:
    """Change the people, then give them their managers; ``changed`` gets the lines that did, and back come those refused, with why."""
    refused: dict[int, str] = {}
    for row in rows:
        try:
            differs = change(row, known, staged.today)
        except ValidationError as error:
            refused[row["line"]] = " ".join(error.messages)
        else:
            changed |= {row["line"]} if differs else set()
    changed |= {row["line"] for row in rows if row["line"] not in refused and give_manager(staged, row, known)}
    return refused


def leaves(row: dict[str, Any]) -> bool:
    """Whether nobody may report to the role that the row gives."""
    return bool(row.get("role")) and row["role"] not in people.MANAGING


def change(row: dict[str, Any], known: dict[str, User], day: dt.date) -> bool:
    """Whether the row changed its person, but for the manager; raises ValidationError where the record's own rules refuse it.
    An empty cell changes nothing.
    """
    return saved(known[row["email"]], {name: row[name] for name in CHANGED if name != "manager" and row.get(name)}, day)


def give_manager(staged: Staged, row: dict[str, Any], known: dict[str, User]) -> bool:
    """Whether the row changed its person's manager. One who would report to that person in turn, or was not made a manager,
    is left out. An empty cell changes nothing.
    """
    manager = known.get(row.get("manager") or "")
    if not manager:
        return False
    reason = _("“{cell}” is no active manager or admin")
    if manager.role in people.MANAGING:
        try:
            return saved(known[row["email"]], {"manager": manager}, staged.today)
        except ValidationError as error:
            reason = " ".join(error.messages)
    staged.list_unread(f"s.line = {row['line']}", "manager", reason)
    return False


def saved(person: User, wanted: dict[str, Any], day: dt.date) -> bool:
    """Whether any of the ``wanted`` values differed, which are then saved; raises ValidationError, with ``person`` as it was."""
    before = {name: getattr(person, name) for name, value in wanted.items() if getattr(person, name) != value}
    for name in before:
        setattr(person, name, wanted[name])
    try:
        with transaction.atomic():
            people.change(person, before, day=day)
    except ValidationError:
        for name, value in before.items():
            setattr(person, name, value)
        raise
    return bool(before)


USERS: Final = Target(
    "users",
    (
        Field("email", "email", required=True, longest=254, hint="by which the person is found; in lower case"),
        Field("name", required=True, longest=150),
        Field("role", "choice", choices=tuple(Role.values), labels=tuple(Role.choices), hint="csm"),
        Field("manager", "email", longest=254, loose=True, hint="email of an active manager or admin"),
        Field("language", "choice", choices=tuple(code for code, _name in LANGUAGES), labels=LANGUAGES, hint="en"),
    ),
    load,
    undo=users_back.undo,
    models=(User,),
    tables=("accounts_user",),
    # Somebody who was deactivated is let in on the page alone.
    shares=(Share("users", {"is_active": True, "is_service": False}),),
    names=OF_USERS,
)
