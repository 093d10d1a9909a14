"""What a search looks for is kept with the row, not computed anew by each index."""

import django.contrib.postgres.indexes
from django.conf import settings
from django.db import migrations, models

import config.folding


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0050_kept_grams"),
        ("health", "0028_plainer_words"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="case",
            name="case_open_words",
        ),
        config.folding.keep_grams("health_case", "title"),
        migrations.AddIndex(
            model_name="case",
            index=django.contrib.postgres.indexes.GinIndex(
                config.folding.KeptGrams("title"),
                condition=models.Q(("state", "closed"), _negated=True),
                name="case_open_words",
            ),
        ),
    ]
