"""A new owner for 10,000 customers, with all that follows in the same transaction, against the bare UPDATE of their owner.

Each customer has an open task of its owner, and every tenth an open case: those follow, the owner is dated, the move is
kept for Undo, and every reader of the change log is told.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import cycle

from accounts import ownership
from accounts.models import Customer, User
from tests.bench import signals
from tests.bench.ground import DAY, Bench, Ground, Result

MOVED = 10_000
FOLLOWING = """
    INSERT INTO playbooks_task (customer_id, title, note, assignee_id, assigned_as, due_on, snooze_reason, outcome, outcome_note)
    SELECT id, 'Call the champion', '', owner_id, 'owner', {day}, '', '', '' FROM accounts_customer WHERE id = ANY({ids});
    INSERT INTO health_case (customer_id, kind, reason, title, type, plan, severity, owner_id, value, state, alerted,
        opened_on, due_on, newest_evidence_on, snooze_reason, resolution, resolution_note)
    SELECT id, 'risk', 'bulk', 'Use is falling', '', '', 'high', owner_id, arr, 'new', true, {day}, {day}, {day}, '', '', ''
    FROM accounts_customer WHERE id = ANY({ids}) AND id % 10 = 0;
    ANALYZE playbooks_task, health_case
"""
BARE = "UPDATE accounts_customer SET owner_id = {heir} WHERE id = ANY({ids})"
CALM = """
    TRUNCATE accounts_change;
    TRUNCATE accounts_handovermove
"""
BACK = """
    TRUNCATE accounts_change, accounts_handovermove;
    DELETE FROM accounts_handover;
    DELETE FROM playbooks_task WHERE title = 'Call the champion' AND customer_id = ANY({ids});
    DELETE FROM health_case WHERE reason = 'bulk';
    UPDATE accounts_customer c SET owner_id = o.owner FROM unnest({ids}, {owners}) o(id, owner) WHERE c.id = o.id
"""
WRITTEN = "accounts_customer, accounts_datedfact, playbooks_task, health_case"


def bulk_10k(ground: Ground) -> Result:
    ground.once(signals.NAME, signals.portfolio)
    owned = dict(Customer.objects.order_by("pk").values_list("pk", "owner")[:MOVED])
    ids, listed = list(owned), array(owned)
    signals.execute(FOLLOWING.format(day=f"DATE '{DAY}'", ids=listed))
    heirs = cycle(User.objects.filter(role="csm").order_by("-pk")[:4])

    def handed() -> None:
        moved = ownership.hand_over(ids, next(heirs), day=DAY, door=ownership.Door.PAGE)
        assert moved.customers == len(ids)

    def calm() -> None:
        signals.execute(CALM)
        signals.execute(f"VACUUM {WRITTEN}")

    result = ground.race(handed, lambda: signals.execute(BARE.format(heir=next(heirs).pk, ids=listed)), calm)
    signals.execute(BACK.format(ids=listed, owners=array(owned.values())))
    calm()
    return result


def array(keys: Iterable[int]) -> str:
    return f"ARRAY[{', '.join(map(str, keys))}]::bigint[]"


BENCHES = [Bench("bulk_10k", 5, 3, bulk_10k)]
