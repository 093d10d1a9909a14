"""The daily digest: told once, to whom it concerns, in the reader's language, mailed once."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core import mail
from django.db import connection, transaction
from django.test import Client
from pytest_django import Settings

import health.tasks  # noqa: F401 (the worker knows its kinds of work)
from accounts.models import Cover, Customer, Organisation, User
from config.environment import MAIL
from config.outbox.delivery import deliver
from config.outbox.models import Outbox
from config.outbox.relay import claim
from health import digests
from health.models import CaseAct, Digest, Milestone, Score, Scorecard
from tests.counting import statements
from tests.factories import DAY, customer, organisation, user
from tests.health.cases.rows import case, rule
from tests.health.conftest import ago

pytestmark = pytest.mark.django_db

ADDRESS = "mara@hashi.test"


def told(who: User, day: dt.date = DAY) -> dict[str, list[str]]:
    """Kind → names of the customers, in order, of one's digest of a day; nothing where there is none."""
    found = Digest.objects.filter(user=who, day=day).first()
    if found is None:
        return {}
    return {part.kind.value: [line.customer.name for line in part.lines] for part in digests.sections(found, who)}


def moved(of: Customer, before: str, after: str, days_ago: int) -> None:
    """``of`` has stood in another band since so many days."""
    card = Scorecard.objects.get_or_create(key="c", version=1, defaults={"name": "C", "created_on": DAY})[0]
    points = {"green": 80, "yellow": 60, "red": 30, "": None}
    for band, day in ((before, ago(90)), (after, ago(days_ago))):
        value = points[band]
        fields = {"value": value, "raw": value, "band": band}
        Score.objects.update_or_create(customer=of, day=day, scorecard=card, defaults=fields)
    Customer.objects.filter(pk=of.pk).update(band=after, score=points[after], band_since=ago(days_ago))


def mine(who: User | None, name: str) -> Customer:
    return customer(owner=who, name=name)


def test_each_kind_is_told_the_worst_first():
    organisation()
    mara, one = user(), rule()
    case(mine(mara, "Small"), one, 0, severity="high", value=10)
    case(mine(mara, "Large"), one, 0, severity="high", value=20)
    case(mine(mara, "Urgent"), one, 0, severity="urgent")
    case(mine(mara, "Due"), one, 20, due_on=DAY, state="working", type="value", plan="Ring")
    case(mine(mara, "Late"), one, 20, due_on=ago(1), state="working", type="value", plan="Ring")  # told yesterday
    case(mine(mara, "Planless"), one, 3)
    case(mine(mara, "Planned"), one, 3, state="working", type="value", plan="Ring")
    asleep = case(mine(mara, "Asleep"), one, 20, due_on=DAY, state="snoozed", snooze_reason="x", snoozed_until=ago(-3))
    woken = case(mine(mara, "Woken"), one, 30)
    CaseAct.objects.create(case=woken, act="woken", day=DAY)
    CaseAct.objects.create(case=asleep, act="snoozed", day=DAY, by=mara)
    moved(mine(mara, "Fallen"), "green", "red", 0)
    moved(mine(mara, "Risen"), "yellow", "green", 0)
    moved(mine(mara, "First"), "", "green", 0)
    Milestone.objects.create(customer=mine(mara, "Behind"), key="habit", due_on=ago(1), missed_on=DAY)
    Milestone.objects.create(customer=mine(mara, "There"), key="habit", due_on=ago(1), missed_on=DAY, reached_on=DAY)

    assert digests.sweep(DAY) == 1
    assert told(mara) == {
        "new": ["Urgent", "Large", "Small"],
        "due": ["Due"],
        "plan": ["Planless"],
        "woke": ["Woken"],
        "band": ["Fallen", "Risen"],
        "milestone": ["Behind"],
    }
    digest = Digest.objects.get()
    assert (digest.scope, digest.counts["new"]) == ("own", 3)
    line = digest.lines.get(customer__name="Fallen")
    assert (line.band_before, line.band_after) == ("green", "red")


def test_everybody_hears_of_what_they_may_see():
    organisation()
    lena, otto = user("manager"), user("manager")
    mara, nils, cora = user(manager=lena), user(manager=otto), user(manager=otto)
    admin, viewer, asking = user("admin"), user("viewer"), user("viewer", digest_scope="all")
    greedy = user(digest_scope="all")  # a CSM that asks for all still sees the own ones
    gone = user(is_active=False)
    program = user("admin", is_service=True)
    Cover.objects.create(owner=mara, by=cora, starts_on=DAY, ends_on=ago(-1))
    Cover.objects.create(owner=mara, by=nils, starts_on=ago(9), ends_on=DAY)  # has ended
    one = rule()
    for owner, name in ((mara, "Of Mara"), (nils, "Of Nils"), (None, "Of nobody"), (gone, "Of gone")):
        case(mine(owner, name), one, 0)
    merged = mine(mara, "Merged away")
    case(merged, one, 0)
    Customer.objects.filter(pk=merged.pk).update(merged_into=Customer.objects.first())

    digests.sweep(DAY)
    assert told(mara) == told(cora) == {"new": ["Of Mara"]}
    assert told(nils) == {"new": ["Of Nils"]}
    assert told(lena) == {"new": ["Of Mara", "Of nobody"]}
    assert told(otto) == {"new": ["Of Nils", "Of nobody"]}
    assert told(admin) == told(asking) == {"new": ["Of Mara", "Of Nils", "Of nobody", "Of gone"]}
    assert told(viewer) == told(greedy) == told(gone) == told(program) == {}


def test_a_manager_may_hear_of_the_own_customers_only():
    organisation()
    lena = user("manager", digest_scope="own")
    one = rule()
    for owner, name in ((lena, "Own"), (user(manager=lena), "Team"), (None, "Nobody")):
        case(mine(owner, name), one, 0)
    digests.sweep(DAY)
    assert told(lena) == {"new": ["Own"]}


def test_what_was_told_is_not_told_again():
    organisation()
    mara, one = user(), rule()
    yesterday = ago(1)
    case(mine(mara, "Yesterday"), one, 1)
    moved(mine(mara, "Fell"), "green", "red", 1)
    assert digests.sweep(yesterday) == 1
    case(mine(mara, "Later that day"), one, 1)
    moved(mine(mara, "Rose later that day"), "red", "green", 1)
    case(mine(mara, "Today"), one, 0)
    assert digests.sweep(DAY) == 1
    assert told(mara, yesterday) == {"new": ["Yesterday"], "band": ["Fell"]}
    assert told(mara) == {"new": ["Later that day", "Today"], "band": ["Rose later that day"]}


def test_days_missed_are_caught_up_for_a_week():
    organisation()
    mara, one = user(), rule()
    case(mine(mara, "Before"), one, 12, due_on=ago(-30))
    digests.sweep(ago(12))
    for back in (8, 7, 6, 2):
        case(mine(mara, f"{back} ago"), one, back, state="working", type="value", plan="x", due_on=ago(-30))
    digests.sweep(DAY)
    assert told(mara) == {"new": ["6 ago", "2 ago"]}


def test_nothing_new_makes_no_digest_and_no_mail():
    organisation()
    case(mine(user(), "Old"), rule(), 30, due_on=ago(20))
    assert digests.sweep(DAY) == 0
    assert not Outbox.objects.exists()


def test_running_again_writes_and_sends_nothing_more():
    organisation()
    mara, one = user(), rule()
    case(mine(mara, "First"), one, 0)
    assert digests.sweep(DAY) == 1
    case(mine(mara, "Second"), one, 0)
    assert digests.sweep(DAY) == 0
    assert told(mara) == {"new": ["First"]}
    assert Outbox.objects.get().dedup_key == f"digest:{mara.pk}:{DAY}"


def test_killed_halfway_leaves_nothing_and_the_next_run_does_it_all():
    organisation()
    case(mine(user(), "One"), rule(), 0)
    with transaction.atomic():
        digests.sweep(DAY)
        transaction.set_rollback(True)
    assert not Digest.objects.exists()
    assert not Outbox.objects.exists()
    assert digests.sweep(DAY) == 1
    assert Outbox.objects.count() == 1


def test_statements_do_not_grow_with_people_or_customers():
    organisation()
    one, counts = rule(), []
    for n in (1, 3):
        for _ in range(n):
            mara = user()
            for _ in range(n):
                case(customer(owner=mara), one, 0)
        Digest.objects.all().delete()
        Outbox.objects.all().delete()
        with statements() as asked:
            digests.sweep(DAY)
        counts.append(len(asked))
        mine_today = Digest.objects.get(user=mara)
        with statements() as asked:
            digests.sections(mine_today, mara)
        assert len(asked) == 2  # whom one sees, and the lines
    assert counts == [3, 3]


def test_hundred_lines_are_kept_and_all_are_counted():
    organisation()
    mara, one = user(), rule()
    for n in range(103):
        case(mine(mara, f"C{n}"), one, 0)
    digests.sweep(DAY)
    (section,) = digests.sections(Digest.objects.get(), mara)
    assert (section.total, len(section.lines), section.more) == (103, 100, 3)


def test_old_digests_go():
    organisation()
    mara, one = user(), rule()
    for back in (181, 180):
        case(mine(mara, f"{back}"), one, back)
        digests.sweep(ago(back))
    digests.sweep(DAY)
    assert [digest.day for digest in Digest.objects.all()] == [ago(180)]


# Mail


def handed_out() -> None:
    """Deliver whatever is due, the mails queued by it too."""
    while ids := claim():
        assert {deliver(pk) for pk in ids} == {"done"}


@pytest.fixture
def live(db: None) -> dt.date:
    """An organisation whose day goes on, and that day."""
    company = organisation(frozen_today=None, url="https://cs.hashi.test/")
    with connection.cursor() as cursor:
        cursor.execute("SELECT (now() AT TIME ZONE 'UTC')::date")
        day: dt.date = cursor.fetchone()[0]
    assert company.time_zone == "UTC"
    return day


def opened_today(who: User, day: dt.date, **fields: object) -> None:
    back = (DAY - day).days
    case(mine(who, "Akari & Söhne <AG>"), rule(), back, title="Nobody has used it", value=9000, **fields)


def test_mail_is_sent_once(live: dt.date):
    mara = user(email=ADDRESS)
    opened_today(mara, live, severity="high")
    digests.sweep(live)
    digests.sweep(live)
    handed_out()
    (sent,) = mail.outbox
    digest = Digest.objects.get()
    assert sent.to == [ADDRESS]
    assert sent.subject.endswith(": New cases 1")
    assert "- Akari & Söhne <AG>: Nobody has used it, High, $9k" in sent.body
    assert f"https://cs.hashi.test/digest/{digest.pk}/" in sent.body
    html = str(sent.alternatives[0][0])
    assert "Akari &amp; Söhne &lt;AG&gt;" in html
    assert "<AG>" not in html


def test_japanese_reader_gets_japanese(live: dt.date):
    opened_today(user(email=ADDRESS, language="ja"), live)
    digests.sweep(live)
    handed_out()
    (sent,) = mail.outbox
    assert f"{live.month}月{live.day}日" in sent.subject
    assert '<html lang="ja">' in str(sent.alternatives[0][0])


def test_mail_without_an_address_of_ours_has_no_links(live: dt.date):
    Organisation.objects.update(url="")
    opened_today(user(email=ADDRESS), live)
    digests.sweep(live)
    handed_out()
    assert "http" not in mail.outbox[0].body
    assert "href" not in str(mail.outbox[0].alternatives[0][0])


def test_who_switched_it_off_gets_none(live: dt.date):
    opened_today(user(email=ADDRESS, digest_mail=False), live)
    assert digests.sweep(live) == 1
    handed_out()
    assert mail.outbox == []


@pytest.mark.parametrize("change", [{"digest_mail": False}, {"is_active": False}])
def test_changed_mind_counts_until_it_is_sent(live: dt.date, change: dict[str, bool]):
    mara = user(email=ADDRESS)
    opened_today(mara, live)
    digests.sweep(live)
    User.objects.filter(pk=mara.pk).update(**change)
    handed_out()
    assert mail.outbox == []


def test_customers_handed_over_since_are_not_mailed(live: dt.date):
    opened_today(user(email=ADDRESS), live)
    digests.sweep(live)
    Customer.objects.update(owner=user())
    handed_out()
    assert mail.outbox == []


def test_past_days_and_frozen_days_are_not_mailed(live: dt.date):
    mara = user(email=ADDRESS)
    opened_today(mara, live - dt.timedelta(days=1))
    digests.sweep(live - dt.timedelta(days=1))
    handed_out()
    opened_today(mara, live)
    organisation(frozen_today=live)
    digests.sweep(live)
    handed_out()
    assert Digest.objects.count() == 2
    assert mail.outbox == []


def test_without_a_mail_relay_nothing_is_queued(live: dt.date, settings: Settings):
    opened_today(user(email=ADDRESS), live)
    digests.sweep(live)
    settings.EMAIL_BACKEND = MAIL["files"]
    handed_out()
    assert not Outbox.objects.filter(kind="mail").exists()


# Pages


def reading(who: User) -> Client:
    client = Client()
    client.force_login(who)
    return client


def test_page_shows_the_newest_and_leads_to_earlier_ones():
    organisation()
    mara, one = user(), rule()
    for back in (2, 1):
        case(mine(mara, f"Customer {back}"), one, back)
        digests.sweep(ago(back))
    client = reading(mara)
    page = client.get("/digest/").content.decode()
    assert "Customer 1" in page
    assert "Customer 2" not in page
    first = Digest.objects.get(day=ago(2))
    assert f"/digest/{first.pk}/" in page
    assert "Customer 2" in client.get(f"/digest/{first.pk}/").content.decode()
    assert reading(user()).get(f"/digest/{first.pk}/").status_code == 404
    assert client.get("/digest/?after=nonsense").status_code == 400


def test_page_checks_again_who_sees_what():
    organisation()
    mara, one = user(), rule()
    kept, lost = mine(mara, "Kept"), mine(mara, "Lost")
    for of in (kept, lost):
        case(of, one, 0)
    digests.sweep(DAY)
    Customer.objects.filter(pk=lost.pk).update(owner=user())
    page = reading(mara).get("/digest/").content.decode()
    assert "Kept" in page
    assert "Lost" not in page
    Customer.objects.update(owner=user())
    assert "Nothing of this digest is yours" in reading(mara).get("/digest/").content.decode()


def test_page_without_any_digest_says_what_will_come():
    organisation()
    assert "No digest yet" in reading(user("viewer")).get("/digest/").content.decode()


def test_page_costs_the_same_whatever_it_tells():
    organisation()
    mara, one, counts = user(), rule(), []
    client = reading(mara)
    client.get("/digest/")
    for n in (1, 3):
        Digest.objects.all().delete()
        for _ in range(n):
            case(customer(owner=mara), one, 0)
        digests.sweep(DAY)
        with statements() as asked:
            client.get("/digest/")
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_one_chooses_what_it_tells_of():
    organisation()
    lena = user("manager")
    client = reading(lena)
    body = {"name": "Lena", "language": "en", "time_zone": ""}
    assert client.post("/me/", body | {"digest_scope": "own", "digest_mail": "on"}).status_code == 302
    lena.refresh_from_db()
    assert (lena.digest_scope, lena.digest_mail) == ("own", True)
    client.post("/me/", body | {"digest_scope": ""})
    lena.refresh_from_db()
    assert (lena.digest_scope, lena.digest_mail) == ("", False)
    refused = client.post("/me/", body | {"digest_scope": "all"})  # more than a manager sees
    assert (refused.status_code, "id_digest_scope_error" in refused.content.decode()) == (422, True)
