"""The key by which people were numbered so far is the one that is set now: its mark is kept."""

from django.db import migrations

from health.signals import numbering


def mark(apps, _schema_editor):
    if apps.get_model("health", "Person").objects.exists():
        apps.get_model("accounts", "Organisation").objects.filter(person_key="").update(person_key=numbering.mark())


class Migration(migrations.Migration):
    dependencies = [("health", "0038_events_of_the_product")]

    operations = [migrations.RunPython(mark, migrations.RunPython.noop)]
