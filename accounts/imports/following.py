"""Renewals that arrive as new contracts: the old one is replaced where its follower begins.

A file says so in a ``replaces`` column, or the mapping by a rule (``follows``: the same customer goes on, or the
same customer with the same product). Without either the report counts the pairs that look like it.
"""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.imports.remarks import OPENED, Remark
from accounts.imports.staging import Staged
from accounts.periods import expected_end

# Days between the end of a contract and the start of its follower, either way.
WITHIN_DAYS: Final = 30
ENDS: Final = ("ends_on", "ended_on")
SAME_PRODUCT: Final = """
    EXISTS (SELECT 1 FROM accounts_contractline a JOIN accounts_contractline b ON b.product = a.product
            WHERE a.contract_id = o.id AND b.contract_id = n.id)
"""
# (old, new): of several followers the one with the same product, else the nearest.
PAIRS: Final = f"""
    SELECT DISTINCT ON (o.id) o.id AS old_id, n.id AS new_id
    FROM accounts_contract n
    JOIN accounts_contract o ON o.customer_id = n.customer_id AND o.id <> n.id AND o.source = n.source
    WHERE n.source = %(source)s
      AND n.customer_id IN (SELECT c.customer_id FROM accounts_contract c JOIN import_staged s USING (external_id)
                            WHERE c.source = %(source)s)
      AND o.replaced_by_id IS NULL AND NOT o.is_trial AND NOT n.is_trial AND n.starts_on > o.starts_on
      AND abs(n.starts_on - {expected_end("o")}) <= {WITHIN_DAYS} {{also}}
    ORDER BY o.id, {SAME_PRODUCT} DESC, abs(n.starts_on - {expected_end("o")}), n.starts_on, n.id
"""  # noqa: S608 (made of constants)
NAMED_PAIRS: Final = f"""
    SELECT (SELECT min(s.line) FROM import_staged s WHERE s.external_id = n.external_id), o.external_id, n.external_id, count(*) OVER ()
    FROM ({{pairs}}) p JOIN accounts_contract o ON o.id = p.old_id JOIN accounts_contract n ON n.id = p.new_id
    ORDER BY 1, 2 LIMIT {OPENED}
"""  # noqa: S608 (made of constants)
# (line, old, its end, new, its start): contracts that end a day before another of their customer begins, where at most half as many end
# on the day another begins: among many unrelated contracts some meet by chance, either way.
A_DAY_BEFORE: Final = f"""
    SELECT line, old, on_day, new, starts_on, late FROM (
        SELECT ended.line, o.external_id AS old, ended.on_day, n.external_id AS new, n.starts_on,
            count(*) FILTER (WHERE n.starts_on > ended.on_day) OVER () AS late,
            count(*) FILTER (WHERE n.starts_on = ended.on_day) OVER () AS exact
        FROM (SELECT s.external_id, s.{{name}} AS on_day, min(s.line) AS line FROM import_staged s GROUP BY 1, 2) ended
        JOIN accounts_contract o ON o.source = %(source)s AND o.external_id = ended.external_id AND {expected_end("o")} = ended.on_day
        JOIN LATERAL (SELECT n.external_id, n.starts_on FROM accounts_contract n
                      WHERE n.customer_id = o.customer_id AND n.source = o.source AND NOT n.is_trial AND n.starts_on > o.starts_on
                        AND n.starts_on BETWEEN ended.on_day AND ended.on_day + 1
                      ORDER BY n.starts_on, n.id LIMIT 1) n ON true
        WHERE NOT o.is_trial) met
    WHERE starts_on > on_day AND late >= 2 * exact ORDER BY 1, 2 LIMIT {OPENED}
"""  # noqa: S608 (made of constants)
ONE_CUSTOMER: Final = """
    EXISTS (SELECT 1 FROM accounts_customer a JOIN accounts_customer b
                ON coalesce(a.merged_into_id, a.id) = coalesce(b.merged_into_id, b.id)
            WHERE a.id = {old} AND b.id = {new})
"""
NAMED: Final = f"""
    SELECT DISTINCT ON (o.id) o.id AS old_id, n.id AS new_id
    FROM import_staged s CROSS JOIN LATERAL unnest(s.replaces) AS old(external_id)
    JOIN accounts_contract n ON n.source = %(source)s AND n.external_id = s.external_id
    JOIN accounts_contract o ON o.source = %(source)s AND o.external_id = old.external_id
    WHERE o.starts_on < n.starts_on AND {ONE_CUSTOMER.format(old="o.customer_id", new="n.customer_id")}
    ORDER BY o.id, s.line DESC
"""  # noqa: S608 (made of constants)
# The follower's start ends the contract (``accounts.periods.stops_on``); no copy of it is kept.
REPLACE: Final = """
    WITH pair AS MATERIALIZED ({pairs}), done AS (
        UPDATE accounts_contract o SET replaced_by_id = n.id
        FROM pair JOIN accounts_contract n ON n.id = pair.new_id
        WHERE o.id = pair.old_id AND o.replaced_by_id IS DISTINCT FROM n.id
        RETURNING n.external_id, o.customer_id
    )
    INSERT INTO import_done (line, customer_id, is_new)
    SELECT s.line, done.customer_id, false
    FROM done JOIN (SELECT external_id, min(line) AS line FROM import_staged GROUP BY 1) s USING (external_id)
    RETURNING customer_id
"""
# Of several that go on from one, those that replace none themselves stand beside the one that replaces it.
REPLACES_NONE: Final = "NOT EXISTS (SELECT FROM accounts_contract p WHERE p.replaced_by_id = n.id)"
BESIDE_BY_RULE: Final = f"""
    SELECT DISTINCT ON (n.id) n.id, m.id AS main_id
    FROM accounts_contract o
    JOIN accounts_contract m ON m.id = o.replaced_by_id
    JOIN accounts_contract n ON n.customer_id = m.customer_id AND n.source = m.source AND n.starts_on = m.starts_on
    WHERE o.source = %(source)s
      AND o.customer_id IN (SELECT c.customer_id FROM accounts_contract c JOIN import_staged s USING (external_id)
                            WHERE c.source = %(source)s)
      AND n.id <> m.id AND NOT o.is_trial AND NOT n.is_trial AND {REPLACES_NONE} {{also}}
    ORDER BY n.id, m.id
"""  # noqa: S608 (made of constants)
BESIDE_BY_NAME: Final = f"""
    SELECT DISTINCT ON (n.id) n.id, o.replaced_by_id AS main_id
    FROM import_staged s CROSS JOIN LATERAL unnest(s.replaces) AS old(external_id)
    JOIN accounts_contract n ON n.source = %(source)s AND n.external_id = s.external_id
    JOIN accounts_contract o ON o.source = %(source)s AND o.external_id = old.external_id
    WHERE o.replaced_by_id <> n.id AND NOT n.is_trial AND {REPLACES_NONE}
    ORDER BY n.id, o.replaced_by_id
"""  # noqa: S608 (made of constants)
STAND_BESIDE: Final = """
    WITH found AS MATERIALIZED ({found}), done AS (
        UPDATE accounts_contract n SET beside_id = found.main_id FROM found
        WHERE n.id = found.id AND n.beside_id IS DISTINCT FROM found.main_id
        RETURNING n.external_id, n.customer_id
    )
    INSERT INTO import_done (line, customer_id, is_new)
    SELECT s.line, done.customer_id, false
    FROM done JOIN (SELECT external_id, min(line) AS line FROM import_staged GROUP BY 1) s USING (external_id)
"""
# ``{customers}``: (external_id, customer_id) of everybody that the file may name.
UNKNOWN: Final = f"""
    EXISTS (SELECT 1 FROM unnest(s.replaces) AS old(external_id)
            JOIN ({{customers}}) new ON new.external_id = s.customer
            WHERE NOT EXISTS (SELECT 1 FROM accounts_contract o
                              WHERE o.source = %(source)s AND o.external_id = old.external_id
                                AND o.starts_on < s.starts_on
                                AND {ONE_CUSTOMER.format(old="o.customer_id", new="new.customer_id")})
              AND NOT EXISTS (SELECT 1 FROM import_staged o JOIN ({{customers}}) w ON w.external_id = o.customer
                              WHERE o.external_id = old.external_id AND o.starts_on < s.starts_on
                                AND {ONE_CUSTOMER.format(old="w.customer_id", new="new.customer_id")}))
"""  # noqa: S608 (made of constants)


def list_unknown(staged: Staged) -> None:
    """List each ``replaces`` that names no contract of the same customer that began before; the row goes in."""
    if staged.has("replaces"):
        staged.list_unread(
            UNKNOWN.format(customers=staged.customers),
            "replaces",
            _("“{cell}” does not name contracts of this customer that began before this one"),
            "array_to_string(s.replaces, ' ')",
        )


def load(staged: Staged) -> None:
    """Set ``replaced_by`` and ``beside`` by the column and by the rule; count what looks like a pair where neither is given."""
    if staged.has("replaces"):
        staged.execute(REPLACE.format(pairs=NAMED))
        staged.execute(STAND_BESIDE.format(found=BESIDE_BY_NAME))
    if staged.file.follows:
        also = f"AND {SAME_PRODUCT}" if staged.file.follows == "customer+product" else ""
        staged.execute(REPLACE.format(pairs=PAIRS.format(also=also)))
        staged.execute(STAND_BESIDE.format(found=BESIDE_BY_RULE.format(also=also)))
    elif not staged.has("replaces"):
        note_pairs(staged)
    for name in ENDS:
        note_last_days(staged, name)


def note_pairs(staged: Staged) -> None:
    """Remark contracts that begin where another of the same customer ends."""
    pairs = staged.rows(NAMED_PAIRS.format(pairs=PAIRS.format(also="")))
    if pairs:
        count = pairs[0][-1]
        text = ngettext(
            "%(n)s begins where another of the same customer ends",
            "%(n)s begin where another of the same customer ends",
            count,
        )
        advice = ngettext(
            'if it renews that one, say follows = "customer" in the mapping or give a replaces column',
            'if they renew those, say follows = "customer" in the mapping or give a replaces column',
            count,
        )
        found = [(line, f"{old} → {new}") for line, old, new, _n in pairs]
        staged.remark(Remark("followers", count, text % {"n": f"{count:,}"}, advice, found))


def note_last_days(staged: Staged, name: str) -> None:
    """Remark ends in the field's column after which a day is missing: it may name last days."""
    field_map = staged.file.field(name)
    if not staged.has(name) or field_map is None or field_map.last_day:
        return
    ends = staged.rows(A_DAY_BEFORE.format(name=name))
    if ends:
        count = ends[0][-1]
        text = ngettext(
            "%(column)s: %(n)s contract ends a day before another of its customer begins",
            "%(column)s: %(n)s contracts end a day before another of their customer begins",
            count,
        )
        found = [(line, f"{old} {ended_on} → {new} {starts_on}") for line, old, ended_on, new, starts_on, _n in ends]
        names = {"column": field_map.column, "n": f"{count:,}"}
        advice = _("if the column names the last day of each, say last_day = true for it")
        staged.remark(Remark("last_days", count, text % names, advice, found))
