"""The table of Django's database cache: rate limits and throttles live in it."""

from django.db import migrations

CREATE = """
CREATE TABLE IF NOT EXISTS cache_entry (
    cache_key varchar(255) NOT NULL PRIMARY KEY,
    value text NOT NULL,
    expires timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS cache_entry_expires ON cache_entry (expires);
"""


class Migration(migrations.Migration):
    dependencies = [("outbox", "0001_initial")]

    operations = [migrations.RunSQL(CREATE, "DROP TABLE cache_entry")]
