"""Which days may be named, whatever takes them: addresses, forms, the API, commands."""

from __future__ import annotations

import datetime as dt

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.core.management import CommandError, load_command_class
from rest_framework import serializers

from accounts.forms.customers import ContactForm, TouchForm
from accounts.forms.settings import ClosingDayForm, OrganisationForm
from config import days
from config.fields import DayField
from config.web.api.bodies import Given
from tests import factories

DAYS = forms.DateField, serializers.DateField  # noqa: TID251  asked of every field
COMMANDS = {
    "run_cycle": ("config.outbox", ["--day", "{}"], "--day"),
    "figures": ("config.demo", ["--as-of", "{}"], "--as-of"),
    "demo": ("config.demo", ["--until", "{}"], "--until"),
    "renewals": ("renewals", ["--as-of", "{}"], "--as-of"),
    "customers": ("accounts", ["--as-of", "{}"], "--as-of"),
    "import_data": ("accounts", ["nowhere", "--mapping", "tsunagu", "--as-of", "{}"], "--as-of"),
    "explain": ("health", ["Acme", "{}", "2026-11-24"], "FROM"),
}


@pytest.mark.parametrize(("day", "taken"), [
    ("1989-12-31", False), ("1990-01-01", True), ("2099-12-31", True), ("2100-01-01", False), ("0001-01-01", False),
])  # fmt: skip
def test_the_bounds(day: str, *, taken: bool):
    assert days.is_within(days.read(day)) is taken
    made = (
        (ContactForm, "state_on"),
        (TouchForm, "happened_on"),
        (ClosingDayForm, "day"),
        (OrganisationForm, "frozen_today"),
    )
    for field in (DayField(), *(form.base_fields[name] for form, name in made)):
        if taken:
            assert field.clean(day) == dt.date.fromisoformat(day)
        else:
            with pytest.raises(ValidationError, match="The day must lie between 1990 and 2099"):
                field.clean(day)


@pytest.mark.parametrize(
    "text", ["20261124", "2026-W48-2", "2026-11-24T10:00", "２０２６-11-24", "2026-02-30", "", "heute"]
)
def test_a_day_is_written_in_one_way(text: str):
    with pytest.raises(ValueError):  # noqa: PT011 (the text says no more)
        days.read(text)


@pytest.mark.django_db
@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize(("day", "words"), [
    ("heute", "must be a day like 2026-11-22, not 'heute'."),
    ("0001-01-01", "must be a day between 1990 and 2099, not 0001-01-01."),
])  # fmt: skip
def test_commands_say_in_one_sentence_that_it_is_no_day(name: str, day: str, words: str):
    """As a mistake of the command, not of its arguments: exit code 1, no usage, no traceback."""
    factories.organisation()
    app, given, argument = COMMANDS[name]
    command = load_command_class(app, name)
    options = command.create_parser("manage.py", name).parse_args([one.format(day) for one in given])
    with pytest.raises(CommandError) as problem:
        command.execute(**vars(options))
    assert (str(problem.value), problem.value.returncode) == (f"{argument} {words}", 1)


def every(kind: type) -> set[type]:
    return {one for below in kind.__subclasses__() for one in (below, *every(below))}


def test_every_day_that_a_form_or_the_api_takes_has_the_bounds():
    """Of forms and bodies of this house; ruff refuses Django's own field where one is made later."""
    of_forms = [
        field for form in every(forms.BaseForm) for field in getattr(form, "base_fields", {}).items() if ours(form)
    ]
    of_api = [field for body in every(Given) for field in body().fields.items()]
    taken = [(name, field) for name, field in of_forms + of_api if isinstance(field, DAYS)]
    assert len(taken) > 15
    assert [name for name, field in taken if days.check not in field.validators] == []


def ours(form: type) -> bool:
    return form.__module__.partition(".")[0] in {"accounts", "config", "health", "renewals", "playbooks"}
