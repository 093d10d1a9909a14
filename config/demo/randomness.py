"""Chance out of a hash of (key, seed): the same key and seed give the same number for ever.

Each function lives in the connection's temporary schema and is inlined by PostgreSQL. A key is a
customer's number, or ``pair(number, other)`` where ``other`` is a day, a month or a counter. The
second argument (the salt) tells apart the questions asked about one key. Because no number
depends on rows made before, neither chunks nor the end date change what a key draws.
"""

from __future__ import annotations

from typing import Final

from django.db import connection

from config.demo import truth

SALTS: Final = 1_000

FUNCTIONS: Final = """
CREATE OR REPLACE FUNCTION pg_temp.bits(key bigint, salt int) RETURNS bigint
    IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$ SELECT hashint8extended(key, salt + :seed) $$;

CREATE OR REPLACE FUNCTION pg_temp.u(key bigint, salt int) RETURNS float8
    IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT (hashint8extended(key, salt + :seed) & 4503599627370495) / 4503599627370496::float8 $$;

CREATE OR REPLACE FUNCTION pg_temp.z(key bigint, salt int) RETURNS float8
    IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT (( (hashint8extended(key, salt + :seed) & 65535)
            + (hashint8extended(key, salt + :seed) >> 16 & 65535)
            + (hashint8extended(key, salt + :seed) >> 32 & 65535)
            + (hashint8extended(key, salt + :seed) >> 48 & 65535)) / 65536::float8 - 2)
           * 1.7320508 $$;

CREATE OR REPLACE FUNCTION pg_temp.pair(a bigint, b int) RETURNS bigint
    IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$ SELECT (a << 20) + b $$;

CREATE OR REPLACE FUNCTION pg_temp.t(day date) RETURNS int
    IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$ SELECT day - DATE '2000-01-01' $$;

CREATE OR REPLACE FUNCTION pg_temp.day(t int) RETURNS date
    IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$ SELECT DATE '2000-01-01' + t $$;

CREATE OR REPLACE FUNCTION pg_temp.pick(words text[], chance float8) RETURNS text
    IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT words[1 + floor(chance * cardinality(words))::int] $$;

CREATE OR REPLACE FUNCTION pg_temp.later(day date, months int) RETURNS date
    IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT (day::timestamp + months * INTERVAL '1 month')::date $$;

CREATE OR REPLACE FUNCTION pg_temp.logistic(x float8) RETURNS float8
    IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$ SELECT 1 / (1 + exp(-x)) $$;
"""


def install(seed: int) -> None:
    """Make the functions for this connection, drawing from ``seed``; made again for another one."""
    text = (FUNCTIONS + truth.FUNCTIONS).replace(":seed", str(seed * SALTS))
    with connection.cursor() as cursor:
        cursor.execute(text)
