"""Posts of people on the customer's side, from one day to another."""

import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import config.folding
from config.stamps import stamp, stamp_whole


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0069_forgotten_loads"),
    ]

    operations = [
        migrations.CreateModel(
            name="Post",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "changed_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="changed"
                    ),
                ),
                ("department", models.CharField(blank=True, default="", max_length=120, verbose_name="department")),
                ("title", models.CharField(blank=True, default="", max_length=120, verbose_name="title")),
                ("starts_on", models.DateField(blank=True, null=True, verbose_name="from")),
                ("ends_on", models.DateField(blank=True, null=True, verbose_name="until (exclusive)")),
                ("source", models.CharField(blank=True, default="", max_length=40)),
                ("external_id", models.CharField(blank=True, default="", max_length=200)),
                (
                    "contact",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="posts", to="accounts.contact"
                    ),
                ),
            ],
            options={
                "verbose_name": "post",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("external_id", ""), _negated=True),
                        fields=("source", "external_id"),
                        name="post_external_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("department", ""), _negated=True),
                            models.Q(("title", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="post_named",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("starts_on__isnull", True),
                            ("ends_on__isnull", True),
                            ("ends_on__gt", models.F("starts_on")),
                            _connector="OR",
                        ),
                        name="post_ends_after_start",
                    ),
                ],
            },
        ),
        config.folding.keep_grams("accounts_post", "department", "title"),
        migrations.AddIndex(
            model_name="post",
            index=django.contrib.postgres.indexes.GinIndex(
                config.folding.KeptGrams("department", "title"), name="post_words"
            ),
        ),
        stamp("accounts_post"),
        stamp_whole("accounts_contact", part="accounts_post", link="contact_id"),
    ]
