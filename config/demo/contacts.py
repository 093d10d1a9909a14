"""People on the customers' side, some of whom leave."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from config.demo.statements import run, table

# place: 0 champion, 1 buyer, 2 sponsor, 3 admin, 4 to 6 users, 7 the champion's successor.
CONTACT: Final = """
SELECT n, place, n * 16 + place AS id, c.japanese, from_on, gone_on, first_role, second_role,
    1 + floor(pg_temp.u(n * 16 + place, 30) * CASE WHEN c.japanese THEN 40 ELSE 65 END)::int AS given,
    1 + floor(pg_temp.u(n * 16 + place, 31) * CASE WHEN c.japanese THEN 40 ELSE 68 END)::int AS family
FROM demo_company c
CROSS JOIN (VALUES (0, 'champion'), (1, 'buyer'), (2, 'sponsor'), (3, 'admin'), (4, 'user'), (5, 'user'), (6, 'user'),
    (7, 'champion')) AS r(place, first_role)
CROSS JOIN LATERAL (
    SELECT CASE WHEN place = 7 THEN c.left_on + 45 + floor(pg_temp.u(n, 33) * 75)::int
                WHEN place > 1 THEN c.starts_on + floor(pg_temp.u(n * 16 + place, 34) * 120)::int
                ELSE c.starts_on END AS from_on,
           CASE WHEN place = 0 THEN c.left_on
                WHEN place <> 7 AND pg_temp.u(n * 16 + place, 35) < 0.15
                THEN c.starts_on + 200 + floor(pg_temp.u(n * 16 + place, 36) * 1200)::int END AS gone_on,
           CASE WHEN place = 0 AND c.size = 0 AND pg_temp.u(n, 38) < 0.4 THEN 'buyer' END AS second_role
) w
WHERE CASE place WHEN 0 THEN true WHEN 1 THEN c.size > 0 OR pg_temp.u(n, 38) >= 0.4
      WHEN 2 THEN pg_temp.u(n, 39) < (ARRAY[0.25, 0.6, 0.9])[c.size + 1] WHEN 3 THEN pg_temp.u(n, 40) < 0.8
      WHEN 7 THEN pg_temp.u(n, 41) < 0.6
      ELSE pg_temp.u(n * 16 + place, 42) < (ARRAY[0.3, 0.6, 0.9])[c.size + 1] END
  AND from_on <= %(until)s
"""
WRITE: Final = """
INSERT INTO accounts_contact (id, customer_id, name, email, title, roles, state, state_on, source, external_id,
    created_at)
SELECT c.id, c.n,
    CASE WHEN japanese THEN (%(family_ja)s::text[])[family] || ' ' || (%(given_ja)s::text[])[given]
         ELSE (%(given_en)s::text[])[given] || ' ' || (%(family_en)s::text[])[family] END,
    lower(CASE WHEN japanese THEN (%(given_roman)s::text[])[given] || '.' || (%(family_roman)s::text[])[family]
          ELSE (%(given_en)s::text[])[given] || '.' || (%(family_en)s::text[])[family] END) || '@' || a.domain,
    CASE WHEN japanese THEN (%(titles_ja)s::text[])[place + 1] ELSE (%(titles_en)s::text[])[place + 1] END,
    array_remove(ARRAY[first_role, second_role], NULL),
    CASE WHEN gone_on <= %(until)s THEN 'left' ELSE 'active' END,
    CASE WHEN gone_on <= %(until)s THEN gone_on ELSE from_on END,
    'demo', 'P-' || c.id, from_on::timestamp AT TIME ZONE %(zone)s
FROM demo_contact c JOIN accounts_customer a ON a.id = c.n
WHERE from_on > %(since)s OR gone_on > %(since)s
ON CONFLICT (id) DO UPDATE SET state = excluded.state, state_on = excluded.state_on
WHERE accounts_contact.state = 'active' AND excluded.state <> 'active'
"""


def write(parameters: Mapping[str, Any]) -> int:
    """Write new contacts and the ones that left after ``since``; keeps ``demo_contact``."""
    table("demo_contact", CONTACT, parameters)
    return run(WRITE, parameters)
