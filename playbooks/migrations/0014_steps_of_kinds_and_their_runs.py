import django.db.models.deletion
from django.db import migrations, models

STATES = [
    ("waiting", "Waiting"),
    ("entered", "Under way"),
    ("done", "Done"),
    ("skipped", "Skipped"),
    ("left", "Left"),
]
PARTS = [
    ("health", "Health and usage reviewed"),
    ("value", "Value and ROI documented"),
    ("issues", "Open issues settled"),
    ("case", "Business case written"),
]


class Migration(migrations.Migration):
    """Columns beside those of before: what they said goes over in the next migration, and they go in the one after it."""

    dependencies = [
        ("playbooks", "0013_found_by_words"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="playbookstep", name="playbook_step_named"),
        migrations.RemoveConstraint(model_name="playbookstep", name="playbook_step_assignee_known"),
        migrations.RemoveConstraint(model_name="playbookstep", name="playbook_step_part_known"),
        migrations.RemoveConstraint(model_name="playbookstep", name="playbook_step_anchor_known"),
        migrations.RemoveConstraint(model_name="task", name="task_once_a_step"),
        migrations.AlterField(
            model_name="playbookstep",
            name="title",
            field=models.CharField(default="", max_length=200, verbose_name="task"),
        ),
        migrations.AddField(
            model_name="playbookstep",
            name="kind",
            field=models.CharField(default="task", max_length=20, verbose_name="kind"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="playbookstep",
            name="values",
            field=models.JSONField(default=dict, verbose_name="what it asks for"),
        ),
        migrations.CreateModel(
            name="StepRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(choices=STATES, default="waiting", max_length=7, verbose_name="state"),
                ),
                ("due_on", models.DateField(verbose_name="its turn comes on")),
                ("entered_on", models.DateField(blank=True, null=True, verbose_name="entered on")),
                ("finished_on", models.DateField(blank=True, null=True, verbose_name="finished on")),
                (
                    "enrolment",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="runs",
                        to="playbooks.enrolment",
                    ),
                ),
                (
                    "step",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="playbooks.playbookstep"
                    ),
                ),
            ],
            options={
                "verbose_name": "step of a play",
                "indexes": [
                    models.Index(condition=models.Q(("state", "waiting")), fields=["due_on"], name="step_run_waiting"),
                    models.Index(condition=models.Q(("state", "entered")), fields=["id"], name="step_run_entered"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("enrolment", "step"), name="step_run_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("entered_on__isnull", True), ("finished_on__isnull", True), ("state", "waiting")),
                            models.Q(
                                ("entered_on__isnull", False), ("finished_on__isnull", True), ("state", "entered")
                            ),
                            models.Q(
                                ("entered_on__isnull", False),
                                ("finished_on__isnull", False),
                                ("state__in", ["done", "skipped"]),
                            ),
                            models.Q(("finished_on__isnull", False), ("state", "left")),
                            _connector="OR",
                        ),
                        name="step_run_days_of_state",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="task",
            name="prep_part",
            field=models.CharField(
                blank=True,
                choices=PARTS,
                db_default="",
                default="",
                max_length=6,
                verbose_name="part of renewal prep",
            ),
        ),
        migrations.AddField(
            model_name="task",
            name="run",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="task",
                to="playbooks.steprun",
            ),
        ),
    ]
