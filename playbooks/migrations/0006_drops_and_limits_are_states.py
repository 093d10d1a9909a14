"""Playbooks that started on a score drop or a low measure start on the state of the same name.

Their enrolments keep their first days as occasions, and the stretch each customer is in is written down from that day,
so that a state that lasts lets nobody in a second time.
"""

from django.db import migrations

FORWARD = """
    UPDATE playbooks_playbookversion SET trigger_kind = 'state',
        trigger = jsonb_build_object('state', trigger_kind, 'values',
            CASE WHEN trigger ? 'below' THEN (trigger - 'below') || jsonb_build_object('beyond', trigger->'below')
                 ELSE trigger END)
    WHERE trigger_kind IN ('score_drop', 'measure_below');

    UPDATE playbooks_enrolment e
    SET occasion = CASE WHEN e.occasion LIKE 'drop:%' THEN 'state:score_drop:' ELSE 'state:measure_below:' END
                   || right(e.occasion, 10)
    WHERE (e.occasion LIKE 'drop:%' OR e.occasion LIKE 'below:%')
      AND NOT EXISTS (
          SELECT FROM playbooks_enrolment o
          WHERE o.customer_id = e.customer_id AND o.playbook_id = e.playbook_id AND o.id < e.id
            AND left(o.occasion, 5) = left(e.occasion, 5) AND right(o.occasion, 10) = right(e.occasion, 10));

    INSERT INTO playbooks_playbookhold (playbook_id, customer_id, since)
    SELECT DISTINCT ON (e.playbook_id, e.customer_id) e.playbook_id, e.customer_id, right(e.occasion, 10)::date
    FROM playbooks_enrolment e
    JOIN playbooks_playbook p ON p.id = e.playbook_id
    JOIN playbooks_playbookversion v ON v.id = p.published_id AND v.trigger_kind = 'state'
    WHERE e.occasion LIKE 'state:' || (v.trigger->>'state') || ':%'
    ORDER BY e.playbook_id, e.customer_id, right(e.occasion, 10) DESC;
"""
# A playbook on a state that the older release cannot start on is started by hand there.
BACKWARD = """
    UPDATE playbooks_enrolment e
    SET occasion = CASE WHEN e.occasion LIKE 'state:score_drop:%' THEN 'drop:' || right(e.occasion, 10)
                        ELSE 'below:' || coalesce(v.trigger->'values'->>'measure', 'usage_trend') || ':'
                             || right(e.occasion, 10) END
    FROM playbooks_playbookversion v
    WHERE v.id = e.version_id
      AND (e.occasion LIKE 'state:score_drop:%' OR e.occasion LIKE 'state:measure_below:%');

    UPDATE playbooks_playbookversion SET trigger_kind = trigger->>'state',
        trigger = CASE WHEN (trigger->'values') ? 'beyond'
                       THEN ((trigger->'values') - 'beyond') || jsonb_build_object('below', trigger->'values'->'beyond')
                       ELSE trigger->'values' END
    WHERE trigger_kind = 'state' AND trigger->>'state' IN ('score_drop', 'measure_below');

    UPDATE playbooks_playbookversion SET trigger_kind = 'by_hand', trigger = '{}' WHERE trigger_kind = 'state';
    DELETE FROM playbooks_playbookhold;
"""


class Migration(migrations.Migration):
    dependencies = [("playbooks", "0005_state_triggers")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
