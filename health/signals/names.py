"""What files call usage, features, tickets and survey answers; written as ``accounts.imports.names`` says."""

from __future__ import annotations

from typing import Final

from accounts.imports.names import COMMON

OF_USAGE: Final = {
    "": "usage|usage log|events|activity|利用|利用状況|利用ログ|利用実績|アクセスログ",
    "external_id": "id|usage id|event id|message id|利用id|ログid|イベントid",
    **COMMON,
    "day": "day|date|when|usage date|event date|日|日付|利用日|集計日",
    "feature": "feature|feature name|event|event name|action|機能|機能名|イベント|イベント名|操作",
    "user": "user|user id|user email|person|ユーザー|ユーザーid|利用者|利用者id",
    "agent": "agent|is agent|by agent|bot|is bot|automated|エージェント|ボット|自動|自動実行",
    "users": "users|active users|user count|dau|利用者数|利用ユーザー数|アクティブユーザー数|ユーザー数",
    "uses": "uses|count|usage count|events|sessions|logins|回数|利用回数|件数|ログイン回数",
    "seconds": "seconds|duration|duration seconds|usage duration secs|time spent|秒数|利用秒数|利用時間(秒)",
    "errors": "errors|error count|エラー|エラー数|エラー件数",
}
OF_FEATURES: Final = {
    "": "features|機能|機能一覧",
    "key": "key|feature|feature key|code|機能キー|機能コード|キー",
    "name": "name|feature name|display name|機能名|名称",
    "is_core": "is core|core|core feature|中核|中核機能|主要機能",
    "module": "module|module name|モジュール|モジュール名",
}
OF_TICKETS: Final = {
    "": "tickets|support tickets|cases|conversations|requests|チケット|問い合わせ|お問い合わせ|ケース",
    "external_id": "id|ticket id|case id|case number|ticket number|conversation id|request id|チケットid|チケット番号|問い合わせ番号|ケース番号|受付番号",
    "customer": f"ticket organization id|{COMMON['customer']}",
    "subject": "subject|title|summary|ticket name|件名|タイトル|表題|概要",
    "topic": "topic|category|type|ticket type|product area|case reason|カテゴリ|カテゴリー|分類|種別|問い合わせ種別",
    "severity": "severity|priority|urgency|優先度|緊急度|重要度|重大度",
    "opened_at": "opened at|created at|created|when|create date|created date|date opened|date/time opened|opened|submitted at|requested at"
    "|作成日時|受付日時|起票日時|問い合わせ日時|登録日時|受付日|問い合わせ日",
    "first_response_at": "first response at|first responded at|first reply at|first replied at|initially assigned at"
    "|初回応答日時|初回返信日時|一次回答日時",
    "solved_at": "solved at|resolved at|closed at|solved|close date|closed date|date/time closed|closed"
    "|解決日時|完了日時|クローズ日時|解決日|完了日",
    "reopened": "reopened|reopens|reopen count|times reopened|再オープン|再オープン回数|再開回数",
    "escalated": "escalated|is escalated|escalation flag|escalation|エスカレーション|エスカレ",
    "csat": "csat|satisfaction score|satisfaction rating|satisfaction|rating|conversation rating|満足度|評価|満足度評価",
}
OF_SURVEYS: Final = {
    "": "surveys|survey responses|nps|responses|feedback|アンケート|アンケート回答|回答一覧|満足度調査",
    "external_id": "id|response id|survey response id|answer id|回答id|回答番号|アンケートid",
    **COMMON,
    "kind": "kind|survey type|type|survey|種類|種別|調査種別",
    "answer": "answer|score|rating|nps score|nps|response|スコア|点数|得点|評価|回答",
    "answered_on": "answered on|date|when|responded at|response date|submitted at|answered at|created at|回答日|回答日時|日付",
    "comment": "comment|comments|note|notes|feedback|verbatim|reason|コメント|自由記述|理由|ご意見",
    "contact": "contact|contact id|respondent|respondent id|person|回答者|回答者id|連絡先id",
}
