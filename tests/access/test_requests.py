"""Writes need a token, and a form takes only the fields it declares."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict

import pytest
from django.db import connection, transaction

from tests import tables
from tests.access import site
from tests.access.policy import DECIDES, POLICY, SIGN_IN
from tests.problems import told

# Fields of models that no form offers; each value can be told from every true one.
EXTRA = {
    "id": "77", "pk": "77", "owner": "{admin}", "owner_id": "{admin}", "customer": "{far}", "customer_id": "{far}",
    "author": "{admin}", "user": "{admin}", "role": "admin", "is_staff": "on", "is_superuser": "on", "is_active": "",
    "manager": "{stranger}", "password": "hijacked", "email": "hijack@demo.example", "score": "13.57", "band": "red",
    "arr": "13579.24", "status": "churned", "stage": "agreed", "outcome": "churned", "segment": "{segment}",
    "touch_model": "tech", "created_at": "2001-01-01", "scored_at": "2001-01-01", "closed_on": "2001-01-01",
    "closed_arr": "13579.24", "held_on": "2001-01-01", "done_on": "2001-01-01", "done_at": "2001-01-01",
    "done_by": "{stranger}", "final_likelihood": "0.1357", "model_likelihood": "0.1357", "csm_likelihood": "0.1357",
    "final_by": "{stranger}", "merged_into": "{far}", "first_contract_on": "2001-01-01", "published": "1",
    "state": "exited", "occasion": "hijacked", "external_id": "hijacked", "source": "hijacked", "attributes": "{{}}",
    "successor_id": "1", "contract": "1", "renewal": "1", "position": "99", "rule": "[]", "key": "hijacked",
    "version": "99", "enrolled_by": "{stranger}", "assignee": "{stranger}", "assigned_as": "manager",
    "last_touch_on": "2001-01-01", "next_renewal_on": "2001-01-01", "date_joined": "2001-01-01", "sentiment": "1",
}  # fmt: skip
# Declared by the form although the body of the policy leaves them out.
DECLARED = {"accounts:contact_edit": {"title"}}
# allauth notes the address of whoever asks for a new password; it decides nothing.
UNWATCHED = {"account_emailaddress"}
PASSING = {"password", "last_login", "dedup_key", "payload", "act", "digest", "hint", "searched_grams"}
NUMBER = re.compile(r"\b1\d{6}\b")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# The mark of a row that an import made.
MARK = re.compile(r'"[0-9a-f]{32}"')
INSTANT = re.compile(r'"20(?!01)\d\d-\d\d-\d\dT[^"]+"')


def rows(within=None):
    return tables.rows(UNWATCHED, within=within)


@pytest.fixture
def numbered(world):
    """The company, with numbers from a million on for every row that is written now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT format('%I.%I', schemaname, sequencename) FROM pg_sequences")
        for (sequence,) in cursor.fetchall():
            cursor.execute(f"ALTER SEQUENCE {sequence} RESTART WITH 1000000")
    return world


def difference(before, after):
    """What came and what went, without what must differ from run to run: numbers of new rows, instants of this year."""
    came, went = (
        Counter(f"{table} {_plain(json.loads(row))}" for table, row in found.elements())
        for found in (after - before, before - after)
    )
    return came - went, went - came


def _plain(row):
    kept = {column: value for column, value in row.items() if column not in PASSING}
    plain = MARK.sub('"mark"', UUID.sub("key", json.dumps(kept, sort_keys=True)))
    return INSTANT.sub('"now"', NUMBER.sub("new", plain))


def posts():
    return [name for name, route in POLICY.items() if route.post and route.post.allowed and name not in SIGN_IN]


def by(world, name):
    """Who may do it: one who changes, a manager for decisions, else the admin."""
    allowed = POLICY[name].post.allowed
    who = "owner" if "owner" in allowed else "manager" if allowed == DECIDES else "admin"
    return site.browser(world, who)


def written(world, client, name, body, before):
    """What the route's work changes in the rows of ``before``, by table; it is then taken back."""
    with transaction.atomic():
        there = tables.writes()
        answer = site.send(client, "POST", name, world, body=body)
        assert answer.status_code == POLICY[name].post.answer, (name, answer.content[:500])
        touched = (tables.writes() - there).keys()
        after = rows(touched)
        transaction.set_rollback(True)
    return difference(Counter({row: count for table in touched for row, count in before[table].items()}), after)


def refused(world, client, name, body):
    """The fields of a body that the API refuses by their names."""
    with transaction.atomic():
        answer = site.send(client, "POST", name, world, body=body)
        assert answer.status_code == 400, (name, answer.content[:500])
        transaction.set_rollback(True)
    return set(told(answer))


def test_fields_that_a_form_does_not_declare_change_nothing(numbered):
    world = numbered
    known = {who: getattr(world, who).pk for who in ("admin", "stranger")}
    known |= {"far": world.far.customer.pk, "segment": world.segment.pk}
    extra = {field: value.format(**known) for field, value in EXTRA.items()}
    idle, before = set(), defaultdict(Counter)
    for (table, row), count in rows().items():
        before[table][table, row] = count
    for name in posts():
        client = by(world, name)
        body = site.body_of(POLICY[name], world, client)
        declared = set(body) | DECLARED.get(name, set()) | POLICY[name].optional
        plain = written(world, client, name, body, before)
        more = {field: value for field, value in extra.items() if field not in declared}
        if site.is_api(site.address(name, world)):
            assert refused(world, client, name, more | body) == set(more), name
        else:
            assert written(world, client, name, more | body, before) == plain, name
        if not any(plain):
            idle.add(name)
    # Everything else wrote something; so the comparison had something to compare.
    assert idle <= {
        "accounts:same_again",
        "accounts:segment_move",
        "accounts:typed_back",  # of a run that did something else
        "accounts:typed_undo",
        "accounts:conditions",
        "accounts:contact_posts_back",  # of an act that did something else
        "accounts:hand_over",
        "accounts:import_draft_line",
        "accounts:lines_back",  # names no line
        "accounts:export_stop",  # of one that is packed
        "accounts:durations",
        "accounts:list_cell_back",  # what it would take back does not stand
        "accounts:list_filter",
        "accounts:mapping_back",  # nothing was deleted
        "accounts:source_take",  # of a row that its source does not know
        "accounts:view_back",
        "accounts:view_save",
        "guide:bring_back",
        "health:case_plan_back",
        "health:case_rule_take",
        "health:scorecard_preview",
        "accounts:user_deactivate",  # without the digest of a preview the preview comes back
        "playbooks:unstart",  # without a mark
        "renewals:stage_back",
        "renewals:qbr_reopen",
        "renewals:refresh",
        "health:recompute",
        "backup:new",
    }


def test_every_write_without_a_token_is_refused(world):
    for who in ("owner", "admin"):
        client = site.browser(world, who, enforce_csrf_checks=True)
        before = rows()
        for name, route in POLICY.items():
            if route.post and who in route.post.allowed and name not in {"account_email", "account_confirm_email"}:
                assert site.send(client, "POST", name, world).status_code == 403, (who, name)
        assert rows() == before


def test_signing_in_without_a_token_is_refused(world):
    client = site.browser(world, "anonymous", enforce_csrf_checks=True)
    for name in ("account_login", "account_reset_password", "set_language"):
        assert site.send(client, "POST", name, world).status_code == 403, name


def test_a_body_that_is_no_object_is_a_400(world):
    client = site.browser(world, "owner")
    for name in [name for name in posts() if site.is_api(site.address(name, world))]:
        for body in ("[]", '"x"', "5", "null", "{", '{"customer": "' + "9" * 5000 + '"}'):
            answer = client.post(site.address(name, world), body, content_type="application/json")
            assert answer.status_code in {200, 400, 403, 404}, (name, body[:20], answer.content[:300])


def test_a_closed_renewal_refuses_calls_and_decisions_in_words(world):
    owner, manager = site.browser(world, "owner"), site.browser(world, "manager")
    before = rows()
    for act in ("call/back", "withdraw", "call", "decide", "renew", "churn", "stage"):
        body = {"likelihood": "40", "reason": "x", "stage": "proposed", "note": "x"}
        client = owner if act == "call/back" else manager
        answer = client.post(f"/renewals/{world.book.closed.pk}/{act}/?likelihood=30&category=&note=&reason=x", body)
        assert answer.status_code in {302, 409, 422}, act
    assert rows() == before


def test_a_csm_adds_no_customer_that_would_be_out_of_sight(world):
    client = site.browser(world, "owner")
    body = POLICY["accounts:customer_new"].body(world)
    assert client.post("/customers/new/", body | {"owner": ""}).status_code == 422
    edited = f"/customers/{world.book.customer.pk}/edit/"
    assert client.post(edited, body | {"owner": "", "name": "Renamed"}).status_code == 422
    added = client.post("/customers/new/", body | {"owner": world.owner.pk})
    assert client.get(added.headers["Location"]).status_code == 200
