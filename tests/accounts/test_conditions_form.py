"""The one form of conditions: what was typed comes back as it was meant, buttons redraw and save nothing."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.http import QueryDict
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils import translation
from hypothesis import HealthCheck, given, settings

from accounts import conditions
from accounts.forms.rule_values import figure_of
from accounts.forms.rules import ConditionsForm
from tests.accounts.conditions.conftest import english  # noqa: F401 (a fixture)
from tests.accounts.conditions.trees import different_customers, trees
from tests.counting import statements
from tests.examples import dear
from tests.factories import user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

ARR = {"field": "arr", "test": "at_least", "value": 50_000}
NESTED = [ARR, {"any": [{"field": "stage", "test": "is_in", "value": ["growth", "mature"]}, {"none": [ARR]}]}]


def posted(**data: Any) -> QueryDict:
    asked = QueryDict(mutable=True)
    for name, value in data.items():
        asked.setlist(name.replace("_", "-"), value if isinstance(value, list) else [value])
    return asked


def drawn(form: ConditionsForm) -> QueryDict:
    """What a browser posts of a form as it was drawn."""
    html = render_to_string("accounts/_conditions.html", {"conditions": form})
    asked = QueryDict(mutable=True)
    for tag in re.finditer(r"<select[^>]*name=\"([^\"]+)\"[^>]*>(.*?)</select>", html, re.DOTALL):
        chosen = re.findall(r"<option value=\"([^\"]*)\"[^>]* selected", tag[2])
        first = re.findall(r"<option value=\"([^\"]*)\"", tag[2])[:1]
        asked.setlist(tag[1], [_plain(one) for one in (chosen or (first if "multiple" not in tag[0] else []))])
    for tag in re.finditer(r"<textarea[^>]*name=\"([^\"]+)\"[^>]*>(.*?)</textarea>", html, re.DOTALL):
        asked.setlist(tag[1], [_plain(tag[2].removeprefix("\n"))])
    for tag in re.finditer(r"<input[^>]*>", html):
        name, value = re.search(r"name=\"([^\"]+)\"", tag[0]), re.search(r" value=\"([^\"]*)\"", tag[0])
        if name and ("checkbox" not in tag[0] or " checked" in tag[0]):
            asked.appendlist(name[1], _plain(value[1]) if value else "")
    return asked


def _plain(text: str) -> str:
    for sign, entity in (("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#x27;"), ("&", "&amp;")):
        text = text.replace(entity, sign)
    return text


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=dear(20))
@given(stored=trees())
def test_condition_that_is_opened_and_saved_stays_what_it_is(stored: Any) -> None:
    """Whatever is stored, saving the form as it was drawn means the same."""
    form = ConditionsForm(drawn(ConditionsForm(None, prefix="c", stored=stored)), prefix="c")
    assert form.is_valid(), [part.form.errors for part in form._all(form.root)]
    again = conditions.read(form.stored())
    assert _meaning(again) == _meaning(conditions.read(stored))


def _meaning(node: Any) -> Any:
    """A tree without the difference between 5 and 5.0, and without order in choices."""
    if isinstance(node, conditions.Group):
        return node.how, [_meaning(member) for member in node.members]
    value = sorted(set(node.value), key=str) if isinstance(node.value, list) else node.value
    return node.key, node.test, float(value) if isinstance(value, (int, float)) else value


def test_groups_are_read_by_their_paths() -> None:
    form = ConditionsForm(
        posted(c_how="any", c_0_field="arr", c_0_test="at_least", c_0_value="50,000", c_2_how="none",
               c_2_0_field="stage", c_2_0_test="is_in", c_2_0_value=["growth", "mature"], c_1_field=""),
        prefix="c",
    )  # fmt: skip
    assert form.is_valid()
    assert form.stored() == {
        "any": [ARR, {"none": [{"field": "stage", "test": "is_in", "value": ["growth", "mature"]}]}]
    }


def test_empty_form_holds_for_everybody() -> None:
    form = ConditionsForm(posted(c_how="none", c_0_field="", c_1_how="any"), prefix="c")
    assert form.is_valid()
    assert form.stored() == []


@pytest.mark.parametrize(
    ("data", "path", "name", "words"),
    [
        ({"c_0_field": "arr", "c_0_test": "at_least", "c_0_value": "much"}, "0", "value", "needs a number"),
        ({"c_0_field": "arr", "c_0_test": "is", "c_0_value": "1"}, "0", "test", "not one of the available choices"),
        ({"c_0_field": "shoe", "c_0_test": "is", "c_0_value": "1"}, "0", "field", "no field “shoe”"),
        ({"c_0_how": "any", "c_0_0_field": "stage", "c_0_0_test": "is", "c_0_0_value": "old"}, "0.0", "value",
         "not a value of"),
        ({"c_0_field": "next_renewal", "c_0_test": "before", "c_0_value": "soon"}, "0", "value", "needs a day"),
    ],
)  # fmt: skip
def test_problem_stands_at_its_field(data: dict[str, str], path: str, name: str, words: str) -> None:
    form = ConditionsForm(posted(**data), prefix="c")
    assert not form.is_valid()
    (wrong,) = [part for part in form._all(form.root) if part.form.errors]
    assert wrong.path == path
    assert words in str(wrong.form.errors[name])


def test_limits_of_the_whole_are_said_above_it() -> None:
    many = {f"c_{n}_field": "employees" for n in range(51)} | {f"c_{n}_test": "known" for n in range(51)}
    form = ConditionsForm(posted(**many), prefix="c")
    assert not form.is_valid()
    assert form.errors == ["At most 50 conditions."]


@pytest.mark.parametrize(
    ("typed", "language", "figure"),
    [
        ("50,000", "en", 50_000), ("1,234.5", "en", 1234.5), ("５０，０００", "ja", 50_000), ("7.50", "ja", 7.5),
        ("-3", "en", -3), ("1,5", "en", "1,5"), ("5.000,5", "en", "5.000,5"), ("", "en", ""), ("1e9", "en", "1e9"),
        ("9" * 20, "en", "9" * 20),
    ],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(typed: str, language: str, figure: Any) -> None:
    with translation.override(language):
        assert figure_of(typed) == figure


@pytest.mark.parametrize(
    ("act", "paths"),
    [
        ({"c-add": ""}, ["", "0", "1", "1.0", "1.1", "1.1.0", "2"]),
        ({"c-add": "1.1"}, ["", "0", "1", "1.0", "1.1", "1.1.0", "1.1.1"]),
        ({"c-group": "1"}, ["", "0", "1", "1.0", "1.1", "1.1.0", "1.2", "1.2.0"]),
        ({"c-remove": "1.1"}, ["", "0", "1", "1.0"]),
        ({"c-remove": "0"}, ["", "0", "0.0", "0.1", "0.1.0"]),
        ({"c-redraw": ""}, ["", "0", "1", "1.0", "1.1", "1.1.0"]),
        ({"c-remove": "9"}, ["", "0", "1", "1.0", "1.1", "1.1.0"]),
        ({"c-add": "x"}, ["", "0", "1", "1.0", "1.1", "1.1.0"]),
    ],
)
def test_button_redraws_as_typed_and_checks_nothing(act: dict[str, str], paths: list[str]) -> None:
    data = drawn(ConditionsForm(None, prefix="c", stored=NESTED))
    data["c-0-value"] = "no number"
    data.update(act)
    form = ConditionsForm(data, prefix="c")
    assert form.acted
    assert [part.path for part in form._all(form.root)] == paths
    assert not any(part.form.errors for part in form._all(form.root))
    assert not form.is_valid()


def test_other_field_starts_the_condition_anew() -> None:
    data = posted(c_0_field="stage", c_0_test="at_least", c_0_value="50000")
    form = ConditionsForm(data, prefix="c", checked=False, changed="c-0-field")
    leaf = form.root.parts[0].form
    assert leaf.initial == {"field": "stage"}
    assert [key for key, _label in leaf.fields["test"].choices][:3] == ["is", "is_not", "is_in"]
    assert ("growth", "Growth") in leaf.fields["value"].choices


def test_absurd_posts_are_survived() -> None:
    deep = "-".join("0" * 9)
    for data in (
        {f"c-{deep}-field": "arr"}, {"c-0-field": "arr", "c-0-0-field": "arr"}, {"c--field": "arr"},
        {"c-9999-field": "arr"}, {"c-0-how": "sideways"}, {f"c-{n}-how": "any" for n in range(500)},
        {"c-0-field": "a\x00", "c-0-value": "\x00"},
    ):  # fmt: skip
        asked = QueryDict(mutable=True)
        asked.update(data)
        ConditionsForm(asked, prefix="c").is_valid()


@pytest.mark.parametrize("rows", [1, 10])
def test_drawing_takes_the_same_statements_whatever_the_conditions(rows: int) -> None:
    different_customers()
    every: list[Any] = [
        {"field": "segment", "test": "is", "value": "Bank"}, {"field": "owner", "test": "is", "value": "jp@demo.example"},
        {"field": "attribute:plan", "test": "is", "value": "Basic"},
    ]  # fmt: skip
    with statements() as asked:
        render_to_string(
            "accounts/_conditions.html", {"conditions": ConditionsForm(None, prefix="c", stored=every * rows)}
        )
    with statements() as once:
        render_to_string("accounts/_conditions.html", {"conditions": ConditionsForm(None, prefix="c", stored=every)})
    assert len(asked) == len(once)


def test_fragment_is_drawn_for_admins_alone(client: Client) -> None:
    url = reverse("accounts:conditions", args=["c"])
    client.force_login(user("admin"))
    answer = client.post(url, {"c-0-field": "stage", "c-0-test": "at_least"}, headers={"HX-Trigger-Name": "c-0-field"})
    text = answer.content.decode()
    assert 'id="c-conditions"' in text
    assert "Onboarding" in text
    client.force_login(user("csm"))
    assert client.post(url, {}).status_code == 404
