"""The audiences of playbooks name segments and owners by id: a new name or address changes none of them."""

from django.db import migrations

from accounts.conditions.keys import rewrite


def forwards(apps, _editor):
    rewrite(apps, ("playbooks", "PlaybookVersion"), "audience", ids=True)


def backwards(apps, _editor):
    rewrite(apps, ("playbooks", "PlaybookVersion"), "audience", ids=False)


class Migration(migrations.Migration):
    dependencies = [
        ("playbooks", "0008_reasons_of_before"),
        ("accounts", "0023_rules_name_rows_by_id"),
    ]

    operations = [migrations.RunPython(forwards, backwards)]
