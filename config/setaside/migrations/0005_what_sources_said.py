"""Sources can be set aside."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("setaside", "0004_nightly_run"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="setaside",
            name="set_aside_kind_known",
        ),
        migrations.AlterField(
            model_name="setaside",
            name="kind",
            field=models.CharField(
                choices=[
                    ("customer", "Customer"),
                    ("contract", "Contract"),
                    ("renewal", "Renewal"),
                    ("segment", "Segment"),
                    ("scorecard", "Scorecard"),
                    ("rule", "Case rule"),
                    ("playbook", "Playbook"),
                    ("import", "Import"),
                    ("source", "Source"),
                    ("step", "Step of the nightly run"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="setaside",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "customer",
                            "contract",
                            "renewal",
                            "segment",
                            "scorecard",
                            "rule",
                            "playbook",
                            "import",
                            "source",
                            "step",
                        ],
                    )
                ),
                name="set_aside_kind_known",
            ),
        ),
    ]
