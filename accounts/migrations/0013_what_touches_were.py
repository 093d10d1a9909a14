from django.db import migrations

# An event counts as attended where somebody is named; what we began is what was called proactive.
FILL = """
    UPDATE accounts_touchpoint h SET
        direction = CASE WHEN h.proactive THEN 'out' ELSE 'in' END,
        mass = h.kind = 'one_to_many',
        attended = h.kind IN ('call', 'meeting') OR h.kind = 'event' AND EXISTS (
            SELECT FROM accounts_touchpoint_contacts a WHERE a.touchpoint_id = h.id)
"""
# "Last touch" counts two-way touches only from now on.
LAST = """
    UPDATE accounts_customer c SET last_touch_on = last.on_day
    FROM (
        SELECT cu.id, max(h.happened_on) FILTER (
            WHERE NOT h.mass AND (h.direction = 'in' OR h.attended)) AS on_day
        FROM accounts_customer cu LEFT JOIN accounts_touchpoint h ON h.customer_id = cu.id
        GROUP BY cu.id
    ) last
    WHERE last.id = c.id AND c.last_touch_on IS DISTINCT FROM last.on_day
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0012_facts_of_the_record")]

    operations = [migrations.RunSQL([FILL, LAST], migrations.RunSQL.noop)]
