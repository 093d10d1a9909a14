"""Files that arrive in pieces."""

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0044_limits_of_arr_and_renewals"),
    ]

    operations = [
        migrations.CreateModel(
            name="Upload",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                ("size", models.PositiveIntegerField(verbose_name="size")),
                ("piece_size", models.PositiveIntegerField()),
                ("sha256", models.CharField(blank=True, default="", max_length=64)),
                ("begun_at", models.DateTimeField()),
                ("completed_at", models.DateTimeField(blank=True, null=True)),
                ("kept_until", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="uploads", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "upload",
            },
        ),
        migrations.CreateModel(
            name="UploadPiece",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("content", models.BinaryField()),
                (
                    "upload",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pieces",
                        to="accounts.upload",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="upload",
            index=models.Index(fields=["by", "-id"], name="upload_of_person"),
        ),
        migrations.AddIndex(
            model_name="upload",
            index=models.Index(fields=["kept_until"], name="upload_by_end"),
        ),
        migrations.AddConstraint(
            model_name="upload",
            constraint=models.CheckConstraint(
                condition=models.Q(("size__gte", 1), ("size__lte", 1073741824)), name="upload_size_possible"
            ),
        ),
        migrations.AddConstraint(
            model_name="upload",
            constraint=models.CheckConstraint(
                condition=models.Q(("piece_size__gte", 1), ("piece_size__lte", 8388608)),
                name="upload_piece_size_possible",
            ),
        ),
        migrations.AddConstraint(
            model_name="upload",
            constraint=models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="upload_named"),
        ),
        migrations.AddConstraint(
            model_name="upload",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("completed_at", None), ("sha256", "")),
                    models.Q(("completed_at__isnull", False), ("sha256__regex", "^[0-9a-f]{64}$")),
                    _connector="OR",
                ),
                name="upload_complete_with_digest",
            ),
        ),
        migrations.AddConstraint(
            model_name="uploadpiece",
            constraint=models.UniqueConstraint(fields=("upload", "number"), name="upload_piece_once"),
        ),
        migrations.AddConstraint(
            model_name="uploadpiece",
            constraint=models.CheckConstraint(
                condition=models.Q(("number__gte", 1)), name="upload_piece_counted_from_one"
            ),
        ),
        migrations.AddConstraint(
            model_name="uploadpiece",
            constraint=models.CheckConstraint(
                condition=django.db.models.expressions.RawSQL(
                    "octet_length(content) BETWEEN 1 AND 8388608", (), output_field=models.BooleanField()
                ),
                name="upload_piece_at_most_8_mb",
            ),
        ),
    ]
