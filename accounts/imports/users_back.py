"""Names, roles, managers and languages that a file gave people who were known go back by its undo, each by the act of its page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts import people
from accounts.imports.going_back import changed_since, goals, untouched
from accounts.imports.withdrawing import withdraw_rows
from accounts.models import ImportLine, User

if TYPE_CHECKING:
    from accounts.imports.undoing import Undoing

TAKEN_BACK: Final = ("name", "language", "role", "manager")
LAST: Final = 2


def undo(undoing: Undoing) -> list[int]:
    """Put back what the file changed of people. Programs, the role of the last admin, and what somebody changed since stay.

    Who is to manage is made a manager first, and those whom nobody shall report to any more come last, after the new people
    who reported to them have left.
    """
    lines = list(undoing.file.lines.filter(object_kind="user", kind="changed", outcome="").order_by("pk"))
    persons = User.objects.in_bulk([line.object_id for line in lines if line.object_id])
    since = changed_since(User, undoing.known)
    before = {name: goals("user", name, undoing.known) for name in TAKEN_BACK} if lines else {}
    stays: dict[int, dict[str, str]] = {line.pk: {} for line in lines}
    waiting: list[tuple[int, ImportLine, str, Any]] = []
    for line in lines:
        person = persons[line.object_id or 0]
        for name, (_was, left_at) in line.fields.items():
            value = worth(name, before.get(name, {}).get(person.pk))
            if person.is_service:
                stays[line.pk][name] = _("“{cell}” is a program").replace("{cell}", person.email)
            elif name not in since[person.pk] and name in TAKEN_BACK and stands(person, name) in (left_at, value):
                waiting.append((turn(name, value), line, name, value))
            else:
                stays[line.pk][name] = undoing.known["since"]
    has_parted = False
    for at, line, name, value in sorted(waiting, key=lambda job: job[0]):
        if at == LAST and not has_parted:
            withdraw_rows(User, undoing.known, untouched(User))
            has_parted = True
        if problem := put_back(persons[line.object_id or 0], name, value, undoing):
            stays[line.pk][name] = problem
    for line in lines:
        kept = stays[line.pk]
        line.outcome = ImportLine.Outcome.KEPT if kept else ImportLine.Outcome.RETURNED
        line.field, line.reason = ", ".join(sorted(kept)), " ".join(dict.fromkeys(kept.values()))
    ImportLine.objects.bulk_update(lines, ["outcome", "field", "reason"])
    return []


def stands(person: User, name: str) -> Any:
    return getattr(person, attribute(name))


def attribute(name: str) -> str:
    return "manager_id" if name == "manager" else name


def worth(name: str, value: Any) -> Any:
    """The value, which the database gives as text."""
    return int(value) if name == "manager" and value else value


def turn(name: str, value: Any) -> int:
    if name == "manager":
        return 1
    return LAST if name == "role" and value not in people.MANAGING else 0


def put_back(person: User, name: str, value: Any, undoing: Undoing) -> str:
    """Save the field as it was; why not, else ""."""
    if (left_at := stands(person, name)) == value:
        return ""
    setattr(person, attribute(name), value)
    try:
        people.change(person, [name], day=undoing.day, by=undoing.by)
    except ValidationError as error:
        setattr(person, attribute(name), left_at)
        return " ".join(error.messages)
    return ""
