"""What a file of somebody who is no admin may touch: rows of customers that they may change, and no more.

A customer out of their sight is answered as one that does not exist. Nothing that holds for everybody comes in: no
people, rates, features or keys; no past is rewritten, nothing ends because a file leaves it out, and nobody hands
customers over by a file.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import access
from accounts.identity import ways
from accounts.imports import parents
from accounts.imports.noted import by_name
from accounts.imports.rows import Unreadable
from accounts.imports.targets import TARGETS, Target
from accounts.models import Customer, ImportLine, ImportSpan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import QuerySet

    from accounts.imports.maps import FileMap
    from accounts.imports.staging import Staged
    from accounts.models import ImportRun, User

# By these a row says whose it is.
WHOSE: Final = ("customer", "contract", "contact")
# A merged customer is seen by whoever sees its survivor.
MERGED: Final = """
    INSERT INTO import_sight SELECT c.id FROM accounts_customer c JOIN import_sight s ON s.customer_id = c.merged_into_id
    ON CONFLICT DO NOTHING
"""
UNSEEN: Final = "NOT EXISTS (SELECT FROM import_sight i WHERE i.customer_id = {customer})"
OUT_OF_SIGHT: Final = f"DELETE FROM import_customers f WHERE {UNSEEN.format(customer='f.customer_id')}"  # noqa: S608 (made of constants)
# Rows of others under the id of a staged one, by target; of the other targets the first model has them.
OF_CUSTOMERS: Final = """
    SELECT k.external_id, k.customer_id FROM accounts_externalkey k WHERE k.source = %(source)s
"""
OF_CONTACTS: Final = f"""
    SELECT w.word AS external_id, c.customer_id FROM ({ways.CONTACTS}) w JOIN accounts_contact c ON c.id = w.id
"""  # noqa: S608 (made of constants)
OF_CONTRACTS: Final = """
    SELECT c.external_id, c.customer_id FROM accounts_contract c WHERE c.source = %(source)s
"""
OF_OBJECTIVES: Final = """
    SELECT o.external_id, o.customer_id FROM accounts_objective o WHERE o.source = %(source)s
"""
OF_OUTCOMES: Final = """
    SELECT t.external_id, o.customer_id FROM accounts_outcome t JOIN accounts_objective o ON o.id = t.objective_id
    WHERE t.source = %(source)s
"""
OF_POSTS: Final = """
    SELECT t.external_id, c.customer_id FROM accounts_post t JOIN accounts_contact c ON c.id = t.contact_id
    WHERE t.source = %(source)s
"""
IDS: Final = {"posts": OF_POSTS, "customers": OF_CUSTOMERS, "contacts": OF_CONTACTS, "outcomes": OF_OUTCOMES}
# What else a row may name, and what a load says of one that nobody has.
NAMED: Final = {
    "contract": (OF_CONTRACTS, gettext_lazy("“{cell}” is not a contract that is known")),
    "contact": (OF_CONTACTS, gettext_lazy("“{cell}” is not a contact that is known")),
    "objective": (OF_OBJECTIVES, gettext_lazy("“{cell}” is not an objective that is known")),
}


OF_SPANS: Final = """
    SELECT EXISTS (
        SELECT FROM accounts_importspan s JOIN accounts_importfile f ON f.id = s.file_id
        CROSS JOIN LATERAL (SELECT DISTINCT r.customer_id FROM {table} r WHERE r.id BETWEEN s.first_id AND s.last_id) r
        JOIN accounts_customer c ON c.id = r.customer_id
        WHERE f.run_id = %s AND s.object_kind = %s AND f.written AND NOT f.undone
          AND coalesce(c.merged_into_id, c.id) NOT IN ({own}))
"""


def open_to(user: User) -> Mapping[str, Target]:
    """The targets of which ``user`` may bring rows; but for admins no file of them is all that its source has."""
    if access.configures(user):
        return TARGETS
    return {name: replace(target, snapshot=False) for name, target in TARGETS.items() if is_open(target)}


def is_open(target: Target) -> bool:
    """Whether each row is of one customer, so that who sees the customer may bring it."""
    names = {field.name for field in target.fields}
    return target.name == "customers" or (not names.isdisjoint(WHOSE) and "source" not in names)


def hold(staged: Staged, target: Target, by: User | None) -> None:
    """Take out of the staged rows what ``by`` (None: nobody in particular, who may all) may not touch.

    Raises Unreadable for a file that they may not bring at all.
    """
    if by is None or access.configures(by):
        return
    check(staged.file, target)
    staged.whole, staged.mine = False, by.pk
    mark_seen(staged, by)
    if staged.has("customer"):
        _found = staged.customers  # looks for them
        staged.execute(OUT_OF_SIGHT)
    if ids := ids_of(target):
        staged.reject(
            of_others(ids, "external_id"), "external_id", _("“{cell}” is no id that you may use"), "s.external_id"
        )
    for name, (ids, reason) in NAMED.items():
        if staged.has(name):
            staged.reject(of_others(ids, name), name, str(reason), f"s.{name}")
    if staged.has("parent"):
        unknown = _("“{cell}” is not known: no customer has this id")
        is_unseen = f"{parents.NAMED} IS NOT NULL AND {UNSEEN.format(customer=parents.NAMED)}"
        staged.list_unread(is_unseen, "parent", unknown)
    if staged.has("owner"):
        keep_owners(staged)


def check(file: FileMap, target: Target) -> None:
    """Raise Unreadable where only admins bring such a file."""
    if not is_open(target):
        sentence = _("%(file)s: rows of “%(rows)s” are for admins to import.")
        raise Unreadable(sentence % {"file": file.name, "rows": target.label})
    said = {
        "correction": file.correction,
        "history": file.history,
        'missing = "ended"': file.missing == "ended",
        "core_features": file.core_features,
    }
    for name, is_said in said.items():
        if is_said:
            sentence = _("%(file)s: %(choice)s in the mapping is for admins: take it out, or ask one of them.")
            raise Unreadable(sentence % {"file": file.name, "choice": name})


def mark_seen(staged: Staged, by: User) -> None:
    """Make the temporary table ``import_sight`` of the customers that ``by`` may change."""
    statement, params = Customer.objects.changeable_by(by).values("pk").query.sql_with_params()
    staged.execute("CREATE TEMP TABLE import_sight (customer_id bigint PRIMARY KEY) ON COMMIT DROP")
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO import_sight {statement}", params)
        cursor.execute(MERGED)
        cursor.execute("ANALYZE import_sight")


def ids_of(target: Target) -> str:
    """SQL of (external_id, customer_id) of the rows that the target has already; "" where ids name none."""
    columns = {column.name for column in target.models[0]._meta.concrete_fields}
    if target.name in IDS or not {"source", "external_id", "customer"} <= columns:
        return IDS.get(target.name, "")
    table = target.models[0]._meta.db_table
    return f"SELECT t.external_id, t.customer_id FROM {table} t WHERE t.source = %(source)s"  # noqa: S608  our own names


def of_others(ids: str, field: str) -> str:
    """SQL: the field names a row of a customer out of sight."""
    unseen = UNSEEN.format(customer="o.customer_id")
    return f"EXISTS (SELECT FROM ({ids}) o WHERE o.external_id = s.{field} AND {unseen})"


def keep_owners(staged: Staged) -> None:
    """Take the owners out of the file: customers change hands on the page for it, which shows what goes along."""
    if count := staged.execute("UPDATE import_staged SET owner = NULL WHERE owner IS NOT NULL"):
        text = ngettext(
            "the owner of %(n)s row is not taken: only an admin’s import hands customers over",
            "the owners of %(n)s rows are not taken: only an admin’s import hands customers over",
            count,
        )
        staged.notes.append(text % {"n": f"{count:,}"})


def lines_of(user: User, lines: QuerySet[ImportLine]) -> QuerySet[ImportLine]:
    """The lines that ``user`` may read: of customers in their sight, and of none."""
    if access.configures(user):
        return lines
    return lines.filter(Q(customer_id=None) | Q(customer_id__in=Customer.objects.visible_to(user).values("pk")))


def check_person(user: User) -> None:
    """Raise ValidationError where ``user`` may not import, or not any more."""
    if not access.imports(user):
        raise ValidationError(_("%(name)s may not import any more: an admin decides who may.") % {"name": user.name})


def check_undo(run: ImportRun, user: User) -> None:
    """Raise ValidationError where the run changed customers that ``user`` may not change now; what is undone already and who
    has left the record with it are not asked, of who was merged the survivor is.
    """
    if access.configures(user):
        return
    own = Customer.objects.changeable_by(user).values("pk")
    changed = ImportLine.objects.filter(
        file__run=run, file__written=True, file__undone=False, customer_id__isnull=False
    )
    there = Customer.objects.filter(pk__in=changed.values("customer_id"))
    if there.annotate(heir=Coalesce("merged_into_id", "pk")).exclude(heir__in=own).exists() or used_by_others(
        run, user
    ):
        raise ValidationError(_("Customers of this import are not yours any more: an admin can undo it."))


def used_by_others(run: ImportRun, user: User) -> bool:
    """Whether the run made rows of use, which have no lines, of customers that ``user`` may not change now."""
    own, params = Customer.objects.changeable_by(user).values("pk").query.sql_with_params()
    spans = ImportSpan.objects.filter(file__run=run, file__written=True, file__undone=False)
    with connection.cursor() as cursor:
        for kind in spans.order_by().values_list("object_kind", flat=True).distinct():
            cursor.execute(OF_SPANS.format(table=by_name(kind)._meta.db_table, own=own), [run.pk, kind, *params])
            if cursor.fetchone()[0]:
                return True
    return False
