"""Posts of people: several at once, dated, moved inside the customer, from pages and files, and read everywhere."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from accounts import customers, posts, timeline
from accounts.forms.rows import MOST
from accounts.imports import undoing
from accounts.imports.given import Terms, take
from accounts.imports.targets import TARGETS
from accounts.models import Contact, Customer, ExternalKey, ImportRun, Post
from accounts.periods import present
from config import clock
from health.cases import sweep
from health.explaining import events
from health.models import Case
from health.words import differences
from tests import factories as make
from tests.accounts.imports import bring, counts, write
from tests.factories import DAY
from tests.health.cases.rows import rule

pytestmark = pytest.mark.django_db
APRIL = dt.date(2026, 4, 1)
CONTACTS = "external_id,customer,name,roles\nP1,C1,森 健司,champion\n"
HEAD = "external_id,contact,department,title,starts_on,ends_on\n"


@pytest.fixture
def page(client: Client) -> tuple[Client, Contact]:
    make.organisation()
    person = make.user()
    client.force_login(person)
    customer = make.customer(owner=person)
    return client, make.contact(customer, name="森 健司", reading="もり", title="Old title", roles=["champion"])


def body(saw: str, *rows: dict[str, Any], **more: str) -> dict[str, str]:
    names = ("number", "department", "title", "starts_on", "last_on")
    sent = {f"r-{place}-{name}": str(row.get(name, "")) for place, row in enumerate(rows) for name in names}
    return sent | {"rows": str(len(rows)), "saw": saw} | more


def address(contact: Contact) -> str:
    return reverse("accounts:contact_posts", args=[contact.customer_id, contact.pk])


def panel(client: Client, contact: Contact, name: str = "contacts_panel") -> str:
    return client.get(reverse(f"accounts:{name}", args=[contact.customer_id])).content.decode()


def test_several_posts_are_typed_at_once_and_one_is_taken_out(page: tuple[Client, Contact]) -> None:
    client, contact = page
    assert "Old title" in panel(client, contact)
    sales = {"department": "営業部", "title": "部長", "starts_on": "2026-04-01"}
    board = {"department": "経営企画室", "title": "室長 (兼務)"}
    client.post(address(contact), body("none", sales, board))
    assert [str(post) for post in posts.stand(contact.posts.all())] == ["経営企画室 室長 (兼務)", "営業部 部長"]
    shown = panel(client, contact)
    assert "経営企画室 室長 (兼務) / 営業部 部長" in shown
    assert "Old title" not in shown
    form = client.get(address(contact)).context["form"]
    assert [row.initial["title"] for row in form.rows] == ["室長 (兼務)", "部長"]
    first = form.rows[0].initial | {"last_on": "2026-10-31"}
    client.post(address(contact), body(form.initial["saw"], {n: v or "" for n, v in first.items()}))
    post = Post.objects.get()
    assert (post.title, post.ends_on) == ("室長 (兼務)", dt.date(2026, 11, 1))
    assert "Old title" in panel(client, contact), "no post runs any more"


def test_rows_come_and_go_by_buttons_and_nothing_is_saved_by_them(page: tuple[Client, Contact]) -> None:
    client, contact = page
    rows = [{"title": "Head"}, {"title": "Adviser"}]
    more = client.post(address(contact), body("none", *rows, more="1"))
    assert [row.initial.get("title") for row in more.context["form"].rows] == ["Head", "Adviser", None]
    assert more.status_code == 200
    assert "autofocus" in more.content.decode()
    fewer = client.post(address(contact), body("none", *rows, drop="0"))
    assert [row.initial["title"] for row in fewer.context["form"].rows] == ["Adviser"]
    assert not Post.objects.exists()


@pytest.mark.parametrize(
    ("row", "field", "reason"),
    [
        ({"starts_on": "2026-04-01"}, "title", "Say the department or the title."),
        ({"title": "Head", "starts_on": "2026-04-01", "last_on": "2026-03-31"}, "last_on", "The last day lies before the first."),
        ({"title": "Head", "starts_on": "soon"}, "starts_on", "Enter a valid date."),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_is_refused_at_its_field(
    page: tuple[Client, Contact], row: dict[str, str], field: str, reason: str
) -> None:
    client, contact = page
    answer = client.post(address(contact), body("none", {"title": "Fine"}, row))
    assert answer.status_code == 422
    assert answer.context["form"].rows[1].errors[field] == [reason]
    assert not Post.objects.exists()


def test_more_posts_than_may_be_added_are_all_drawn_and_stay(page: tuple[Client, Contact]) -> None:
    client, contact = page
    Post.objects.bulk_create(Post(contact=contact, title=f"Post {number}") for number in range(MOST + 1))
    form = client.get(address(contact)).context["form"]
    assert (len(form.rows), form.has_room) == (MOST + 1, False)
    rows = [{name: value or "" for name, value in row.initial.items()} for row in form.rows]
    more = client.post(address(contact), body(form.initial["saw"], *rows, more="1"))
    assert len(more.context["form"].rows) == MOST + 1
    client.post(address(contact), body(form.initial["saw"], *rows))
    assert contact.posts.count() == MOST + 1


def test_who_saw_other_posts_is_refused(page: tuple[Client, Contact]) -> None:
    client, contact = page
    Post.objects.create(contact=contact, title="Theirs")
    answer = client.post(address(contact), body("none", {"title": "Mine"}))
    assert answer.context["form"].non_field_errors() == [str(posts.CHANGED_MEANWHILE)]
    assert Post.objects.get().title == "Theirs"


@pytest.mark.parametrize(
    ("spans", "told"),
    [
        # (title, from, until): a move on the day, after a gap, a further post, both at once, what is no move, and what is to come.
        ([("A", None, APRIL), ("B", APRIL, None)], [("2026-04-01", "A", "B")]),
        ([("A", None, dt.date(2026, 1, 1)), ("B", APRIL, None)], [("2026-04-01", "A", "B")]),
        ([("A", None, None), ("B", APRIL, None)], [("2026-04-01", "", "B")]),
        ([("A", None, None), ("B", None, APRIL), ("C", APRIL, None)], [("2026-04-01", "B", "C")]),
        ([("A", None, None), ("B", None, dt.date(2026, 1, 1)), ("C", APRIL, None)], [("2026-04-01", "", "C")]),
        ([("A", APRIL, None)], []),
        ([("A", None, APRIL)], []),
        ([("A", None, DAY + dt.timedelta(days=1)), ("B", DAY + dt.timedelta(days=1), None)], []),
        ([("A", None, APRIL), ("B", APRIL, DAY), ("C", DAY, None)], [(DAY.isoformat(), "B", "C"), ("2026-04-01", "A", "B")]),
    ],
)  # fmt: skip
def test_who_moved_from_where_to_where(spans: list[tuple[str, Any, Any]], told: list[tuple[str, str, str]]) -> None:
    contact = make.contact(make.customer())
    for title, starts_on, ends_on in spans:
        Post.objects.create(contact=contact, title=title, starts_on=starts_on, ends_on=ends_on)
    found = timeline.moves(contact.customer, [], DAY)
    assert [(move.day.isoformat(), move.before, move.after) for move in found] == told


def test_a_move_stands_in_the_timeline_between_the_touches_of_its_days(page: tuple[Client, Contact]) -> None:
    client, contact = page
    for day in (APRIL - dt.timedelta(days=1), APRIL, APRIL + dt.timedelta(days=1)):
        timeline.log(
            contact.customer,
            author=contact.customer.owner,
            kind="call",
            happened_on=day,
            note=f"of {day}",
            contacts=[contact],
        )
    Post.objects.create(contact=contact, department="営業部", ends_on=APRIL)
    Post.objects.create(contact=contact, department="経理部", starts_on=APRIL)
    shown = panel(client, contact, "timeline_panel")
    places = [
        shown.index(text) for text in ("of 2026-04-02", "moved from 営業部 to 経理部", "of 2026-04-01", "of 2026-03-31")
    ]
    assert places == sorted(places)


def test_moves_stand_on_the_page_of_their_days() -> None:
    customer = make.customer(owner=make.user())
    days = [DAY - dt.timedelta(days=back) for back in range(4)]
    touches = [timeline.log(customer, author=customer.owner, kind="call", happened_on=day) for day in days]
    moves = [posts.Move(day, "Ann", "A", "B") for day in (days[0], days[2], days[3] - dt.timedelta(days=9))]
    first = timeline.with_moves(touches[:2], moves, None, is_last=False)
    second = timeline.with_moves(touches[2:], moves, days[1], is_last=True)
    assert [move.day if move else touch.happened_on for touch, move in first if move or touch] == [
        days[0],
        days[0],
        days[1],
    ]
    assert [bool(move) for _touch, move in second] == [True, False, False, True]
    assert sum(1 for _touch, move in (*first, *second) if move) == 3


def test_a_move_is_no_champion_who_left() -> None:
    """Neither by posts nor by the state moved: the sweep opens a case for who left alone, and so says the page."""
    make.organisation()
    rule(detector="champion_left", swept_on=DAY - dt.timedelta(days=1))
    by_posts, by_state, gone = (make.customer(owner=make.user(), first_contract_on=APRIL) for _each in range(3))
    mover, moved, leaver = (make.contact(each, name="Ann", roles=["champion"]) for each in (by_posts, by_state, gone))
    Post.objects.create(contact=mover, department="営業部", ends_on=DAY)
    Post.objects.create(contact=mover, department="経理部", starts_on=DAY)
    for contact, state in ((moved, "moved"), (leaver, "left")):
        Contact.objects.filter(pk=contact.pk).update(state=state, state_on=DAY)
    assert sweep.sweep(DAY) == 1
    assert list(Case.objects.values_list("customer", flat=True)) == [gone.pk]
    assert [customers.champion_gap(list(each.contacts.all())) for each in (by_posts, by_state, gone)] == [
        None,
        None,
        leaver,
    ]
    days = (DAY - dt.timedelta(days=9), DAY)
    spoken = [events.happenings(each, *days, [], ZoneInfo("UTC")) for each in (by_posts, by_state, gone)]
    assert [[happening.what.name for happening in each if "LEFT" in happening.what.name] for each in spoken] == [
        [],
        [],
        ["CHAMPION_LEFT"],
    ]
    assert [differences.left(each, *days, DAY) != "" for each in (by_posts, by_state, gone)] == [False, False, True]
    there = Contact.objects.extra(where=[present("accounts_contact", f"'{days[0]}'::date")])
    assert set(there.values_list("customer", flat=True)) == {by_posts.pk, by_state.pk, gone.pk}, (
        "whoever moved was there before, too"
    )


def test_what_was_saved_of_posts_is_taken_back(page: tuple[Client, Contact]) -> None:
    """What was taken out is there again as it came, with its source; not once somebody has changed the posts since."""
    client, contact = page
    first = Post.objects.create(contact=contact, title="A", source="crm", external_id="B1", ends_on=APRIL)
    second = Post.objects.create(contact=contact, title="B", starts_on=APRIL)
    stood = list(
        Post.objects.order_by("pk").values_list("pk", "title", "starts_on", "ends_on", "source", "external_id")
    )
    saw = posts.mark(posts.stand(contact.posts.all()))
    saved = client.post(address(contact), body(saw, {"number": second.pk, "title": "C"}, {"title": "D"}), follow=True)
    (message,) = saved.context["messages"]
    undo = next(tag.removeprefix("undo:") for tag in message.extra_tags.split() if tag.startswith("undo:"))
    assert sorted(Post.objects.values_list("title", flat=True)) == ["C", "D"]
    assert not Post.objects.filter(pk=first.pk).exists()
    other = make.contact(contact.customer, name="Else")
    client.post(undo.replace(f"/contacts/{contact.pk}/", f"/contacts/{other.pk}/"))
    assert sorted(Post.objects.values_list("title", flat=True)) == ["C", "D"]
    client.post(undo)
    assert (
        list(Post.objects.order_by("pk").values_list("pk", "title", "starts_on", "ends_on", "source", "external_id"))
        == stood
    )
    client.post(undo)
    assert Post.objects.count() == 2


def test_the_palette_says_what_somebody_holds_today(page: tuple[Client, Contact]) -> None:
    """As the panel does; a post to come says from when."""
    client, contact = page
    assert "Old title" in client.get("/search/", {"q": "森"}).content.decode()
    Post.objects.create(contact=contact, department="情報システム部", title="課長", starts_on=APRIL)
    Post.objects.create(contact=contact, department="総務部", starts_on=dt.date(2027, 4, 1))
    shown = client.get("/search/", {"q": "森"}).content.decode()
    assert "情報システム部 課長" in shown
    assert "Old title" not in shown
    assert "from 1 Apr 2027" in client.get("/search/", {"q": "総務部"}).content.decode()


@pytest.fixture
def known(tmp_path: Path) -> Path:
    make.organisation()
    bring(write(tmp_path / "customers.csv", "external_id,name\nC1,Acorn\n"))
    bring(write(tmp_path / "contacts.csv", CONTACTS))
    return tmp_path / "posts.csv"


def test_files_bring_posts_and_the_same_file_changes_nothing(known: Path) -> None:
    rows = "B1,P1,営業部,部長,2024-04-01,2026-04-01\nB2,P1,経理部,部長,2026-04-01,\n"
    assert counts(bring(write(known, HEAD + rows))) == (2, 0, 0, 0)
    assert counts(bring(known)) == (0, 0, 2, 0)
    assert [move.after for move in timeline.moves(Customer.objects.get(), [], DAY)] == ["経理部 部長"]
    assert counts(bring(write(known, HEAD + rows.replace("経理部", "財務部")))) == (0, 1, 1, 0)
    assert Post.objects.get(external_id="B2").department == "財務部"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("B1,P9,Sales,,,\n", "“P9” is not a contact that is known"),
        ("B1,P1,,,2026-04-01,\n", "is empty, and so is department"),
        ("B1,P1,Sales,,2026-04-01,2026-04-01\n", "lies before starts_on"),
        ("B1,P1,Sales,,2026-99-01,\n", "2026-99-01"),
    ],
)
def test_a_post_that_cannot_be_is_refused_by_line(known: Path, row: str, reason: str) -> None:
    report = bring(write(known, HEAD + row + "B2,P1,Finance,,,\n"))
    assert counts(report) == (1, 0, 0, 1)
    assert Post.objects.get().department == "Finance"


def test_japanese_headings_are_guessed(known: Path) -> None:
    from accounts.imports.targets import TARGETS

    names = TARGETS["posts"].names
    for heading, field in {
        "部署名": "department",
        "役職": "title",
        "着任日": "starts_on",
        "終了日!": "ends_on",
    }.items():
        assert heading in names[field].split("|")


def test_the_api_and_the_search_read_posts(page: tuple[Client, Contact]) -> None:
    client, contact = page
    Post.objects.create(contact=contact, department="情報システム部", title="課長", starts_on=APRIL)
    (row,) = client.get("/api/v1/contacts/").json()["results"]
    assert row["posts"] == [
        {"department": "情報システム部", "title": "課長", "starts_on": "2026-04-01", "ends_on": None}
    ]
    found = client.get("/search/", {"q": "情報システム"}).content.decode()
    assert "森 健司" in found
    assert ImportRun.objects.count() == 0


FLAT = "external_id,customer,name,department,title,roles\n"


def stood() -> list[tuple[str, str | None, str | None]]:
    """Each post with its days, in their order."""
    return [
        (str(post), *(str(day) if day else None for day in (post.starts_on, post.ends_on)))
        for post in posts.stand(Post.objects.all())
    ]


def test_a_file_of_contacts_moves_people_from_its_day_on(page: tuple[Client, Contact], tmp_path: Path) -> None:
    """Two imports on two days are two posts with days; the same file again changes nothing, and whoever moved is still there."""
    client, contact = page
    ExternalKey.objects.create(customer=contact.customer, source="csv", external_id="C1")
    Contact.objects.filter(pk=contact.pk).update(source="csv", external_id="P1", title="")
    path = tmp_path / "contacts.csv"
    monday, friday = DAY - dt.timedelta(days=4), DAY
    assert counts(
        bring(write(path, FLAT + "P1,C1,森 健司,営業部,部長,champion\nP2,C1,青木,総務部,,\n"), day=monday)
    ) == (1, 1, 0, 0)
    assert stood() == [], "nobody knows since when"
    assert "営業部 部長" in panel(client, contact)
    moved = FLAT + "P1,C1,森 健司,経営企画室,室長,champion\nP2,C1,青木,総務部,,\n"
    assert counts(bring(write(path, moved), day=friday)) == (0, 1, 1, 0)
    after = [("営業部 部長", None, str(friday)), ("経営企画室 室長", str(friday), None)]
    assert stood() == after
    assert counts(bring(path, day=friday)) == counts(bring(path, day=friday + dt.timedelta(days=1))) == (0, 0, 2, 0)
    assert stood() == after
    contact.refresh_from_db()
    assert (contact.state, contact.department, contact.title) == ("active", "経営企画室", "室長")
    told = timeline.moves(contact.customer, [], DAY)
    assert [(move.contact, move.before, move.after) for move in told] == [("森 健司", "営業部 部長", "経営企画室 室長")]
    # The same day again, and a correction, put right; a cleared cell ends.
    bring(write(path, moved.replace("室長", "部室長")), day=friday)
    assert stood() == [after[0], ("経営企画室 部室長", str(friday), None)]
    bring(write(path, moved.replace("経営企画室,室長", ",")), day=friday + dt.timedelta(days=9))
    assert stood()[1][2] == str(friday + dt.timedelta(days=9))
    bring(write(path, moved), day=friday + dt.timedelta(days=20))
    assert stood()[2] == ("経営企画室 室長", str(friday + dt.timedelta(days=20)), None)


def test_posts_that_people_keep_count_before_a_file_of_contacts(page: tuple[Client, Contact], tmp_path: Path) -> None:
    client, contact = page
    ExternalKey.objects.create(customer=contact.customer, source="csv", external_id="C1")
    path = tmp_path / "contacts.csv"
    for title in ("Head", "Director"):
        bring(
            write(path, FLAT + f"P1,C1,Ann,Sales,{title},\nP2,C1,Bo,Sales,{title},\n"), day=DAY - dt.timedelta(days=9)
        )
        make_typed = Contact.objects.get(external_id="P2")
        Post.objects.get_or_create(contact=make_typed, title="Adviser", external_id="")
    ann = Contact.objects.get(external_id="P1")
    assert [str(post) for post in posts.stand(ann.posts.all())] == ["Sales Head", "Sales Director"]
    # Put right on the page, the post that the file told says so, and stays.
    url = reverse("accounts:contact_edit", args=[contact.customer_id, ann.pk])
    form = client.get(url).context["form"]
    shown = {name: value for name in form.fields if (value := form[name].value())}
    client.post(url, shown | {"title": "Chief"})
    assert [str(post) for post in posts.stand(ann.posts.all())] == ["Sales Head", "Sales Chief"]
    report = bring(write(path, FLAT + "P1,C1,Ann,Sales,President,\nP2,C1,Bo,Sales,President,\n"))
    assert [str(post) for post in posts.stand(ann.posts.all())] == ["Sales Head", "Sales Chief"]
    assert [str(post) for post in Post.objects.filter(contact__external_id="P2")] == ["Adviser"]
    assert [note for note in report.notes if note.startswith("1 contact has posts that people")]
    # Emptied on the page, it ends, and the next file may say another one.
    Contact.objects.filter(pk=ann.pk).update(title="Chief")
    client.post(url, shown | {"department": "", "title": ""})
    assert [post.ends_on for post in posts.stand(ann.posts.all())][1:] == [DAY]
    Contact.objects.filter(pk=ann.pk).update(department="Sales", title="Chair")
    Post.objects.filter(contact=ann).update(title="Chair", starts_on=DAY, ends_on=None)
    client.post(url, shown | {"department": "", "title": ""})
    assert not ann.posts.exists(), "what began today never was"


def test_a_file_of_an_earlier_day_moves_nobody_back(page: tuple[Client, Contact], tmp_path: Path) -> None:
    _client, contact = page
    ExternalKey.objects.create(customer=contact.customer, source="csv", external_id="C1")
    path = tmp_path / "contacts.csv"
    days = [DAY - dt.timedelta(days=back) for back in (60, 10, 30)]
    for title, day in zip("ABC", days, strict=True):
        report = bring(write(path, FLAT + f"P1,C1,Ann,Sales,{title},\n"), day=day)
    assert stood() == [("Sales A", None, str(days[1])), ("Sales B", str(days[1]), None)]
    assert Contact.objects.get(external_id="P1").title == "B"
    assert [note for note in report.notes if note.startswith("1 contact has a post that began after the day")]
    bring(write(path, FLAT + "P1,C1,Ann,Sales,D,\n"), day=DAY)
    assert stood()[2] == ("Sales D", str(DAY), None)


def test_the_undo_of_a_file_of_contacts_takes_its_moves_back(page: tuple[Client, Contact]) -> None:
    _client, contact = page
    ExternalKey.objects.create(customer=contact.customer, source="crm", external_id="C1")
    contacts = TARGETS["contacts"]
    row = {"external_id": "P1", "customer": "C1", "name": "Ann", "department": "Sales"}
    admin = make.user(role="admin")
    days = [DAY - dt.timedelta(days=30), DAY - dt.timedelta(days=20), DAY]
    for day, title in zip(days, ("Head", "Director", "President"), strict=True):
        taken = take([row | {"title": title}], contacts, Terms("crm"), by=admin, day=day, now=clock.now)
    three = [
        ("Sales Head", None, str(days[1])),
        ("Sales Director", str(days[1]), str(DAY)),
        ("Sales President", str(DAY), None),
    ]
    assert stood() == three
    assert taken.run is not None
    file = taken.run.files.get()
    undoing.undo(file, admin, DAY, [file.act], f"undo:{taken.run.pk}")
    assert stood() == [three[0], ("Sales Director", str(days[1]), None)]
    assert Contact.objects.get(external_id="P1").title == "Director"
