"""What the palette finds and does: kinds of records, pages and acts that apps register when they load.

``naming`` is apart: which one customer a word means.
"""

from accounts.finding.acts import Act, letters, offered, verbs_of, without_customer
from accounts.finding.choices import Choice
from accounts.finding.entries import Entry, Group
from accounts.finding.kinds import Kind, by_customer, customers, dealings, found, match, recent, some, titled
from accounts.finding.naming import NotOneError, called, named
from accounts.finding.pages import PagePlace, pages
from accounts.finding.registry import register

__all__ = [
    "Act", "Choice", "Entry", "Group", "Kind", "NotOneError", "PagePlace", "by_customer", "called", "customers", "dealings", "found", "letters", "match", "named", "offered", "pages", "recent",
    "register", "some", "titled", "verbs_of", "without_customer",
]  # fmt: skip
