"""What sources said of keys was held against the key of their own that happened to have the same id."""

from django.db import migrations

OF_KEYS = "DELETE FROM {table} WHERE target IN ('keys', 'contactkeys', 'userkeys')"
TABLES = ("accounts_word", "accounts_deviation", "accounts_reconciled", "accounts_disagreement")


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0090_what_files_changed_of_words"),
    ]

    operations = [
        migrations.RunSQL([OF_KEYS.format(table=table) for table in TABLES], migrations.RunSQL.noop),
    ]
