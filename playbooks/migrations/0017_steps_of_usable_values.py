"""The database takes of a task only values with which it can be given.

No form wrote others; what came in by hand is brought within the bounds.
"""

import django.db.models.fields.json
import django.db.models.functions.text
import django.db.models.lookups
from django.db import migrations, models

BRING_WITHIN = """
    UPDATE playbooks_playbookstep s SET "values" = s."values"
        || jsonb_build_object('title', left(s."values"->>'title', 200),
                              'due_business_days', round((s."values"->>'due_business_days')::numeric)::int)
        || CASE WHEN jsonb_exists(s."values", 'note')
                THEN jsonb_build_object('note', left(coalesce(s."values"->>'note', ''), 4000)) ELSE '{}' END
    WHERE s.kind = 'task' AND (
        jsonb_typeof(s."values"->'title') <> 'string' OR length(s."values"->>'title') > 200
        OR jsonb_typeof(s."values"->'note') <> 'string' OR length(s."values"->>'note') > 4000
        OR s."values"->>'due_business_days' !~ '^\\d+$')
"""


class Migration(migrations.Migration):
    dependencies = [
        ("playbooks", "0016_steps_without_columns"),
    ]

    operations = [
        migrations.RunSQL(
            ["SET CONSTRAINTS ALL IMMEDIATE", BRING_WITHIN, "SET CONSTRAINTS ALL DEFERRED"], migrations.RunSQL.noop
        ),
        migrations.RemoveConstraint(
            model_name="playbookstep",
            name="playbook_step_task_whole",
        ),
        migrations.AddConstraint(
            model_name="playbookstep",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "task"), _negated=True),
                    models.Q(
                        ("values__has_keys", ["title", "assignee", "due_business_days", "anchor"]),
                        ("values__title__gt", ""),
                        django.db.models.lookups.Exact(
                            models.Func(
                                models.F("values__title"), function="jsonb_typeof", output_field=models.TextField()
                            ),
                            "string",
                        ),
                        django.db.models.lookups.LessThanOrEqual(
                            django.db.models.functions.text.Length(
                                django.db.models.fields.json.KeyTextTransform("title", "values")
                            ),
                            200,
                        ),
                        models.Q(
                            models.Q(
                                ("values__has_key", "note"),
                                django.db.models.lookups.Exact(
                                    models.Func(
                                        models.F("values__note"),
                                        function="jsonb_typeof",
                                        output_field=models.TextField(),
                                    ),
                                    "string",
                                ),
                                django.db.models.lookups.LessThanOrEqual(
                                    django.db.models.functions.text.Length(
                                        django.db.models.fields.json.KeyTextTransform("note", "values")
                                    ),
                                    4000,
                                ),
                            ),
                            models.Q(("values__has_key", "note"), _negated=True),
                            _connector="OR",
                        ),
                        ("values__assignee__in", ["owner", "manager"]),
                        ("values__anchor__in", ["entering", "notice", "end"]),
                        ("values__due_business_days__gte", 0),
                        ("values__due_business_days__lte", 260),
                        ("values__due_business_days__regex", "^\\d+$"),
                        models.Q(
                            models.Q(
                                ("values__has_key", "prep_part"),
                                ("values__prep_part__in", ["health", "value", "issues", "case"]),
                            ),
                            models.Q(("values__has_key", "prep_part"), _negated=True),
                            _connector="OR",
                        ),
                    ),
                    _connector="OR",
                ),
                name="playbook_step_task_whole",
            ),
        ),
    ]
