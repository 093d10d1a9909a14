"""What nobody sends by mistake: the answer is a refusal, never an error of the server's, and nothing is half-written."""

from __future__ import annotations

import json

import pytest
from django.db import transaction

from tests import tables
from tests.access import site
from tests.access.policy import API, POLICY, SIGN_IN
from tests.problems import told

REFUSED = 400
BROKEN = 500
VALUES = (10**40, -1, True, [[]], {"a": 1}, "NaN", "0001-01-01", "9999-12-31", "x" * 9000)
BODIES = {
    "NUL": '{"note": "a\\u0000"}',
    "half a pair": '{"note": ["\\ud800"]}',
    "half a pair as a key": '{"a": {"\\udfff": 1}}',
    "no number": '{"note": NaN}',
    "infinite": '{"note": -Infinity}',
    "too large for a float": '{"note": 1e999}',
    "deep": "[" * 40 + "]" * 40,
    "deeper than Python goes": "[" * 100_000,
    "a number without end": "9" * 5000,
}
TYPED = ("9" * 40, "-1", "NaN", "0001-01-01", "9999-12-31", "x" * 9_000, "[[]]", "\u202e", "٣", "1e999")
NUMBERS = ("9" * 40, "NaN", "9999-12-31")
PARAMETERS = ("page", "page_size", "customer", "after", "before", "since", "days", "as_of", "due_from")


def writes():
    return [name for name, route in API.items() if route.post]


@pytest.fixture
def admin(world):
    return site.browser(world, "admin", raise_request_exception=False)


def sent(send):
    """The answer's status; what an accepted request wrote is taken back, what a refused one wrote stays."""
    with transaction.atomic():
        status = send().status_code
        if status < REFUSED:
            transaction.set_rollback(True)
    return status


def test_no_field_of_the_api_breaks_the_server(world, admin):
    before, broken = tables.rows(), []
    for at, name in enumerate(writes()):
        address, body = site.address(name, world), site.body_of(POLICY[name], world, admin)
        for field in (*body, *POLICY[name].optional):
            for value in VALUES[at % 2 :: 2]:
                text = json.dumps(body | {field: value})
                status = sent(lambda to=address, text=text: admin.post(to, text, content_type="application/json"))
                broken += [(name, field, str(value)[:20])] if status >= BROKEN else []
    assert broken == []
    assert tables.rows() == before


def typed(world, admin, values):
    """(route, field, value) of every field of a page's form that such a value breaks; refused ones write nothing."""
    before, broken = tables.rows(), []
    pages = [name for name, route in POLICY.items() if route.post and name not in {*API, *SIGN_IN}]
    for at, name in enumerate(pages):
        body = site.body_of(POLICY[name], world, admin)
        fields = sorted({*body, *POLICY[name].optional})
        for field, value in values(at, fields):
            to, data = site.address(name, world), body | {field: value}
            status = sent(lambda to=to, data=data: admin.post(to, data))
            broken += [(name, field, str(value)[:20])] if status >= BROKEN else []
    assert tables.rows() == before
    return broken


def test_no_field_of_a_page_breaks_the_server(world, admin):
    """One field of every other form and one value of each field: all of them are for ``make faults``."""

    def one(at, fields):
        return [(field, TYPED[at // 2 % len(TYPED)]) for field in fields[at % 3 : at % 3 + 1 - at % 2]]

    assert typed(world, admin, one) == []


@pytest.mark.long
@pytest.mark.timeout(1_200)
def test_no_value_of_any_field_of_a_page_breaks_the_server(world, admin):
    assert typed(world, admin, lambda _at, fields: [(one, value) for one in fields for value in TYPED]) == []


def test_a_body_without_end_is_refused(world, admin, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    answer = admin.post(site.address("qbr-close", world), {"goals": ["x" * 400] * 3}, "application/json")
    assert answer.status_code == REFUSED


@pytest.mark.parametrize("kind", BODIES)
def test_what_no_column_holds_is_refused_by_the_parser(world, admin, kind):
    answer = admin.post(site.address("qbr-close", world), BODIES[kind], content_type="application/json")
    assert answer.status_code == REFUSED, answer.content


def test_the_key_path_is_named(world, admin):
    body = {"rows": [{"customer": 1, "owner": "a\0"}]}
    answer = admin.post(site.address("api-customer-owners", world), body, content_type="application/json")
    assert list(told(answer)) == ["rows.0.owner"]


def test_no_parameter_of_an_address_breaks_the_server(world, admin):
    broken = []
    asked = [name for name, route in POLICY.items() if route.get and (route.query or name.endswith("-list"))]
    for at, name in enumerate(asked):
        if name in SIGN_IN:
            continue
        address, value = site.address(name, world).split("?")[0], NUMBERS[at % len(NUMBERS)]
        for one in PARAMETERS[at % 3 :: 3]:
            status = sent(lambda to=address, one=one, value=value: admin.get(to, {one: value}))
            broken += [(name, one, value)] if status >= BROKEN else []
    assert broken == []


DAYS = {
    "accounts:export": "as_of",
    "api-customer-list": "as_of", "score-list": "as_of", "health:score_part": "day",
    "history:page": "first", "history:export": "last", "renewals:forecast": "month",
    "renewal-list": "due_from", "renewal-sums": "due_before", "api-contract-list": "changed_since",
}  # fmt: skip


@pytest.mark.parametrize("day", ["0001-01-01", "0001-01-20", "1989-12-31", "2100-01-01", "9999-12-31"])
def test_a_day_that_nobody_can_mean_is_refused_or_finds_nothing(world, admin, day):
    answers = {}
    for name, parameter in DAYS.items():
        value = {"month": day[:7], "changed_since": f"{day}T00:00:00+14:00"}.get(parameter, day)
        to = site.address(name, world).split("?")[0]
        answers[name] = sent(lambda to=to, parameter=parameter, value=value: admin.get(to, {parameter: value}))
    assert answers.pop("api-contract-list") < BROKEN
    assert answers == dict.fromkeys(answers, REFUSED)


def test_the_api_refuses_by_name_what_it_does_not_know(world, admin):
    for name in POLICY:
        address = site.address(name, world).partition("?")[0]
        if site.is_api(address) and name not in {"api-root", "api-schema"} and POLICY[name].get:
            answer = admin.get(address, {"nonsense": "1"})
            assert (answer.status_code, list(told(answer))) == (REFUSED, ["nonsense"]), name
    body = {"goals": ["a"], "nonsense": 1}
    answer = admin.post(site.address("qbr-close", world), body, "application/json")
    assert (answer.status_code, list(told(answer))) == (REFUSED, ["nonsense"])
    assert admin.get("/api/v1/customers/" + "9" * 25 + "/").status_code == 404
    assert admin.post("/api/v1/tasks/" + "9" * 25 + "/wake/").status_code == 404


@pytest.mark.parametrize(
    "key", ["NaN~5", "-Infinity~5", "5_0~", "5~" + "9" * 19, "2026-11-24~" + "9" * 19, "NaN_5", "9" * 19]
)
def test_a_key_that_no_page_gave_out_is_a_400(world, admin, key):
    lists = (
        "/customers/?sort=arr&after=",
        "/cases/?after=",
        "/next-actions/?motion=find_out&after=",
        "/case-rules/churns/?after=",
    )
    of_one = [
        site.address(name, world) + "?after="
        for name in ("health:proof", "health:scorecard_movers", "playbooks:dry_run")
    ]
    for address in (*lists, *of_one, "/renewals/?column=preparing&after="):
        assert admin.get(address + key).status_code == REFUSED, address


@pytest.mark.parametrize("charset", ["utf-7", "rot13"])
def test_a_form_in_another_charset_is_refused(world, admin, charset):
    kind = f"application/x-www-form-urlencoded; charset={charset}"
    assert admin.generic("POST", "/me/", b"name=%2B2AA-", kind).status_code == REFUSED


def test_a_form_with_a_nul_names_its_field(world, admin):
    answer = admin.post("/me/", {"name": "a\0"})
    assert answer.status_code == REFUSED
    assert "“name”" in answer.content.decode()
