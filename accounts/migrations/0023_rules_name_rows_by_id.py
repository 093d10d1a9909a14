"""The rules of segments name segments and owners by id: a new name or address changes none of them."""

from django.db import migrations

from accounts.conditions.keys import rewrite


def forwards(apps, _editor):
    rewrite(apps, ("accounts", "Segment"), "rule", ids=True)


def backwards(apps, _editor):
    rewrite(apps, ("accounts", "Segment"), "rule", ids=False)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0022_owners_that_files_named"),
    ]

    operations = [migrations.RunPython(forwards, backwards)]
