"""One act changes an owner, whatever the door, and everything that belongs to the owner follows at once."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from accounts import customers, facts, handing_over, ownership, people, sentiment
from accounts.models import Change, Customer, Fact, Handover, Sentiment, User
from accounts.ownership import Door
from config import clock
from health.cases import acts
from health.models import Case
from playbooks import giving
from playbooks.models import Task
from tests.counting import statements
from tests.factories import DAY, customer, organisation, user

pytestmark = pytest.mark.django_db

BEFORE = DAY - dt.timedelta(days=30)


@pytest.fixture(autouse=True)
def company():
    organisation()


@pytest.fixture
def team():
    """A manager with two CSMs."""
    boss = user("manager", name="Lena")
    return boss, user(name="Mara", manager=boss), user(name="Nils", manager=boss)


def rich(owner, boss, **fields):
    """A customer with a task of its owner, one of the owner's manager, one handed to a person, two cases and a sentiment."""
    made = customer(owner=owner, **fields)
    facts.record(BEFORE, [made.pk])
    giving.add(made, "Call", DAY, user=owner)
    giving.add(made, "By hand", DAY, user=boss)
    Task.objects.create(customer=made, title="Of the manager", assignee=boss, assigned_as="manager", due_on=DAY)
    seen = {"kind": "risk", "type": "value", "plan": "Ring", "due_on": DAY}
    acts.open_by_hand(made, user=owner, day=DAY, title="Follows", **seen)
    acts.hand_on(acts.open_by_hand(made, user=owner, day=DAY, title="Stays", **seen), boss, user=owner, day=DAY)
    sentiment.say(made, 4, author=owner, day=BEFORE)
    Change.objects.all().delete()
    return made


def owners(made):
    """Title → assignee or owner of every open item of a customer."""
    tasks = Task.objects.filter(customer=made).values_list("title", "assignee__name")
    return dict(tasks) | dict(Case.objects.filter(customer=made).values_list("title", "owner__name"))


def test_everything_that_follows_is_there_at_once_and_what_was_handed_on_by_hand_stays(team):
    boss, mara, nils = team
    made = rich(mara, boss)
    other = user("manager", name="Otto")
    nils.manager = other
    nils.save(update_fields=["manager"])
    done = ownership.hand_over([made.pk], nils, day=DAY, door=Door.PAGE, by=boss)
    assert owners(made) == {
        "Call": "Nils", "By hand": "Lena", "Of the manager": "Otto", "Follows": "Nils", "Stays": "Lena",
    }  # fmt: skip
    assert done.customers == 1
    assert done.parts == {"tasks": 2, "cases": 1}
    made.refresh_from_db()
    assert (made.owner, made.sentiment, made.sentiment_on) == (nils, None, None)
    newest = Sentiment.objects.filter(customer=made).order_by("-day", "-pk").first()
    assert (newest.value, newest.day) == (None, DAY)
    changes = list(facts.history(made, Fact.OWNER).values_list("from_day", "value"))
    assert changes == [(DAY, str(nils.pk)), (BEFORE, str(mara.pk))]
    assert Change.objects.filter(customer_id=made.pk, what="owner").exists()


@pytest.mark.parametrize("door", ["act", "form", "deactivation"])
def test_every_door_leads_through_the_act(team, door):
    boss, mara, nils = team
    made = rich(mara, boss)
    if door == "act":
        ownership.hand_over([made.pk], nils, day=DAY, door=Door.API)
    elif door == "form":
        made.owner = nils
        customers.change(made, ["owner"], day=DAY, by=boss)
    else:
        people.deactivate(mara, [nils], day=DAY)
    assert owners(made) == {
        "Call": "Nils", "By hand": "Lena", "Of the manager": "Lena", "Follows": "Nils", "Stays": "Lena",
    }  # fmt: skip
    assert Handover.objects.get().moves.get().after == nils
    made.refresh_from_db()
    assert made.sentiment is None


def test_items_of_a_leaver_at_other_peoples_customers_go_to_those(team):
    boss, mara, nils = team
    made = rich(nils, boss)
    case = Case.objects.get(customer=made, title="Stays")
    task = Task.objects.get(customer=made, title="By hand")
    Case.objects.filter(pk=case.pk).update(owner=mara)
    Task.objects.filter(pk=task.pk).update(assignee=mara)
    people.deactivate(mara, [], day=DAY)
    assert owners(made)["Stays"] == "Nils"
    assert owners(made)["By hand"] == "Nils"


@pytest.mark.parametrize("heir", ["viewer", "inactive"])
def test_heir_who_may_not_have_customers_is_refused_and_nothing_is_written(team, heir):
    boss, mara, _nils = team
    made = rich(mara, boss)
    wrong = user("viewer", name="Vera") if heir == "viewer" else user(name="Fay", is_active=False)
    with pytest.raises(ValidationError, match=f"{wrong.name} cannot look after customers"):
        ownership.hand_over([made.pk], wrong, day=DAY, door=Door.PAGE)
    made.refresh_from_db()
    assert (made.owner, made.sentiment) == (mara, 4)
    assert not Handover.objects.exists()
    made.owner = wrong
    with pytest.raises(ValidationError):
        customers.change(made, ["owner"], day=DAY)
    with pytest.raises(ValidationError):
        customers.add(day=DAY, name="New", owner=wrong)


def test_second_press_with_the_same_key_changes_nothing(team):
    boss, mara, nils = team
    made, key = rich(mara, boss), uuid.uuid4()
    first = ownership.move({made.pk: nils.pk}, day=DAY, door=Door.PAGE, by=boss, key=key)
    ownership.hand_over([made.pk], mara, day=DAY, door=Door.PAGE)
    second = ownership.move({made.pk: nils.pk}, day=DAY, door=Door.PAGE, by=boss, key=key)
    assert second.handover == first.handover
    made.refresh_from_db()
    assert made.owner == mara


def test_customers_that_have_the_heir_already_leave_no_trace(team):
    _boss, mara, _nils = team
    made = customer(owner=mara, sentiment=3, sentiment_on=DAY)
    assert ownership.hand_over([made.pk], mara, day=DAY, door=Door.PAGE) == ownership.Handed(None, 0, {})
    assert not Handover.objects.exists()
    made.refresh_from_db()
    assert made.sentiment == 3


def test_sentiment_of_a_later_day_ends_no_earlier_than_it_was_felt(team):
    _boss, mara, nils = team
    made = customer(owner=mara)
    sentiment.say(made, 5, author=mara, day=DAY)
    ownership.hand_over([made.pk], nils, day=BEFORE, door=Door.IMPORT)
    sentiment.follow(made.pk)
    made.refresh_from_db()
    assert made.sentiment is None


@pytest.mark.parametrize("rows", [1, 3])
def test_statements_depend_on_neither_customers_nor_heirs(team, rows):
    boss, mara, nils = team
    heirs = [nils.pk, boss.pk, user().pk]
    made = [rich(mara, boss) for _ in range(rows)]
    plan = {one.pk: heirs[at] for at, one in enumerate(made)}
    with statements() as asked:
        ownership.move(plan, day=DAY, door=Door.PAGE, by=boss)
    assert len(asked) == 9
    with statements() as asked:
        handing_over.preview(dict.fromkeys(plan, mara.pk), DAY)
    assert len(asked) == 16


def test_undo_gives_everything_back_with_the_sentiment(team):
    boss, mara, nils = team
    made = rich(mara, boss)
    before = owners(made)
    done = ownership.hand_over([made.pk], nils, day=DAY, door=Door.PAGE, by=boss)
    back = ownership.undo(done.handover, day=DAY, now=clock.now(), by=boss)
    assert (back.customers, back.kept) == (1, 0)
    assert owners(made) == before
    made.refresh_from_db()
    assert (made.owner, made.sentiment, made.sentiment_on) == (mara, 4, BEFORE)
    assert list(Sentiment.objects.filter(customer=made).values_list("value", flat=True)) == [4]
    assert facts.history(made, Fact.OWNER).first().value == str(mara.pk)
    with pytest.raises(ValidationError, match="taken back already"):
        ownership.undo(done.handover, day=DAY, now=clock.now(), by=boss)


def test_undo_keeps_what_somebody_changed_since(team):
    boss, mara, nils = team
    moved_on, felt, plain = (customer(owner=mara, name=name) for name in ("Moved on", "Felt", "Plain"))
    for one in (moved_on, felt, plain):
        sentiment.say(one, 2, author=mara, day=BEFORE)
    done = ownership.hand_over([moved_on.pk, felt.pk, plain.pk], nils, day=DAY, door=Door.PAGE)
    ownership.hand_over([moved_on.pk], boss, day=DAY, door=Door.FORM)
    sentiment.say(felt, 5, author=nils, day=DAY)
    back = ownership.undo(done.handover, day=DAY, now=clock.now(), by=boss)
    assert (back.customers, back.kept) == (2, 1)
    rows = dict(Customer.objects.values_list("name", "owner__name"))
    assert rows == {"Moved on": "Lena", "Felt": "Mara", "Plain": "Mara"}
    feelings = dict(Customer.objects.values_list("name", "sentiment"))
    assert feelings == {"Moved on": None, "Felt": None, "Plain": 2}, "what the heir felt ended with the heir"


def test_undo_leaves_customers_where_the_owner_before_has_gone(team):
    boss, mara, nils = team
    made = customer(owner=mara)
    done = people.deactivate(mara, [nils], day=DAY)
    with pytest.raises(ValidationError, match="Nothing of this handover can go back now"):
        ownership.undo(done.handover, day=DAY, now=clock.now(), by=boss)
    made.refresh_from_db()
    assert made.owner == nils
    User.objects.filter(pk=mara.pk).update(is_active=True)
    back = ownership.undo(done.handover, day=DAY, now=clock.now(), by=boss)
    assert (back.customers, back.kept) == (1, 0), "a handover of which nothing went back can still be taken back"
    made.refresh_from_db()
    assert made.owner == mara


@pytest.mark.parametrize("who", ["manager", "admin"])
def test_undo_moves_only_what_one_may_change_now(team, who):
    boss, mara, nils = team
    inside, outside = customer(owner=mara), customer(owner=mara)
    olga = user(name="Olga", manager=boss)
    done = ownership.move({inside.pk: nils.pk, outside.pk: olga.pk}, day=DAY, door=Door.PAGE, by=boss)
    people.change(_with(olga, manager=user("manager")), ["manager"], day=DAY)
    by = boss if who == "manager" else user("admin")
    back = ownership.undo(done.handover, day=DAY, now=clock.now(), by=by)
    assert (back.customers, back.kept) == ((1, 1) if who == "manager" else (2, 0))
    outside.refresh_from_db()
    assert outside.owner == (olga if who == "manager" else mara)


def _with(person, **fields):
    for name, value in fields.items():
        setattr(person, name, value)
    return person


@pytest.mark.parametrize("before", ["a person", "nobody"])
@pytest.mark.parametrize("meanwhile", ["somebody else", "nobody", "the same"])
def test_with_givers_a_customer_that_changed_hands_meanwhile_stays(team, before, meanwhile):
    boss, mara, nils = team
    giver = mara if before == "a person" else None
    made = customer(owner={"somebody else": boss, "nobody": None, "the same": giver}[meanwhile])
    stays = made.owner != giver
    given_to = {made.pk: nils.pk}
    done = ownership.move(given_to, day=DAY, door=Door.PAGE, givers={made.pk: giver.pk if giver else None})
    assert (done.customers, done.kept) == ((0, 1) if stays else (1, 0))
    owner = made.owner
    made.refresh_from_db()
    assert made.owner == (owner if stays else nils)


@pytest.mark.django_db(transaction=True)
def test_undo_that_waits_for_another_handover_takes_nothing_from_it():
    """The undo has read that the heir still has the customer, and waits for a handover that is not committed yet."""
    organisation()
    admin, mara, nils, olga = user("admin"), user(), user(), user()
    made = customer(owner=mara)
    done = ownership.hand_over([made.pk], nils, day=DAY, door=Door.PAGE)
    problems = []

    def undo():
        try:
            ownership.undo(done.handover, day=DAY, now=clock.now(), by=admin)
        except ValidationError as problem:
            problems.extend(problem.messages)
        finally:
            connection.close()

    thread = Thread(target=undo)
    with transaction.atomic():
        ownership.hand_over([made.pk], olga, day=DAY, door=Door.PAGE)
        thread.start()
        until_somebody_waits_for_a_row()
    thread.join()
    made.refresh_from_db()
    assert made.owner == olga
    assert problems == ["Nothing of this handover can go back now."]


def until_somebody_waits_for_a_row():
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype IN ('transactionid', 'tuple')"
    ends_at = time.monotonic() + 5
    while time.monotonic() < ends_at:
        with connection.cursor() as cursor:
            cursor.execute(waiting)
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    raise AssertionError("Nobody waits.")


def test_preview_counts_customers_money_renewals_tasks_and_cases_by_person(team):
    boss, mara, nils = team
    rich(mara, boss, arr=40_000, next_renewal_on=DAY + dt.timedelta(days=90))
    customer(owner=mara, arr=2_000, next_renewal_on=DAY + dt.timedelta(days=91))
    customer(owner=nils, arr=500, next_renewal_on=DAY)
    gone = customer(owner=mara, arr=0, status="churned")
    seen = {"kind": "risk", "type": "value", "plan": "Ring", "due_on": DAY}
    passed, later = (acts.open_by_hand(gone, user=mara, day=DAY, title=title, **seen) for title in ("Over", "Later"))
    Case.objects.filter(pk=passed.pk).update(passed_on=DAY)
    acts.snooze(later, DAY + dt.timedelta(days=1), "On leave", user=mara, day=DAY)
    plan = dict.fromkeys(Customer.objects.filter(owner=mara).values_list("pk", flat=True), nils.pk)
    told = handing_over.preview(plan, DAY)
    giver, heir = told.shares
    assert (giver.person, heir.person) == (mara, nils)
    assert giver.before == handing_over.Load(2, Decimal(42_000), 1, Decimal(40_000), 0, {"tasks": 1, "cases": 1}, 1)
    assert giver.after == handing_over.Load(0, Decimal(0), 0, Decimal(0), 0, {"tasks": 0, "cases": 0})
    assert heir.before == handing_over.Load(1, Decimal(500), 1, Decimal(500), 0, {"tasks": 0, "cases": 0})
    assert heir.after == handing_over.Load(3, Decimal(42_500), 2, Decimal(40_500), 0, {"tasks": 1, "cases": 1}, 1)
    assert told.moving == heir.comes
    ownership.move(plan, day=DAY, door=Door.PAGE)
    again = handing_over.preview(dict.fromkeys(plan, mara.pk), DAY)
    assert {share.person: share.before for share in again.shares}[nils] == heir.after


@pytest.mark.django_db(transaction=True)
def test_heir_shut_out_meanwhile_gets_nothing():
    """Deactivation and handover at once: whichever comes second sees the other."""
    organisation()
    nils, mara, heir = user(), user(), user()
    made = [customer(owner=mara) for _ in range(5)]
    start, problems = Barrier(2), []

    def act(work):
        try:
            start.wait(5)
            work()
        except ValidationError as problem:
            problems.append(problem)
        finally:
            connection.close()

    threads = [
        Thread(target=act, args=(lambda: people.deactivate(heir, [nils], day=DAY),)),
        Thread(
            target=act,
            args=(lambda: ownership.hand_over([one.pk for one in made], heir, day=DAY, door=Door.PAGE),),
        ),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not Customer.objects.filter(owner__is_active=False).exists()
    assert set(Customer.objects.values_list("owner", flat=True)) == ({mara.pk} if problems else {nils.pk})
