"""One filter for all that is typed: pages, the API and files take the same texts."""

from __future__ import annotations

import json

import pytest
from django import forms
from django.apps import apps

from accounts import countries
from accounts.imports import cells, values
from accounts.imports.texts import trouble_of
from accounts.models import Customer, Touchpoint
from config import text, urls
from tests.factories import customer, organisation, user
from tests.problems import told

TURNED = ("a\u202eb", "a\u2066b", "a\x07b", "a\x85b", "a\0b")
FINE = ("Ren Aoki", "東京（本社）", "שלום\u200f", "Zoë — “Ltd”", "tab\tbed", "👩‍💻")


def project_forms():
    assert urls.urlpatterns  # the views have loaded their forms
    found, waiting = set(), [forms.BaseForm]
    while waiting:
        for one in waiting.pop().__subclasses__():
            if one not in found:
                found.add(one)
                waiting.append(one)
    ours = tuple(f"{app.name.partition('.')[0]}." for app in apps.get_app_configs() if "site-packages" not in app.path)
    return [one for one in found if one.__module__.startswith(ours) and hasattr(one, "base_fields")]


def test_what_has_several_lines_on_a_page_is_known_as_such():
    """And every other text of a form has a limit of its own."""
    boundless = []
    for form in project_forms():
        for name, field in form.base_fields.items():
            area = isinstance(field.widget, forms.Textarea)
            assert text.is_long(name) or not area, (form, name)
            typed = type(field) is forms.CharField and not isinstance(
                field.widget, forms.HiddenInput | forms.PasswordInput
            )
            if typed and not area and not 0 < (field.max_length or 0) <= text.LONGEST:
                boundless.append((form.__qualname__, name))
    assert boundless == []


@pytest.mark.parametrize("given", TURNED)
def test_marks_that_turn_text_are_refused_everywhere(given):
    assert text.wrong("name", given)
    assert text.wrong("note", given)
    assert trouble_of(["ok", given])


@pytest.mark.parametrize("given", ["\u200b", " \u2060\ufeff\t", "\u3164", "\U000e0020", "\u00ad"])
def test_a_name_that_nobody_can_see_is_none(given):
    assert text.wrong("name", given)
    assert text.wrong("s-0-title", given)
    read = values.reader(cells.Field("name", "text", required=True), cells.Formats(), cells.Treatment())
    with pytest.raises(cells.Unfit, match="is empty"):
        read(given)
    for name in (f"a{given}b", "", " "):
        assert text.wrong("name", name) is None


@pytest.mark.parametrize("given", FINE)
def test_what_people_write_is_taken(given):
    assert text.wrong("name", given) is None
    assert trouble_of([given]) == ""


def test_lines_and_lengths():
    assert text.wrong("note", "one\r\ntwo") is None
    assert text.wrong("s-0-note", "one\ntwo") is None
    assert text.wrong("name", "one\ntwo")
    assert text.wrong("pin_reason", "one\u2028two")
    assert text.wrong("note", "x" * text.LONGEST) is None
    assert text.wrong("rows.3.note", "x" * (text.LONGEST + 1))
    with pytest.raises(cells.Unfit):
        values.reader(cells.Field("name", "text"), cells.Formats(), cells.Treatment())("one\ntwo")


def test_a_country_is_a_code_wherever_it_comes_from():
    assert {given: countries.code_of(given) for given in ("jp", " DE ", "ß", "ZZ9", "XX", "ＪＰ", "")} == {
        "jp": "JP", " DE ": "DE", "ß": "", "ZZ9": "", "XX": "", "ＪＰ": "", "": "",
    }  # fmt: skip
    read = values.reader(cells.Field("country", "country"), cells.Formats(), cells.Treatment())
    with pytest.raises(cells.Unfit):
        read("ß")


@pytest.mark.django_db
def test_pages_and_api_refuse_the_same_and_name_the_field(client):
    organisation()
    person = user("admin")
    client.force_login(person)
    one = customer(name="One", owner=person)
    touch = {"kind": "call", "happened_on": "2026-11-24", "note": "Rang"}
    for field, given in (
        ("note", "x" * 10_001),
        ("note", "\u202e"),
        ("next_step", "one\ntwo"),
        ("happened_on", "0001-01-01"),
    ):
        body = touch | {field: given}
        page = client.post(f"/customers/{one.pk}/touches/new/", body)
        api = client.post("/api/v1/touchpoints/", json.dumps({"customer": one.pk} | body), "application/json")
        assert page.status_code in {400, 422}, (field, page.status_code)
        assert (api.status_code, list(told(api))) == (400, [field]), field
    assert not Touchpoint.objects.exists()
    edited = client.post(f"/customers/{one.pk}/edit/", {"name": "One", "owner": person.pk, "country": "ß"})
    assert edited.status_code == 422
    assert Customer.objects.get().country == ""
