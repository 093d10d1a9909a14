"""What is not theirs never shows: no name, no figure, no count, on no page that answers 200."""

from __future__ import annotations

import re

import pytest

from tests.access import site
from tests.access import world as worlds
from tests.access.policy import POLICY

CANARY = "zyxcanary"
FIGURES = ("7654321", "7,654,321", "7.65M", "$7.7M", "7,654")

# Lists, sums, filters and searches, each with what could betray a row behind it.
ASKED = {
    "accounts:portfolio": [
        "q=zyx", "q=Zyxcanary", "owner={owner}", "owner=nobody", "status=any", "sort=-arr", "band=none",
        "arr_min=7000000", "renews_within=90", "quiet=1", "segment={segment}", "sort=name&status=any",
    ],
    "accounts:totals": ["", "q=Zyx", "status=any", "owner={owner}", "arr_min=7000000"],
    "accounts:export": ["", "q=Zyx", "status=any", "owner={owner}"],
    "accounts:search": ["q=zyx", "q=Zyxcanary", "q=customer", "q=contact"],
    "renewals:pipeline": [
        "within=90", "segment={segment}", "column=preparing&after=2026-01-01~1", "column=upcoming&after=2026-01-01~1",
    ],
    "renewals:forecast": ["period=all", "period=all&category=at_risk", "period=all&swing=1", "period=all&month=2027-01"],
    "renewals:qbrs": ["show=soon", "show=overdue", "show=all", "show=held"],
    "playbooks:day": ["", "kind=renewal", "kind=task", "scope=mine"],
    "playbooks:tasks": ["", "q=Zyx", "state=done", "state=snoozed", "state=late", "scope=mine"],
    "playbooks:runs": ["", "state=running"],
    "playbooks:why": ["customer=Zyxcanary", "customer=customer"],
    "playbooks:dry_run": ["", "after=0"],
    "api-customer-list": ["", "q=Zyx", "status=any"],
    "api-contract-list": ["", "customer={customer}"],
    "api-contact-list": ["", "customer={customer}"],
    "api-touchpoint-list": ["", "customer={customer}"],
    "score-list": ["", "customer={customer}", "as_of=2026-11-24"],
    "usage-list": ["", "customer={customer}"],
    "person-list": ["", "customer={customer}", "customer={customer}&who=agents"],
    "renewal-list": ["", "customer={customer}", "owner={owner}", "stage=preparing", "due_from=2026-01-01"],
    "qbr-list": [""],
    "task-list": ["", "customer={customer}", "state=open", "assignee={email}"],
    "enrolment-list": ["", "customer={customer}", "state=running"],
}  # fmt: skip


def asked(world):
    """Addresses: every route that all may read, with every question of ``ASKED``."""
    known = {"owner": world.owner.pk, "email": world.owner.email, "segment": world.segment.pk}
    known["customer"] = world.book.customer.pk
    for name, route in POLICY.items():
        if route.get and route.get.expected("other") == 200:
            plain = site.address(name, world).partition("?")[0]
            for query in {route.query, *ASKED.get(name, [])}:
                yield f"{plain}?{query.format(**known)}"


def readable(world, who):
    """(address, body without the question that was asked) of every address that answers."""
    client = site.browser(world, who)
    for url in asked(world):
        answer = client.get(url)
        assert answer.status_code in {200, 400}, url
        yield url, _without_question(site.text(answer), url)


def _without_question(body, url):
    """A page may say back what it was asked, and a list of changes the instant of its question."""
    body = re.sub(r'"until":"[^"]+"', "", body)
    # The hours that a person has ahead are the person's own, on whosever customers they work.
    body = re.sub(r'"planned_minutes":\d+', "", body)
    said = re.findall(r"(?:q|customer)=(\w+)", url)
    for words in said:
        body = re.sub(
            rf"(?i)([?&;]q={words}|value=\"{words}\"|“{words}”|<b>{words}</b>|called {words}|&quot;{words}&quot;|~contains~{words}|contains {words}\")",
            "",
            body,
        )
    return body


@pytest.mark.parametrize("who", ["other", "stranger"])
def test_nothing_of_another_team_shows_or_counts(world, who):
    """No name, no figure; and non-interference: with one more record elsewhere every body stays as it was."""
    before = dict(readable(world, who))
    assert len(before) > 80
    assert {url: found for url, body in before.items() if (found := _around(body, CANARY))} == {}
    assert {url for url, body in before.items() for figure in FIGURES if figure in body} == set()
    worlds.fill(world, world.owner, "Later", arr=999_999)
    after = dict(readable(world, who))
    assert {url for url, body in before.items() if body != after[url]} == set()


def test_those_who_may_see_it_do(world):
    """The canary is on these pages: what does not show elsewhere was hidden, not absent."""
    client = site.browser(world, "manager")
    for url in ("/customers/", "/renewals/", "/forecast/?period=all", "/tasks/", "/", "/qbrs/", "/api/v1/customers/"):
        assert CANARY in client.get(url).text.lower(), url
        assert CANARY in client.get(url, headers={"HX-Request": "true"}).text.lower(), url


def test_a_parent_one_may_not_see_has_no_name(world):
    below = world.theirs.customer
    for who, shown in (("other", False), ("stranger", False), ("viewer", True)):
        page = site.browser(world, who).get(f"/customers/{below.pk}/").text
        assert (CANARY in page.lower()) is shown, who


def test_a_parent_one_may_not_see_has_no_number(world):
    below = world.theirs.customer
    for who, shown in (("other", False), ("viewer", True)):
        told = site.browser(world, who).get(f"/api/v1/customers/{below.pk}/").json()["parent"]
        assert told == (below.parent_id if shown else None), who
    form = site.browser(world, "other").get(f"/customers/{below.pk}/edit/").text
    assert f'name="parent" value="{below.parent_id}"' not in form
    body = {"name": "Birch", "owner": world.other.pk, "parent": ""}
    assert site.browser(world, "other").post(f"/customers/{below.pk}/edit/", body).status_code == 302
    below.refresh_from_db()
    assert below.parent == world.book.customer


@pytest.mark.parametrize(
    "route", ["accounts:portfolio", "health:case_rule_cases", "renewals:pipeline", "renewals:forecast"]
)
def test_a_filter_by_somebody_out_of_sight_says_what_a_number_of_nobody_says(world, route):
    client, address = site.browser(world, "other"), site.address(route, world).partition("?")[0]
    for pk in (world.owner.pk, world.admin.pk, world.former.pk):
        answers = [client.get(address, {"owner": number, "status": "any"}) for number in (pk, site.NOT_THERE)]
        # Either number in either page, so that a figure that happens to be the same takes nothing from one page alone.
        theirs, nobodys = (re.sub(rf"\b({pk}|{site.NOT_THERE})\b", "N", site.text(answer)) for answer in answers)
        assert (theirs, answers[0].status_code) == (nobodys, answers[1].status_code), pk


@pytest.mark.parametrize("who", ["other", "stranger"])
def test_the_options_of_the_api_name_nothing(world, who):
    client = site.browser(world, who)
    for name in POLICY:
        if site.is_api(url := site.address(name, world)):
            assert CANARY not in client.options(url).content.decode().lower(), name


def _around(body, words):
    at = body.lower().find(words)
    return body[max(0, at - 80) : at + 80] if at >= 0 else ""
