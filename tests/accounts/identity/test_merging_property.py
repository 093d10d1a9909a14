"""Whatever comes in before and while two customers are one: parted, each has what it would have had without."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.identity import merging
from accounts.models import ExternalKey
from tests import factories as make
from tests.accounts.identity import pairs
from tests.accounts.identity.test_merging import NOW
from tests.examples import dear
from tests.factories import DAY

pytestmark = pytest.mark.django_db
# What each customer has, by its key, without the numbers of rows.
FIGURES: Final = """
    SELECT k.external_id, to_jsonb(t) - ARRAY['id', 'customer_id', 'changed_at', 'created_at', 'grams', 'contact_id', 'feature_id', 'known_on',
        'person_id']
    FROM {table} t JOIN accounts_externalkey k USING (customer_id) ORDER BY 1, 2
"""
TABLES: Final = (
    "accounts_contract", "accounts_contact", "accounts_invoice", "health_ticket", "health_surveyresponse", "health_usagerecord",
    "health_usageday", "health_featureday", "health_person",
)  # fmt: skip
KEYS: Final = ("A", "B", "C")
file = st.tuples(
    st.sampled_from(KEYS),
    st.sampled_from(sorted(set(pairs.FILES) - {"customers"})),
    st.fixed_dictionaries(
        {"amount": st.integers(0, 9_000), "uses": st.integers(1, 50), "other": st.integers(18, 23), "size": st.just(1)}
    ),
)
link = st.sampled_from([("A", "B"), ("B", "A"), ("B", "C"), ("A", "C"), ("C", "B")])


def bring(folder: Path, key: str, name: str, values: dict[str, int]) -> None:
    # Answers name contacts of the same file's customer.
    names = ["contacts", name] if name == "surveys" else [name]
    pairs.load(folder, {each: pairs.FILES[each] for each in names}, key=key, name=key.lower(), **values)


def figures() -> dict[str, object]:
    pairs.derive(key.customer for key in ExternalKey.objects.select_related("customer"))
    found: dict[str, object] = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(FIGURES.format(table=table))
            found[table] = cursor.fetchall()
        cursor.execute(
            "SELECT k.external_id, c.arr, c.status, c.next_renewal_on, c.merged_into_id FROM accounts_customer c "
            "JOIN accounts_externalkey k ON k.customer_id = c.id ORDER BY 1"
        )
        found["customers"] = cursor.fetchall()
    return found


def run(folder: Path, before: list, merges: list, between: list, order: list[int]) -> dict[str, object]:
    """The figures after all files, with merges made between them and taken back at the end in some order."""
    with transaction.atomic():
        for key in KEYS:
            pairs.load(folder, {"customers": pairs.FILES["customers"]}, key=key, name=key.lower(), size=1)
        for key, name, values in before:
            bring(folder, key, name, values)
        made = []
        for merged, survivor in merges:
            pair = [ExternalKey.objects.get(external_id=key).customer for key in (merged, survivor)]
            if not any(customer.merged_into_id for customer in pair):
                made.append(merging.merge(*pair, by=None, day=DAY))
        for key, name, values in between:
            bring(folder, key, name, values)
        for place in order:
            if place < len(made):
                merging.undo(made[place], by=None, day=DAY, now=NOW)
        result = figures()
        transaction.set_rollback(True)
    return result


@settings(max_examples=dear(6), deadline=None)
@given(
    before=st.lists(file, max_size=5),
    merges=st.lists(link, min_size=1, max_size=2),
    between=st.lists(file, max_size=4),
    order=st.permutations([0, 1]),
)
def test_parted_each_has_what_it_would_have_had(tmp_path_factory, before, merges, between, order):
    make.organisation()
    folder = tmp_path_factory.mktemp("pair")
    assert run(folder, before, merges, between, order) == run(folder, before, [], between, order)
