"""The timeline: what owners did, how it felt, and what they said they would do next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from config.demo.statements import run

# Slots of 12, 25 and 45 days by size; small customers hear mostly from mails to many.
TOUCHES: Final = """
WITH made AS MATERIALIZED (
    SELECT n, key, kind, proactive, mass, day, owner_id, next_step, next_step_on, note,
        CASE WHEN kind IN ('call', 'meeting') AND pg_temp.u(key, 126) < 0.7
             THEN greatest(1, least(5, round(3.1 + 0.8 * h + 0.6 * pg_temp.z(key, 127))))::int END AS sentiment,
        CASE WHEN kind IN ('call', 'meeting') AND pg_temp.u(key, 133) < 0.5
             THEN (CASE kind WHEN 'call' THEN 10 ELSE 35 END) + 5 * floor(pg_temp.u(key, 134) * 6)::int END AS minutes
    FROM (
        SELECT *,
            CASE WHEN mass THEN ''
                 ELSE (CASE WHEN japanese AND h < -0.4 THEN %(notes_low_ja)s::text[] WHEN japanese THEN %(notes_high_ja)s::text[]
                            WHEN h < -0.4 THEN %(notes_low_en)s::text[] ELSE %(notes_high_en)s::text[] END)
                      [1 + floor(pg_temp.u(key, 128) * 4)::int] END AS note,
            CASE WHEN kind IN ('call', 'meeting') AND pg_temp.u(key, 129) < 0.5
                 THEN (CASE WHEN japanese THEN %(steps_ja)s::text[] ELSE %(steps_en)s::text[] END)
                      [1 + floor(pg_temp.u(key, 130) * 5)::int] ELSE '' END AS next_step,
            CASE WHEN kind IN ('call', 'meeting') AND pg_temp.u(key, 129) < 0.5
                 THEN day + 3 + floor(pg_temp.u(key, 131) * 12)::int END AS next_step_on
        FROM (
            SELECT s.n, k.key, c.japanese, a.owner_id, pg_temp.day(k.t) AS day,
                g.h + (g.next_h - g.h) * (mod(k.t, 30) / 30.0::float8) + pg_temp.shock(k.t, s.left_t) AS h,
                CASE WHEN pg_temp.u(k.key, 122) < many THEN 'one_to_many'
                     WHEN pg_temp.u(k.key, 123) < 0.35 THEN 'email' WHEN pg_temp.u(k.key, 123) < 0.68 THEN 'call'
                     WHEN pg_temp.u(k.key, 123) < 0.96 THEN 'meeting' ELSE 'event' END AS kind,
                pg_temp.u(k.key, 124) < 0.78 OR pg_temp.u(k.key, 122) < many AS proactive,
                pg_temp.u(k.key, 122) < many AS mass
            FROM demo_span s
            JOIN demo_company c USING (n)
            JOIN accounts_customer a ON a.id = s.n
            CROSS JOIN LATERAL (SELECT (ARRAY[45, 25, 12])[c.size + 1] AS every, (ARRAY[0.7, 0.15, 0.05])[c.size + 1] AS many) e
            CROSS JOIN LATERAL generate_series(
                (greatest(s.from_t, pg_temp.t(%(feedback_from)s)) - s.start_t) / every, (s.stop_t - s.start_t) / every) AS slot
            CROSS JOIN LATERAL (
                SELECT pg_temp.pair(s.n, slot) AS key,
                    s.start_t + slot * every + floor(pg_temp.u(pg_temp.pair(s.n, slot), 120) * every)::int AS t
            ) k
            JOIN demo_grid g ON g.n = s.n AND g.k = k.t / 30
            WHERE k.t >= s.from_t AND k.t < s.stop_t AND mod(k.t, 7) > 1
              AND k.t BETWEEN pg_temp.t(%(feedback_from)s) AND pg_temp.t(%(until)s)
              AND pg_temp.u(k.key, 121) < 0.8 AND a.owner_id IS NOT NULL
            OFFSET 0
        ) x OFFSET 0
    ) x
), written AS (
    INSERT INTO accounts_touchpoint (customer_id, kind, proactive, direction, mass, attended, happened_on, author_id,
        sentiment, note, next_step, next_step_on, minutes)
    SELECT n, kind, proactive, CASE WHEN proactive THEN 'out' ELSE 'in' END, mass, kind IN ('call', 'meeting', 'event'), day, owner_id, sentiment, note, next_step, next_step_on,
        minutes
    FROM made ORDER BY n, day
    RETURNING id, customer_id, happened_on, mass
)
INSERT INTO accounts_touchpoint_contacts (touchpoint_id, contact_id)
SELECT w.id, p.id
FROM written w
JOIN demo_contact p ON p.n = w.customer_id AND w.happened_on >= p.from_on AND (p.gone_on IS NULL OR w.happened_on < p.gone_on)
WHERE NOT w.mass
  AND pg_temp.u(pg_temp.pair(p.id, pg_temp.t(w.happened_on)), 132) < (ARRAY[0.75, 0.25, 0.12, 0.2, 0.1, 0.1, 0.1, 0.75])[p.place + 1]
"""

# As accounts.timeline keeps it: the day of the last two-way touch.
LAST: Final = """
UPDATE accounts_customer c SET last_touch_on = l.last_on
FROM (
    SELECT customer_id, max(happened_on) AS last_on
    FROM accounts_touchpoint WHERE two_way AND customer_id BETWEEN %(lo)s AND %(hi)s GROUP BY customer_id
) l
WHERE c.id = l.customer_id AND c.last_touch_on IS DISTINCT FROM l.last_on
"""
# As accounts.sentiment keeps it: the history, and the customer's own sentiment, which is its newest.
FELT: Final = """
INSERT INTO accounts_sentiment (customer_id, day, value, author_id, touch_id)
SELECT t.customer_id, t.happened_on, t.sentiment, t.author_id, t.id FROM accounts_touchpoint t
WHERE t.customer_id BETWEEN %(lo)s AND %(hi)s AND t.sentiment IS NOT NULL
  AND NOT EXISTS (SELECT FROM accounts_sentiment s WHERE s.touch_id = t.id)
ORDER BY t.customer_id, t.happened_on, t.id
"""
FOLLOW: Final = """
UPDATE accounts_customer c SET sentiment = l.value, sentiment_on = CASE WHEN l.value IS NOT NULL THEN l.day END
FROM (
    SELECT DISTINCT ON (customer_id) customer_id, value, day FROM accounts_sentiment
    WHERE customer_id BETWEEN %(lo)s AND %(hi)s ORDER BY customer_id, day DESC, id DESC
) l
WHERE c.id = l.customer_id AND (c.sentiment, c.sentiment_on) IS DISTINCT FROM (l.value, l.day)
"""
TEXTS: Final = {
    "notes_low_en": [
        "Use has fallen since the reorganisation; they ask what the seats are for.",
        "Complaints about slow lists. Promised a date from support.",
        "New head of department questions the price.",
        "Two teams still work in spreadsheets; training was put off again.",
    ],
    "notes_high_en": [
        "Went through the quarter's figures; approvals now take a day instead of four.",
        "Second site wants to join; asked for a quote.",
        "Short check-in, all on course.",
        "Showed the new reports, well received.",
    ],
    "notes_low_ja": [
        "組織変更後に利用が減り、席数の必要性を問われた。",
        "一覧の遅さについて指摘あり。サポートから回答日を約束。",
        "新しい部長が費用対効果を確認したいとのこと。",
        "2部署は表計算のまま。研修は再度延期。",
    ],
    "notes_high_ja": [
        "四半期の数字を確認。承認が4日から1日に短縮。",
        "第2拠点も利用したいとのこと。見積もりを依頼された。",
        "定例の確認。計画どおり進行中。",
        "新しいレポートを紹介し、好評だった。",
    ],
    "steps_en": [
        "Send the adoption figures by team",
        "Agree a date for training",
        "Bring support to the next call",
        "Prepare a quote for added seats",
        "Meet the sponsor",
    ],
    "steps_ja": [
        "部署別の利用状況を送る",
        "研修の日程を決める",
        "次回の会議にサポートを招く",
        "追加席の見積もりを用意する",
        "役員との面談を設定する",
    ],
}


def write(parameters: Mapping[str, Any]) -> int:
    """Write touchpoints that happened after ``since`` with who was there; last touches follow."""
    written = run(TOUCHES, parameters)
    run(LAST, parameters)
    run(FELT, parameters)
    run(FOLLOW, parameters)
    return written
