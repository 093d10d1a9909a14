import django.contrib.postgres.indexes
from django.db import migrations, models

import config.folding


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0037_found_by_words"),
        ("health", "0024_parts_after_reading"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="case",
            index=django.contrib.postgres.indexes.GinIndex(
                config.folding.SearchGrams("title"),
                condition=models.Q(("state", "closed"), _negated=True),
                name="case_open_words",
            ),
        ),
    ]
