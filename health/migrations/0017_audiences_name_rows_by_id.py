"""The audiences of case rules name segments and owners by id: a new name or address changes none of them."""

from django.db import migrations

from accounts.conditions.keys import rewrite


def forwards(apps, _editor):
    rewrite(apps, ("health", "CaseRule"), "audience", ids=True)


def backwards(apps, _editor):
    rewrite(apps, ("health", "CaseRule"), "audience", ids=False)


class Migration(migrations.Migration):
    dependencies = [
        ("health", "0016_sums_that_hold"),
        ("accounts", "0023_rules_name_rows_by_id"),
    ]

    operations = [migrations.RunPython(forwards, backwards)]
