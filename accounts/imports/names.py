"""What files call the record and its fields, in English and Japanese, the most usual names in German, the customer's number in French, and in exports of other systems.

Names of one field are separated by ``|``; width, case, kana and spaces make no difference. ``mrr*12``: the values count twelve
times; ``end date!``: such a column names the last day; ``first name+last name``: two columns make the field. The names of "" are
those of the file itself.
"""

from __future__ import annotations

from typing import Final

KEYS: Final = "customer id|account id|client id|customer number|account number|client number|company id|organization id|customer code|account code|client code|company code|customer reference|account reference|client reference|company reference|顧客id|顧客コード|顧客番号|取引先id|取引先コード|取引先番号|得意先コード|得意先番号|得意先id|会社id|会社コード|企業id"
KEYS_IN_GERMAN: Final = "kundennr|kundennummer|kunden nr|kunden id|kd nr|kdnr|debitorennr|debitorennummer"
KEYS_IN_FRENCH: Final = "n° client|numéro client|code client|référence client"
CUSTOMER_NAMES: Final = "customer name|account name|company name|organization name|client name|顧客名|会社名|企業名|取引先名|得意先名|社名|法人名|お客様名|kundenname|firmenname|firma|unternehmen"
CUSTOMER: Final = (
    f"{KEYS}|{KEYS_IN_GERMAN}|{KEYS_IN_FRENCH}|associated company id|associated company ids|primary associated company id|company external id|customer|account"
    "|company|organization|client|associated company|primary associated company|顧客|取引先|得意先|会社|企業|kunde"
)
COMMON: Final = {"customer": f"{CUSTOMER}|{CUSTOMER_NAMES}"}
OF_CUSTOMERS: Final = {
    "": "customers|accounts|companies|organizations|clients|顧客|顧客一覧|取引先|得意先|得意先一覧|会社一覧|企業一覧|kunden|kundenliste|firmen",
    "external_id": f"id|record id|crm id|{KEYS}|{KEYS_IN_GERMAN}|{KEYS_IN_FRENCH}|企業コード|管理番号",
    "name": f"name|customer|account|company|organization|client|{CUSTOMER_NAMES}|顧客|取引先|得意先|会社|企業|名称|kunde",
    "reading": "reading|kana|furigana|name kana|フリガナ|カナ|読み|よみがな|顧客名カナ|得意先名カナ|得意先カナ|会社名カナ|企業名カナ",
    "domain": "domain|domain name|company domain name|domains|domain names|website|web site|url|homepage"
    "|ドメイン|ドメイン名|ウェブサイト|webサイト|ホームページ|webseite|internetseite",
    "industry": "industry|sector|vertical|業種|業界|産業|branche",
    "use_case": "use case|purpose|ユースケース|利用目的|用途|活用目的|anwendungsfall",
    "employees": "employees|number of employees|employee count|headcount|company size|size|従業員数|従業員|社員数|従業員規模"
    "|mitarbeiter|mitarbeiterzahl|anzahl mitarbeiter",
    "country": "country|country code|country region|country/region|billing country|billing country code|国|国名|国コード|所在国"
    "|land",
    "owner": "owner|account owner|company owner|owner email|account manager|csm|csm email|customer success manager"
    "|担当者|担当|担当者名|担当者メール|担当csm|csm担当|カスタマーサクセス担当|営業担当|主担当|オーナー|取引先所有者|betreuer|kundenbetreuer|verantwortlich",
    "parent": "parent|parent id|parent account|parent account id|parent company|parent company id|parent customer|親会社|親会社id|親顧客"
    "|親会社コード|親取引先|親取引先id|muttergesellschaft|konzernmutter",
    "tags": "tags|tag|labels|タグ|ラベル",
}
OF_KEYS: Final = {
    "": "keys|external keys|id mapping|crosswalk|キー|外部id|外部キー|id対応表|名寄せ",
    "source": "source|system|system name|source system|システム|システム名|連携元",
    "external_id": "external id|external key|id in system|foreign id|外部id|外部キー|システム側id",
    **COMMON,
}
OF_CONTACT_KEYS: Final = {
    "": "contact keys|contactkeys|contact id mapping|contact crosswalk|連絡先キー|連絡先の外部id|連絡先id対応表",
    "source": OF_KEYS["source"],
    "external_id": OF_KEYS["external_id"],
    "contact": "contact|contact id|person|person id|email|連絡先|連絡先id|担当者id|メールアドレス",
}
OF_USER_KEYS: Final = {
    "": "user keys|userkeys|owner keys|owner id mapping|ユーザーキー|担当者キー|担当者の外部id|担当者id対応表",
    "source": OF_KEYS["source"],
    "external_id": OF_KEYS["external_id"],
    "user": "user|owner|csm|email|user email|owner email|ユーザー|担当者|メールアドレス",
}
OF_USERS: Final = {
    "": "users|team|team members|employees|staff|ユーザー|ユーザー一覧|メンバー|社員一覧|社員名簿",
    "email": "email|e-mail|email address|mail|login|user name|username|メール|メールアドレス|eメール|ログインid",
    "name": "name|full name|display name|first name+last name|氏名|名前|姓+名|社員名",
    "role": "role|user role|permission|権限|役割|ロール",
    "manager": "manager|manager email|reports to|supervisor|上司|上長|上司メール|上長メール|マネージャー",
    "language": "language|locale|言語|使用言語",
}
DEPARTMENT: Final = "department|division|team|organization unit|部署|部署名|所属|所属部署|部門|部門名|abteilung"
OF_CONTACTS: Final = {
    "": "contacts|people|persons|連絡先|担当者一覧|取引先責任者|名簿|先方担当者|kontakte|ansprechpartner",
    "external_id": "id|record id|contact id|person id|user id|連絡先id|担当者id|取引先責任者id|ユーザーid"
    "|contact code|contact number|person code|連絡先コード|連絡先番号|担当者コード|kontakt id|kontaktnr|kontaktnummer|code contact|numéro contact",
    **COMMON,
    "name": "name|full name|contact name|display name|氏名|名前|お名前|担当者名|担当者|連絡先名|ansprechpartner",
    "reading": "reading|kana|furigana|フリガナ|氏名カナ|カナ|名前カナ|よみがな|読み|セイ+メイ",
    "family_name": "family name|last name|surname|姓|苗字|名字|nachname|familienname",
    "given_name": "given name|first name|forename|名|下の名前|vorname",
    "honorific": "honorific|salutation|敬称|anrede",
    "email": "email|e-mail|email address|mail|mail address|メール|メールアドレス|eメール|eメールアドレス|e mail adresse|mailadresse",
    "department": DEPARTMENT,
    "title": "title|job title|position|job position|役職|役職名|肩書|肩書き|職位|職種|funktion",
    "roles": "roles|role|contact role|buying role|役割|立場|rolle",
    "state": "state|status|contact status|状態|在籍状況|在籍|ステータス",
    "state_on": "state on|status date|left on|退職日|異動日|状態の日付",
}
OF_POSTS: Final = {
    "": "posts|positions|job history|assignments|役職履歴|異動履歴|所属|所属一覧|在籍履歴|兼務一覧",
    "external_id": "id|record id|post id|position id|assignment id|所属id|役職id|異動id",
    "contact": "contact|contact id|contact code|person|person id|担当者id|連絡先id|連絡先コード|取引先責任者id|社員番号",
    "department": DEPARTMENT,
    "title": "title|job title|position|job position|役職|役職名|肩書|肩書き|職位",
    "starts_on": "starts on|from|start date|since|appointed on|着任日|就任日|異動日|発令日|開始日",
    "ends_on": "end!|end date!|last day!|ends on|離任日|退任日|終了日!|最終日!",
}
OF_CONTRACTS: Final = {
    "": "contracts|subscriptions|opportunities|deals|orders|契約|契約一覧|サブスクリプション|商談|受注|verträge|abonnements",
    "external_id": "id|record id|contract id|contract number|contract no|subscription id|deal id|opportunity id|order id"
    "|contract code|契約id|契約番号|契約コード|契約no|受注番号|商談id|案件番号|vertragsnr|vertragsnummer|vertrags nr|vertrags id",
    **COMMON,
    "starts_on": "start|start date|starts on|contract start|contract start date|subscription start date|effective date|close date"
    "|契約開始日|開始日|利用開始日|サービス開始日|契約日|契約開始|開始年月日|適用開始日|vertragsbeginn|vertragsstart|beginn",
    "ends_on": "end!|end date!|ends on|contract end!|contract end date!|subscription end date!|expiry date!|expiration date!|renewal date"
    "|renews on|next renewal|next renewal date|contract renewal date|term end!|current period end"
    "|契約終了日!|終了日!|満了日!|契約満了日!|契約終了!|有効期限!|契約期限!|終了年月日!|更新日|契約更新日|次回更新日|更新予定日|更新期日|vertragsende!|laufzeitende!|ende!",
    "ended_on": "ended on|ended at|cancelled at|canceled at|cancellation date|churn date|churned on|termination date|解約日|契約解除日|解約年月日"
    "|gekündigt zum!|kündigung zum!",
    "term_months": "term|term months|contract term|contract term months|contract length|契約期間|契約月数|契約期間月|契約期間(月)|契約期間(ヶ月)"
    "|contract years|term years|契約年数|laufzeit|vertragslaufzeit|laufzeit monate|laufzeit jahre|mindestlaufzeit|durée|durée du contrat",
    "notice_days": "notice days|notice period|cancellation notice|notice term|notice|termination notice|解約予告日数|予告日数|予告期間|通知期間|解約予告期間|解約通知期間|解約予告月数|kündigungsfrist|kündigungsfristen|préavis|délai de préavis|durée du préavis",
    "notice_given_on": "notice given on|notice date|notice received|cancellation requested|解約通知日|解約申出日|解約予告日",
    "auto_renews": "auto renews|auto renew|auto renewal|automatic renewal|auto renew flag|renews automatically|自動更新|自動更新有無"
    "|automatische verlängerung",
    "is_trial": "is trial|trial|trial flag|トライアル|試用|無償トライアル",
    "currency": "currency|currency code|currency iso code|deal currency|contract currency|通貨|通貨コード|währung",
    "product": "product|product name|product code|plan|plan name|line item|item|sku|service|商品|商品名|製品|製品名|プラン|プラン名|サービス|サービス名|品名|品目"
    "|produkt|tarif|leistung",
    "line_starts_on": "line start|line start date|line starts on|item start date|明細開始日",
    "line_ends_on": "line end!|line end date!|line ends on|item end date!|明細終了日!",
    "quantity": "quantity|qty|units|数量|個数|口数|menge|anzahl",
    "annual_amount": "annual amount|arr|acv|annual value|annual contract value|annual recurring revenue|annual price|yearly amount"
    "|mrr*12|monthly amount*12|monthly price*12|monthly recurring revenue*12|月額*12|月額料金*12|月額金額*12|月額利用料*12"
    "|年額|年額料金|年間金額|年間契約額|年間契約金額|年間利用料|契約金額|契約額|金額|受注金額|amount|contract value|contract amount|price|total price"
    "|jahresbetrag|jahreswert|vertragswert|monatsbetrag*12|monatspreis*12|betrag|preis|montant annuel|montant|montant mensuel*12|prix annuel|prix|prix mensuel*12"
    "|fee|monthly fee*12|monthly cost*12|monthly charge*12|annual fee|annual cost|yearly fee|yearly price|subscription fee|月額費用*12|月単価*12|年額費用|利用料|利用料金",
    "discount_percent": "discount|discount percent|discount rate|割引率|値引率|値引き率|rabatt",
    "seats": "seats|seat count|licenses|number of seats|licensed users|席数|シート数|ライセンス数|契約席数|id数|契約id数|契約ユーザー数"
    "|lizenzen|anzahl lizenzen",
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
    "on": "on|date|when|churn date|cancelled at|canceled at|cancellation date|解約日|解約申出日|日付",
    "stated_reason": "reason|stated reason|reason code|churn reason|cancellation reason|解約理由|理由",
    "root_cause": "root cause|cause|真因|根本原因|原因",
    "controllable": "controllable|avoidable|防げた|回避可能",
    "alternative": "alternative|switched to|乗り換え先|乗換先|代替",
    "note": "note|notes|comment|comments|feedback|備考|メモ|コメント",
    "contract": "contract|contract id|contract number|subscription id|契約|契約id|契約番号",
}
OF_OBJECTIVES: Final = {
    "": "objectives|goals|success plans|目標|目標一覧|サクセスプラン|ゴール",
    "external_id": "id|objective id|goal id|目標id|目標番号",
    **COMMON,
    "title": "title|objective|goal|name|description|目標|目標名|内容|タイトル",
    "agreed_on": "agreed on|start date|created|created at|date|合意日|設定日|開始日",
    "due_on": "due on|due date|target date|deadline|期限|期日|達成期限|目標日",
}
OF_OUTCOMES: Final = {
    "": "outcomes|results|key results|kpis|成果|成果一覧|指標",
    "external_id": "id|outcome id|result id|kpi id|成果id|指標id",
    **COMMON,
    "objective": "objective|objective id|goal|goal id|目標|目標id",
    "measure": "measure|metric|kpi|key result|name|指標|指標名|成果指標",
    "unit": "unit|unit of measure|単位",
    "baseline": "baseline|start value|before|基準値|開始値|導入前",
    "target": "target|target value|goal value|目標値|目標",
    "measured": "measured|current value|actual|actual value|result|実績|実績値|測定値|現在値",
    "measured_on": "measured on|measurement date|date|測定日|計測日",
    "state": "state|status|状態|達成状況|ステータス",
    "unit_value": "unit value|value per unit|value of one unit|単位あたりの価値|一単位の価値|単価",
    "period": "period|frequency|期間|頻度",
    "per_period": "per period|results in a period|times|回数|期間あたりの件数",
    "confirmed_on": "confirmed on|confirmation date|confirmed at|確認日|価値確認日|承認日",
}
OF_TOUCHPOINTS: Final = {
    "": "touchpoints|activities|engagements|interactions|meetings|calls|活動|活動履歴|面談記録|接点|接点履歴|商談履歴",
    "external_id": "id|record id|touchpoint id|activity id|engagement id|event id|call id|活動id|活動番号|面談id",
    **COMMON,
    "kind": "kind|type|activity type|engagement type|channel|種類|種別|活動種別|手段",
    "happened_on": "happened on|date|when|activity date|meeting date|timestamp|日付|活動日|実施日|面談日",
    "direction": "direction|call direction|inbound outbound|方向|受発信",
    "attended": "attended|completed|attendance|出席|参加|実施済み",
    "author": "author|owner|assigned to|activity owner|created by|csm|担当者|記入者|作成者|担当",
    "contacts": "contacts|contact|contact ids|contact id|attendees|participants|連絡先|参加者|出席者|先方参加者",
    "sentiment": "sentiment|mood|感触|温度感|センチメント",
    "note": "note|notes|comments|description|body|summary|メモ|備考|内容|議事録",
    "next_step": "next step|next steps|follow up|action item|次のアクション|次の一手|ネクストアクション",
    "next_step_on": "next step on|next step date|follow up date|due date|次回期日|アクション期限|期限",
    "minutes": "minutes|duration|duration minutes|call duration|時間|所要時間|所要時間分|分数",
}
OF_INVOICES: Final = {
    "": "invoices|bills|請求|請求書|請求一覧|請求書一覧|入金|rechnungen",
    "external_id": "id|invoice id|invoice number|invoice no|number|請求書番号|請求番号|請求id|請求書id"
    "|rechnungsnr|rechnungsnummer|rechnungs nr",
    **COMMON,
    "issued_on": "issued on|issue date|invoice date|date|created|finalized at|請求日|発行日|請求書発行日|rechnungsdatum|datum",
    "due_on": "due on|due date|due|payment due|支払期限|支払期日|支払期日|入金期日|入金予定日|期日|fällig|fällig am|fälligkeit|fälligkeitsdatum",
    "paid_on": "paid on|paid at|payment date|date paid|paid date|入金日|支払日|支払い日|bezahlt am|zahlungsdatum",
    "status": "status|payment status|状態|支払状況|入金状況|ステータス|zahlungsstatus",
    "amount": "amount|total|invoice total|amount due|grand total|請求額|請求金額|合計|合計金額|金額|betrag|rechnungsbetrag|gesamtbetrag|montant|montant total",
    "currency": "currency|currency code|currency iso code|通貨|通貨コード|währung",
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
    "happened_on": "happened on|date|on|when|日付|実施日|発生日",
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
