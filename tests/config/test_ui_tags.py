"""Tags and filters as templates use them."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from django import forms
from django.http import HttpRequest
from django.template import Context, Template
from django.test import RequestFactory

from config.ui.tags import hue, initial
from config.web.paging import Page
from config.web.tags import style_sheets
from tests.markup import tight

ON = dt.date(2026, 11, 24)


class Question(forms.Form):
    name = forms.CharField(help_text="As on the contract", label="Name")
    note = forms.CharField(widget=forms.Textarea, required=False)
    loud = forms.BooleanField(required=False)
    kind = forms.ChoiceField(widget=forms.RadioSelect, choices=[("a", "A"), ("b", "B")])


@pytest.fixture(autouse=True)
def day(monkeypatch: pytest.MonkeyPatch):
    """The day, without a database: the clock itself is tried in its own tests."""
    monkeypatch.setattr("config.ui.filters.today", lambda: ON)


def show(source: str, **context: object) -> str:
    return Template("{% load i18n ui %}" + source).render(Context(context))


def test_every_sheet_is_linked_once_with_tokens_first():
    sheets = style_sheets()
    assert sheets[:3] == ("css/tokens.css", "css/base.css", "css/layout.css")
    assert len(set(sheets)) == len(sheets) >= 38
    assert show("{% css_links %}").count("<link") == len(sheets)


def test_icon_of_ours_and_of_lucide():
    assert show('{% icon "renewal" %}').startswith('<svg class="icon s" viewBox="0 0 16 16"')
    assert 'class="icon lucide"' in show('{% icon "rocket" "" %}')


def test_colour_of_a_customer_never_changes():
    assert hue(12) == hue("12")
    assert {hue(n) for n in range(100)} == {f"c{n}" for n in range(8)}


@pytest.mark.parametrize(
    ("name", "letter"), [("cobalt freight", "C"), ("株式会社ひのき", "ひ"), ("", "?"), (" 9Lives", "9")]
)
def test_initial(name: str, letter: str):
    assert initial(name) == letter


def test_logo_escapes_the_name():
    assert ">&lt;<" in show("{% logo name 1 %}", name="<script>")


def test_pill_says_its_band():
    assert show('{% pill 58 "yellow" %}') == '<span class="pill watch">58<span class="quiet"> yellow</span></span>'
    assert show("{% pill None %}") == '<span class="pill calm">–<span class="quiet"> no score</span></span>'
    assert show('{{ "red"|tone }} {{ None|tone }}') == "risk calm"


def test_delta_has_sign_arrow_and_tone():
    assert show("{% delta -13 %}") == '<span class="delta down risk">−13</span>'
    assert show('{% delta 4 "%" %}') == '<span class="delta good">+4%</span>'
    assert show('{% delta 4 rising="risk" %}') == '<span class="delta risk">+4</span>'
    assert show("{% delta 0 %}") == '<span class="delta flat calm">0</span>'
    assert show("{% delta None %}") == ""


def test_badge_and_person():
    assert show('{% badge "Risk" "risk" %}') == '<span class="badge risk">Risk</span>'
    assert "nobody" in show("{% person None %}")


def test_dates_ask_for_the_day():
    assert show("{{ d|day }}", d=dt.date(2027, 1, 31)) == '<time datetime="2027-01-31">31 Jan 2027</time>'
    assert show("{{ d|days_until|days_left }}", d=dt.date(2027, 1, 31)) == "68 d"
    assert show("{{ d|days_ago }}", d=dt.date(2026, 11, 23)) == "yesterday"
    assert show("{{ d|day }}", d=None) == "–"


def test_money_change_has_its_sign():
    assert show('{{ 19000|money_change:"USD" }} {{ -97000|money_change:"USD" }}') == "+$19k −$97k"


def test_steps_and_voices_say_what_they_show():
    assert 'aria-label="2.5 of 4 ready"' in show("{% steps s %}", s=["done", "part", "open", "done"])
    assert 'aria-label="Model 54%, 38% to 69%, CSM 70%"' in show("{% voices model=0.54 low=0.38 high=0.69 csm=0.7 %}")


def test_field_ties_help_and_error_to_its_control():
    html = tight(show("{% field form.name %}", form=Question({"name": ""})))
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'class="input"' in html
    assert '<label for="id_name"> Name </label>' in html
    assert "This field is required." in html


def test_fields_of_every_kind():
    html = show("{{ form }}", form=Question())
    assert '<textarea name="note"' in html
    assert html.count("optional") >= 2
    assert 'type="checkbox"' in html
    assert "<legend>Kind</legend>" in html
    assert len(re.findall(r'class="field', html)) == 4


def test_errors_of_the_whole_form_come_first():
    form = Question({"name": "x", "kind": "a"})
    form.add_error(None, "These <two> do not fit.")
    assert "These &lt;two&gt; do not fit." in show("{{ form }}", form=form)


def request(path: str = "/customers/?band=red&after=9") -> HttpRequest:
    return RequestFactory().get(path)


def test_pagination_keeps_filters_and_drops_the_old_key():
    html = show('{% pagination page "#book" %}', page=Page([1], before="3", after="12"), request=request())
    assert 'href="/customers/?band=red&amp;before=3"' in html
    assert 'href="/customers/?band=red&amp;after=12"' in html
    assert 'hx-target="#book"' in html


def test_pagination_of_one_page_is_nothing():
    assert show("{% pagination page %}", page=Page([1]), request=request()).strip() == ""


def test_address_takes_a_filter_away():
    assert show("{% address band=None %}", request=request()) == "/customers/?after=9"


def test_panel_slot_waits_at_its_height():
    html = show('{% panel_slot "/p/" lines=3 title="Health" on="health:changed" key="h" %}')
    assert html.count("skeleton") == 3
    assert 'hx-trigger="load, health:changed from:body"' in html
    assert 'id="h"' in html


def test_empty_offers_the_next_act():
    assert '<a class="button" href="/c/">Open</a>' in show('{% empty "Nothing yet" "Why" "/c/" "Open" %}')


@pytest.mark.parametrize(
    ("first", "last", "shown"),
    [
        (dt.date(2026, 1, 12), dt.date(2026, 6, 11), "12 Jan – 11 Jun"),
        (dt.date(2026, 1, 12), dt.date(2027, 1, 11), "12 Jan 2026 – 11 Jan 2027"),
        (dt.date(2025, 1, 12), dt.date(2026, 1, 11), "12 Jan 2025 – 11 Jan 2026"),
        (dt.date(2025, 1, 12), dt.date(2025, 6, 11), "12 Jan 2025 – 11 Jun 2025"),
        (dt.date(2026, 1, 12), None, "12 Jan –"),
    ],
)
def test_a_period_across_years_says_both(first, last, shown):
    assert re.sub("<[^>]*>", "", show("{% period first last %}", first=first, last=last)) == shown


def test_no_template_writes_a_period_of_its_own():
    bare = re.compile(r"\|day \}\} ?– ?(\{%[^%]*%\} ?)?\{\{ [\w.]+\|day")
    found = [path.name for path in Path("templates").rglob("*.html") if bare.search(path.read_text())]
    assert found == []


def test_no_comma_stands_after_the_line_end_of_an_included_file():
    found = [
        p.name for p in Path("templates").rglob("*.html") if re.search(r"\{% include [^%]*%\}\{% comma", p.read_text())
    ]
    assert found == []
