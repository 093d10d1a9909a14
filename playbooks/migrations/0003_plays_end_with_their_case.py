"""A play that a case started ends when the case is closed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("playbooks", "0002_case_trigger")]

    operations = [
        migrations.RemoveConstraint(
            model_name="enrolment",
            name="enrolment_finished_has_day_and_reason",
        ),
        migrations.AlterField(
            model_name="enrolment",
            name="exit_reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("churned", "The customer churned"),
                    ("merged", "Merged into another customer"),
                    ("closed", "The renewal was closed"),
                    ("case", "The case was closed"),
                    ("stopped", "Stopped by hand"),
                ],
                default="",
                max_length=8,
                verbose_name="why it left",
            ),
        ),
        migrations.AddConstraint(
            model_name="enrolment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("exit_reason", ""), ("finished_on__isnull", True), ("state", "running")),
                    models.Q(("exit_reason", ""), ("finished_on__isnull", False), ("state", "done")),
                    models.Q(
                        ("exit_reason__in", ["churned", "merged", "closed", "case", "stopped"]),
                        ("finished_on__isnull", False),
                        ("state", "exited"),
                    ),
                    _connector="OR",
                ),
                name="enrolment_finished_has_day_and_reason",
            ),
        ),
    ]
