"""Standing in for somebody who is away: in those days only, and only once."""

from __future__ import annotations

import datetime as dt
from threading import Barrier, Thread

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.urls import reverse

from accounts import access, covering, overview
from accounts.models import Cover, Customer, User
from config.outbox.models import Outbox
from health import digests
from health.models import Case, Digest
from playbooks.models import Task
from tests.factories import DAY, customer, organisation, user

pytestmark = pytest.mark.django_db


def on(n: int) -> dt.date:
    return DAY + dt.timedelta(days=n)


@pytest.fixture(autouse=True)
def company():
    organisation()


@pytest.fixture
def pair():
    """Who goes away from tomorrow for three days, and who stands in."""
    mara, cora = user(name="Mara Away"), user(name="Cora Cover")
    customer(name="Hers", owner=mara)
    covering.begin(mara, cora, on(1), on(4), day=DAY)
    return mara, cora


@pytest.mark.parametrize(("day", "covers"), [(0, False), (1, True), (3, True), (4, False)])
def test_the_first_and_last_day_are_covered_and_the_day_after_is_not(pair, day, covers):
    organisation(frozen_today=on(day))
    mara, cora = pair
    cora = User.objects.get(pk=cora.pk)
    assert Customer.objects.changeable_by(cora).exists() is covers
    assert access.covered(cora) == ({mara.pk: "Mara Away"} if covers else {})
    assert access.own(cora) == ([cora.pk, mara.pk] if covers else [cora.pk])


def test_cover_ended_early_ends_at_once(pair):
    mara, cora = pair
    organisation(frozen_today=on(2))
    cover = covering.end(Cover.objects.get(), day=on(2))
    assert cover.ends_on == on(2)
    assert not Customer.objects.visible_to(User.objects.get(pk=cora.pk)).exists()
    with pytest.raises(ValidationError, match="ended already"):
        covering.end(cover, day=on(2))
    covering.begin(mara, cora, on(2), on(4), day=on(2))


def test_cover_called_off_leaves_its_days_free(pair):
    mara, cora = pair
    covering.end(Cover.objects.get(), day=DAY)
    assert not covering.concerning(mara, DAY).exists()
    covering.begin(mara, cora, on(1), on(4), day=DAY)


@pytest.mark.parametrize(
    ("starts", "ends", "refused"), [(-1, 1, "day"), (0, 1, ""), (0, 2, "covered"), (3, 5, "covered"), (4, 5, "")]
)
def test_overlapping_covers_are_refused_with_a_sentence(pair, starts, ends, refused):
    mara, _cora = pair
    other = user()
    if not refused:
        assert covering.begin(mara, other, on(starts), on(ends), day=DAY).pk
        return
    words = {"day": "today or a day after", "covered": "Mara Away is covered by Cora Cover"}[refused]
    with pytest.raises(ValidationError, match=words):
        covering.begin(mara, other, on(starts), on(ends), day=DAY)


def test_an_absence_without_cover_lets_nobody_in_and_takes_a_cover_for_its_days(pair):
    _mara, cora = pair
    owner = user(name="Ida Ill")
    customer(name="Ida's", owner=owner)
    organisation(frozen_today=on(5))
    absence = covering.begin(owner, None, on(5), on(8), day=on(5))
    assert list(covering.uncovered(owner, on(5))) == [absence]
    assert not Customer.objects.visible_to(User.objects.get(pk=cora.pk)).filter(name="Ida's").exists()
    with pytest.raises(ValidationError, match="Ida Ill is away from 29 Nov to 1 Dec already, and nobody covers"):
        covering.begin(owner, cora, on(6), on(9), day=on(5))
    organisation(frozen_today=on(6))  # days that have begun are named as they were entered
    assert covering.begin(owner, cora, on(5), on(8), day=on(6)) == absence
    assert Customer.objects.visible_to(User.objects.get(pk=cora.pk)).filter(name="Ida's").exists()
    assert not covering.uncovered(owner, on(6)).exists()
    with pytest.raises(ValidationError, match="covered by Cora Cover"):
        covering.begin(owner, None, on(7), on(8), day=on(6))


@pytest.mark.parametrize(("day", "runs", "ahead"), [(0, 0, 1), (1, 1, 1), (3, 1, 1), (4, 0, 0)])
def test_lists_show_a_cover_up_to_its_last_day(pair, day, runs, ahead):
    assert covering.running(on(day)).count() == runs
    assert covering.ahead(on(day)).count() == ahead
    assert [covering.concerning(person, on(day)).count() for person in pair] == [ahead, ahead]


def test_a_cover_of_366_days_is_the_longest():
    covering.begin(user(), user(), on(0), on(366), day=DAY)
    with pytest.raises(ValidationError, match="a year at most"):
        covering.begin(user(), user(), on(0), on(367), day=DAY)


def test_a_cover_lasts_a_day_at_least():
    covering.begin(user(), user(), on(0), on(1), day=DAY)
    with pytest.raises(ValidationError, match="before the first"):
        covering.begin(user(), user(), on(0), on(0), day=DAY)


@pytest.mark.parametrize(("day", "ended"), [(3, False), (4, True)])
def test_a_cover_can_be_ended_until_its_last_day(pair, day, ended):
    cover = Cover.objects.get()
    if ended:
        with pytest.raises(ValidationError, match="ended already"):
            covering.end(cover, day=on(day))
    else:
        assert covering.end(cover, day=on(day)).ends_on == on(day)


def test_database_refuses_what_overlaps(pair):
    mara, _cora = pair
    with pytest.raises(IntegrityError, match="cover_one_at_a_time"), transaction.atomic():
        Cover.objects.create(owner=mara, by=user(), starts_on=on(3), ends_on=on(9))


@pytest.mark.parametrize("wrong", ["viewer", "inactive", "self", "away", "order", "year"])
def test_cover_that_would_cover_nothing_is_refused(pair, wrong):
    mara, cora = pair
    by = {"viewer": user("viewer"), "inactive": user(is_active=False), "away": mara}.get(wrong, user())
    owner = {"self": by, "away": cora}.get(wrong, user())
    ends = {"order": on(3), "year": on(3 + 367)}.get(wrong, on(5))
    with pytest.raises(ValidationError) as problem:
        covering.begin(owner, by, on(3), ends, day=DAY)
    assert set(problem.value.message_dict) == {"last_day" if wrong in {"order", "year"} else "by"}
    assert Cover.objects.count() == 1


@pytest.mark.parametrize(
    ("starts", "ends", "refused"),
    [(0, 1, False), (0, 2, True), (1, 4, True), (2, 3, True), (3, 9, True), (4, 9, False)],
)
def test_who_stands_in_does_not_go_away_in_these_days(pair, starts, ends, refused):
    _mara, cora = pair
    if not refused:
        covering.begin(cora, user(), on(starts), on(ends), day=DAY)
        return
    with pytest.raises(ValidationError) as problem:
        covering.begin(cora, user(), on(starts), on(ends), day=DAY)
    words = "Cora Cover covers for Mara Away in these days: take that cover away first."
    assert problem.value.message_dict == {"owner": [words]}


def test_cover_that_was_called_off_holds_nobody(pair):
    _mara, cora = pair
    covering.end(Cover.objects.get(), day=DAY)
    covering.begin(cora, user(), on(1), on(4), day=DAY)
    assert Cover.objects.exclude(ends_on=F("starts_on")).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_would_lean_on_each_other_at_once_do_not():
    organisation()
    one, two = user(), user()
    start, problems = Barrier(2), []

    def enter(owner: User, by: User) -> None:
        try:
            start.wait(5)
            covering.begin(owner, by, on(1), on(3), day=DAY)
        except ValidationError as problem:
            problems.append(problem)
        finally:
            connection.close()

    threads = [Thread(target=enter, args=pair) for pair in ((one, two), (two, one))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(problems) == 1
    assert Cover.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_covers_entered_at_once_do_not_overlap():
    organisation()
    mara, first, second = user(), user(), user()
    start, problems = Barrier(2), []

    def enter(by: User) -> None:
        try:
            start.wait(5)
            covering.begin(mara, by, on(1), on(3), day=DAY)
        except ValidationError as problem:
            problems.append(problem)
        finally:
            connection.close()

    threads = [Thread(target=enter, args=(by,)) for by in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(problems) == 1
    assert Cover.objects.count() == 1


@pytest.mark.parametrize(
    ("who", "offered"), [("csm", {"csm"}), ("boss", {"boss", "csm"}), ("admin", {"csm", "boss", "other", "admin"})]
)
def test_whose_absence_one_may_enter(who, offered):
    boss = user("manager", name="boss")
    people = {"boss": boss, "csm": user(name="csm", manager=boss), "other": user(name="other")}
    people["admin"] = user("admin", name="admin")
    user("viewer", name="viewer")
    assert {person.name for person in covering.coverable_by(people[who])} == offered


def test_manager_covering_somebody_may_not_enter_that_persons_absence():
    boss, stranger = user("manager"), user()
    Cover.objects.create(owner=stranger, by=boss, starts_on=DAY, ends_on=on(2))
    assert stranger not in covering.coverable_by(boss)


def test_page_enters_and_ends_an_absence_by_its_last_day(client):
    mara, cora = user(name="Mara"), user(name="Cora")
    client.force_login(mara)
    body = {"owner": mara.pk, "by": cora.pk, "starts_on": on(1).isoformat(), "last_day": on(3).isoformat()}
    assert client.post(reverse("accounts:covers"), body).status_code == 302
    cover = Cover.objects.get()
    assert (cover.starts_on, cover.ends_on, cover.last_day) == (on(1), on(4), on(3))
    again = client.post(reverse("accounts:covers"), body)
    assert again.status_code == 422
    assert "Mara is covered by Cora on some of these days already." in again.content.decode()
    late = client.post(reverse("accounts:covers"), body | {"last_day": "9999-12-31"})
    assert late.status_code == 422
    client.post(reverse("accounts:cover_end", args=[cover.pk]))
    cover.refresh_from_db()
    assert cover.ends_on == cover.starts_on


def test_an_absence_that_nobody_covers_waits_for_the_manager_who_names_somebody(client):
    boss = user("manager")
    mara, cora = user(name="Mara", manager=boss), user(name="Cora", manager=boss)
    client.force_login(boss)
    body = {"owner": mara.pk, "by": "", "starts_on": on(1).isoformat(), "last_day": on(3).isoformat()}
    assert client.post(reverse("accounts:covers"), body).status_code == 302
    absence = Cover.objects.get()
    assert absence.by is None
    waiting = {str(kind.words): (kind.number, kind.url) for kind in overview.of(boss, DAY).waiting}
    assert waiting["Absences without a cover"] == (1, reverse("accounts:covers"))
    page = client.get(reverse("accounts:covers")).content.decode()
    assert f'href="?absence={absence.pk}"' in page
    named = client.get(reverse("accounts:covers"), {"absence": absence.pk}).context["form"]
    shown = {name: named[name].value() for name in ("owner", "starts_on", "last_day")}
    assert shown == {"owner": mara.pk, "starts_on": on(1), "last_day": on(3)}
    assert client.post(reverse("accounts:covers"), body | {"by": cora.pk}).status_code == 302
    absence.refresh_from_db()
    assert absence.by == cora
    assert client.get(reverse("accounts:covers"), {"absence": absence.pk}).status_code == 404


def test_a_cover_is_taken_away_and_the_absence_waits_for_another(client, pair):
    mara, cora = pair
    absence = Cover.objects.get()
    client.force_login(mara)
    page = client.get(reverse("accounts:covers")).content.decode()
    free = reverse("accounts:cover_free", args=[absence.pk])
    assert f'action="{free}"' in page
    organisation(frozen_today=on(2))
    done = client.post(free, follow=True).content.decode()
    assert "Cora Cover no longer covers for Mara Away; nobody does." in done
    assert free not in done
    assert not Customer.objects.visible_to(User.objects.get(pk=cora.pk)).exists()
    assert list(covering.uncovered(mara, on(2))) == [absence]
    assert "Nobody covers this absence." in client.post(free, follow=True).content.decode()
    other = user()
    assert covering.begin(mara, other, on(1), on(4), day=on(2)) == absence
    organisation(frozen_today=on(4))
    with pytest.raises(ValidationError, match="ended already"):
        covering.uncover(absence, day=on(4))
    assert Cover.objects.get().by == other


def test_my_day_of_the_cover_marks_whose_customer_it_is(client, pair):
    mara, cora = pair
    organisation(frozen_today=on(1))
    Task.objects.create(customer=Customer.objects.get(), title="Call", assignee=mara, assigned_as="owner", due_on=on(1))
    client.force_login(cora)
    page = client.get(reverse("playbooks:day")).content.decode()
    assert "Covering for Mara Away" in page


@pytest.mark.parametrize(("day", "away"), [(0, False), (1, True), (3, True), (4, False)])
def test_digest_of_the_absent_goes_to_the_cover(pair, day, away):
    mara, cora = pair
    days = {"opened_on": on(day), "due_on": on(day), "newest_evidence_on": on(day)}
    Case.objects.create(customer=Customer.objects.get(), kind="risk", reason="silent", title="Silent", **days)
    digests.sweep(on(day))
    readers = set(Digest.objects.values_list("user", flat=True))
    assert readers == ({mara.pk, cora.pk} if away else {mara.pk}), "it waits for who comes back"
    mailed = set(Outbox.objects.filter(kind=digests.MAIL).values_list("dedup_key", flat=True))
    assert mailed == {f"digest:{(cora if away else mara).pk}:{on(day)}"}
