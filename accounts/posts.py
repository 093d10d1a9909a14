"""Posts of people on the customer's side: which they hold on a day, and who moved from where to where."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import F, OuterRef, QuerySet
from django.db.models.functions import JSONObject
from django.utils.translation import gettext_lazy as _

from accounts import changes, seen
from accounts.models import Contact, Customer, Post
from config.history.models import Entry, Operation

# The ids of posts that follow from the department and title of a contact, in files of contacts, begin with this.
OF_TITLE: Final = "title:"
COLUMNS: Final = ("department", "title", "starts_on", "ends_on")
CHANGED_MEANWHILE: Final = _("Somebody else has changed these posts meanwhile; look at them again.")


@dataclass(frozen=True)
class Held:
    """A post as pages show it; the days as in ``Post``."""

    department: str
    title: str
    starts_on: dt.date | None
    ends_on: dt.date | None

    def __str__(self) -> str:
        return " ".join(filter(None, (self.department, self.title)))

    def runs(self, day: dt.date) -> bool:
        return (self.starts_on or day) <= day and (self.ends_on is None or self.ends_on > day)


@dataclass(frozen=True)
class Move:
    """Somebody went on ``day`` from the posts ``before`` to those of ``after`` inside the customer; without ``before`` a
    further post was taken on.
    """

    day: dt.date
    contact: str
    before: str
    after: str


@dataclass(frozen=True)
class Written:
    """An act on the posts of a person: its number in the history, and the marks of what stood before and stands since."""

    act: int
    stood: str
    now: str


def with_posts(contacts: QuerySet[Contact]) -> QuerySet[Contact]:
    """``contacts`` with ``posts_said``, which ``held`` reads: no further statement."""
    posts = Post.objects.filter(contact=OuterRef("pk")).order_by(F("starts_on").asc(nulls_first=True), "pk")
    fields = JSONObject(department="department", title="title", starts_on="starts_on", ends_on="ends_on")
    return contacts.annotate(posts_said=ArraySubquery(posts.values(said=fields)))


def posts_of(contact: Contact) -> list[Held]:
    """The posts of a contact of ``with_posts``, in the order of their days."""
    return [_held(said) for said in getattr(contact, "posts_said", [])]


def held(contact: Contact, day: dt.date) -> list[str]:
    """What a contact of ``with_posts`` does on the day: the posts that run, else the department and title that are known."""
    running = [str(post) for post in posts_of(contact) if post.runs(day)]
    return running or [said for said in (str(Held(contact.department, contact.title, None, None)),) if said]


def of_customer(customer: Customer) -> ArraySubquery:
    """Every post of the customer's people, for an annotation that ``moves`` reads; computed once a statement."""
    fields = JSONObject(
        contact="contact_id", name="contact__name", department="department", title="title",
        starts_on="starts_on", ends_on="ends_on",
    )  # fmt: skip
    rows = Post.objects.filter(contact__customer=customer.pk).order_by("contact_id", "pk")
    return ArraySubquery(rows.values(said=fields))


def moves(said: Sequence[Mapping[str, Any]], day: dt.date) -> list[Move]:
    """Who moved inside a customer and who took on a further post until ``day``, newest first; ``said`` is of ``of_customer``.

    No statement.
    """
    people = [list(group) for _contact, group in groupby(said, key=itemgetter("contact"))]
    told = [move for posts in people for move in _moves(posts[0]["name"], [_held(post) for post in posts], day)]
    return sorted(told, key=lambda move: move.day, reverse=True)


def _moves(name: str, posts: Sequence[Held], until: dt.date) -> Iterable[Move]:
    """The moves of one person: what begins on a day follows what ended on it, or last before it where nothing ran on."""
    for day in sorted({post.starts_on for post in posts if post.starts_on and post.starts_on <= until}):
        begun = [post for post in posts if post.starts_on == day]
        others = [post for post in posts if (post.starts_on or dt.date.min) < day]
        ran_on = [post for post in others if post.ends_on is None or post.ends_on > day]
        ended = [post for post in others if post.ends_on is not None and post.ends_on <= day]
        last = max((post.ends_on for post in ended if post.ends_on), default=None)
        left = [post for post in ended if post.ends_on == last and (last == day or not ran_on)]
        if (left or ran_on) and _listed(left) != _listed(begun):
            yield Move(day, name, _listed(left), _listed(begun))


def _listed(posts: Iterable[Held]) -> str:
    return " / ".join(map(str, posts))


def _held(said: Mapping[str, Any]) -> Held:
    return Held(said["department"], said["title"], _day(said["starts_on"]), _day(said["ends_on"]))


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


@transaction.atomic
def write(contact: Contact, posts: Sequence[Post], saw: str) -> Written:
    """Let ``posts`` be those of the contact: with the key of a stored one they change it, others of the stored ones go.

    Raises ValidationError where what stood is not what the person ``saw``.
    """
    Contact.objects.select_for_update(no_key=True).get(pk=contact.pk)  # two who add the first post meet here
    stored = stand(Post.objects.select_for_update(no_key=True).filter(contact=contact))
    if mark(stored) != saw:
        raise ValidationError(CHANGED_MEANWHILE)
    known = {post.pk: post for post in stored}
    Post.objects.filter(pk__in=known.keys() - {post.pk for post in posts}).delete()
    for post in posts:
        if post.pk in known:
            post.save(update_fields=COLUMNS)
        else:
            post.pk = None
            post.save(force_insert=True)
    changes.mark([contact.customer_id])
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        ((act,),) = cursor.fetchall()
    return Written(act, saw, mark(stand(contact.posts.all())))


@transaction.atomic
def write_back(contact: Contact, written: Written) -> None:
    """Take back what ``write`` wrote, from the history. Raises ValidationError, with nothing written, where the posts have
    changed since, or where the history does not say what stood.
    """
    Contact.objects.select_for_update(no_key=True).get(pk=contact.pk)
    stored = stand(Post.objects.select_for_update(no_key=True).filter(contact=contact))
    if mark(stored) != written.now:
        raise ValidationError(seen.CHANGED_SINCE)
    columns = {field.name: field for field in Post._meta.concrete_fields}
    entries = list(Entry.objects.filter(act=written.act, kind=Post._meta.model_name).order_by("-pk"))
    stood = {part.partition(".")[0] for part in written.stood.split("-")}
    Post.objects.filter(pk__in=[post.pk for post in stored if str(post.pk) not in stood]).delete()
    known = {post.pk: post for post in stored}
    for entry in entries:
        values = {columns[name].attname: value for name, value in entry.before.items()}
        if entry.operation == Operation.DELETED and values["contact_id"] == contact.pk:
            Post.objects.create(pk=entry.object_id, **values)
        elif entry.operation == Operation.CHANGED and entry.object_id in known:
            Post.objects.filter(pk=entry.object_id).update(**values)
    if mark(stand(contact.posts.all())) != written.stood:
        raise ValidationError(seen.CHANGED_SINCE)
    changes.mark([contact.customer_id])


def follow(contact: Contact, department: str, title: str, day: dt.date) -> None:
    """Let the post that a file of contacts told say what a person has put right: it said ``department`` and ``title``.

    Where both are empty now, it ends on ``day``.
    """
    told = contact.posts.filter(ends_on=None, external_id__startswith=OF_TITLE, department=department, title=title)
    if contact.department or contact.title:
        told.update(department=contact.department, title=contact.title)
        return
    told.filter(starts_on__gte=day).delete()
    told.update(ends_on=day)


def stand(posts: QuerySet[Post]) -> list[Post]:
    """The posts in the order of their days."""
    return list(posts.order_by(F("starts_on").asc(nulls_first=True), "pk"))


def mark(posts: Iterable[Post]) -> str:
    """The mark of all posts of a person, as a form shows them."""
    return "-".join(f"{post.pk}.{seen.mark(post, COLUMNS)[:8]}" for post in posts) or "none"
