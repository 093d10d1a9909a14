"""Words that names are put together from; none of them is meant to be a company or a person."""

from __future__ import annotations

from typing import Final

# Industry: (English second words, Japanese second words, their romanisation, their reading), four each.
INDUSTRIES: Final[dict[str, tuple[str, str, str, str]]] = {
    "Manufacturing": (
        "Precision Castings Instruments Tooling",
        "精密 金属 機械 樹脂",
        "seimitsu kinzoku kikai jushi",
        "セイミツ キンゾク キカイ ジュシ",
    ),
    "Logistics": (
        "Freight Logistics Haulage Warehousing",
        "物流 運輸 倉庫 通運",
        "butsuryu unyu soko tsuun",
        "ブツリュウ ウンユ ソウコ ツウウン",
    ),
    "Retail": (
        "Outfitters Grocers Homeware Provisions",
        "商店 百貨 生活 食品",
        "shoten hyakka seikatsu shokuhin",
        "ショウテン ヒャッカ セイカツ ショクヒン",
    ),
    "Software": (
        "Systems Labs Software Data",
        "情報 電算 技研 通信",
        "joho densan giken tsushin",
        "ジョウホウ デンサン ギケン ツウシン",
    ),
    "Healthcare": (
        "Clinics Diagnostics Care Medical",
        "医療 薬品 介護 検査",
        "iryo yakuhin kaigo kensa",
        "イリョウ ヤクヒン カイゴ ケンサ",
    ),
    "Finance": (
        "Capital Leasing Mutual Credit",
        "信用 保証 証券 金融",
        "shinyo hosho shoken kinyu",
        "シンヨウ ホショウ ショウケン キンユウ",
    ),
    "Education": (
        "Academy Learning Publishing Tutors",
        "教育 学院 書籍 研修",
        "kyoiku gakuin shoseki kenshu",
        "キョウイク ガクイン ショセキ ケンシュウ",
    ),
    "Construction": (
        "Builders Civil Joinery Surveys",
        "建設 土木 設計 住宅",
        "kensetsu doboku sekkei jutaku",
        "ケンセツ ドボク セッケイ ジュウタク",
    ),
    "Energy": (
        "Solar Grid Biogas Metering",
        "電力 瓦斯 燃料 太陽光",
        "denryoku gasu nenryo taiyoko",
        "デンリョク ガス ネンリョウ タイヨウコウ",
    ),
    "Hospitality": (
        "Hotels Catering Travel Resorts",
        "旅館 観光 旅行 給食",
        "ryokan kanko ryoko kyushoku",
        "リョカン カンコウ リョコウ キュウショク",
    ),
}
FORMS_EN: Final = ("{}", "{} Group", "{} Ltd", "{} Partners", "{} Co.")
FORMS_JA: Final = (
    "株式会社{}",
    "{}株式会社",
    "{}ホールディングス株式会社",
    "{}システム株式会社",
    "{}サービス株式会社",
    "合同会社{}",
)
FORMS_KANA: Final = ("{}", "{}", "{}ホールディングス", "{}システム", "{}サービス", "{}")
FIRST_EN: Final = (
    "Alderbrook Amberley Ashdown Balmoral Birchfield Blackmoor Bluecrest Brackenhill Brambleton "
    "Briarwood Brightwater Brookhaven Calderwood Camberwick Castlemere Cedarvale Chesterford "
    "Claymont Cloverdale Coldstream Coppergate Cranfield Crestline Daleport Deepwell Dunmere "
    "Eastwick Elderglen Elmsworth Fairhaven Fallowfield Fernbank Foxglove Galloway Glenmore "
    "Goldenrod Granville Greystone Hadleigh Harborline Hartsmere Hawksbury Hazelmere Heathrow "
    "Highmark Hollowell Inverness Ironbridge Islington Juniper Kestrel Kingsmead Kirkstall "
    "Lakeshore Larkspur Lindenhall Longacre Lowland Maplewood Marlowe Meadowlark Merrivale "
    "Millbrook Moorgate Northfield Oakhurst Oldbury Orchard Pebblebrook Pinecrest Quarryside "
    "Ravensworth Redcliff Ridgeway Riverton Rosehill Rowanwood Saltmarsh Sandringham Seabrook "
    "Silverlake Southmoor Springwell Stonebridge Summerfield Tamarack Thornbury Tidewater "
    "Upland Valebrook Walnut Waterford Wellspring Westmere Whitcombe Wildmoor Willowbank "
    "Windermere Wrenfield Yarrow"
)
FIRST_JA: Final = (
    "青葉 桜川 朝日野 若葉 千鳥 みなと 白浜 富沢 北斗 南風 東雲 月見 星野 藤ノ木 松風 竹里 梅田川 常盤木 "
    "瑞野 春日台 高嶺 清水谷 深山 緑丘 銀河 光陽 三葉 八雲 七海 一ノ瀬 双葉 陽光 旭丘 橘 椿 楓 葵 雪村 湖東 "
    "港北野 浜風 岩城 羽衣 駒草 鶴舞 鷹取 燕沢 山吹 霧島野 蓮田"
)
FIRST_KANA: Final = (
    "アオバ サクラガワ アサヒノ ワカバ チドリ ミナト シラハマ トミザワ ホクト ナンプウ シノノメ ツキミ ホシノ フジノキ マツカゼ タケサト ウメダガワ "
    "トキワギ ミズノ カスガダイ タカネ シミズダニ ミヤマ ミドリオカ ギンガ コウヨウ ミツバ ヤクモ ナナミ イチノセ フタバ ヨウコウ アサヒオカ "
    "タチバナ ツバキ カエデ アオイ ユキムラ コトウ コウホクノ ハマカゼ イワキ ハゴロモ コマクサ ツルマイ タカトリ ツバメザワ ヤマブキ キリシマノ ハスダ"
)
FIRST_ROMAN: Final = (
    "aoba sakuragawa asahino wakaba chidori minato shirahama tomizawa hokuto nanpu shinonome tsukimi "
    "hoshino fujinoki matsukaze takesato umedagawa tokiwagi mizuno kasugadai takane shimizudani miyama "
    "midorioka ginga koyo mitsuba yakumo nanami ichinose futaba yoko asahioka tachibana tsubaki kaede "
    "aoi yukimura koto kohokuno hamakaze iwaki hagoromo komakusa tsurumai takatori tsubamezawa "
    "yamabuki kirishimano hasuda"
)
CITIES_EN: Final = (
    "Aberdeen Bath Boise Bristol Calgary Canberra Cardiff Chester Cork Dayton Derby Dover Dublin "
    "Durham Exeter Fresno Galway Geneva Halifax Hobart Leeds Lincoln Lyon Malmo Memphis Munster "
    "Newport Norwich Omaha Oxford Perth Portland Reno Salem Stirling Tampa Toledo Tucson Utrecht York"
)
CITIES_JA: Final = (
    "札幌 青森 盛岡 仙台 秋田 山形 福島 水戸 宇都宮 前橋 浦和 千葉 横浜 新潟 富山 金沢 福井 甲府 長野 岐阜 "
    "静岡 名古屋 津 大津 京都 大阪 神戸 奈良 和歌山 鳥取 松江 岡山 広島 山口 徳島 高松 松山 高知 福岡 那覇"
)
CITIES_KANA: Final = (
    "サッポロ アオモリ モリオカ センダイ アキタ ヤマガタ フクシマ ミト ウツノミヤ マエバシ ウラワ チバ ヨコハマ ニイガタ トヤマ カナザワ フクイ コウフ "
    "ナガノ ギフ シズオカ ナゴヤ ツ オオツ キョウト オオサカ コウベ ナラ ワカヤマ トットリ マツエ オカヤマ ヒロシマ ヤマグチ トクシマ タカマツ "
    "マツヤマ コウチ フクオカ ナハ"
)
CITIES_ROMAN: Final = (
    "sapporo aomori morioka sendai akita yamagata fukushima mito utsunomiya maebashi urawa chiba "
    "yokohama niigata toyama kanazawa fukui kofu nagano gifu shizuoka nagoya tsu otsu kyoto osaka kobe "
    "nara wakayama tottori matsue okayama hiroshima yamaguchi tokushima takamatsu matsuyama kochi "
    "fukuoka naha"
)
COUNTRIES_EN: Final = "US US US US US GB GB DE FR NL SE CA AU SG IE"
USE_CASES: Final = (
    "Order handling",
    "Field service",
    "Project control",
    "Quality records",
    "Customer onboarding",
    "Compliance reporting",
)

GIVEN_EN: Final = (
    "Alice Amara Andrew Anna Ben Carla Carlos Chloe Clara Daniel Diana Edward Elena Emma Farid Fiona "
    "George Grace Hannah Hassan Helen Hugo Ines Isaac Ivan Jack Jana Joel Julia Karim Kate Laura Leo "
    "Lucia Marcus Maria Martin Maya Mina Nadia Nathan Nina Noah Olga Omar Oscar Paula Peter Priya "
    "Quinn Rachel Ravi Rosa Ruth Samuel Sara Simon Sofia Tara Thomas Uma Victor Wendy Yusuf Zoe"
)
FAMILY_EN: Final = (
    "Abbott Almeida Andersen Banerjee Barnes Becker Bennett Brandt Castro Chen Clarke Costa Dawson "
    "Delgado Dubois Ellis Eriksen Farrell Fischer Foster Garcia Gibson Grant Haas Hansen Hayes Ibrahim "
    "Iyer Jansen Jensen Kaur Keller Khan Kowalski Larsen Lindgren Lopez Marsh Meyer Moreau Morgan "
    "Murphy Nair Novak Nowak Okafor Olsen Ortega Park Patel Pereira Quintero Reid Rossi Sato Schmid "
    "Shah Silva Tan Turner Ueda Vargas Virtanen Walsh Weber Wright Young Zhang"
)
FAMILY_JA: Final = (
    "佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村 林 清水 山崎 森 "
    "池田 橋本 阿部 石川 山下 中島 石井 小川 前田 岡田 長谷川 藤田 後藤 近藤 村上 遠藤 青木 坂本 斉藤"
)
FAMILY_ROMAN: Final = (
    "Sato Suzuki Takahashi Tanaka Ito Watanabe Yamamoto Nakamura Kobayashi Kato Yoshida Yamada Sasaki "
    "Yamaguchi Matsumoto Inoue Kimura Hayashi Shimizu Yamazaki Mori Ikeda Hashimoto Abe Ishikawa "
    "Yamashita Nakajima Ishii Ogawa Maeda Okada Hasegawa Fujita Goto Kondo Murakami Endo Aoki Sakamoto "
    "Saito"
)
GIVEN_JA: Final = (
    "翔太 美咲 健一 陽子 大輔 さくら 拓也 由美 直樹 愛 健太 真由美 亮 恵子 誠 彩 隆 優子 和也 麻衣 浩 千尋 "
    "修 直美 悠斗 奈々 聡 裕子 剛 舞 哲也 香織 学 理恵 潤 結衣 淳 智子 豊 葵"
)
GIVEN_ROMAN: Final = (
    "shota misaki kenichi yoko daisuke sakura takuya yumi naoki ai kenta mayumi ryo keiko makoto aya "
    "takashi yuko kazuya mai hiroshi chihiro osamu naomi yuto nana satoshi hiroko tsuyoshi maimi "
    "tetsuya kaori manabu rie jun yui atsushi tomoko yutaka aoi"
)
# By place in the customer's list of contacts: champion, buyer, sponsor, admin, users, new champion.
TITLES_EN: Final = (
    "Head of Operations",
    "Finance Director",
    "Chief Operating Officer",
    "Systems Administrator",
    "Team Lead",
    "Operations Analyst",
    "Planner",
    "Operations Manager",
)
TITLES_JA: Final = (
    "業務部長",
    "経理部長",
    "執行役員",
    "システム管理者",
    "チームリーダー",
    "業務分析担当",
    "計画担当",
    "業務課長",
)
GOALS: Final = (
    "Bring the second site on board",
    "Cut approval time by a day",
    "Train the new planners by the end of the quarter",
    "Use the mobile app for field records",
    "Replace the weekly spreadsheet by a dashboard",
    "Connect invoicing",
)
TASK_NOTES: Final = (
    "Spoke to the head of operations; they stay if the reports are ready by March.",
    "Budget is approved, waiting for the signature.",
    "They compare us with another supplier; sent the figures of the last two quarters.",
    "Training is booked for two teams.",
    "New sponsor wants to see the value in hours saved.",
    "Nothing open on their side.",
    "Asked for ten more seats from next term.",
    "Reached voicemail, will try again on Thursday.",
)

# The same for customers in Japan, sentence for sentence.
GOALS_JA: Final = (
    "2つ目の拠点で利用を始める",
    "承認にかかる時間を1日短くする",
    "四半期末までに新任の計画担当を研修する",
    "現場の記録にモバイルアプリを使う",
    "毎週の表計算をダッシュボードに置き換える",
    "請求業務と連携する",
)
TASK_NOTES_JA: Final = (
    "業務部長と話した。3月までにレポートが揃えば継続とのこと。",
    "予算は承認済み。契約書の押印待ち。",
    "他社と比較中。直近2四半期の実績を送付した。",
    "2つのチームの研修日程を確保した。",
    "新しいスポンサーは削減時間で価値を確認したいとのこと。",
    "先方に未解決の課題はない。",
    "次の契約期間から10席の追加を希望。",
    "留守番電話だったため、木曜にかけ直す。",
)


def note(country: str, number: int) -> str:
    """One of the notes that people leave, in the language of the customer's country."""
    notes = TASK_NOTES_JA if country == "JP" else TASK_NOTES
    return notes[number % len(notes)]


def goal(country: str, number: int) -> str:
    """One of the goals of a review, in the language of the customer's country."""
    goals = GOALS_JA if country == "JP" else GOALS
    return goals[number % len(goals)]


def seconds(language: int) -> list[str]:
    """Second words of all industries in one list, four an industry, in the industries' order."""
    return [word for words in INDUSTRIES.values() for word in words[language].split(" ")]


def parameters() -> dict[str, list[str]]:
    """The word lists by the names that statements use for them."""
    split = {
        "first_en": FIRST_EN,
        "first_ja": FIRST_JA,
        "first_kana": FIRST_KANA,
        "first_roman": FIRST_ROMAN,
        "cities_en": CITIES_EN,
        "cities_ja": CITIES_JA,
        "cities_kana": CITIES_KANA,
        "cities_roman": CITIES_ROMAN,
        "countries": COUNTRIES_EN,
        "given_en": GIVEN_EN,
        "family_en": FAMILY_EN,
        "given_ja": GIVEN_JA,
        "family_ja": FAMILY_JA,
        "given_roman": GIVEN_ROMAN,
        "family_roman": FAMILY_ROMAN,
    }
    return {name: text.split(" ") for name, text in split.items()} | {
        "industries": list(INDUSTRIES),
        "second_en": seconds(0),
        "second_ja": seconds(1),
        "second_roman": seconds(2),
        "second_kana": seconds(3),
        "forms_en": list(FORMS_EN),
        "forms_ja": list(FORMS_JA),
        "forms_kana": list(FORMS_KANA),
        "use_cases": list(USE_CASES),
        "titles_en": list(TITLES_EN),
        "titles_ja": list(TITLES_JA),
    }
