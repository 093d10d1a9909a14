"""Whether the database holds a demo, and taking the present portfolio away."""

from __future__ import annotations

from typing import Final

from django.apps import apps
from django.db import ProgrammingError, connection, transaction

from accounts.models import Customer, Organisation, User
from accounts.shipped import UNNAMED
from config.demo.models import Portfolio
from config.demo.people import PEOPLE
from config.demo.plan import Plan

EMPTIED: Final = ("accounts", "health", "renewals", "playbooks", "outbox", "history", "demo")


def present() -> Portfolio | None:
    """The demo this database holds, if any."""
    return Portfolio.objects.first()


def is_empty() -> bool:
    """Whether nobody could sign in, there is no customer, and nobody has named the organisation (``manage.py setup``)."""
    named = Organisation.objects.exclude(name=UNNAMED)
    return not (User.objects.exists() or Customer.objects.exists() or named.exists())


def is_real() -> bool:
    """Whether there are people or customers that no demo made: all where there is none, else those beyond its own.

    A generated demo numbers its customers from 1, and those that people add far behind; of an imported one each has the
    key that its file gave it. What people do with a demo's customers is part of trying it.
    """
    demo = present()
    if demo is None:
        return not is_empty()
    strangers = User.objects.exclude(email__in=[email for email, *_rest in PEOPLE])
    # A generated one grows with its days.
    made = demo.customers if demo.source else Plan(demo.customers, demo.seed, demo.began_on, demo.until).last_number
    added = Customer.objects.filter(external_keys=None) if demo.source else Customer.objects.filter(pk__gt=made)
    return strangers.exists() or added.exists() or Customer.objects.count() > made


def found() -> tuple[bool, bool]:
    """``is_real`` and ``is_empty``, also of a database without tables (empty) and of an earlier version.

    Where that one cannot be asked what a demo made, all that is there is real.
    """
    tables = connection.introspection.table_names()
    if User._meta.db_table not in tables:
        return False, True
    try:
        with transaction.atomic():
            return is_real(), is_empty()
    except ProgrammingError:
        with connection.cursor() as cursor:
            cursor.execute("SELECT EXISTS (SELECT FROM accounts_user) OR EXISTS (SELECT FROM accounts_customer)")
            is_there = bool(cursor.fetchone()[0])
        return is_there, not is_there


def clear() -> int:
    """Empty every table of the product, identities restarted; how many tables.

    To be called in the transaction that writes the new portfolio.
    """
    names = [
        connection.ops.quote_name(model._meta.db_table)
        for label in EMPTIED
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
        if model._meta.managed
    ]
    with connection.cursor() as cursor:
        # Checks put off to the end of the transaction would stand in the way.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        cursor.execute(f"TRUNCATE {', '.join(sorted(set(names)))} RESTART IDENTITY CASCADE")
    return len(set(names))
