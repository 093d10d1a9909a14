"""Forms that make tokens of the API."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts import tokens
from accounts.imports import naming
from accounts.models import Role, User
from config.fields import WholeField
from config.web.api.routes import EVENTS, rooms

ROOMS: Final = {
    "record": _("The record"),
    "accounts": _("Files, lists and acts"),
    "health": _("Health and cases"),
    "renewals": _("Renewals"),
    "playbooks": _("Playbooks and tasks"),
}
# Before the name of a room: all of its resources.
WHOLE: Final = "all of "


class InRooms(forms.CheckboxSelectMultiple):
    """The resources by room, in columns where there is room for them."""

    template_name = "components/rooms.html"


class TokenForm(forms.Form):
    """A token of one's own."""

    READ, WRITE, SOME = "read", "write", "some"

    name = forms.CharField(label=_("Name"), max_length=60, help_text=_("Which program uses it, and what for."))
    access = forms.ChoiceField(
        label=_("May"),
        choices=[(READ, _("Read everything")), (WRITE, _("Read and write everything")), (SOME, _("Only what is chosen below"))],
        help_text=_("People of the team and their roles are written only by a token that has “users” chosen below."),
    )  # fmt: skip
    reads = forms.MultipleChoiceField(label=_("Read"), required=False, widget=InRooms)
    writes = forms.MultipleChoiceField(label=_("Read and write"), required=False, widget=InRooms)
    days = WholeField(
        label=_("Valid for (days)"), initial=90, min_value=1, max_value=tokens.LONGEST_DAYS,
        help_text=_("At most a year. It can be revoked at any time."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [
            (
                ROOMS[room],
                [(WHOLE + room, _("All of these")), *((name, format_html("<code>{}</code>", name)) for name in names)],
            )
            for room, names in rooms().items()
        ]
        for name in ("reads", "writes"):
            self.fields[name].choices = choices  # type: ignore[attr-defined]

    def clean_reads(self) -> list[str]:
        return expanded(self.cleaned_data["reads"])

    def clean_writes(self) -> list[str]:
        return expanded(self.cleaned_data["writes"], but=tokens.NAMED)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("access") == self.SOME and not (data.get("reads") or data.get("writes")):
            self.add_error("reads", _("Choose at least one."))
        return data

    def scopes(self) -> list[str]:
        """The scopes chosen; call it on a valid form."""
        data = self.cleaned_data
        if data["access"] != self.SOME:
            named = tokens.NAMED.intersection(data["writes"]) if data["access"] == self.WRITE else ()
            return [f"{tokens.ALL}:{data['access']}", *(f"{name}:write" for name in named)]
        return [f"{name}:{act}" for field, act in (("reads", "read"), ("writes", "write")) for name in data[field]]


class ProgramField(forms.ModelChoiceField):
    """Programs by name, with what each may do."""

    def label_from_instance(self, program: Any) -> str:
        return f"{program.name} ({program.get_role_display()})"


def expanded(chosen: list[str], but: frozenset[str] = frozenset()) -> list[str]:
    """The resources chosen, one by one or with their room; those of ``but`` one by one alone."""
    known = rooms()
    whole = {name for choice in chosen if choice.startswith(WHOLE) for name in known[choice.removeprefix(WHOLE)]}
    return sorted((whole - but) | {choice for choice in chosen if not choice.startswith(WHOLE)})


class ServiceTokenForm(TokenForm):
    """A token of a program with a user of its own, which sees every customer."""

    ROLES: ClassVar = (Role.VIEWER, Role.ADMIN)

    program = ProgramField(
        User.objects.filter(is_service=True).order_by("name", "pk"),
        label=_("Program"), required=False, empty_label=_("A new one"),
        help_text=_("A program that has had a token keeps its name and its role."),
    )  # fmt: skip
    role = forms.ChoiceField(
        label=_("Role"), choices=[(role.value, role.label) for role in ROLES],
        help_text=_("A viewer reads all and changes nothing, whatever the token may."),
    )  # fmt: skip

    field_order = ("program", "name", "role")

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        program, role = data.get("program"), data.get("role")
        if program and role and role != program.role:
            reason = _("“%(name)s” keeps its role, %(role)s: choose that, or a new program.")
            self.add_error("role", reason % {"name": program.name, "role": program.get_role_display()})
        if not program and EVENTS in data.get("writes", ()) and data.get("name"):
            # Events are of the source that is called as their program is.
            try:
                naming.check(data["name"], of_file=True)
            except ValidationError as problem:
                self.add_error("name", problem)
        return data
