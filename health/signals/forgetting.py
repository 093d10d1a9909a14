"""How long days of single people are kept, and their deletion; the figures of customers made from them stay."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import Any, Final

from django.db import OperationalError, connection, transaction
from django.db.models import Q
from django.db.models.functions import Coalesce, Greatest

from accounts.imports import along
from accounts.models import Contact, Customer, Organisation
from config import clock, locks
from health.models import EventPerson, Person, UsageRecord
from health.signals import events
from health.signals.partitions import month_after

# Held by whoever writes days of use from the records, one at a time.
LOCK: Final = "health.signals.rollup"
KEPT_MONTHS: Final = 25
# PostgreSQL's, of a statement that waited too long for a lock.
BUSY: Final = "55P03"

OLDEST: Final = """
    SELECT min(c.relname) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'health_personday'::regclass
"""
# Each day has numbers of its own from then on: people of a day stay countable, days of one person do not belong together.
UNLINK: Final = """
    UPDATE health_usagerecord SET person = hashint8extended(person, %(salt)s + (day - DATE '2000-01-01'))
    WHERE person IS NOT NULL AND day >= %(first)s AND day < %(after)s
"""
SOURCES: Final = """
    WITH RECURSIVE waiting(source) AS (
        SELECT min(source) FROM health_waitingevent
        UNION ALL SELECT (SELECT min(w.source) FROM health_waitingevent w WHERE w.source > waiting.source) FROM waiting WHERE source IS NOT NULL
    ), told(source) AS (
        SELECT min(source) FROM health_eventperson
        UNION ALL SELECT (SELECT min(p.source) FROM health_eventperson p WHERE p.source > told.source) FROM told WHERE source IS NOT NULL
    ) SELECT source FROM waiting WHERE source IS NOT NULL UNION SELECT source FROM told WHERE source IS NOT NULL ORDER BY 1
"""
# Whose they are their group still says, which the number led to; of ``others`` are those whose group leads to another customer.
UNNAME: Final = f"""
    UPDATE health_waitingevent w SET person = %(own)s, "group" = said.customer
    FROM (SELECT w.id, {events.CUSTOMER} AS customer FROM health_waitingevent w {events.PERSON}
          WHERE w.source = %(source)s AND w.person = %(number)s) said
    WHERE w.id = said.id AND said.customer <> ALL (%(others)s)
"""  # noqa: S608 (made of constants)
ABANDONED: Final = (
    "DELETE FROM health_person h WHERE NOT EXISTS (SELECT FROM health_personday d WHERE d.person_id = h.id)"
)


def install() -> None:
    """Let customers and contacts leave while nobody writes people of use: those of the customer go along, who is whom is forgotten."""
    along.WAITS.update(dict.fromkeys((Customer, Contact), wait))


def wait() -> None:
    """Wait for a roll-up, and keep others from beginning until the transaction ends."""
    locks.lock(LOCK)


def kept_since() -> dt.date:
    """The first day of which it is kept who used the product: the first of a month. Two statements.

    What was forgotten stays so: later numbers of those days are of the day alone, so they would count as a crowd.
    """
    row = Organisation.objects.values_list("people_months", "people_forgotten_before").first()
    months, forgotten = row or (KEPT_MONTHS, None)
    today = clock.today()
    first = today.year * 12 + today.month - 1 - months
    since = dt.date(first // 12, first % 12 + 1, 1)
    return max(since, forgotten) if forgotten else since


def sweep(_now: dt.datetime) -> int:
    """Delete the oldest month of person-days if it is kept no longer, with the people who have no day left.

    Usage records of the month keep how many people there were, but not who. One month a run, and none while somebody
    reads the table, as a backup does. Returns how many months it deleted.
    """
    since = kept_since()
    with connection.cursor() as cursor:
        cursor.execute(OLDEST)
        name = cursor.fetchone()[0]
    if name is None:
        return 0
    year, month = name.removeprefix("health_personday_").split("_")
    first = dt.date(int(year), int(month), 1)
    if first >= since:
        return 0
    try:
        _forget(name, first)
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != BUSY:
            raise
        return 0
    return 1


@transaction.atomic
def forget(person: Person) -> None:
    """Forget who the person is: the number of each of its names is the row's, to which no name leads, and none of its days to a contact.

    So are the person's agents, its rows at customers that are one with this one, and its events that wait, but for those whose
    group leads to another customer, where somebody else has the id. The days stay, as those of somebody.
    Whoever uses the product under the same name later is somebody new. Waits for a roll-up, which could write the number
    again.
    """
    locks.lock(LOCK)
    person.refresh_from_db()
    root = Coalesce("merged_into_id", "pk")
    own = Customer.objects.filter(pk=person.customer_id).values_list(root, flat=True).get()
    group = Customer.objects.alias(root=root).filter(root=own).values("pk")
    rows = Person.objects.filter(customer__in=group)
    same = rows.filter(number=person.number, is_agent=False)
    # Names of one contact that wait to be joined are the person's, too.
    others = rows.filter(Q(who__in=same.values("who")) | Q(contact__in=same.values("contact"), is_agent=False))
    names = dict(others.order_by("-pk").values_list("number", "pk")) | {person.number: person.pk}
    for number, nobody in names.items():
        _unname(number, nobody, own)
        UsageRecord.objects.filter(customer__in=group, person=number).update(person=nobody)
        rows.filter(number=number).update(number=nobody, contact=None)
    person.refresh_from_db()


def _unname(number: int, nobody: int, own: int) -> None:
    """Take the number from the events that wait, which get that of ``nobody``, and the address from what events said of it.

    Those stay that name another customer than ``own``.
    """
    with connection.cursor() as cursor:
        cursor.execute(SOURCES)
        for (source,) in cursor.fetchall():
            named = events.customers_named(source, number)
            others = [name for name, customer in named.items() if customer != own]
            told = EventPerson.objects.filter(source=source, number=number)
            told.exclude(group__in=others).update(email=None)
            cursor.execute(UNNAME, {"source": source, "number": number, "own": nobody, "others": others})


@transaction.atomic
def _forget(name: str, first: dt.date) -> None:
    parameters: dict[str, Any] = {"salt": secrets.randbelow(2**62), "first": first, "after": month_after(first)}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '2s'")
        cursor.execute(f"DROP TABLE {name}")
        cursor.execute(UNLINK, parameters)
        cursor.execute(ABANDONED)
    before = Greatest("people_forgotten_before", parameters["after"])
    Organisation.objects.update(people_forgotten_before=before)
