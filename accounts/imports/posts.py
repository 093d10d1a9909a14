"""Posts of contacts from a file: department and title, from one day to another."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.utils.translation import gettext as _

from accounts.identity import ways
from accounts.imports.cells import Field
from accounts.imports.names import OF_POSTS
from accounts.imports.staging import Staged
from accounts.imports.targets import EXTERNAL_ID, Loaded, Target, Trouble, Values, in_order
from accounts.models import Post

COLUMNS: Final = ("department", "title", "starts_on", "ends_on")
# (external_id, customer_id, id) of every contact that a file of this source can name.
OF_CONTACT: Final = f"""
    SELECT k.word AS external_id, c.customer_id, c.id FROM ({ways.CONTACTS}) k JOIN accounts_contact c ON c.id = k.id
"""  # noqa: S608 (made of constants)


def load(staged: Staged) -> Loaded:
    """Add or change posts, whose contacts are found by their keys."""
    staged.reject_unknown("contact", OF_CONTACT, _("“{cell}” is not a contact that is known"))
    staged.reject_repeats()
    columns = {"contact_id": "w.id"} | {name: f"s.{name}" for name in COLUMNS if staged.has(name)}
    staged.upsert(Post, columns, owners=OF_CONTACT, by="contact", where="WHERE external_id <> ''")
    return staged.finish()


def check(values: Values, _day: dt.date) -> Trouble | None:
    if not values.get("department") and not values.get("title"):
        return "title", _("is empty, and so is department: one of them says what the post is")
    return in_order(values, "starts_on", "ends_on", strict=True)


POSTS: Final = Target(
    "posts",
    (
        EXTERNAL_ID,
        Field("contact", required=True, hint="external id or another key of the contact"),
        Field("department", blank="", longest=120),
        Field("title", blank="", longest=120),
        Field("starts_on", "date", hint="empty: nobody knows since when"),
        Field("ends_on", "date", hint="empty: until now"),
    ),
    load,
    check,
    models=(Post,),
    tables=("accounts_post",),
    names=OF_POSTS,
)
