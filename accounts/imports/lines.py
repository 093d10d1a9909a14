"""Lines and seats of contracts from a file, dated: a change takes effect on the file's day.

A line whose price, quantity or discount differs from the file's ends on that day and a new one begins; the past
keeps its revenue. A trial that turned paid costs nothing before that day. Only lines that have not begun before the
day change in place, and all lines where the file is a correction. Lines that are over stay as they were; the report
counts them.
"""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.ends import line_is_noticed
from accounts.imports.staging import Staged
from accounts.periods import in_force, line_ran, line_runs, runs

VALUES: Final = ("product", "quantity", "annual_amount", "discount_percent")
DEFAULTS: Final = {"quantity": "1", "discount_percent": "0"}
OURS: Final = """
    import_staged s JOIN accounts_contract c
      ON c.source = %(source)s AND c.external_id = s.external_id
"""
# A line that names no start begins with its contract.
FIRST: Final = "UPDATE import_staged SET line_starts_on = starts_on WHERE line_starts_on IS NULL"
DAY: Final = "%(day)s::date"
RUNS: Final = line_runs("l", DAY)
# The line that a row refers to: of several stretches the one that runs on the day, else the last.
MEANT: Final = f"""
    LEFT JOIN LATERAL (
        SELECT l.* FROM accounts_contractline l WHERE l.contract_id = c.id {{which}}
        ORDER BY {RUNS} DESC, l.starts_on DESC, l.id LIMIT 1
    ) l ON true
"""  # noqa: S608 (made of constants)
# Rows that name a later stretch of a line by the day on which it began, as the record is read, mean each stretch by itself.
SAME_LINE: Final = """
    AND l.product = s.product AND s.line_starts_on = CASE
        WHEN l.source_starts_on IS NULL THEN l.starts_on
        WHEN EXISTS (SELECT FROM import_staged o JOIN accounts_contractline n ON n.starts_on = o.line_starts_on AND n.product = o.product
                     WHERE o.external_id = s.external_id AND n.contract_id = c.id AND n.product = l.product
                       AND n.source_starts_on < n.starts_on) THEN l.starts_on
        ELSE l.source_starts_on END
"""
# A contract that was paid before and is called a trial now costs nothing from the day on.
AMOUNT: Final = "CASE WHEN {trial} AND NOT c.is_trial THEN 0 ELSE s.annual_amount END"
# The start of the stretch after the one that a row refers to: no file lets a stretch run into the next.
NEXT: Final = f"""
    LEFT JOIN LATERAL (
        SELECT min(n.starts_on) AS starts_on FROM accounts_contractline n
        WHERE n.contract_id = c.id AND n.starts_on > greatest(l.starts_on, {DAY}) {{of_the_line}}
    ) following ON true
"""  # noqa: S608 (made of constants)
SAME_STRETCHES: Final = """
    AND n.product = l.product AND coalesce(n.source_starts_on, n.starts_on) = coalesce(l.source_starts_on, l.starts_on)
"""
# The end that the file gives the stretch: not before the stretch begins and not beyond the next one. The end of a line
# under notice stays where the file repeats its previous end.
KEEPS_NOTICE: Final = f"""
    {line_is_noticed("l")} AND NOT {{in_place}} AND ({{given}} IS NULL OR {{given}} IS NOT DISTINCT FROM l.agreed_ends_on)
"""
END_GIVEN: Final = """
    CASE WHEN {keeps_notice} THEN l.ends_on
         WHEN least({given}, following.starts_on) < l.starts_on THEN l.starts_on
         ELSE least({given}, following.starts_on) END
"""
SET_END: Final = ", ends_on = g.ends_on, notice_given_on = g.notice_given_on, agreed_ends_on = g.agreed_ends_on"
# The line had ended and the file continues it with other values: from its old end on the file's amount applies.
GOES_ON: Final = """
    (({given} > %(day)s OR {given} IS NULL) AND l.ends_on <= %(day)s AND (c.ended_on <= %(day)s) IS NOT TRUE
     AND NOT ({keeps_notice}))
"""
COMPARED: Final = """
    CREATE TEMP TABLE import_line ON COMMIT DROP AS
    SELECT s.line, c.id AS contract_id, c.customer_id, l.id AS line_id, {named_on} AS starts_on,
           {values}, l.starts_on AS old_starts_on, l.ends_on AS old_ends_on,
           coalesce(l.source_starts_on, l.starts_on) AS old_named_on,
           CASE WHEN {keeps_notice} THEN l.notice_given_on END AS notice_given_on,
           CASE WHEN {keeps_notice} THEN l.agreed_ends_on END AS agreed_ends_on,
           CASE WHEN l.id IS NULL THEN 'new'
                WHEN {same} THEN 'same'
                WHEN {in_place} OR l.starts_on >= %(day)s THEN 'in place'
                WHEN {goes_on} THEN CASE WHEN {ran} THEN 'goes on' ELSE 'in place' END
                WHEN l.ends_on <= %(day)s OR c.ended_on <= %(day)s OR {given_end} <= %(day)s THEN 'over'
                ELSE 'split' END AS act
    FROM {ours} {meant} {following}
"""
INSERT: Final = """
    INSERT INTO accounts_contractline (contract_id, starts_on, ends_on, known_on, {names})
    SELECT contract_id, starts_on, ends_on, %(known_on)s, {names} FROM import_line WHERE act = 'new' ORDER BY line;

    UPDATE accounts_contractline l SET {sets}{set_end}
    FROM import_line g WHERE g.line_id = l.id AND g.act = 'in place';

    UPDATE accounts_contractline l SET ends_on = %(day)s, notice_given_on = NULL, agreed_ends_on = NULL
    FROM import_line g WHERE g.line_id = l.id AND g.act = 'split';

    INSERT INTO accounts_contractline (contract_id, starts_on, ends_on, source_starts_on, known_on, notice_given_on,
        agreed_ends_on, {names})
    SELECT contract_id, CASE act WHEN 'split' THEN %(day)s ELSE old_ends_on END, {split_end}, old_named_on, %(known_on)s,
           notice_given_on, agreed_ends_on, {names}
    FROM import_line WHERE act IN ('split', 'goes on') ORDER BY line;

    INSERT INTO import_done (line, customer_id, is_new)
    SELECT line, customer_id, act = 'new' AND {line_counts} FROM import_line WHERE act IN ('new', 'in place', 'split', 'goes on')
"""
END: Final = """
    WITH done AS (
        UPDATE accounts_contractline l
        SET ends_on = g.ends_on, notice_given_on = g.notice_given_on, agreed_ends_on = g.agreed_ends_on
        FROM import_line g
        WHERE g.line_id = l.id AND (g.act = 'same' OR g.act = 'over' AND g.ends_on <= %(day)s)
          AND g.ends_on IS DISTINCT FROM l.ends_on
        RETURNING g.line, g.customer_id
    )
    INSERT INTO import_done SELECT line, customer_id, false FROM done
"""
TRIALS: Final = f"""
    SELECT DISTINCT c.id FROM {OURS}
    WHERE c.is_trial AND NOT s.is_trial AND c.starts_on < {DAY} AND {runs("c", DAY)}
"""  # noqa: S608 (made of constants)
END_TRIALS: Final = f"""
    INSERT INTO accounts_contractline (contract_id, product, starts_on, ends_on, quantity, annual_amount,
        discount_percent, source_starts_on, known_on, notice_given_on, agreed_ends_on)
    SELECT l.contract_id, l.product, %(day)s, l.ends_on, l.quantity, l.annual_amount, l.discount_percent,
           coalesce(l.source_starts_on, l.starts_on), %(known_on)s, l.notice_given_on, l.agreed_ends_on
    FROM accounts_contractline l
    WHERE l.contract_id = ANY(%(turned)s) AND l.starts_on < %(day)s AND {RUNS};

    UPDATE accounts_contractline l
    SET annual_amount = 0, ends_on = least(l.ends_on, %(day)s::date), notice_given_on = NULL, agreed_ends_on = NULL
    WHERE l.contract_id = ANY(%(turned)s) AND l.starts_on < %(day)s
"""  # noqa: S608 (made of constants)
SEATS: Final = f"""
    CREATE TEMP TABLE import_seats ON COMMIT DROP AS
    SELECT DISTINCT ON (c.id) s.line, s.seats, c.id AS contract_id, c.customer_id, e.id AS entitlement_id,
           e.ends_on AS old_ends_on,
           CASE WHEN e.id IS NULL THEN 'new'
                WHEN e.quantity = s.seats THEN 'same'
                WHEN {{in_place}} OR coalesce(e.starts_on, c.starts_on) >= %(day)s THEN 'in place'
                WHEN e.ends_on <= %(day)s OR c.ended_on <= %(day)s THEN 'over'
                ELSE 'split' END AS act
    FROM {OURS}
    LEFT JOIN LATERAL (
        SELECT e.* FROM accounts_entitlement e WHERE e.contract_id = c.id AND e.kind = 'seats' AND e.name = ''
        ORDER BY {in_force("e", DAY)} DESC, e.starts_on DESC NULLS LAST LIMIT 1
    ) e ON true
    WHERE s.seats IS NOT NULL ORDER BY c.id, s.line;

    INSERT INTO accounts_entitlement (contract_id, kind, name, quantity)
    SELECT contract_id, 'seats', '', seats FROM import_seats WHERE act = 'new';

    UPDATE accounts_entitlement e SET quantity = g.seats FROM import_seats g
    WHERE g.entitlement_id = e.id AND g.act = 'in place';

    UPDATE accounts_entitlement e SET ends_on = %(day)s FROM import_seats g
    WHERE g.entitlement_id = e.id AND g.act = 'split';

    INSERT INTO accounts_entitlement (contract_id, kind, name, quantity, starts_on, ends_on)
    SELECT contract_id, 'seats', '', seats, %(day)s, old_ends_on FROM import_seats WHERE act = 'split';

    INSERT INTO import_done SELECT line, customer_id, false FROM import_seats WHERE act IN ('new', 'in place', 'split')
"""  # noqa: S608 (made of constants)


def reject_many(staged: Staged) -> None:
    """Refuse a row that is a whole contract where several lines run: it does not identify one of them."""
    staged.reject(
        f"""
        s.external_id IN (SELECT c.external_id FROM accounts_contract c JOIN accounts_contractline l ON l.contract_id = c.id AND {RUNS}
                          WHERE c.source = %(source)s AND c.external_id IN (SELECT external_id FROM import_staged)
                          GROUP BY c.id HAVING count(*) > 1)
        """,  # noqa: S608  our own names; values are parameters
        "external_id",
        _("“{cell}” has several lines; the mapping must name line_starts_on"),
        "s.external_id",
    )


def remember_trials(staged: Staged) -> list[int]:
    """Contracts that ran as a trial before the file's day and are none according to the file."""
    if staged.file.correction or not staged.has("is_trial"):
        return []
    return [pk for (pk,) in staged.rows(TRIALS)]


def end_trials(staged: Staged, contract_ids: list[int]) -> None:
    """Make the lines of these contracts cost nothing before the day, and their amount from it on."""
    if contract_ids:
        staged.execute(END_TRIALS, {"turned": contract_ids})


def load(staged: Staged, *, by_line: bool) -> None:
    """Bring the lines up to the file: two reads and a few writes, whatever the number of rows.

    Their contracts are locked: the upsert before locks those that it leaves unchanged, too. Locking lines first could
    deadlock with the pages, because lines stamp their contract.
    """
    trial = "s.is_trial" if staged.has("is_trial") else "false"
    new_values = {name: f"s.{name}" if staged.has(name) else DEFAULTS[name] for name in VALUES}
    new_values["annual_amount"] = AMOUNT.format(trial=trial)
    given_columns = [name for name in VALUES if staged.has(name)]
    has_end = staged.has("line_ends_on")
    values = [f"{value} AS {name}" for name, value in new_values.items()]
    given_end = "s.line_ends_on" if has_end else "NULL::date"
    in_place = "true" if staged.file.correction else "false"
    keeps_notice = KEEPS_NOTICE.format(given=given_end, in_place=in_place)
    end = END_GIVEN.format(given=given_end, keeps_notice=keeps_notice) if has_end else given_end
    values.append(f"{end} AS ends_on")
    staged.execute(
        COMPARED.format(
            ours=OURS,
            meant=MEANT.format(which=SAME_LINE if by_line else ""),
            named_on="s.line_starts_on" if by_line else "c.starts_on",
            values=", ".join(values),
            same=f"({', '.join(f'l.{name}' for name in given_columns)}) IS NOT DISTINCT FROM ({', '.join(new_values[name_given] for name_given in given_columns)})",
            in_place=in_place,
            keeps_notice=keeps_notice,
            given_end=given_end,
            goes_on=GOES_ON.format(given=given_end, keeps_notice=keeps_notice) if has_end else "false",
            ran=line_ran("l"),
            following=NEXT.format(of_the_line=SAME_STRETCHES if by_line else ""),
        )
    )
    staged.execute(
        INSERT.format(
            names=", ".join(VALUES),
            sets=", ".join(f"{name} = g.{name}" for name in given_columns),
            set_end=SET_END if has_end else "",
            split_end="ends_on" if has_end else "old_ends_on",
            line_counts="true" if by_line else "false",
        )
    )
    if has_end:
        staged.execute(END)
    if not by_line:
        move_starts(staged)
    note_over(staged, staged.count("SELECT count(*) FROM import_line WHERE act = 'over'"))
    staged.execute("DROP TABLE import_line")


def move_starts(staged: Staged) -> None:
    """The first line of a whole contract begins with the contract: while that is to come, and after a correction."""
    movable = "true" if staged.file.correction else f"c.starts_on > {DAY}"
    staged.execute(
        f"""
        WITH done AS (
            UPDATE accounts_contractline l SET starts_on = c.starts_on
            FROM {OURS}
            WHERE l.id = (SELECT f.id FROM accounts_contractline f WHERE f.contract_id = c.id
                          ORDER BY f.starts_on, f.id LIMIT 1)
              AND {movable} AND l.starts_on <> c.starts_on AND (l.ends_on IS NULL OR l.ends_on >= c.starts_on)
            RETURNING s.line, c.customer_id
        )
        INSERT INTO import_done SELECT line, customer_id, false FROM done
        """  # noqa: S608  our own names; values are parameters
    )


def load_seats(staged: Staged) -> None:
    """The seats of a contract: a changed number applies from the file's day on; an empty cell changes nothing."""
    staged.execute(SEATS.format(in_place="true" if staged.file.correction else "false"))
    staged.execute("DROP TABLE import_seats")


def note_over(staged: Staged, count: int) -> None:
    if count:
        text = ngettext(
            "%(n)s would change what is over: the past stays, unless the mapping says correction = true",
            "%(n)s would change what is over: the past stays, unless the mapping says correction = true",
            count,
        )
        staged.notes.append(text % {"n": f"{count:,}"})
