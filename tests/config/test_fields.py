"""Numbers are read in one way, whichever form or body they come in."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django import forms
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st
from rest_framework import serializers

from accounts.conditions import checking
from config import fields
from config.text import plain_number
from config.web.api import bodies
from config.web.api.bodies import Given
from health.measures import custom_changes
from health.states import STATES
from playbooks import parameters
from renewals.forms import PercentField
from tests.config.test_days import every, ours

OTHER = [
    "1_0",
    "1__0",
    "_1",
    "٣",
    "१०",
    "²",
    "Ⅷ",
    "0x10",
    "1 0",
    "NaN",
    "Infinity",
    "-inf",
    "1,00",
    "1,000,00",
    "1,000 000",
    "1e",
    "１＿０",
]
TAKEN = [("１０", 10), (" 7 ", 7), ("+5", 5), ("5.0", 5), ("－３", -3)]
NUMBERS = (
    *(kind.__mro__[2] for kind in (fields.WholeField, fields.FigureField, fields.RealField)),
    serializers.IntegerField, serializers.DecimalField, serializers.FloatField,
)  # fmt: skip
KINDS = {
    "whole": fields.WholeField().clean,
    "figure": fields.FigureField().clean,
    "real": fields.RealField().clean,
    "per cent": lambda text: PercentField().clean(f"{text}%") * 100,
    "whole in a body": bodies.WholeField().run_validation,
    "figure in a body": bodies.FigureField(max_digits=9, decimal_places=2).run_validation,
    "of a measure": custom_changes.threshold,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", OTHER)
def test_what_only_python_reads_as_a_number_is_refused(kind: str, text: str):
    with pytest.raises((ValidationError, serializers.ValidationError)):
        KINDS[kind](text)
    assert plain_number(text) is None
    assert checking.number(text) is None


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("text", "number"), TAKEN)
def test_a_number_is_taken_as_people_type_it_in_full_width_too(kind: str, text: str, number: int):
    if kind != "per cent" or number >= 0:
        assert KINDS[kind](text) == number
    assert checking.number(text) == number


@pytest.mark.parametrize("kind", ["whole", "figure", "real"])
@pytest.mark.parametrize("text", ["12,000", "１２，０００", "12 000", "12\u00a0000", "12'000", "12,000.0", " 12,000 "])
def test_a_form_takes_figures_in_groups_as_pages_show_them(kind: str, text: str):
    assert KINDS[kind](text) == 12_000


@pytest.mark.parametrize("kind", ["whole in a body", "figure in a body", "of a measure"])
def test_a_program_writes_figures_without_groups(kind: str):
    with pytest.raises((ValidationError, serializers.ValidationError)):
        KINDS[kind]("12,000")


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**11), max_value=10**11, places=4))
@settings(max_examples=50, deadline=None)
def test_what_python_writes_is_read_as_the_same(number: Decimal):
    assert Decimal(plain_number(str(number)) or "NaN") == number


def test_every_field_of_a_form_or_body_that_takes_a_number_reads_it_so():
    of_forms = [one for form in every(forms.BaseForm) if ours(form) for one in getattr(form, "base_fields", {}).items()]
    of_api = [one for body in every(Given) for one in body().fields.items()]
    made = [*(state.fields for state in STATES.values()), *parameters.EVENTS.values()]
    of_values = [one for of_one in made for one in of_one.items()]
    taken = [(name, field) for name, field in of_forms + of_api + of_values if isinstance(field, NUMBERS)]
    assert len(taken) > 60
    assert [name for name, field in taken if not isinstance(field, fields.Typed | bodies.Typed)] == []


def test_every_number_and_day_is_typed_into_one_kind_of_input():
    of_forms = [one for form in every(forms.BaseForm) if ours(form) for one in getattr(form, "base_fields", {}).items()]
    made = [*(state.fields for state in STATES.values()), *parameters.EVENTS.values()]
    typed = [(name, field) for name, field in [*of_forms, *(one for of_one in made for one in of_one.items())]]
    inputs = {
        fields.WholeField: fields.WholeInput,
        fields.FigureField: fields.FigureInput,
        fields.DayField: fields.DayInput,
    }
    checked = [(name, field) for name, field in typed if type(field) in inputs and not field.widget.is_hidden]
    assert len(checked) > 60
    assert [name for name, field in checked if not isinstance(field.widget, inputs[type(field)])] == []
    assert fields.DayField().widget.render("day", dt.date(2026, 11, 24)) == (
        '<input type="date" name="day" value="2026-11-24">'
    )
