"""Tickets and answers to surveys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from config.demo.statements import run

TOPICS: Final = ("access", "billing", "performance", "data import", "reports", "integrations", "how to", "mobile")
SUBJECTS_EN: Final = (
    "Cannot sign in after the change of address",
    "Invoice shows the wrong number of seats",
    "Lists take long to open in the morning",
    "Import stops at a row with an empty date",
    "Report totals differ from the export",
    "Webhook is delivered late",
    "How do we copy a schedule to another team",
    "App asks to sign in again every day",
)
SUBJECTS_JA: Final = (
    "アドレス変更後にログインできない",
    "請求書の席数が実際と異なる",
    "朝の時間帯に一覧の表示が遅い",
    "日付が空の行で取り込みが止まる",
    "レポートの合計がエクスポートと一致しない",
    "Webhookの通知が遅れる",
    "スケジュールを別のチームに複製したい",
    "アプリで毎日ログインを求められる",
)

# Up to three tickets a customer and week (slot j). What is not known at the cut stays open.
TICKETS: Final = """
INSERT INTO health_ticket (customer_id, source, external_id, subject, topic, severity, opened_at, first_response_at, solved_at,
    reopened, escalated, csat)
SELECT n, 'demo', 'T-' || n || '-' || w || '-' || j,
    (CASE WHEN japanese THEN %(subjects_ja)s::text[] ELSE %(subjects_en)s::text[] END)[topic], (%(topics)s::text[])[topic],
    severity, opened_at,
    CASE WHEN answered_at < %(instant)s THEN answered_at END,
    CASE WHEN solved_at < %(instant)s THEN solved_at END,
    CASE WHEN solved_at < %(instant)s AND c4 < 0.09 THEN 1 ELSE 0 END,
    severity IN ('high', 'urgent') AND c4 > 0.85,
    CASE WHEN solved_at < %(instant)s AND c3 < 0.45
         THEN greatest(1, least(5, round(4.0 + 0.55 * h + 0.8 * pg_temp.z(key, 92) - 0.25 * slow)))::int END
FROM (
    SELECT *, opened_at + exp(4.2 + 0.8 * pg_temp.z(key, 93) + 0.4 * slow - 0.35 * level) * INTERVAL '1 minute' AS answered_at,
        opened_at + exp(6.8 + 0.8 * pg_temp.z(key, 93) + 0.6 * slow) * INTERVAL '1 minute' AS solved_at,
        (ARRAY['low', 'medium', 'high', 'urgent'])[1 + level] AS severity
    FROM (
        SELECT x.*, x.day_at + (8 + 11 * pg_temp.u(key, 91)) * INTERVAL '1 hour' AS opened_at,
            least(3, greatest(0, floor(0.9 - 0.4 * h + 0.8 * pg_temp.z(key, 94))))::int AS level,
            pg_temp.z(key, 95) - 0.7 * h AS slow,
            1 + floor(pg_temp.u(key, 96) * 8)::int AS topic, pg_temp.u(key, 97) AS c3, pg_temp.u(key, 98) AS c4
        FROM (
            SELECT s.n, c.japanese, w, j, k.key, k.t,
                g.h + (g.next_h - g.h) * (mod(k.t, 30) / 30.0::float8) + pg_temp.shock(k.t, s.left_t) AS h,
                (pg_temp.day(k.t)::timestamp AT TIME ZONE %(zone)s) AS day_at
            FROM demo_span s
            JOIN demo_company c USING (n)
            CROSS JOIN LATERAL generate_series(
                greatest(s.from_t, pg_temp.t(%(tickets_from)s)) / 7, least(s.stop_t - 1, pg_temp.t(%(until)s)) / 7) AS w
            CROSS JOIN generate_series(0, 2) AS j
            CROSS JOIN LATERAL (
                SELECT pg_temp.pair(s.n * 4 + j, w) AS key,
                    w * 7 + (ARRAY[0, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6])[1 + floor(pg_temp.u(pg_temp.pair(s.n * 4 + j, w), 90) * 12)::int] AS t
            ) k
            JOIN demo_grid g ON g.n = s.n AND g.k = k.t / 30
            WHERE k.t >= s.from_t AND k.t < s.stop_t
              AND k.t BETWEEN pg_temp.t(%(tickets_from)s) AND pg_temp.t(%(until)s) - 1
              AND pg_temp.u(key, 99) < least(0.75, 0.022 * (1 + 0.45 * ln(s.seats)) * exp(-0.6 * g.h)
                  * CASE WHEN k.t < s.start_t + 60 THEN 2 ELSE 1 END)
            OFFSET 0
        ) x OFFSET 0
    ) x OFFSET 0
) x
ON CONFLICT (source, external_id) DO UPDATE
SET first_response_at = excluded.first_response_at, solved_at = excluded.solved_at, reopened = excluded.reopened,
    csat = excluded.csat
WHERE health_ticket.solved_at IS NULL
"""

# NPS each quarter from up to three people, CSAT from one, CES after 60 days, intent before a term ends.
SURVEYS: Final = """
INSERT INTO health_surveyresponse (customer_id, contact_id, kind, answer, answered_on, comment, source, external_id)
SELECT a.n, p.id, kind,
    CASE kind WHEN 'nps' THEN greatest(0, least(10, round(6.9 + 1.9 * h + 1.5 * pg_temp.z(key, 102))))
              WHEN 'intent' THEN greatest(0, least(10, round(7.3 + 2.0 * h + 1.4 * pg_temp.z(key, 102))))
              WHEN 'csat' THEN greatest(1, least(5, round(3.9 + 0.7 * h + 0.7 * pg_temp.z(key, 102))))
              ELSE greatest(1, least(7, round(4.8 + 0.8 * h + 1.0 * pg_temp.z(key, 102)))) END::int,
    pg_temp.day(t),
    CASE WHEN pg_temp.u(key, 103) < 0.3 THEN
        (CASE WHEN a.japanese AND h < -0.4 THEN %(low_ja)s::text[] WHEN a.japanese THEN %(high_ja)s::text[]
              WHEN h < -0.4 THEN %(low_en)s::text[] ELSE %(high_en)s::text[] END)[1 + floor(pg_temp.u(key, 104) * 4)::int]
        ELSE '' END,
    'demo', kind || '-' || key
FROM (
    SELECT a.*, c.japanese, g.h + (g.next_h - g.h) * (mod(a.t, 30) / 30.0::float8) + pg_temp.shock(a.t, pg_temp.t(c.left_on)) AS h
    FROM (
        SELECT s.n, 'nps' AS kind, place, pg_temp.pair(s.n * 8 + place, q) AS key,
            q * 91 + floor(pg_temp.u(s.n, 100) * 70)::int + floor(pg_temp.u(pg_temp.pair(s.n * 8 + place, q), 101) * 14)::int AS t,
            0.34::float8 AS chance, s.from_t, s.stop_t
        FROM demo_span s
        CROSS JOIN LATERAL generate_series(greatest(s.from_t, pg_temp.t(%(feedback_from)s)) / 91 - 1, s.stop_t / 91) AS q
        CROSS JOIN (VALUES (0), (1), (4)) AS r(place)
        UNION ALL
        SELECT s.n, 'csat', 3, pg_temp.pair(s.n * 8 + 3, q), q * 91 + floor(pg_temp.u(pg_temp.pair(s.n * 8 + 3, q), 101) * 90)::int,
            0.4, s.from_t, s.stop_t
        FROM demo_span s
        CROSS JOIN LATERAL generate_series(greatest(s.from_t, pg_temp.t(%(feedback_from)s)) / 91 - 1, s.stop_t / 91) AS q
        UNION ALL
        SELECT n, 'ces', 3, pg_temp.pair(n * 8 + 6, 1), start_t + 60 + floor(pg_temp.u(n, 105) * 14)::int, 0.5, from_t, stop_t
        FROM demo_span
        UNION ALL
        SELECT t.n, 'intent', 1, pg_temp.pair(t.n * 8 + 7, t.number), pg_temp.t(t.ends_on) - 130 + floor(pg_temp.u(t.n, 106) * 20)::int,
            0.45, pg_temp.t(t.starts_on), pg_temp.t(coalesce(t.leaves_on, t.ends_on))
        FROM demo_term t WHERE NOT t.is_trial AND NOT t.monthly AND t.months >= 6
    ) a
    JOIN demo_company c ON c.n = a.n
    JOIN demo_grid g ON g.n = a.n AND g.k = a.t / 30
    WHERE a.t >= a.from_t AND a.t < a.stop_t AND a.t BETWEEN pg_temp.t(%(feedback_from)s) AND pg_temp.t(%(until)s)
      AND pg_temp.u(a.key, 107) < a.chance
    OFFSET 0
) a
LEFT JOIN demo_contact p ON p.n = a.n AND p.place = a.place
    AND pg_temp.day(a.t) >= p.from_on AND (p.gone_on IS NULL OR pg_temp.day(a.t) < p.gone_on)
WHERE p.id IS NOT NULL OR a.place <> 0
ON CONFLICT (source, external_id) DO NOTHING
"""
COMMENTS: Final = {
    "low_en": [
        "We spend more time on work-arounds than on work.",
        "Support answers late and we lose the day.",
        "Half of the team has gone back to spreadsheets.",
        "Hard to say what we would miss without it.",
    ],
    "high_en": [
        "The team asks for it in meetings now.",
        "Saves us a morning every week.",
        "Good answers from support, and quick ones.",
        "Would like more of the reports, otherwise content.",
    ],
    "low_ja": [
        "回避策に時間を取られています。",
        "サポートの回答が遅く、業務が止まります。",
        "チームの半分は表計算に戻りました。",
        "効果を社内で説明できません。",
    ],
    "high_ja": [
        "会議で自然に使われるようになりました。",
        "毎週半日分の作業が減りました。",
        "サポートの対応が早く助かっています。",
        "レポートがもう少し増えるとよいです。",
    ],
}


def parameters() -> dict[str, list[str]]:
    """The lists of text that statements use."""
    lists = {"topics": list(TOPICS), "subjects_en": list(SUBJECTS_EN), "subjects_ja": list(SUBJECTS_JA)}
    return lists | COMMENTS


def write(parameters: Mapping[str, Any]) -> int:
    """Write tickets opened and answers given after ``since``, and what came of tickets still open."""
    return run(TICKETS, parameters) + run(SURVEYS, parameters)
