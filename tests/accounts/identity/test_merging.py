"""Two customers become one, and are two again."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import changes, ownership, sentiment
from accounts.identity import gathering, merging
from accounts.models import Contact, Contract, Customer, Handover, Merge, Role, Sentiment, Touchpoint
from accounts.views import palette
from config.folding import Wanted
from config.history.actors import acting
from config.history.models import Entry
from health.models import Case, Override, RollupMark, Ticket, UsageDay, UsageRecord
from playbooks.models import Task
from tests import factories as make
from tests.accounts.identity import pairs
from tests.accounts.imports import bring, write
from tests.factories import DAY

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Customer, Customer]:
    make.organisation()
    make.months()
    a, b = pairs.one(tmp_path, "A"), pairs.one(tmp_path, "B", amount=8_000, uses=7, other=21)
    pairs.derive([a, b])
    return a, b


def together(merged: Customer, survivor: Customer, **options: object) -> Merge:
    return merging.merge(merged, survivor, by=None, day=DAY, **options)  # type: ignore[arg-type]


def test_the_survivors_figures_are_those_of_both(pair):
    a, b = pair
    together(a, b)
    b.refresh_from_db()
    a.refresh_from_db()
    assert a.merged_into == b
    assert b.arr == Decimal(20_000)
    assert Contract.objects.filter(customer=b).count() == 2
    assert Ticket.objects.filter(customer=b).count() == 2
    # Of the people of the 23rd, “shared” and “ann” are the same in both files.
    days = dict(UsageDay.objects.filter(customer=b).values_list("day", "active_users"))
    assert days == {dt.date(2026, 11, 21): 1, dt.date(2026, 11, 22): 1, dt.date(2026, 11, 23): 2}
    assert sum(UsageDay.objects.filter(customer=b).values_list("uses", flat=True)) == 5 + 1 + 2 + 7 + 1 + 2


def test_work_goes_on_without_doubling(pair):
    a, b = pair
    together(a, b)
    assert sorted(Case.objects.open().filter(customer=b).values_list("reason", flat=True)) == [
        "only_a",
        "only_b",
        "usage_drop",
    ]
    assert sorted(Task.objects.filter(customer=b).values_list("title", flat=True)) == [
        "Own task of A",
        "Own task of B",
        "Ring",
    ]
    assert b.renewals.count() == 2
    assert b.qbrs.count() == 1
    assert sorted(Contact.objects.filter(customer=b).values_list("email", flat=True)) == [
        "ann@a.example", "ann@b.example", "both@shared.example",
    ]  # fmt: skip


def test_undo_gives_every_row_back(pair):
    before = pairs.tables()
    made = together(*pair)
    merging.undo(made, by=None, day=DAY, now=NOW)
    assert pairs.differing(before, pairs.tables()) == {}


def test_rows_that_come_later_belong_to_the_survivor_until_undo(pair, tmp_path: Path):
    a, b = pair
    made = together(a, b)
    later = {
        "contracts": "external_id,customer,starts_on,product,annual_amount\nA-k2,A,2026-06-01,More,1000\nB-k2,B,2026-06-01,More,500\n",
        "usage": "external_id,customer,day,feature,user,uses\nA-9,A,2026-11-24,export,zoe,3\n",
    }
    pairs.load(tmp_path, later)
    pairs.derive([b])
    b.refresh_from_db()
    assert b.arr == Decimal(21_500)
    assert UsageRecord.objects.get(message_id="A-9").customer == b
    assert not Contract.objects.filter(customer=a).exists()
    pairs.load(tmp_path, pairs.FILES, key="A", name="a", size=10, amount=12_000, uses=5, other=22)
    assert not Contract.objects.filter(customer=a).exists()
    merging.undo(made, by=None, day=DAY, now=NOW)
    a.refresh_from_db()
    b.refresh_from_db()
    assert (a.arr, b.arr) == (Decimal(13_000), Decimal(8_500))
    assert list(UsageDay.objects.filter(customer=a).order_by("day").values_list("day", "uses")) == [
        (dt.date(2026, 11, 22), 2), (dt.date(2026, 11, 23), 6), (dt.date(2026, 11, 24), 3),
    ]  # fmt: skip
    assert not UsageDay.objects.filter(customer=b, day="2026-11-24").exists()


def test_a_file_that_comes_again_changes_nothing(pair, tmp_path: Path):
    a, b = pair
    together(a, b)
    before = pairs.tables()
    pairs.load(tmp_path, pairs.FILES, key="A", name="a", size=10, amount=12_000, uses=5, other=22)
    assert pairs.differing(before, pairs.tables()) == {}


def test_what_people_wrote_meanwhile_stays_with_the_survivor(pair):
    a, b = pair
    made = together(a, b)
    written = make.contact(b, name="New")
    merging.undo(made, by=None, day=DAY, now=NOW)
    written.refresh_from_db()
    assert written.customer == b


@pytest.mark.parametrize(
    ("here", "there", "taken", "stands"),
    [
        ({"tags": [], "attributes": {}}, {"tags": ["x"], "attributes": {"zone": "1"}}, (), {"tags": ["x"], "attributes": {"zone": "1"}}),
        ({"tags": ["x"], "attributes": {"zone": "1"}}, {"tags": [], "attributes": {}}, (), {"tags": ["x"], "attributes": {"zone": "1"}}),
        ({"tags": ["x", "y"]}, {"tags": ["y", "z"]}, (), {"tags": ["x", "y", "z"]}),
        ({"attributes": {"tier": "gold"}}, {"attributes": {"tier": "iron"}}, (), {"attributes": {"tier": "gold"}}),
        ({"attributes": {"tier": "gold"}}, {"attributes": {"tier": "iron"}}, ("attributes.tier",), {"attributes": {"tier": "iron"}}),
        ({"attributes": {"tier": "gold"}}, {"attributes": {}}, ("attributes.tier",), {"attributes": {"tier": "gold"}}),
        ({"industry": ""}, {"industry": "Steel"}, (), {"industry": "Steel"}),
        ({"industry": "Iron"}, {"industry": "Steel"}, (), {"industry": "Iron"}),
        ({"industry": "Iron"}, {"industry": ""}, ("industry",), {"industry": ""}),
        ({"owner_id": None}, {"owner_id": "ann"}, (), {"owner_id": "ann"}),
        ({"owner_id": "bob"}, {"owner_id": None}, (), {"owner_id": "bob"}),
        ({"owner_id": "bob"}, {"owner_id": "ann"}, (), {"owner_id": "bob"}),
        ({"owner_id": "bob"}, {"owner_id": "ann"}, ("owner_id",), {"owner_id": "ann"}),
        ({"owner_id": "bob"}, {"owner_id": None}, ("owner_id",), {"owner_id": None}),
        ({"owner_id": None}, {"owner_id": "gone"}, (), {"owner_id": None}),
    ],
)  # fmt: skip
def test_what_stays_of_each_value_and_goes_back(here, there, taken, stands):
    """With none at the survivor, with both, with none at the merged one; a deactivated owner gets nothing."""
    people = {name: make.user(name=name).pk for name in ("ann", "bob")} | {"gone": make.user(is_active=False).pk}
    there, here, stands = (
        {name: people.get(value, value) if name == "owner_id" else value for name, value in values.items()}
        for values in (there, here, stands)
    )
    survivor, merged = make.customer(name="Here", **here), make.customer(name="There", **there)
    made = together(merged, survivor, taken=taken)
    survivor.refresh_from_db()
    assert {name: getattr(survivor, name) for name in stands} == stands
    merging.undo(made, by=None, day=DAY, now=NOW)
    for customer, values in ((survivor, here), (merged, there)):
        customer.refresh_from_db()
        assert {name: getattr(customer, name) for name in values} == values


def test_values_changed_since_stay_when_a_merge_is_taken_back(pair):
    a, b = pair
    Customer.objects.filter(pk=a.pk).update(tags=["pilot"], attributes={"tier": "gold", "zone": "1"}, industry="Steel")
    Customer.objects.filter(pk=b.pk).update(tags=["vip"], attributes={"tier": "silver"}, employees=20)
    made = together(a, b, taken=["name", "employees", "attributes.tier"])
    b.refresh_from_db()
    assert (b.name, b.employees, b.industry, b.domain) == ("a", 10, "Steel", "b.example")
    assert (b.tags, b.attributes) == (["vip", "pilot"], {"tier": "gold", "zone": "1"})
    Customer.objects.filter(pk=b.pk).update(name="Changed since", attributes={"tier": "gold", "zone": "2"})
    merging.undo(made, by=None, day=DAY, now=NOW)
    b.refresh_from_db()
    assert (b.name, b.employees, b.industry) == ("Changed since", 20, "")
    assert (b.tags, b.attributes) == (["vip"], {"tier": "silver", "zone": "2"})


def test_an_attribute_taken_twice_goes_back_from_either_end(tmp_path: Path):
    for order in ((0, 1), (1, 0)):
        b, a, c = (make.customer(name=tier, attributes={"tier": tier}) for tier in ("own", "gold", "iron"))
        made = [together(each, b, taken=["attributes.tier"]) for each in (a, c)]
        b.refresh_from_db()
        seen = [b.attributes["tier"]]
        for place in order:
            merging.undo(made[place], by=None, day=DAY, now=NOW)
            b.refresh_from_db()
            seen.append(b.attributes["tier"])
        assert seen == ["iron", "iron" if order == (0, 1) else "gold", "own"]


def test_merges_taken_back_out_of_order_leave_the_survivors_own_values(pair, tmp_path: Path):
    a, b = pair
    c = pairs.one(tmp_path, "C", amount=1_000)
    Customer.objects.filter(pk=a.pk).update(industry="Steel", tags=["x", "y"], attributes={"tier": "gold", "zone": "1"})
    Customer.objects.filter(pk=c.pk).update(industry="Iron", tags=["x", "z"], attributes={"tier": "iron"})
    Customer.objects.filter(pk=b.pk).update(tags=["own"])
    first, second = together(a, b, taken=["name"]), together(c, b, taken=["name"])
    b.refresh_from_db()
    assert (b.name, b.industry, b.tags) == ("c", "Steel", ["own", "x", "y", "z"])
    merging.undo(first, by=None, day=DAY, now=NOW)
    b.refresh_from_db()
    # What C gives as well is from C now.
    assert (b.name, b.industry, b.tags, b.attributes) == ("c", "Iron", ["own", "x", "z"], {"tier": "iron"})
    merging.undo(second, by=None, day=DAY, now=NOW)
    b.refresh_from_db()
    assert (b.name, b.industry, b.tags, b.attributes) == ("b", "", ["own"], {})


def test_what_went_up_a_chain_goes_back_from_its_end(pair, tmp_path: Path):
    a, b = pair
    c = pairs.one(tmp_path, "C", amount=1_000)
    Customer.objects.filter(pk=a.pk).update(industry="Steel", tags=["x"], attributes={"tier": "gold"})
    first = together(a, b, taken=["name"])
    second = together(b, c, taken=["name", "employees"])
    c.refresh_from_db()
    assert (c.name, c.industry, c.tags, c.attributes) == ("a", "Steel", ["x"], {"tier": "gold"})
    merging.undo(first, by=None, day=DAY, now=NOW)
    c.refresh_from_db()
    assert (c.name, c.industry, c.tags, c.attributes) == ("b", "", [], {})
    merging.undo(second, by=None, day=DAY, now=NOW)
    c.refresh_from_db()
    assert (c.name, c.industry) == ("c", "")


def test_children_go_along_and_back(pair, tmp_path: Path):
    a, b = pair
    child, above, top = make.customer(parent=a), make.customer(parent=a), make.customer()
    Customer.objects.filter(pk=a.pk).update(parent=top)
    Customer.objects.filter(pk=b.pk).update(parent=above)
    made = together(a, b)
    # One from which the survivor descends would be its own parent: it gets that of the merged one.
    assert [Customer.objects.get(pk=row.pk).parent for row in (child, above)] == [b, top]
    doors = Entry.objects.filter(kind="customer", customer_id__in=[child.pk, above.pk]).values_list("door", flat=True)
    assert set(doors) == {merging.door(made)}
    head = "external_id,name,parent\n"
    bring(write(tmp_path / "customers.csv", f"{head}N,New,A\n"))
    assert Customer.objects.get(name="New").parent == b
    merging.undo(made, by=None, day=DAY, now=NOW)
    assert [Customer.objects.get(pk=row.pk).parent for row in (child, above)] == [a, a]


def test_a_child_that_goes_back_closes_no_circle(pair):
    a, b = pair
    top = make.customer()
    Customer.objects.filter(pk=a.pk).update(parent=top)
    child = make.customer(parent=a)
    made = together(a, b)
    Customer.objects.filter(pk=top.pk).update(parent=child)
    merging.undo(made, by=None, day=DAY, now=NOW)
    assert Customer.objects.get(pk=child.pk).parent == b


def test_an_undo_locks_customers_before_it_touches_merges(pair, tmp_path: Path):
    """Two Undos of one survivor's merges wait for one another at the customers, and write no row that did not change."""
    a, b = pair
    c = pairs.one(tmp_path, "C", amount=1_000, other=20)
    made = together(a, b, taken=["industry"])
    other = together(c, b)
    with CaptureQueriesContext(connection) as executed:
        merging.undo(made, by=None, day=DAY, now=NOW)
    locking = [row["sql"] for row in executed if "FOR UPDATE" in row["sql"] or row["sql"].startswith("UPDATE")]
    assert 'FROM "accounts_customer"' in locking[0]
    # Those of the chain, and every other merge of the survivor.
    assert all(str(pk) in locking[0].partition("IN (")[2] for pk in (a.pk, b.pk, c.pk))
    assert not [sql for sql in locking if sql.startswith('UPDATE "accounts_merge"') and f"= {other.pk} THEN" in sql]


def test_a_file_says_how_many_of_its_customers_are_merged(pair, tmp_path: Path):
    a, b = pair
    path = write(tmp_path / "customers.csv", "external_id,name\nA,Other\nB,b\n")
    assert "merged" not in str(bring(path).notes)
    together(a, b)
    assert bring(path).notes == [
        "1 row is of a customer that was merged into another: what the merge took of it goes on there, the rest does not show"
    ]


def test_sentiments_and_overrides_go_along_and_back(pair):
    """Of touches and of people; what a handover ended stays ended, and an override stays on days that have one."""
    a, b = pair
    author = make.user()
    touch = Touchpoint.objects.create(
        customer=a,
        kind="call",
        happened_on=DAY - dt.timedelta(days=2),
        sentiment=2,
        author=author,
        proactive=True,
        attended=True,
    )
    sentiment.of_touch(touch)
    sentiment.say(a, 4, author=author, day=DAY - dt.timedelta(days=1))
    sentiment.say(b, 1, author=author, day=DAY - dt.timedelta(days=9))
    Sentiment.objects.create(customer=a, value=None, day=DAY)
    days = {"band": "green", "author": author, "reason": "Said so", "value": 90}
    for customer, back, until in ((a, 40, 30), (a, 10, -10), (b, 5, -5)):
        start, end = (DAY - dt.timedelta(days=n) for n in (back, until))
        Override.objects.create(customer=customer, from_day=start, until_day=end, **days)
    made = together(a, b)
    b.refresh_from_db()
    assert (b.sentiment, b.sentiment_on) == (1, DAY - dt.timedelta(days=9))
    assert (b.sentiments.count(), a.sentiments.count()) == (3, 1)
    assert (b.overrides.count(), a.overrides.count()) == (2, 1)
    merging.undo(made, by=None, day=DAY, now=NOW)
    a.refresh_from_db()
    b.refresh_from_db()
    assert (a.sentiment, b.sentiment) == (None, 1)
    assert (a.sentiments.count(), b.sentiments.count()) == (3, 1)
    assert (a.overrides.count(), b.overrides.count()) == (2, 1)


def test_what_a_handover_ended_is_felt_again_at_no_survivor(pair, tmp_path: Path):
    """Nor further along a chain, nor by a touch that a file brings late; what is said after the handover goes along."""
    a, b = pair
    c = make.customer(name="C")
    csm, heir = make.user(email="mara@example.com"), make.user()
    Customer.objects.update(owner=csm)
    touches = "external_id,customer,happened_on,kind,sentiment,author\nT1,A,2026-11-18,call,5,mara@example.com\n"
    sentiment.say(a, 4, author=csm, day=DAY - dt.timedelta(days=3))
    ownership.hand_over([a.pk], heir, day=DAY - dt.timedelta(days=2), door=Handover.Door.PAGE)
    made = together(a, b)
    bring(write(tmp_path / "touchpoints.csv", touches))
    b.refresh_from_db()
    assert (b.sentiment, b.sentiments.count()) == (None, 2)
    sentiment.say(b, 2, author=csm, day=DAY - dt.timedelta(days=1))
    ownership.hand_over([b.pk], heir, day=DAY, door=Handover.Door.PAGE)
    together(b, c)
    c.refresh_from_db()
    assert (c.sentiment, c.sentiments.count()) == (None, 3)
    sentiment.say(a, 3, author=heir, day=DAY)
    merging.undo(made, by=None, day=DAY, now=NOW)
    together(a, c)
    c.refresh_from_db()
    assert (c.sentiment, c.sentiment_on) == (3, DAY)


def test_what_the_source_of_a_merged_customer_says_goes_on_at_the_survivor(pair, tmp_path: Path):
    """Through a chain too, until somebody changes it there; then an Undo of the merge gives what stood before."""
    a, b = pair
    c = make.customer(name="C", industry="")
    Customer.objects.filter(pk=a.pk).update(industry="Steel", use_case="Cars")
    Customer.objects.filter(pk=b.pk).update(industry="", use_case="Ships")
    made = together(a, b)
    together(b, c)
    c.refresh_from_db()
    assert (c.industry, c.use_case) == ("Steel", "Ships")
    path = tmp_path / "customers.csv"
    bring(write(path, "external_id,name,industry,use_case\nA,A,Metal,Trains\n"))
    c.refresh_from_db()
    assert (c.industry, c.use_case) == ("Metal", "Ships")
    Customer.objects.filter(pk=c.pk).update(industry="Wood")
    bring(write(path, "external_id,name,industry,use_case\nA,A,Glass,Trains\n"))
    c.refresh_from_db()
    assert c.industry == "Wood"
    merging.undo(made, by=None, day=DAY, now=NOW)
    b.refresh_from_db()
    c.refresh_from_db()
    assert (b.industry, c.industry) == ("", "Wood")


def test_tags_attributes_and_owner_of_the_source_go_on_at_the_survivor(tmp_path: Path):
    """And whatever it has none of, unless somebody emptied it; an Undo of the merge takes all of it back."""
    ann, bob = make.user(email="ann@x.example", name="Ann"), make.user(email="bob@x.example", name="Bob")
    path = tmp_path / "customers.csv"
    head = "external_id,name,industry,use_case,country,owner,tags,attributes.tier,attributes.zone,attributes.own\n"
    by = write(
        tmp_path / "map.toml",
        'source = "csv"\n[[file]]\nname = "customers.csv"\ninto = "customers"\n[file.fields]\nexternal_id = "external_id"\n'
        'name = "name"\nindustry = "industry"\nuse_case = "use_case"\ncountry = "country"\nowner = "owner"\ntags = "tags"\n'
        'attributes = { attributes = { tier = "attributes.tier", zone = "attributes.zone", own = "attributes.own" } }\n',
    )
    bring(write(path, head + "A,A,Steel,,,,x;y,gold,,1\n"), str(by))
    a = Customer.objects.get(name="A")
    b = make.customer(name="B", industry="", tags=["y"], attributes={"own": "2"}, use_case="Ships", country="")
    with acting("form"):
        b.use_case = ""
        b.save(update_fields=["use_case"])
    made = together(a, b)
    first = (b.industry, b.use_case, b.country, b.owner_id, b.tags, b.attributes)
    bring(write(path, head + "A,A,Metal,Trains,JP,ann@x.example,y;z,iron,1,3\n"), str(by))
    b.refresh_from_db()
    assert (b.industry, b.use_case, b.country, b.owner) == ("Metal", "", "JP", ann)
    assert (b.tags, b.attributes) == (["y", "z"], {"own": "2", "tier": "iron", "zone": "1"})
    Customer.objects.filter(pk=b.pk).update(owner=bob, tags=["y"], attributes={"own": "2", "tier": "lead", "zone": "1"})
    bring(write(path, head + "A,A,Metal,Trains,JP,bob@x.example,y;z;q,gold,,3\n"), str(by))
    b.refresh_from_db()
    # Tag z, the tier and the owner are people's now; the zone is empty again.
    assert (b.owner, b.tags, b.attributes) == (bob, ["y", "q"], {"own": "2", "tier": "lead"})
    Customer.objects.filter(pk=b.pk).update(owner=ann, attributes={"own": "2", "tier": "iron"})
    merging.undo(made, by=None, day=DAY, now=NOW)
    b.refresh_from_db()
    assert first == ("", "", "", None, ["y"], {"own": "2"})
    assert (b.industry, b.use_case, b.country, b.owner_id, b.tags, b.attributes) == first


def test_an_attribute_taken_back_in_a_chain_is_news_when_it_is_said_again(tmp_path: Path):
    """C into B into A, and C apart again: files of B go on, and what B's source says now reaches A."""
    mapping = write(
        tmp_path / "map.toml",
        'source = "csv"\n[[file]]\nname = "customers.csv"\ninto = "customers"\n[file.fields]\nexternal_id = "external_id"\n'
        'name = "name"\nattributes = { attributes = { Plan = "attributes.Plan" } }\n',
    )
    path, head = tmp_path / "customers.csv", "external_id,name,attributes.Plan\n"
    bring(write(path, head + "B,B,\n"), str(mapping))
    b, a, c = (
        Customer.objects.get(name="B"),
        make.customer(name="A"),
        make.customer(name="C", attributes={"Plan": "Gold"}),
    )
    first = together(c, b)
    b.refresh_from_db()
    together(b, a)
    assert Customer.objects.get(pk=a.pk).attributes == {"Plan": "Gold"}
    merging.undo(first, by=None, day=DAY, now=NOW)
    assert Customer.objects.get(pk=a.pk).attributes == {}
    bring(write(path, head + "B,Bee,\n"), str(mapping))
    assert Customer.objects.get(pk=b.pk).name == "Bee"
    bring(write(path, head + "B,Bee,Gold\n"), str(mapping))
    assert Customer.objects.get(pk=a.pk).attributes == {"Plan": "Gold"}


def test_what_the_undo_of_a_merge_emptied_nobody_emptied(tmp_path: Path):
    """Merged anew, the survivor hears what its source says of the field."""
    path = tmp_path / "customers.csv"
    bring(write(path, "external_id,name,industry\nA,A,Steel\n"))
    a, b = Customer.objects.get(name="A"), make.customer(name="B", industry="")
    made = together(a, b)
    assert Customer.objects.get(pk=b.pk).industry == "Steel"
    merging.undo(made, by=None, day=DAY, now=NOW)
    Customer.objects.filter(pk=a.pk).update(industry="")
    together(Customer.objects.get(pk=a.pk), Customer.objects.get(pk=b.pk))
    bring(write(path, "external_id,name,industry\nA,A,Metal\n"))
    assert Customer.objects.get(pk=b.pk).industry == "Metal"


def test_reaching_takes_a_fixed_number_of_statements(tmp_path: Path):
    def brought(keys: str) -> int:
        path = tmp_path / "customers.csv"
        for word in ("Steel", "Metal"):
            rows = "".join(f"{key},{key},{word},{key},{key.lower()}-{word}@x.example\n" for key in keys)
            write(path, "external_id,name,industry,tags,owner\n" + rows)
            if word == "Metal":
                with CaptureQueriesContext(connection) as queries:
                    bring(path)
                return len(queries)
            bring(path)
            for key in keys:
                together(Customer.objects.get(name=key), make.customer(name=f"{key}2", industry=""))
        raise AssertionError

    make.user()
    for key in "abcd":
        for word in ("Steel", "Metal"):
            make.user(email=f"{key}-{word}@x.example", name=f"{word} {key}")
    assert brought("A") == brought("BCD")
    assert Customer.objects.get(name="D2").owner.name == "Metal d"


def test_the_palette_leads_from_a_merged_name_to_the_survivor(pair):
    a, b = pair
    Customer.objects.filter(pk=a.pk).update(name="Quondam Works")
    together(Customer.objects.get(pk=a.pk), b)
    kind = next(kind for kind in palette.KINDS if kind.key == "merged")
    admin, other = make.user(Role.ADMIN), make.user()
    (entry,) = kind.found(admin, Wanted.of("quondam"), DAY).entries
    assert (entry.url, entry.note) == (palette.page_of(b.pk), f"merged into {b.name}")
    assert kind.found(other, Wanted.of("quondam"), DAY).entries == []


def test_a_chain_leads_to_its_end_and_comes_apart_in_any_order(pair, tmp_path: Path):
    a, b = pair
    c = pairs.one(tmp_path, "C", amount=1_000, other=20)
    pairs.derive([a, b, c])
    before = pairs.tables()
    first = together(a, b)
    second = together(b, c)
    for customer in (a, b, c):
        customer.refresh_from_db()
    assert (a.merged_into, b.merged_into, c.arr) == (c, c, Decimal(21_000))
    merging.undo(first, by=None, day=DAY, now=NOW)
    for customer in (a, b, c):
        customer.refresh_from_db()
    assert (a.merged_into, b.merged_into, a.arr, c.arr) == (None, c, Decimal(12_000), Decimal(9_000))
    merging.undo(second, by=None, day=DAY, now=NOW)
    assert pairs.differing(before, pairs.tables()) == {}


def test_a_chain_comes_apart_from_its_end_with_work_that_only_the_first_two_share(pair, tmp_path: Path):
    a, b = pair
    c = pairs.one(tmp_path, "C", amount=1_000, other=20)
    Case.objects.filter(customer=c, reason="usage_drop").delete()
    pairs.derive([a, b, c])
    before = pairs.tables()
    first = together(a, b)
    between = pairs.tables()
    second = together(b, c)
    assert Case.objects.get(customer=c, reason="usage_drop").named == b
    merging.undo(second, by=None, day=DAY, now=NOW)
    assert pairs.differing(between, pairs.tables()) == {}
    merging.undo(first, by=None, day=DAY, now=NOW)
    assert pairs.differing(before, pairs.tables()) == {}


def test_a_case_opened_again_stays_where_its_like_sleeps(pair):
    """A's old case went along, its open one slept; opened again at B, the old one cannot go back beside it."""
    a, b = pair
    closed = {"state": "closed", "resolution": "resolved", "closed_on": DAY}
    old = Case.objects.create(
        customer=a, kind="risk", reason="usage_drop", title="Old", opened_on=DAY, due_on=DAY,
        newest_evidence_on=DAY, **closed,
    )  # fmt: skip
    made = together(a, b)
    Case.objects.filter(customer=b, named=None, reason="usage_drop").update(**closed)
    Case.objects.filter(pk=old.pk).update(state="new", resolution="", closed_on=None)
    merging.undo(made, by=None, day=DAY, now=NOW)
    old.refresh_from_db()
    assert (old.customer, old.named) == (b, None)
    assert Case.objects.open().filter(reason="usage_drop").count() == 2


def test_an_edit_during_the_undo_is_kept(pair):
    """The survivor is compared with what the merge left as it stands once it is locked."""
    a, b = pair
    made = together(a, b, taken=["name"])

    def edits(execute, sql, params, many, context):
        if "accounts_customer" in sql and "FOR UPDATE" in sql and "accounts_merge" not in sql:
            with context["connection"].cursor() as cursor:
                cursor.execute("UPDATE accounts_customer SET name = 'Edited'")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(edits):
        merging.undo(made, by=None, day=DAY, now=NOW)
    b.refresh_from_db()
    assert b.name == "Edited"


def test_both_are_marked_for_every_reader(pair):
    a, b = pair
    for name in changes.READERS:
        changes.take(name, 1000)
    together(a, b)
    assert all(set(changes.waiting(name)) >= {a.pk, b.pk} for name in changes.READERS)


def test_only_who_may_change_both_merges(pair):
    a, b = pair
    csm = make.user()
    Customer.objects.filter(pk=a.pk).update(owner=csm)
    with pytest.raises(ValidationError, match="may change both"):
        merging.merge(a, b, by=csm, day=DAY)
    with pytest.raises(ValidationError, match="may change both"):
        merging.merge(a, b, by=make.user(Role.VIEWER), day=DAY)
    Customer.objects.filter(pk=b.pk).update(owner=csm)
    assert merging.merge(a, b, by=csm, day=DAY).made_by == csm


def test_a_pair_is_merged_and_parted_once(pair):
    a, b = pair
    made = together(a, b)
    with pytest.raises(ValidationError, match="merged already"):
        together(a, b)
    merging.undo(made, by=None, day=DAY, now=NOW)
    with pytest.raises(ValidationError, match="taken back already"):
        merging.undo(made, by=None, day=DAY, now=NOW)


def test_a_pair_that_changed_since_it_was_seen_is_not_merged(pair):
    a, b = pair
    seen = merging.version(a, b)
    Customer.objects.filter(pk=a.pk).update(name="Another")
    with pytest.raises(ValidationError, match="changed meanwhile"):
        together(a, b, seen=seen)


def test_rows_written_during_a_merge_are_gathered(pair):
    a, b = pair
    together(a, b)
    stray = Ticket.objects.create(customer=a, source="csv", external_id="late", severity="low", opened_at=NOW)
    assert gathering.gather(NOW) == 1
    stray.refresh_from_db()
    assert (stray.customer, stray.named) == (b, a)
    assert gathering.gather(NOW) == 0


def test_contacts_and_use_written_during_a_merge_are_gathered(pair):
    a, b = pair
    together(a, b)
    late = make.contact(a, name="Late", email="late@a.example")
    UsageRecord.objects.create(customer=a, source="csv", message_id="late", digest="late", day=DAY, uses=3)
    assert gathering.gather(NOW) == 2
    late.refresh_from_db()
    assert (late.customer, late.named) == (b, a)
    assert list(RollupMark.objects.values_list("customer", "day")) == [(b.pk, DAY)]
    # What both have stays asleep: the same contact, the same open case.
    assert list(Contact.objects.filter(customer=a).values_list("name", flat=True)) == ["Both"]
    assert list(Case.objects.filter(customer=a).values_list("reason", flat=True)) == ["usage_drop"]
    Case.objects.filter(customer=b, reason="usage_drop").update(state="closed", resolution="resolved", closed_on=DAY)
    assert gathering.gather(NOW) == 0


def test_rows_written_during_an_undo_go_home(pair):
    """A load read that A is B, and wrote after the two were parted."""
    a, b = pair
    merging.undo(together(a, b), by=None, day=DAY, now=NOW)
    for name in changes.READERS:
        changes.take(name, 1000)
    RollupMark.objects.all().delete()
    late = {"customer": b, "named": a, "source": "csv"}
    stray = Ticket.objects.create(**late, external_id="late", severity="low", opened_at=NOW)
    # Both know this address: at home it may stand beside its like.
    both = make.contact(b, name="Both again", email="both@shared.example", named=a)
    UsageRecord.objects.create(**late, message_id="late", digest="late", day=DAY, uses=3)
    assert gathering.gather(NOW) == 3
    for row in (stray, both):
        row.refresh_from_db()
        assert (row.customer, row.named) == (a, None)
    # What was counted at B is counted there no more.
    assert set(RollupMark.objects.values_list("customer", "day")) == {(a.pk, DAY), (b.pk, DAY)}
    assert all(set(changes.waiting(name)) == {a.pk, b.pk} for name in changes.READERS)
    assert gathering.gather(NOW) == 0


def test_rows_that_stayed_behind_in_a_chain_go_to_the_survivor_there_is(pair):
    a, b = pair
    c = make.customer()
    together(a, b)
    merging.undo(together(b, c), by=None, day=DAY, now=NOW)
    stray = Ticket.objects.create(customer=c, named=a, source="csv", external_id="late", severity="low", opened_at=NOW)
    assert gathering.gather(NOW) == 1
    stray.refresh_from_db()
    assert (stray.customer, stray.named) == (b, a)
    assert gathering.gather(NOW) == 0


def test_the_owner_whose_customer_it_is_gets_the_work(pair):
    a, b = pair
    mine, theirs = make.user(), make.user()
    Customer.objects.filter(pk=a.pk).update(owner=mine)
    Customer.objects.filter(pk=b.pk).update(owner=theirs)
    Case.objects.filter(reason="only_a").update(owner=mine)
    made = together(a, b)
    assert Case.objects.get(reason="only_a").owner == theirs
    merging.undo(made, by=None, day=DAY, now=NOW)
    assert Case.objects.get(reason="only_a").owner == mine
