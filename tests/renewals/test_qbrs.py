import datetime as dt
from importlib import import_module

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from accounts.models import Customer, Segment
from config import changed, cycle
from config.setaside import register
from config.setaside.models import SetAside
from renewals import qbrs
from renewals.models import Qbr
from tests.factories import DAY, customer, segment, user


def reviewed(first_contract_days_ago: int = 10, every: int | None = 90, **fields) -> Customer:
    on = DAY - dt.timedelta(days=first_contract_days_ago)
    return customer(segment=segment(qbr_every_days=every), first_contract_on=on, **fields)


@pytest.mark.parametrize(("days_ago", "due_in"), [(0, 90), (10, 80), (90, 0), (91, 89), (400, 50)])
def test_the_first_is_due_in_the_rhythm_of_the_first_contract(days_ago, due_in):
    reviewed(days_ago)
    assert qbrs.sweep(DAY) == 1
    assert Qbr.objects.get().due_on == DAY + dt.timedelta(days=due_in)


def test_the_next_is_due_one_cadence_after_the_last_held():
    one = reviewed(400)
    Qbr.objects.create(
        customer=one, due_on=DAY - dt.timedelta(days=70), held_on=DAY - dt.timedelta(days=60), goals=["a"]
    )
    qbrs.sweep(DAY)
    assert Qbr.objects.get(held_on=None).due_on == DAY + dt.timedelta(days=30)


def test_none_without_cadence_segment_contract_or_life():
    reviewed(every=None)
    reviewed(status="churned")
    reviewed(-5)
    customer(first_contract_on=DAY)
    assert qbrs.sweep(DAY) == 0


def test_one_is_open_at_a_time_and_twice_changes_nothing():
    reviewed()
    assert [qbrs.sweep(DAY), qbrs.sweep(DAY), qbrs.sweep(DAY + dt.timedelta(days=200))] == [1, 0, 0]
    with pytest.raises(IntegrityError), transaction.atomic():
        Qbr.objects.create(customer=Customer.objects.get(), due_on=DAY)


def test_an_untouched_one_goes_with_its_cadence():
    gone, noted = reviewed(), reviewed()
    qbrs.sweep(DAY)
    Qbr.objects.filter(customer=noted).update(note="Agenda agreed")
    Customer.objects.update(status="churned")
    assert qbrs.sweep(DAY) == 1
    assert list(Qbr.objects.values_list("customer", flat=True)) == [noted.pk]
    assert gone.pk != noted.pk


def test_closing_needs_a_goal():
    reviewed()
    qbrs.sweep(DAY)
    one = Qbr.objects.get()
    with pytest.raises(ValidationError) as error:
        qbrs.close(one, user(), DAY, ["", "  "])
    assert list(error.value.message_dict) == ["goals"]
    with pytest.raises(IntegrityError), transaction.atomic():
        Qbr.objects.update(held_on=DAY)
    assert Qbr.objects.get().held_on is None


def test_closing_keeps_the_goals_and_schedules_nothing_itself():
    reviewed()
    qbrs.sweep(DAY)
    who = user()
    qbrs.close(Qbr.objects.get(), who, DAY, [" All sites on feeds ", ""], "Went well")
    one = Qbr.objects.get()
    assert (one.goals, one.held_on, one.closed_by, one.note) == (["All sites on feeds"], DAY, who, "Went well")
    with pytest.raises(ValidationError, match="closed already"):
        qbrs.close(one, who, DAY, ["again"])
    assert qbrs.sweep(DAY) == 1
    assert Qbr.objects.get(held_on=None).due_on == DAY + dt.timedelta(days=90)


def test_reopening_takes_back_the_one_scheduled_since():
    reviewed()
    qbrs.sweep(DAY)
    one = qbrs.close(Qbr.objects.get(), user(), DAY, ["A goal"])
    qbrs.sweep(DAY)
    qbrs.reopen(one)
    assert Qbr.objects.get().goals == ["A goal"]
    assert Qbr.objects.get().held_on is None


@pytest.mark.parametrize("n", [1, 3])
def test_statements_do_not_depend_on_rows(n, django_assert_num_queries):
    for _ in range(n):
        reviewed()
    with django_assert_num_queries(4):  # two and a savepoint
        assert qbrs.sweep(DAY) == n


def without_the_check():
    """Let a segment say 0, as those did that were stored before it was refused."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_segment DROP CONSTRAINT segment_reviews_positive_or_none")


def test_a_bad_segment_is_set_aside_by_its_name_and_stops_nobody_else(monkeypatch):
    monkeypatch.setattr(register, "MOST_AT_ONCE", 1)
    well, bad = reviewed(), [reviewed(every=None)]
    bad += [customer(segment=bad[0].segment, first_contract_on=bad[0].first_contract_on) for _ in range(2)]
    without_the_check()
    Segment.objects.filter(pk=bad[0].segment_id).update(qbr_every_days=0)
    step = cycle.named("qbrs")
    assert cycle.run_here(step, DAY) == cycle.Done("qbrs", 1)
    assert list(Qbr.objects.values_list("customer", flat=True)) == [well.pk]
    aside = SetAside.objects.get()
    assert (aside.kind, aside.object_id, aside.words) == ("segment", bad[0].segment_id, bad[0].segment.name)
    assert aside.reason == "DataError: division by zero"
    Segment.objects.filter(pk=bad[0].segment_id).update(qbr_every_days=30)
    assert cycle.run_here(step, DAY) == cycle.Done("qbrs", 3)
    assert not SetAside.objects.exists()


def of_segments(monkeypatch, *sizes: int) -> list[list[Customer]]:
    """So many customers of as many segments; two that fail are too many."""
    monkeypatch.setattr(register, "MOST_AT_ONCE", 1)
    without_the_check()
    made = []
    for size in sizes:
        first = reviewed(status="live")
        more = [customer(segment=first.segment, first_contract_on=first.first_contract_on) for _ in range(size - 1)]
        made.append([first, *more])
    return made


def break_reviews(*of: list[Customer], every: int = 0) -> None:
    Segment.objects.filter(pk__in=[members[0].segment_id for members in of]).update(qbr_every_days=every)


def aside() -> list[tuple[str, int]]:
    return list(SetAside.objects.order_by("kind", "object_id").values_list("kind", "object_id"))


def test_a_repaired_segment_comes_back_while_customers_and_other_segments_are_aside(monkeypatch):
    *rest, alone = of_segments(monkeypatch, 3, 3, 1, 1)
    first, second = rest[0], rest[1]
    segments = sorted(("segment", members[0].segment_id) for members in (first, second))
    customers = [("customer", alone[0].pk)]
    step = cycle.named("qbrs")
    for broken, expected in [
        ([first, second, alone], customers + segments),
        ([second, alone], [*customers, ("segment", second[0].segment_id)]),
        ([alone], customers),
    ]:
        break_reviews(first, second, alone, every=30)
        break_reviews(*broken)
        assert cycle.run_here(step, DAY).failed == ""
        assert aside() == expected


def test_a_slice_of_one_segment_asks_the_others_whether_the_step_works(monkeypatch):
    well, bad = of_segments(monkeypatch, 1, 3)
    break_reviews(bad)
    ids, step = [one.pk for one in bad], cycle.named("qbrs")
    assert changed.some(step, DAY, ids) == 0
    assert aside() == [("segment", bad[0].segment_id)]
    assert not Qbr.objects.filter(customer=well[0]).exists()  # that was a trial
    assert changed.some(step, DAY, [*ids, well[0].pk]) == 1
    assert SetAside.objects.get().times == 1  # the night tries it, not each slice


def test_a_slice_blames_the_step_where_it_works_for_no_other_segment(monkeypatch):
    others, bad = of_segments(monkeypatch, 3, 3)
    break_reviews(others, bad)
    few = [others[0].pk]  # so few that they are set aside alone
    for ids in ([one.pk for one in bad], few + [one.pk for one in bad]):
        with pytest.raises(register.TooManyError), transaction.atomic():
            changed.some(cycle.named("qbrs"), DAY, ids)
    assert aside() == []


def test_what_fails_in_every_segment_is_no_segments_fault(monkeypatch):
    monkeypatch.setattr(register, "MOST_AT_ONCE", 0)
    for _ in range(2):
        reviewed()
    without_the_check()
    Segment.objects.update(qbr_every_days=0)
    assert "It fails for more than 0" in cycle.run_here(cycle.named("qbrs"), DAY).failed
    assert list(SetAside.objects.values_list("kind", flat=True)) == ["step"]


def test_stored_zeros_become_what_people_meant():
    one, other = segment(ebr_every_days=365), segment(qbr_every_days=91)
    without_the_check()
    Segment.objects.filter(pk=one.pk).update(qbr_every_days=0)
    Segment.objects.filter(pk=other.pk).update(ebr_every_days=0)
    with connection.cursor() as cursor:
        cursor.execute(import_module("accounts.migrations.0030_no_reviews_every_0_days").MEANT_NONE)
    said = Segment.objects.order_by("pk").values_list("qbr_every_days", "ebr_every_days")
    assert list(said) == [(None, 365), (91, None)]
