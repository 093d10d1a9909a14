"""What files call the record and its fields, in English and Japanese, and in exports of other systems.

Names of one field are separated by ``|``; width, case, kana and spaces make no difference. ``mrr*12``: the values count twelve
times; ``end date!``: such a column names the last day; ``first name+last name``: two columns make the field. The names of "" are
those of the file itself.
"""

from __future__ import annotations

from typing import Final

KEYS: Final = "customer id|account id|company id|organization id|顧客id|顧客コード|顧客番号|取引先id|取引先コード|会社id|会社コード|企業id"
CUSTOMER_NAMES: Final = "customer name|account name|company name|organization name|client name|顧客名|会社名|企業名|取引先名|社名|法人名|お客様名"
CUSTOMER: Final = (
    f"{KEYS}|associated company id|associated company ids|primary associated company id|company external id|customer|account"
    "|company|organization|client|associated company|primary associated company|顧客|取引先|会社|企業"
)
COMMON: Final = {"customer": f"{CUSTOMER}|{CUSTOMER_NAMES}"}
OF_CUSTOMERS: Final = {
    "": "customers|accounts|companies|organizations|clients|顧客|顧客一覧|取引先|会社一覧|企業一覧",
    "external_id": f"id|record id|customer number|account number|crm id|{KEYS}|取引先番号|企業コード|管理番号",
    "name": f"name|customer|account|company|organization|client|{CUSTOMER_NAMES}|顧客|取引先|会社|企業|名称",
    "reading": "reading|kana|furigana|name kana|フリガナ|カナ|読み|よみがな|顧客名カナ|会社名カナ|企業名カナ",
    "domain": "domain|domain name|company domain name|domains|domain names|website|web site|url|homepage"
    "|ドメイン|ドメイン名|ウェブサイト|webサイト|ホームページ",
    "industry": "industry|sector|vertical|業種|業界|産業",
    "use_case": "use case|purpose|ユースケース|利用目的|用途|活用目的",
    "employees": "employees|number of employees|employee count|headcount|company size|size|従業員数|従業員|社員数|従業員規模",
    "country": "country|country code|country region|country/region|billing country|billing country code|国|国名|国コード|所在国",
    "owner": "owner|account owner|company owner|owner email|account manager|csm|csm email|customer success manager"
    "|担当者|担当|担当者名|担当者メール|担当csm|csm担当|カスタマーサクセス担当|営業担当|主担当|オーナー|取引先所有者",
    "tags": "tags|tag|labels|タグ|ラベル",
}
OF_CONTACTS: Final = {
    "": "contacts|people|persons|連絡先|担当者一覧|取引先責任者|名簿|先方担当者",
    "external_id": "id|record id|contact id|person id|user id|連絡先id|担当者id|取引先責任者id|ユーザーid",
    **COMMON,
    "name": "name|full name|contact name|display name|first name+last name|氏名|名前|お名前|担当者名|担当者|連絡先名|姓+名",
    "reading": "reading|kana|furigana|フリガナ|氏名カナ|カナ|名前カナ|よみがな|読み|セイ+メイ",
    "email": "email|e-mail|email address|mail|mail address|メール|メールアドレス|eメール|eメールアドレス",
    "title": "title|job title|position|job position|役職|役職名|肩書|肩書き|職位|職種",
    "roles": "roles|role|contact role|buying role|役割|立場",
    "state": "state|status|contact status|状態|在籍状況|在籍|ステータス",
    "state_on": "state on|status date|left on|退職日|異動日|状態の日付",
}
OF_CONTRACTS: Final = {
    "": "contracts|subscriptions|opportunities|deals|orders|契約|契約一覧|サブスクリプション|商談|受注",
    "external_id": "id|record id|contract id|contract number|contract no|subscription id|deal id|opportunity id|order id"
    "|契約id|契約番号|契約コード|契約no|受注番号|商談id|案件番号",
    **COMMON,
    "starts_on": "start|start date|starts on|contract start|contract start date|subscription start date|effective date|close date"
    "|契約開始日|開始日|利用開始日|サービス開始日|契約日|契約開始|開始年月日|適用開始日",
    "ends_on": "end!|end date!|ends on|contract end!|contract end date!|subscription end date!|expiry date!|expiration date!|renewal date"
    "|renews on|next renewal|next renewal date|contract renewal date|term end!|current period end"
    "|契約終了日!|終了日!|満了日!|契約満了日!|契約終了!|有効期限!|契約期限!|終了年月日!|更新日|契約更新日|次回更新日|更新予定日|更新期日",
    "ended_on": "ended on|ended at|cancelled at|canceled at|cancellation date|churn date|churned on|termination date|解約日|契約解除日|解約年月日",
    "term_months": "term|term months|contract term|contract term months|contract length|契約期間|契約月数|契約期間月|契約期間(月)|契約期間(ヶ月)",
    "notice_days": "notice days|notice period|cancellation notice|解約予告日数|予告日数|予告期間|通知期間",
    "notice_given_on": "notice given on|notice date|notice received|cancellation requested|解約通知日|解約申出日|解約予告日",
    "auto_renews": "auto renews|auto renew|auto renewal|automatic renewal|auto renew flag|renews automatically|自動更新|自動更新有無",
    "is_trial": "is trial|trial|trial flag|トライアル|試用|無償トライアル",
    "currency": "currency|currency code|currency iso code|deal currency|contract currency|通貨|通貨コード",
    "product": "product|product name|product code|plan|plan name|line item|item|sku|service|商品|商品名|製品|製品名|プラン|プラン名|サービス|サービス名|品名|品目",
    "line_starts_on": "line start|line start date|line starts on|item start date|明細開始日",
    "line_ends_on": "line end!|line end date!|line ends on|item end date!|明細終了日!",
    "quantity": "quantity|qty|units|数量|個数|口数",
    "annual_amount": "annual amount|arr|acv|annual value|annual contract value|annual recurring revenue|annual price|yearly amount"
    "|mrr*12|monthly amount*12|monthly price*12|monthly recurring revenue*12|月額*12|月額料金*12|月額金額*12|月額利用料*12"
    "|年額|年額料金|年間金額|年間契約額|年間契約金額|年間利用料|契約金額|契約額|金額|受注金額|amount|contract value|contract amount|price|total price",
    "discount_percent": "discount|discount percent|discount rate|割引率|値引率|値引き率",
    "seats": "seats|seat count|licenses|number of seats|licensed users|席数|シート数|ライセンス数|契約席数|id数|契約id数|契約ユーザー数",
    "replaces": "replaces|replaced contract|previous contract|renewed contract|旧契約番号|前契約番号|更新元|更新元契約番号",
}
OF_ENTITLEMENTS: Final = {
    "": "entitlements|limits|利用権|付与",
    "contract": "contract|contract id|contract number|subscription id|契約|契約id|契約番号",
    "kind": "kind|type|entitlement type|種類|種別|区分",
    "name": "name|feature|module|limit|名称|機能|モジュール",
    "quantity": "quantity|qty|limit|seats|数量|上限|席数",
    "starts_on": "start|start date|starts on|開始日",
    "ends_on": "end!|end date!|ends on|終了日!|有効期限!",
}
OF_CANCELLATIONS: Final = {
    "": "cancellations|churn events|churns|解約|解約一覧|解約理由",
    "external_id": "id|cancellation id|churn id|churn event id|解約id|解約番号|管理番号",
    **COMMON,
    "on": "on|date|churn date|cancelled at|canceled at|cancellation date|解約日|解約申出日|日付",
    "stated_reason": "reason|stated reason|reason code|churn reason|cancellation reason|解約理由|理由",
    "root_cause": "root cause|cause|真因|根本原因|原因",
    "controllable": "controllable|avoidable|防げた|回避可能",
    "alternative": "alternative|switched to|乗り換え先|乗換先|代替",
    "note": "note|notes|comment|comments|feedback|備考|メモ|コメント",
    "contract": "contract|contract id|contract number|subscription id|契約|契約id|契約番号",
}
OF_INVOICES: Final = {
    "": "invoices|bills|請求|請求書|請求一覧|請求書一覧|入金",
    "external_id": "id|invoice id|invoice number|invoice no|number|請求書番号|請求番号|請求id|請求書id",
    **COMMON,
    "issued_on": "issued on|issue date|invoice date|date|created|finalized at|請求日|発行日|請求書発行日",
    "due_on": "due on|due date|due|payment due|支払期限|支払期日|支払期日|入金期日|入金予定日|期日",
    "paid_on": "paid on|paid at|payment date|date paid|paid date|入金日|支払日|支払い日",
    "status": "status|payment status|状態|支払状況|入金状況|ステータス",
    "amount": "amount|total|invoice total|amount due|grand total|請求額|請求金額|合計|合計金額|金額",
    "currency": "currency|currency code|currency iso code|通貨|通貨コード",
}
OF_INTEGRATIONS: Final = {
    "": "integrations|connections|連携|連携一覧",
    "external_id": "id|integration id|connection id|連携id",
    **COMMON,
    "name": "name|integration|integration name|app|app name|連携先|連携名|連携サービス|アプリ名",
    "connected_on": "connected on|connected at|connection date|installed at|created|連携開始日|接続日|連携日",
    "disconnected_on": "disconnected on|disconnected at|removed at|uninstalled at|連携終了日|切断日|連携解除日",
}
OF_ADVOCACY: Final = {
    "": "advocacy|references|referrals|reviews|推奨活動|紹介|事例|レビュー",
    "external_id": "id|act id|reference id|管理番号",
    **COMMON,
    "kind": "kind|type|act|種類|種別|区分",
    "happened_on": "happened on|date|on|日付|実施日|発生日",
    "note": "note|notes|comment|備考|メモ|コメント",
    "contact": "contact|contact id|person|連絡先|連絡先id|担当者id",
}
OF_RATES: Final = {
    "": "rates|exchange rates|為替|為替レート|換算レート",
    "currency": "currency|currency code|from currency|通貨|通貨コード",
    "fiscal_year": "fiscal year|year|年度|会計年度",
    "rate": "rate|exchange rate|conversion rate|レート|為替レート|換算レート",
    "known_on": "known on|date|as of|基準日|適用日",
}
