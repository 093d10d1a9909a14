"""What the report says of a file beside its rows: remarks, counted, each with the rows it is about and what to do.

No remark stops a row. A preview says the same, since it is the import.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import company
from accounts.identity.ways import CONTACTS, EVERYBODY, PUBLIC, SHARED_BY, SHARED_WORDS
from accounts.imports import rows
from accounts.imports.maps import FileMap
from accounts.models import ContactRole

if TYPE_CHECKING:
    from accounts.imports.planning import Plan
    from accounts.imports.staging import Staged

# Rows that a remark opens on; its count is that of all.
OPENED: Final = 20
# (line, new name, known name, what they share) of new customers, over the words that triggers keep of each.
TWINS: Final = f"""
    WITH new AS MATERIALIZED (
        SELECT d.line, n.customer_id, n.domain, n.company
        FROM import_done d JOIN accounts_customerwords n ON n.customer_id = d.customer_id WHERE d.is_new
    ), who AS MATERIALIZED (
        SELECT e.id FROM ({EVERYBODY}) e JOIN accounts_customerwords n ON n.customer_id = e.id
        WHERE n.domain IN (SELECT nullif(domain, '') FROM new) OR n.company IN (SELECT nullif(company, '') FROM new)
    ), has AS MATERIALIZED (
        {SHARED_WORDS}
    ), shared AS MATERIALIZED (
        SELECT what, value FROM has GROUP BY 1, 2 HAVING count(*) BETWEEN 2 AND {SHARED_BY}
    ), pairs AS (
        SELECT DISTINCT ON (new.line) new.line, new.customer_id, o.id AS other, a.what
        FROM shared JOIN has a USING (what, value) JOIN new ON new.customer_id = a.id
        JOIN has o USING (what, value) WHERE o.id < a.id {{seen}}
        ORDER BY new.line, a.what, o.id
    )
    SELECT p.line, a.name, b.name, p.what, count(*) OVER ()
    FROM pairs p JOIN accounts_customer a ON a.id = p.customer_id JOIN accounts_customer b ON b.id = p.other
    ORDER BY p.line LIMIT {OPENED}
"""  # noqa: S608 (made of constants)
# Whom the person who imports does not see is not named to them.
SEEN: Final = """
    AND (EXISTS (SELECT FROM new n WHERE n.customer_id = o.id)
         OR EXISTS (SELECT FROM import_sight i WHERE i.customer_id = o.id))
"""
RATELESS: Final = """
    SELECT s.line, s.currency, count(*) OVER () FROM import_staged s
    WHERE s.currency <> %(reporting)s AND NOT EXISTS (SELECT FROM accounts_exchangerate r WHERE r.currency = s.currency)
    ORDER BY s.line LIMIT {opened}
"""
UNKNOWN_OWNERS: Final = """
    SELECT u.line, u.cell, count(*) OVER () FROM import_unread u WHERE u.field = 'owner' ORDER BY u.line LIMIT {opened}
"""
ROLES: Final = """
    SELECT s.line, c.name, c.roles, s.roles, count(*) OVER () FROM import_staged s
    JOIN ({contacts}) k ON k.word = s.external_id JOIN accounts_contact c ON c.id = k.id
    WHERE NOT (c.roles @> s.roles::varchar[] AND c.roles <@ s.roles::varchar[]) ORDER BY s.line LIMIT {opened}
"""
# A file that names more than half of what its source has is taken for all of it.
IS_MOST: Final = "2 * ({named}) > ({known})"
# Customers of the source that such a file names no more. Grouped, not joined: of a source that is new, the planner expects one key,
# and would read all that the file names once for each.
GONE: Final = f"""
    WITH known AS MATERIALIZED (
        SELECT external_id, max(name) AS name, bool_or(is_named) AS named FROM (
            SELECT k.external_id, c.name, false AS is_named
            FROM accounts_externalkey k JOIN accounts_customer c ON c.id = k.customer_id
            WHERE k.source = %(source)s AND c.merged_into_id IS NULL
            UNION ALL SELECT external_id, NULL, true FROM import_named) each
        GROUP BY external_id HAVING NOT bool_and(is_named)
    )
    SELECT NULL::bigint, external_id, name, count(*) OVER () FROM known
    WHERE NOT named AND (SELECT {IS_MOST.format(named="count(*) FILTER (WHERE k.named)", known="count(*)")} FROM known k)
    ORDER BY external_id LIMIT {OPENED}
"""  # noqa: S608 (made of constants)


@dataclass(frozen=True)
class Remark:
    """One remark: how many rows (or ids, or amounts) it is about, the sentence, what to do, and up to 20 of them.

    ``rows`` are (line, what it says); the line is None where none tells of it.
    """

    kind: str
    count: int
    text: str
    advice: str = ""
    rows: Sequence[tuple[int | None, str]] = ()

    @property
    def sentence(self) -> str:
        return f"{self.text}: {self.advice}" if self.advice else self.text

    @property
    def kept(self) -> dict[str, Any]:
        """As it is kept with its file."""
        kept = {"kind": self.kind, "count": self.count, "text": self.text, "advice": self.advice}
        return kept | {"rows": [list(row) for row in self.rows[:OPENED]]}


def unused(file: FileMap, columns: list[str]) -> list[str]:
    """One remark that names the columns nobody reads and the mapping does not set aside."""
    read = {name for field_map in file.fields for name in field_map.needs()}
    unread_columns = [
        column
        for column in columns
        if column
        and column
        not in read | file.ignore | {*file.conditions, *rows.OURS, *file.ordering, *(join.by for join in file.joins)}
    ]
    return [_("columns not read: %(columns)s") % {"columns": ", ".join(unread_columns)}] if unread_columns else []


def without(files: Sequence[str]) -> list[str]:
    """One remark that names the files in which rows could be looked up and that are not there."""
    sentence = _("without %(files)s: the cells that it would give are empty")
    return [sentence % {"files": ", ".join(files)}] if files else []


def note_twins(staged: Staged) -> None:
    """Remark new customers that share a domain or a name with another, known or of the same file."""
    statement = TWINS.format(seen=SEEN if staged.mine else "")
    found = staged.rows(statement, {"public": list(PUBLIC)})
    if not found:
        return
    words = {"domain": _("%(name)s = %(other)s (same domain)"), "name": _("%(name)s = %(other)s (same name)")}
    count = found[0][-1]
    text = ngettext(
        "%(n)s new customer may be one that is there under another id",
        "%(n)s new customers may be ones that are there under other ids",
        count,
    )
    staged.remark(
        Remark(
            "twins", count, text % {"n": f"{count:,}"},
            _("compare them under Possible twins after the import; or let the id lead to the one that is there, by a row of keys"),
            [(line, words[what] % {"name": name, "other": other}) for line, name, other, what, _n in found],
        )
    )  # fmt: skip


def note_rateless(staged: Staged) -> None:
    """Remark money in currencies for which no rate is known."""
    found = staged.rows(RATELESS.format(opened=OPENED), {"reporting": company.currency()})
    if not found:
        return
    count = found[0][-1]
    text = ngettext(
        "%(n)s row is in a currency without a rate (%(currencies)s): its amount counts in no sum",
        "%(n)s rows are in currencies without a rate (%(currencies)s): their amounts count in no sum",
        count,
    )
    names = ", ".join(dict.fromkeys(currency for _line, currency, _n in found))
    staged.remark(
        Remark(
            "rateless", count, text % {"n": f"{count:,}", "currencies": names},
            _("enter a rate for each, or import a file of rates; sums follow within seconds"),
            [(line, currency) for line, currency, _n in found],
        )
    )  # fmt: skip


def note_owners(staged: Staged) -> None:
    """Remark rows that name an owner nobody knows."""
    found = staged.rows(UNKNOWN_OWNERS.format(opened=OPENED))
    if not found:
        return
    count = found[0][-1]
    text = ngettext(
        "%(n)s row names an owner nobody knows: a known customer keeps its own, a new one has none",
        "%(n)s rows name owners nobody knows: known customers keep their own, new ones have none",
        count,
    )
    staged.remark(
        Remark(
            "owners", count, text % {"n": f"{count:,}"},
            _("invite them under Users, or say in a file of userkeys who they are, and import the file again"),
            [(line, cell) for line, cell, _n in found],
        )
    )  # fmt: skip


def note_roles(staged: Staged) -> None:
    """Remark known contacts whose roles the file changes; before they are written."""
    found = staged.rows(ROLES.format(contacts=CONTACTS, opened=OPENED)) if staged.has("roles") else []
    if not found:
        return
    count = found[0][-1]
    text = ngettext("%(n)s contact changes roles", "%(n)s contacts change roles", count)
    staged.remark(
        Remark(
            "roles", count, text % {"n": f"{count:,}"},
            _("where a champion or a buyer is gone, ask the customer who follows"),
            [(line, f"{name}: {of_roles(before)} → {of_roles(after)}") for line, name, before, after, _n in found],
        )
    )  # fmt: skip


def of_roles(roles: Iterable[str]) -> str:
    return ", ".join(str(ContactRole(role).label) for role in sorted(roles)) or no_role()


def no_role() -> str:
    return _("no role")


def note_gone(staged: Staged) -> None:
    """Remark customers of the source that a file of most of them names no more."""
    found = staged.rows(GONE) if staged.whole else []
    if not found:
        return
    count = found[0][-1]
    text = ngettext(
        "%(n)s customer of this source is not in the file: kept as it was",
        "%(n)s customers of this source are not in the file: kept as they were",
        count,
    )
    staged.remark(
        Remark(
            "gone", count, text % {"n": f"{count:,}"},
            _("who left ends by contracts, not by a missing row: look whether the export was filtered"),
            [(line, f"{external_id} {name}") for line, external_id, name, _n in found],
        )
    )  # fmt: skip


def rounded(plan: Plan) -> list[Remark]:
    """A remark for each column whose amounts were rounded."""
    return [
        Remark(
            "rounded", part.rounded.count,
            ngettext(
                "%(column)s: %(count)d amount was rounded: “%(first)s”",
                "%(column)s: %(count)d different amounts were rounded, such as “%(first)s”",
                part.rounded.count,
            )
            % {"column": part.column, "count": part.rounded.count, "first": part.rounded.first},
            _("what is left without the tax has more digits than money: nothing is to be set")
            if part.taxed
            else _("where the digits matter, the source has another unit: see times and minor_units"),
            [(None, f"{text} → {amount}") for text, amount in part.rounded.examples],
        )
        for part in plan.parts
        if part.rounded.count
    ]  # fmt: skip
