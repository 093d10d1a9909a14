"""Numbers of people that anybody could make of their names become keyed ones, and their days are rolled up anew."""

from django.db import migrations

from health.signals import numbering

KEY = """
    UPDATE health_usagerecord SET person = {number}, digest = {digest} WHERE person IS NOT NULL
""".format(number=numbering.keyed("person"), digest=numbering.digest("digest"))
MARK = """
    INSERT INTO health_rollupmark (customer_id, day)
    SELECT DISTINCT customer_id, day FROM health_usagerecord WHERE person IS NOT NULL
"""


def key(_apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(KEY, numbering.parameters())
        cursor.execute(MARK)


class Migration(migrations.Migration):
    # The plain numbers cannot be made again: an earlier release counts people of new facts beside those of old ones.
    dependencies = [("health", "0030_people_by_day")]

    operations = [migrations.RunPython(key, migrations.RunPython.noop)]
