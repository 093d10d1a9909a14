"""Keys of customers in other systems from a file, so that rows of those systems find their customer."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext as _

from accounts.imports.cells import Field
from accounts.imports.names import OF_KEYS
from accounts.imports.staging import Staged
from accounts.imports.targets import CUSTOMER, Loaded, Target
from accounts.models import ExternalKey

OTHERS: Final = """
    EXISTS (SELECT FROM accounts_externalkey k JOIN ({customers}) w ON w.external_id = s.customer
            JOIN accounts_customer c ON c.id = k.customer_id
            WHERE (k.source, k.external_id) = (s.source, s.external_id) AND coalesce(c.merged_into_id, c.id) <> w.customer_id)
"""
ADD: Final = """
    WITH done AS (
        INSERT INTO accounts_externalkey (customer_id, source, external_id, joined)
        SELECT coalesce(w.named_id, w.customer_id), s.source, s.external_id, true
        FROM import_staged s JOIN ({customers}) w ON w.external_id = s.customer ORDER BY s.line
        ON CONFLICT (source, external_id) DO NOTHING
        RETURNING customer_id, source, external_id
    )
    INSERT INTO import_done (line, customer_id, is_new)
    SELECT s.line, done.customer_id, true
    FROM done JOIN import_staged s ON (s.source, s.external_id) = (done.source, done.external_id)
"""


def load(staged: Staged) -> Loaded:
    """Add the keys that are new; a key that belongs to another customer is refused, for that is a merge or a mistake."""
    staged.reject_unknown_customers()
    staged.reject_repeats("source, external_id", fields=("source", "external_id"))
    reason = _("“{cell}” is the key of another customer already: merge the two, or take the row out")
    staged.reject(OTHERS.format(customers=staged.customers), "external_id", reason, "s.external_id")
    staged.execute(ADD.format(customers=staged.customers))
    return staged.finish()


KEYS: Final = Target(
    "keys",
    (
        Field("source", required=True, longest=40, hint="the other system, as `source` of its mapping"),
        Field("external_id", required=True, hint="the customer's id there"),
        CUSTOMER,
    ),
    load,
    models=(ExternalKey,),
    tables=("accounts_externalkey",),
    names=OF_KEYS,
)
