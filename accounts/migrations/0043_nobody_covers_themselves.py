"""The constraint as it reads where a cover may name nobody: made anew, as the SQL of one depends on the column at that time."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0042_columns_nobody_reads")]

    operations = [
        migrations.RemoveConstraint("cover", "cover_by_another"),
        migrations.AddConstraint(
            "cover",
            models.CheckConstraint(
                condition=models.Q(("owner", models.F("by")), _negated=True), name="cover_by_another"
            ),
        ),
    ]
