"""Usage days and feature days become partitioned by month; Django's own state does not change."""

from __future__ import annotations

from django.db import migrations

PARTITION = """
    CREATE TABLE {table}_parted (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS,
        PRIMARY KEY ({key}){include}) PARTITION BY RANGE (day);
    DROP TABLE {table};
    ALTER TABLE {table}_parted RENAME TO {table};
    ALTER INDEX {table}_parted_pkey RENAME TO {table}_pkey;
"""
UNPARTITION = """
    CREATE TABLE {table}_plain (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS,
        PRIMARY KEY ({key}));
    INSERT INTO {table}_plain SELECT * FROM {table};
    DROP TABLE {table};
    ALTER TABLE {table}_plain RENAME TO {table};
    ALTER INDEX {table}_plain_pkey RENAME TO {table}_pkey;
"""
# What scoring reads of a day lies in the index, a customer's days side by side: looking one customer up
# touches a page or two a month instead of one a day.
COVERED = " INCLUDE (active_users, uses, core_uses, features, errors, feature_bits)"
TABLES = {
    "health_usageday": ("customer_id, day", COVERED),
    "health_featureday": ("customer_id, day, feature_id", ""),
}


def statements(pattern: str) -> str:
    return "".join(pattern.format(table=table, key=key, include=include) for table, (key, include) in TABLES.items())


class Migration(migrations.Migration):
    dependencies = [("health", "0001_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(statements(PARTITION), statements(UNPARTITION))]
        )
    ]
