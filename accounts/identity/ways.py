"""The ways by which a word of a file or of the API leads to a customer, to one of its people, or to one of us.

A word is tried as a number of ours and as a key of its own source first, then by the ways that the organisation has put in order. A way that
leads to more than one customer leads to none. Rows keep the customer that their word names (``named_id``) where it was
merged into another, and belong to that one (``customer_id``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from accounts.models import Named, Source

# Mail domains that everybody may have: they say nothing of a company.
PUBLIC: Final = (
    "gmail.com", "googlemail.com", "yahoo.com", "yahoo.co.jp", "yahoo.co.uk", "yahoo.de", "yahoo.fr", "ymail.com",
    "rocketmail.com", "outlook.com", "outlook.jp", "hotmail.com", "hotmail.co.jp", "hotmail.co.uk", "live.com",
    "live.jp", "msn.com", "icloud.com", "me.com", "mac.com", "aol.com", "gmx.de", "gmx.net", "gmx.at", "gmx.com",
    "web.de", "t-online.de", "freenet.de", "mail.com", "proton.me", "protonmail.com", "pm.me", "zoho.com",
    "yandex.ru", "yandex.com", "mail.ru", "qq.com", "163.com", "126.com", "sina.com", "naver.com", "daum.net",
    "hanmail.net", "orange.fr", "wanadoo.fr", "free.fr", "laposte.net", "libero.it", "docomo.ne.jp", "ezweb.ne.jp",
    "au.com", "softbank.ne.jp", "i.softbank.jp", "ymobile.ne.jp", "nifty.com", "biglobe.ne.jp", "ocn.ne.jp",
    "so-net.ne.jp", "plala.or.jp", "dti.ne.jp", "comcast.net", "verizon.net", "att.net", "bellsouth.net",
    "sbcglobal.net", "btinternet.com", "fastmail.com", "hey.com", "duck.com",
)  # fmt: skip
WORDS: Final = {
    "contact": _("the email of a contact"),
    "domain": _("the domain of a website or mail address"),
    "key": _("a key of any other system"),
    "name": _("the name, without its legal form"),
}
THROUGH_KEY: Final = "key:"
# The number of a customer here, as pages and the API know it: ``id:12``. No other system's id is written so.
OUR_NUMBER: Final = "id:"
OF_US: Final = "'^id:[0-9]+$'"
# Nor is one as a key of another source than the row's: ``key:crm:C1``.
RESERVED: Final = "'^id:[0-9]+$|^key:.+:.'"
# Read once a word, whatever the planner believes of the customers (OFFSET holds the two apart).
OWN_NUMBER: Final = f"""
    SELECT w.word, c.id FROM (
        SELECT word, CASE WHEN word ~ {OF_US} AND length(word) < 20 THEN substr(word, 4)::bigint END AS number
        FROM words OFFSET 0
    ) w JOIN accounts_customer c ON c.id = w.number
"""  # noqa: S608 (made of constants)
# The longest of these words: a source has 40 characters at most, its key of a customer 200.
LONGEST: Final = 245
# (source, external_id) of each reading of a word as a key of another source: either may hold colons.
KEYS_OF: Final = """
    SELECT substr({word}, 5, place - 5) AS source, substr({word}, place + 1) AS external_id
    FROM generate_series(6, CASE WHEN starts_with({word}, 'key:') THEN 45 ELSE 0 END) place WHERE substr({word}, place, 1) = ':'
"""
OTHERS_KEY: Final = f"""
    SELECT w.word, k.customer_id
    FROM (SELECT words.word, p.* FROM words CROSS JOIN LATERAL ({KEYS_OF.format(word="words.word")}) p OFFSET 0) w
    JOIN accounts_externalkey k USING (source, external_id)
"""  # noqa: S608 (made of constants)
# Words of which a form says what they are; nothing else is written so.
FORMS: Final = f"{OWN_NUMBER} UNION ALL {OTHERS_KEY}"
# What is written so is not guessed at where the form finds nobody.
BUT_FORMS: Final = f"SELECT f.word, f.customer_id FROM ({{way}}) f(word, customer_id) WHERE f.word !~ {RESERVED}"  # noqa: S608 (made of constants)
# Each gives (word, customer) over ``w``, the words that nothing has found so far.
OWN_KEY: Final = """
    SELECT w.word, k.customer_id FROM words w
    JOIN accounts_externalkey k ON k.source = %(source)s AND k.external_id = w.word
"""
NAMED_KEY: Final = """
    SELECT w.word, k.customer_id FROM words w
    JOIN accounts_externalkey k ON k.source = %(other)s AND k.external_id = w.word
"""
CONTRACT: Final = """
    SELECT w.word, coalesce(k.named_id, k.customer_id) FROM words w
    JOIN accounts_contract k ON k.source = %(source)s AND k.external_id = w.word
"""
WAYS: Final = {
    "key": "SELECT w.word, k.customer_id FROM words w JOIN accounts_externalkey k ON k.external_id = w.word",
    "contact": """
        SELECT w.word, coalesce(p.named_id, p.customer_id) FROM words w JOIN accounts_contact p ON lower(p.email) = lower(normalize(w.word, NFKC)) AND p.email <> ''
        WHERE w.word ~ '[@＠﹫]'
        UNION ALL
        SELECT w.word, coalesce(p.named_id, p.customer_id) FROM words w
        JOIN accounts_contact p ON p.source = %(source)s AND p.external_id = w.word
        UNION ALL
        SELECT w.word, coalesce(p.named_id, p.customer_id) FROM words w
        JOIN accounts_contactkey k ON k.source = %(source)s AND k.external_id = w.word JOIN accounts_contact p ON p.id = k.contact_id
    """,
    "domain": """
        SELECT w.word, n.customer_id FROM (SELECT word, web_domain(word) AS domain FROM words WHERE word ~ '[.．。｡]') w
        JOIN accounts_customerwords n ON n.domain = w.domain AND n.domain <> ''
        WHERE w.domain <> ALL(%(public)s)
    """,
    "name": """
        SELECT w.word, n.customer_id FROM (SELECT word, company_name(word) AS company FROM words) w
        JOIN accounts_customerwords n ON n.company = w.company AND n.company <> ''
    """,
}
NAMED: Final = f"""
    coalesce(
        (SELECT k.customer_id FROM accounts_externalkey k WHERE (k.source, k.external_id) = (%(source)s, {{word}})),
        (SELECT c.id FROM accounts_customer c
         WHERE c.id = CASE WHEN {{word}} ~ {OF_US} AND length({{word}}) < 20 THEN substr({{word}}, 4)::bigint END),
        (SELECT min(k.customer_id) FROM ({{keys}}) p JOIN accounts_externalkey k USING (source, external_id)
         HAVING count(DISTINCT k.customer_id) = 1))
"""  # noqa: S608 (made of constants)
FOUND: Final = """
    INSERT INTO import_customers (external_id, customer_id, named_id)
    SELECT found.word, min(coalesce(c.merged_into_id, c.id)),
           CASE WHEN count(DISTINCT c.id) = 1 THEN min(c.id) FILTER (WHERE c.merged_into_id IS NOT NULL) END
    FROM (WITH words AS (
              SELECT DISTINCT s.customer AS word FROM import_staged s
              WHERE s.customer IS NOT NULL AND NOT EXISTS (SELECT FROM import_customers f WHERE f.external_id = s.customer))
          {way}) found(word, customer)
    JOIN accounts_customer c ON c.id = found.customer
    GROUP BY found.word HAVING count(DISTINCT coalesce(c.merged_into_id, c.id)) = 1
"""
# (word, contact) of the staged column ``contact``: by its keys, else by the email of one at the row's own customer.
CONTACTS: Final = """
    SELECT c.external_id AS word, c.id FROM accounts_contact c
    WHERE c.source = %(source)s AND c.external_id <> ''
    UNION ALL
    SELECT k.external_id, k.contact_id FROM accounts_contactkey k WHERE k.source = %(source)s
"""
CONTACT_BY_EMAIL: Final = """
    (SELECT min(p.id) FROM accounts_contact p
     WHERE p.customer_id = w.customer_id AND p.email <> '' AND lower(p.email) = lower(normalize(s.contact, NFKC)) HAVING count(*) = 1)
"""


# A stored row ``t`` that stays asleep with a merged customer is left there (``accounts.identity.merging``).
ASLEEP: Final = {
    name: f"CASE WHEN t.customer_id = excluded.named_id THEN t.{name} ELSE excluded.{name} END"
    for name in ("customer_id", "named_id")
}


def naming(model: type[models.Model], columns: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """The columns that a load writes of ``model``, with the customer that the row names, and what of them a stored row keeps."""
    return ({**columns, "named_id": "w.named_id"}, ASLEEP) if issubclass(model, Named) else (dict(columns), {})


def steps(through: str, source: str, found_by: list[str]) -> list[str]:
    """The SQL of each way, in the order in which they are tried; ``through`` is what a mapping says of the field.

    What is typed names its customer by the number alone.
    """
    if source == Source.TYPED:
        return [OWN_NUMBER]
    if through == "contract":
        return [CONTRACT]
    if through.startswith(THROUGH_KEY):
        return [NAMED_KEY]
    if through == "contact":
        return [WAYS["contact"], WAYS["domain"]]
    if through in WAYS:
        return [WAYS[through]]
    return [FORMS, OWN_KEY, *(BUT_FORMS.format(way=WAYS[way]) for way in found_by)]


def named(word: str) -> str:
    """SQL of the customer whom a word of the source names by a key or by our number, NULL where none or several."""
    return NAMED.format(word=word, keys=KEYS_OF.format(word=word))


def is_way(through: str) -> bool:
    """Whether a mapping may say so of the field ``customer``."""
    return through in {"", "contract", *WAYS} or (through.startswith(THROUGH_KEY) and len(through) > len(THROUGH_KEY))


def find_customers(through: str, source: str, found_by: list[str]) -> None:
    """Make the temporary table ``import_customers`` (external_id, customer_id, named_id) of what ``import_staged.customer``
    names. One statement a way; a way is left out once every word is found.
    """
    params: dict[str, Any] = {
        "source": source, "public": list(PUBLIC), "other": through.removeprefix(THROUGH_KEY),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE import_customers (external_id text PRIMARY KEY, customer_id bigint, named_id bigint) ON COMMIT DROP"
        )
        for way in steps(through, source, found_by):
            cursor.execute(FOUND.format(way=way), params)
            cursor.execute("ANALYZE import_customers")
            cursor.execute(
                "SELECT EXISTS (SELECT FROM import_staged s WHERE NOT EXISTS "
                "(SELECT FROM import_customers f WHERE f.external_id = s.customer))"
            )
            if not cursor.fetchone()[0]:
                return


# By which words customers may be twins: the customers asked about are ``who``, and ``public`` the domains of everybody.
EVERYBODY: Final = "SELECT id FROM accounts_customer WHERE merged_into_id IS NULL"
SHARED_WORDS: Final = """
    SELECT 'domain' AS what, n.domain AS value, n.customer_id AS id
    FROM who JOIN accounts_customerwords n ON n.customer_id = who.id WHERE n.domain <> '' AND n.domain <> ALL(%(public)s)
    UNION SELECT 'name', n.company, n.customer_id FROM who JOIN accounts_customerwords n ON n.customer_id = who.id
    WHERE n.company <> ''
"""
# What more customers than this have in common says nothing of two of them.
SHARED_BY: Final = 10
