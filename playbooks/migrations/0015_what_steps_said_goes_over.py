"""What steps and tasks said goes over to values and runs.

None of it is a change that somebody made: neither history nor the stamps of tasks take note.
"""

from django.db import migrations

QUIETLY = ["SET CONSTRAINTS ALL IMMEDIATE", "ALTER TABLE playbooks_task DISABLE TRIGGER note_change"]
AGAIN = ["ALTER TABLE playbooks_task ENABLE TRIGGER note_change", "SET CONSTRAINTS ALL DEFERRED"]

VALUES = """
    UPDATE playbooks_playbookstep SET "values" = jsonb_strip_nulls(jsonb_build_object(
        'title', title, 'note', nullif(note, ''), 'assignee', assignee, 'due_business_days', due_business_days,
        'anchor', anchor, 'prep_part', nullif(prep_part, '')))
"""
COLUMNS = """
    UPDATE playbooks_playbookstep SET title = "values"->>'title', note = coalesce("values"->>'note', ''),
        assignee = "values"->>'assignee', due_business_days = ("values"->>'due_business_days')::smallint,
        anchor = "values"->>'anchor', prep_part = coalesce("values"->>'prep_part', '')
"""
# A step that gave no task stood for a part of renewal prep that was done already. What a play that ended took back is left.
RUNS = """
    INSERT INTO playbooks_steprun (enrolment_id, step_id, state, due_on, entered_on, finished_on)
    SELECT e.id, s.id, now.state, e.enrolled_on, e.enrolled_on,
        CASE now.state WHEN 'skipped' THEN e.enrolled_on WHEN 'left' THEN e.finished_on
                       WHEN 'done' THEN (t.done_at AT TIME ZONE coalesce(o.time_zone, 'UTC'))::date END
    FROM playbooks_enrolment e
    JOIN playbooks_playbookstep s ON s.version_id = e.version_id
    LEFT JOIN playbooks_task t ON t.enrolment_id = e.id AND t.step_id = s.id
    LEFT JOIN accounts_organisation o ON true
    CROSS JOIN LATERAL (
        SELECT CASE WHEN t.id IS NULL THEN 'skipped' WHEN t.done_at IS NULL THEN 'entered'
                    WHEN e.state = 'exited' AND t.outcome = 'not_needed' AND t.done_by_id IS NULL THEN 'left'
                    ELSE 'done' END AS state
    ) now
    ORDER BY e.id, s.position
"""
TASKS = """
    UPDATE playbooks_task t SET run_id = r.id, prep_part = s.prep_part
    FROM playbooks_steprun r JOIN playbooks_playbookstep s ON s.id = r.step_id
    WHERE t.enrolment_id = r.enrolment_id AND t.step_id = r.step_id
"""
STEPS = "UPDATE playbooks_task t SET step_id = r.step_id FROM playbooks_steprun r WHERE r.id = t.run_id"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0040_saved_views"),
        ("playbooks", "0014_steps_of_kinds_and_their_runs"),
    ]

    operations = [
        migrations.RunSQL([*QUIETLY, VALUES, RUNS, TASKS, *AGAIN], [*QUIETLY, COLUMNS, STEPS, *AGAIN]),
    ]
