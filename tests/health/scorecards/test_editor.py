"""The scorecard editor on pages: what an admin types is kept, what is wrong is said at its field."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import gettext

from accounts.models import Customer, User
from health import publishing, scoring
from health.measures import catalogue
from health.models import MeasureGroup, Scorecard, ScorecardAct
from health.publishing import adding
from tests import factories as make
from tests.counting import statements
from tests.factories import DAY
from tests.health.conftest import scorecard
from tests.health.publishing.test_drafting import NOW, line, said, stored

pytestmark = pytest.mark.usefixtures("months")


@pytest.fixture
def admin(client: Client) -> User:
    make.organisation()
    scorecard({"all": (1, {"nps": 1})}, key="onboarding", name="Onboarding", stages=["onboarding"])
    groups: dict[str, Any] = {
        "adoption": (60, {"usage_trend": 20, "stickiness": 5}),
        "support": (30, {"support_csat": 30}),
        "relationship": (10, {"nps": 25}),
    }
    standard = scorecard(groups, {"silent": 69, "champion_left": 69}, key="standard", name="Standard", position=2)
    MeasureGroup.objects.filter(scorecard=standard, key="adoption").update(name="Adoption")  # as those that ship
    one = make.user("admin")
    client.force_login(one)
    return one


@pytest.fixture
def draft(admin: User) -> Scorecard:
    return publishing.begin_draft(Scorecard.objects.get(key="standard"), admin, NOW, DAY)


def url(name: str, *args: Any) -> str:
    return reverse(f"health:{name}", args=args)


def typed(client: Client, path: str) -> dict[str, Any]:
    """What a browser would send of the form as the page shows it."""
    page = client.get(path).content.decode()
    found: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]+>", page):
        fields = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if "name" not in fields or (fields.get("type") == "checkbox" and " checked" not in tag):
            continue
        found.setdefault(fields["name"], []).append(fields.get("value", ""))
    for name, options in re.findall(r'<select[^>]*name="(\w+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        found[name] = [chosen[1] if chosen else ""]
    found.pop("csrfmiddlewaretoken", None)
    found.pop("form_key", None)
    return found


def text(answer: Any) -> str:
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split()))


def test_saving_what_the_page_shows_changes_nothing(client: Client, draft: Scorecard) -> None:
    before = stored(draft)
    for name in ("scorecard", "scorecard_ceilings", "scorecard_scope"):
        path = url(name, draft.pk)
        answer = client.post(path, typed(client, path))
        assert (answer.status_code, answer["Location"]) == (302, path)
    path = url("scorecard_line", draft.pk, "nps")
    assert client.post(path, typed(client, path)).status_code == 302
    assert stored(draft) == before


def test_the_page_shows_a_share_as_per_cent(client: Client, draft: Scorecard) -> None:
    path = url("scorecard", draft.pk)
    form = typed(client, path)
    assert (form["m-usage_trend-zero_at"], form["m-usage_trend-full_at"]) == (["-50"], ["10"])
    client.post(path, form | {"m-usage_trend-full_at": "12.5", "m-usage_trend-weight": "31"})
    kept = next(one for one in stored(draft).lines if one.measure == "usage_trend")
    assert (float(kept.full_at), kept.weight) == (0.125, 31)


def test_mistakes_are_said_at_their_fields_and_nothing_typed_is_lost(client: Client, draft: Scorecard) -> None:
    before = stored(draft)
    path = url("scorecard", draft.pk)
    wrong = {"m-nps-weight": "0", "m-nps-window": "401", "m-stickiness-zero_at": "lots", "g-support-weight": "33"}
    answer = client.post(path, typed(client, path) | wrong)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'value="lots"' in page
    assert "Enter a number." in page
    answer = client.post(path, typed(client, path) | wrong | {"m-stickiness-zero_at": "10"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert re.search(r'id="id_m-nps-weight_error"><p class="error">.*?A weight is above 0', page, re.DOTALL)
    assert re.search(r'id="id_m-nps-window_error"><p class="error">.*?from 1 to 400', page, re.DOTALL)
    assert re.search(r'name="g-support-weight" value="33"', page)
    assert stored(draft) == before


def test_what_somebody_else_put_in_meanwhile_is_seen_before_it_is_published(client: Client, draft: Scorecard) -> None:
    path = url("scorecard_scope", draft.pk)
    form = typed(client, path) | {"position": "7", "then": "publish"}
    publishing.save_draft(draft, replace(stored(draft), name="Wider"))
    answer = client.post(path, form)
    assert answer.status_code == 422
    assert "Somebody else has changed this draft since you opened it." in text(answer)
    assert (stored(draft).name, stored(draft).position) == ("Wider", 7)
    assert Scorecard.objects.get(pk=draft.pk).is_draft


def test_weights_are_chosen_one_by_one_and_groups_called_by_their_names(client: Client, draft: Scorecard) -> None:
    """Two change one weight each: both stand. Both change the same: that one alone is asked."""
    path, content = url("scorecard", draft.pk), stored(draft)
    group, lines = content.groups[0], content.groups[0].measures
    form = typed(client, path)
    other, mine = f"m-{lines[0].measure}-weight", f"g-{group.key}-weight"
    assert client.post(path, form | {other: "31"}).status_code == 302
    assert client.post(path, form | {mine: "32"}).status_code == 302
    saved = stored(draft).groups[0]
    assert (saved.weight, saved.measures[0].weight) == (32, 31)
    answer = client.post(path, form | {mine: "33", other: "31"})
    assert answer.status_code == 409
    words = text(answer)
    assert "1 field needs a choice" in words
    assert f"Weight of the group {gettext(group.name)}" in words
    out = [row for row in form["row"] if row != f"m:{lines[-1].measure}"]
    answer = client.post(path, form | {mine: "33", "row": out})
    assert answer.status_code == 409
    assert f"{gettext(group.name)}: 33" in text(answer)
    assert f"{group.key}: " not in text(answer)


def test_publishing_saves_first_and_can_be_undone(client: Client, admin: User, draft: Scorecard) -> None:
    path = url("scorecard", draft.pk)
    form = typed(client, path) | {"m-nps-weight": "30", "then": "publish", "note": "Voices count more"}
    answer = client.post(path, form, follow=True)
    page = answer.content.decode()
    assert "Version 2 is in use" in page
    standard = Scorecard.objects.get(key="standard", version=1)
    assert url("scorecard_roll_back", standard.pk) in page
    draft.refresh_from_db()
    assert (draft.is_published, draft.note) == (True, "Voices count more")
    assert ScorecardAct.objects.latest("pk").by == admin
    back = client.post(url("scorecard_roll_back", standard.pk), follow=True)
    assert "Version 1 is in use" in back.content.decode()
    assert Scorecard.objects.get(key="standard", is_published=True) == standard


def test_an_unfinished_draft_is_saved_but_not_published(client: Client, admin: User) -> None:
    answer = client.post(url("scorecard_new"), {"name": "Pilot", "purpose": "adoption"})
    made = Scorecard.objects.get(key="pilot")
    assert answer["Location"] == url("scorecard_catalogue", made.pk)
    answer = client.post(url("scorecard", made.pk), typed(client, url("scorecard", made.pk)) | {"then": "publish"})
    assert answer.status_code == 422
    assert "A scorecard needs at least one measure." in answer.content.decode()


def test_a_measure_is_added_from_the_catalogue_once(client: Client, draft: Scorecard) -> None:
    path = url("scorecard_catalogue", draft.pk)
    page = client.get(path).content.decode()
    assert "Average answer, 0 to 10, to the question whether they will renew." in page
    assert client.post(path, {"measure": "renewal_intent", "group": "", "name": "Voices"}).status_code == 302
    group = stored(draft).groups[-1]
    assert (group.name, [one.measure for one in group.measures]) == ("Voices", ["renewal_intent"])
    answer = client.post(path, {"measure": "renewal_intent", "group": "support", "name": ""})
    assert answer.status_code == 422
    assert "stands on the scorecard twice" in answer.content.decode()
    assert client.post(path, {"measure": "luck"}).status_code == 404


def test_a_line_takes_thresholds_by_tenure_moves_and_goes(client: Client, draft: Scorecard) -> None:
    path = url("scorecard_line", draft.pk, "usage_trend")
    form = typed(client, path) | {"t-0-from_days": "90", "t-0-zero_at": "-30", "t-0-full_at": "5", "group": "support"}
    assert client.post(path, form).status_code == 302
    support = next(one for one in stored(draft).groups if one.key == "support")
    moved = support.measures[-1]
    assert (moved.measure, moved.by_tenure[0].from_days, float(moved.by_tenure[0].zero_at)) == (
        "usage_trend", 90, -0.3,
    )  # fmt: skip
    wrong = typed(client, path) | {"t-1-from_days": "60", "t-1-zero_at": "0", "t-1-full_at": "5"}
    answer = client.post(path, wrong)
    assert answer.status_code == 422
    assert re.search(r'id="id_t-1-from_days_error".*?later than the line above: day 90', answer.content.decode())
    answer = client.post(path, typed(client, path) | {"t-1-zero_at": "3"})
    assert "From which day do these count?" in answer.content.decode()
    client.post(path, typed(client, path) | {"out": "1"})
    assert "usage_trend" not in [one.measure for one in stored(draft).lines]
    assert client.get(path).status_code == 404


def test_ceilings_and_bands_are_edited(client: Client, draft: Scorecard) -> None:
    path = url("scorecard_ceilings", draft.pk)
    form = typed(client, path)
    assert form["at_silent"] == ["69"]
    answer = client.post(path, form | {"at_silent": "101", "yellow_from": "80"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert re.search(r'id="id_at_silent_error".*?At most 100', page, re.DOTALL)
    assert re.search(r'id="id_yellow_from_error".*?Yellow must begin below green', page, re.DOTALL)
    assert client.post(path, form | {"at_silent": "", "at_login_only": "50.5", "green_from": "75"}).status_code == 302
    kept = stored(draft)
    assert kept.green_from == 75
    limits = {cap.condition: cap.at_most for cap in kept.ceilings}
    assert "silent" not in limits
    assert float(limits["login_only"]) == 50.5


def test_whom_it_scores_is_edited(client: Client, draft: Scorecard) -> None:
    place = make.segment(name="Enterprise")
    path = url("scorecard_scope", draft.pk)
    form = typed(client, path) | {"segments": [str(place.pk)], "stages": ["growth", "mature"], "position": "4"}
    assert client.post(path, form).status_code == 302
    kept = stored(draft)
    assert (kept.segments, kept.stages, kept.position) == ((place.pk,), ("growth", "mature"), 4)
    answer = client.post(path, typed(client, path) | {"purpose": "risk", "position": "0", "name": ""})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "This field is required." in page
    answer = client.post(path, typed(client, path) | {"purpose": "risk"})
    assert "keeps its purpose" in answer.content.decode()


def test_a_shipped_name_stays_translatable(client: Client, draft: Scorecard) -> None:
    """Saved in Japanese as it was shown there, it is still the English name that is stored."""
    before = stored(draft)
    client.cookies["django_language"] = "ja"
    User.objects.update(language="ja")
    for name in ("scorecard", "scorecard_scope"):
        path = url(name, draft.pk)
        form = typed(client, path)
        assert client.post(path, form).status_code == 302
    assert stored(draft) == before


def test_a_published_version_is_shown_and_never_edited(client: Client, draft: Scorecard) -> None:
    standard = Scorecard.objects.get(key="standard", version=1)
    page = client.get(url("scorecard", standard.pk)).content.decode()
    assert "Edit draft v2" in page
    assert 'name="m-nps-weight"' not in page
    for name in ("scorecard", "scorecard_ceilings", "scorecard_scope"):
        assert client.get(url(name, standard.pk)).status_code == 200
        assert client.post(url(name, standard.pk), {}).status_code == 404
    for name in ("scorecard_catalogue", "scorecard_preview", "scorecard_movers"):
        assert client.get(url(name, standard.pk)).status_code == 404
    assert client.get(url("scorecard", 987_654)).status_code == 404


def test_versions_name_who_did_what(client: Client, admin: User, draft: Scorecard) -> None:
    publishing.publish(draft, admin, NOW, DAY, "Calmer")
    words = text(client.get(url("scorecard_versions", draft.pk)))
    assert f"v2: Published {admin.name} · Calmer" in words
    assert f"v2: Draft begun {admin.name}" in words


def test_versions_are_compared_both_ways(client: Client, admin: User, draft: Scorecard) -> None:
    standard = Scorecard.objects.get(key="standard", version=1)
    content = stored(draft)
    publishing.save_draft(draft, said(line(), name=content.name, position=content.position))
    words = text(client.get(url("scorecard_compare", standard.pk, draft.pk)))
    assert "Usage trend taken out, weight 20 –" in words
    back = text(client.get(url("scorecard_compare", draft.pk, standard.pk)))
    assert "Usage trend added, weight – 20" in back
    other = Scorecard.objects.get(key="onboarding")
    assert client.get(url("scorecard_compare", standard.pk, other.pk)).status_code == 404


def test_acts_that_cannot_be_done_say_why(client: Client, draft: Scorecard) -> None:
    standard = Scorecard.objects.get(key="standard", version=1)
    assert client.post(url("scorecard_roll_back", standard.pk)).status_code == 409
    assert client.post(url("scorecard_discard", standard.pk)).status_code == 409
    assert client.post(url("scorecard_retire", draft.pk)).status_code == 409
    answer = client.post(url("scorecard_retire", standard.pk), follow=True)
    assert url("scorecard_roll_back", standard.pk) in answer.content.decode()
    answer = client.post(url("scorecard_discard", draft.pk), follow=True)
    assert "The draft is gone." in answer.content.decode()


def test_the_preview_panel_says_what_would_change(client: Client, admin: User, draft: Scorecard) -> None:
    content = stored(draft)
    empty = client.get(url("scorecard_preview", draft.pk)).content.decode()
    assert "Nobody would be scored by it" in empty
    for name in ("Ash", "Birch"):
        make.contact(make.customer(name=name, arr=1_000, stage="mature"), roles=["champion"])
    for first, last in scoring.chunks(DAY):
        scoring.score_range(first, last, DAY)
    before = list(Customer.objects.values_list("band", flat=True))
    strict = {"green_from": 99, "yellow_from": 98, "stages": ()}
    publishing.save_draft(draft, said(line("champion_present", zero_at=1, full_at=3), name=content.name, **strict))
    answer = client.get(url("scorecard_preview", draft.pk), headers={"HX-Request": "true"})
    words = text(answer)
    assert "2 customers, today" in words
    assert "Change band 2 of 2" in words
    assert "No case opens from a change of weights." in words
    assert 'id="data-champion_present" hx-swap-oob="true">100%' in answer.content.decode()
    rows = text(client.get(url("scorecard_movers", draft.pk)))
    assert "Ash" in rows
    assert "Birch" in rows
    assert list(Customer.objects.values_list("band", flat=True)) == before
    narrowed = client.get(url("scorecard_movers", draft.pk) + "?from=red&to=green")
    assert "Nobody changes band" in narrowed.content.decode()


@pytest.mark.parametrize(
    "query", ["?from=purple", "?after=x", "?after=1_x", "?after=NaN_1", "?after=1_99999999999999999999"]
)
def test_movers_refuse_an_address_they_never_gave(client: Client, draft: Scorecard, query: str) -> None:
    assert client.get(url("scorecard_movers", draft.pk) + query).status_code == 400


@pytest.mark.parametrize("role", ["csm", "manager", "viewer"])
def test_only_admins_edit(client: Client, draft: Scorecard, role: str) -> None:
    client.force_login(make.user(role))
    assert client.get(url("scorecard", draft.pk)).status_code == 403
    assert client.post(url("scorecard_discard", draft.pk)).status_code == 403
    page = client.get(url("scorecards")).content.decode()
    assert "New scorecard" not in page
    assert "draft" not in page


def test_pages_cost_the_same_for_more_versions_and_measures(client: Client, admin: User, draft: Scorecard) -> None:
    counts = []
    for more in ("renewal_intent", "ces"):
        with statements() as asked:
            for name in ("scorecard", "scorecard_versions", "scorecard_catalogue"):
                assert client.get(url(name, draft.pk)).status_code == 200
            assert client.get(url("scorecards")).status_code == 200
        counts.append(len(asked))
        published = publishing.publish(draft, admin, NOW, DAY)
        draft = publishing.begin_draft(published, admin, NOW, DAY)
        publishing.save_draft(draft, adding.with_measure(stored(draft), catalogue()[more]))
    assert counts[0] == counts[1]
