"""How shoppers write in Chinese: measure words, tables and layouts by product.

A number stands directly before a measure word only in the order itself, so that every reader finds one quantity.
"""

from collections.abc import Callable

from locustfiles.journeys.catalogue import Product
from locustfiles.journeys.prompt_grammar import Layout, Table, layout

_NUMBERS: dict[int, Table] = {1: ("一", "一", "一", "1"), 2: ("两", "两", "两", "2"), 3: ("三", "三", "三", "3")}
_MEASURES = {
    "popcorn-combo": "份",
    "eggs-30": "份",
    "milk-12": "箱",
    "rice-5kg": "袋",
    "dumplings-1kg": "袋",
    "strawberries": "盒",
    "tangerines": "箱",
}
_MEASURE_OF_VERTICAL = {"milk_tea": "杯", "cinema": "张", "travel": "张"}

_OPENERS: Table = ("", "", "", "", "你好，", "您好，", "嗨，", "在吗？", "千问，", "哈喽，", "麻烦一下，", "打扰了，")
_CARDS: Table = (
    *("",) * 8,
    "，用免单卡",
    "，用我的免单卡",
    "，记得用免单卡",
    "，免单卡帮我用上",
    "，拿免单卡付",
    "，有免单卡就直接用",
    "，结账用刚领的免单卡",
    "，请客卡给我安排上",
)
_CARD_FIRST: Table = (
    "我有免单卡，",
    "刚领到免单卡，",
    "用免单卡，",
    "你好，有免单卡，",
    "免单卡到手，",
    "手里有免单卡，",
)
_CLOSERS: Table = (
    "。",
    "。",
    "。",
    "！",
    "~",
    "，谢谢！",
    "，谢谢。",
    "，谢谢啦~",
    "，辛苦了。",
    "，拜托拜托！",
    "，麻烦快点哈。",
    "，爱你哟~",
    "，感恩🙏",
)
_CLOCKS: Table = ("上午十点", "11点半", "中午十二点", "下午三点", "下午4点半", "傍晚六点", "晚上七点半", "晚上8点")
_DAYS: Table = ("今天", "明天", "后天", "周五", "周六", "周日", "大年三十", "正月初五", "2月14号", "元宵节那天")

# Milk tea.
_TEA_ASKS: Table = (
    "帮我点{order}，",
    "请帮我点{order}，",
    "麻烦帮我点{order}，",
    "给我来{order}，",
    "来{order}，",
    "来{order}吧，",
    "我要{order}，",
    "我想要{order}，",
    "想喝{order}，",
    "下单{order}，",
    "帮我买{order}，",
    "能帮我点{order}吗？",
    "可以帮我点{order}吗？",
    "能不能给我来{order}？",
    "帮忙点{order}呗，",
    "打工人续命，来{order}！",
    "救命，好想喝{order}，",
    "馋了，速速来{order}，",
    "今日份快乐就是{order}，",
    "犯困了，给我安排{order}，",
    "下午茶安排{order}，",
    "emo了，要{order}回血，",
    "减肥明天再说，来{order}！",
    "冲鸭，给我整{order}，",
)
_SUGAR: Table = ("全糖", "七分糖", "半糖", "五分糖", "三分糖", "少糖", "微糖", "不加糖", "标准糖")
_ICE: Table = ("正常冰", "少冰", "去冰", "多冰", "少少冰")
_ICE_OR_HOT: Table = (*_ICE, "热的", "温的", "常温")
_TOPPINGS: Table = ("", "", "", "", "，加椰果", "，加芋圆", "，加奶盖", "，加脆啵啵")
_COLD_ONLY = ("mango-sago", "lemon-tea")

# What is carried to a door.
_SENDS: Table = (
    "送到{place}",
    "送到{place}",
    "送{place}",
    "地址是{place}",
    "半小时内送到{place}",
    "尽快送到{place}",
    "{clock}前送到{place}",
    "{clock}左右送到{place}",
    "送到{place}，我在楼下等",
    "送到{place}，到了打我电话",
    "送到{place}，放前台就行",
)

# Cinema.
_FILM_ASKS: Table = (
    "帮我买{order}，",
    "帮我订{order}，",
    "请帮我订{order}，",
    "给我抢{order}，",
    "我要{order}，",
    "我想买{order}，",
    "来{order}，",
    "麻烦订{order}，",
    "能帮我订{order}吗？",
    "可以帮我抢{order}吗？",
    "想看贺岁片，来{order}，",
    "春节档安排上，帮我订{order}，",
    "周末没安排，给我整{order}，",
    "手慢无，快帮我抢{order}，",
)
_SEATS_FOR_ONE: Table = ("要中间靠后的位子", "靠过道的位子", "第6排中间最好", "后排就行", "位子你看着选", "别太靠前")
_SEATS_TOGETHER: Table = (
    "座位要连在一起",
    "要连座",
    "中间位置挨着坐",
    "别把座位拆开",
    "靠后挨着的位子",
    "位子连着就行",
)
_CINEMAS: Table = ("春潮影城", "望潮国际影城", "银杏巨幕影城", "离{place}近的影院", "随便哪家影院都行", "星河影城")
_POPCORN_ASKS: Table = (
    "帮我点{order}，",
    "看电影配{order}，",
    "来{order}，",
    "我要{order}，",
    "给我加{order}，",
    "麻烦下单{order}，",
    "能帮我点{order}吗？",
    "看电影不能没有它，来{order}！",
)
_POPCORN_WISHES: Table = ("要焦糖味的", "要奶油味的", "可乐去冰", "可乐换成雪碧", "可乐少冰", "要刚爆好的", "要现做的")
_PICKUPS: Table = ("自己取", "开场前来取", "到了前台取", "下班路过取")

# Travel.
_TRIP_ASKS: Table = (
    "帮我买{order}，",
    "帮我订{order}，",
    "请帮我订{order}，",
    "我要{order}，",
    "我想买{order}，",
    "来{order}，",
    "给我来{order}，",
    "麻烦订{order}，",
    "能帮我买{order}吗？",
    "可以帮我订{order}吗？",
)
_RAIL_ASKS: Table = (
    *_TRIP_ASKS,
    "春节回家，帮我抢{order}，",
    "要出差，帮我订{order}，",
    "抢票抢麻了，快帮我买{order}，",
    "说走就走，来{order}！",
)
_RAIL_TIMES: Table = (
    "上午出发",
    "下午出发",
    "早上出发",
    "{clock}左右的",
    "{clock}以后的",
    "晚上到就行",
    "时间你看着选",
)
_RAIL_SEATS: Table = ("二等座就行", "要二等座", "一等座也行", "靠窗的座位", "靠过道的座位", "安静车厢优先", "别是站票")
_TICKETS: Table = ("", "", "，电子票就行", "，出票后发我短信", "，乘车人用我存的信息", "，买好告诉我车次")
_BOAT_ASKS: Table = (*_TRIP_ASKS, "想去湖上吹吹风，来{order}，", "天气这么好，给我安排{order}，")
_BOAT_WISHES: Table = ("上午那班", "下午那班", "傍晚能看日落的", "{clock}左右的", "能看雷峰塔的线路", "从断桥码头上船")
_BUS_ASKS: Table = (*_TRIP_ASKS, "要赶飞机，帮我订{order}，", "拖着大箱子懒得打车，来{order}，")
_BUS_WISHES: Table = (
    "早上六点半那班",
    "凌晨四点那班",
    "{clock}左右那班",
    "从武林门上车",
    "从火车站上车",
    "赶得上早班机就行",
)

# Groceries.
_GROCERY_ASKS: Table = (
    "帮我买{order}，",
    "请帮我买{order}，",
    "帮我下单{order}，",
    "我要{order}，",
    "我想要{order}，",
    "来{order}，",
    "给我送{order}，",
    "麻烦送{order}，",
    "能帮我买{order}吗？",
    "可以送{order}过来吗？",
    "冰箱空了，来{order}，",
    "家里没存货了，帮我买{order}，",
    "给爸妈下单{order}，",
    "备年货，先来{order}，",
    "懒得出门，给我整{order}，",
)
_GROCERY_WISHES: dict[str, Table] = {
    "eggs-30": ("别压碎了", "要日期新鲜的", "包得结实些", "碎了要赔哦"),
    "milk-12": ("要日期新鲜的", "挑保质期长的", "箱子别摔坏", "老人喝的，要新鲜"),
    "rice-5kg": ("要新米", "麻烦送上楼", "袋子别破", "有点重，辛苦了"),
    "dumplings-1kg": ("冷链送", "别化了", "晚上要下锅的", "要带冰袋"),
    "strawberries": ("挑大颗的", "轻拿轻放", "要甜的", "别有磕碰"),
    "tangerines": ("要甜的", "挑皮薄的", "坏的别装", "过年招待客人用"),
}
_DOORS: Table = (
    "",
    "",
    "",
    "，放门口就行",
    "，敲门轻点，宝宝在睡觉",
    "，到楼下打我电话",
    "，别放驿站",
    "，放快递柜也行",
    "，家里有狗，别怕",
)


def orders(product: Product, quantity: int) -> Table:
    """The ways to write how many of what, such as 两杯珍珠奶茶."""
    measure = _MEASURES.get(product.sku) or _MEASURE_OF_VERTICAL[product.vertical]
    return tuple(f"{number}{measure}{product.zh}" for number in _NUMBERS[quantity])


def layouts(product: Product, quantity: int) -> tuple[Layout, ...]:
    """The sentences that may ask for ``quantity`` of ``product``."""
    asks, *wishes = _WAYS[product.vertical](product, quantity)
    plain = [layout(_OPENERS, asks, *parts, _CARDS, _CLOSERS) for parts in wishes]
    card_first = [layout(_CARD_FIRST, asks, *parts, _CLOSERS) for parts in wishes]
    # The plain form stands twice: most shoppers do not begin with their card.
    return (*plain, *plain, *card_first, *map(_in_haste, plain))


def _tea(product: Product, _: int) -> tuple[Table, Layout, Layout]:
    taste = (_SUGAR, _ICE) if product.sku in _COLD_ONLY else (_SUGAR, _ICE_OR_HOT, _TOPPINGS)
    return _TEA_ASKS, layout(*taste, "，", _timed(_SENDS)), layout(_timed(_SENDS), "，", *taste)


def _groceries(product: Product, _: int) -> tuple[Table, Layout, Layout]:
    wishes, sends = _GROCERY_WISHES[product.sku], _timed(_SENDS)
    return _GROCERY_ASKS, layout(wishes, "，", sends, _DOORS), layout(sends, "，", wishes)


def _cinema(product: Product, quantity: int) -> tuple[Table, Layout, Layout]:
    if product.sku == "popcorn-combo":
        pick_up = (_CLOCKS, _PICKUPS)
        return _POPCORN_ASKS, layout(_POPCORN_WISHES, "，", *pick_up), layout(*pick_up, "，", _POPCORN_WISHES)
    seats = _SEATS_FOR_ONE if quantity == 1 else _SEATS_TOGETHER
    show = (_DAYS, _CLOCKS, ("那场", "左右的场次", "的"))
    return _FILM_ASKS, layout(*show, "，", seats, "，", _CINEMAS), layout(_CINEMAS, "，", *show, "，", seats)


def _travel(product: Product, _: int) -> tuple[Table, Layout]:
    if product.sku == "west-lake-boat":
        return _BOAT_ASKS, layout(_DAYS, _timed(_BOAT_WISHES), _TICKETS)
    if product.sku == "airport-bus":
        return _BUS_ASKS, layout(_DAYS, _timed(_BUS_WISHES), _TICKETS)
    return _RAIL_ASKS, layout(_DAYS, _timed(_RAIL_TIMES), "，", _RAIL_SEATS, _TICKETS)


_WAYS: dict[str, Callable[[Product, int], tuple[Table, *tuple[Layout, ...]]]] = {
    "milk_tea": _tea,
    "groceries": _groceries,
    "cinema": _cinema,
    "travel": _travel,
}


def _in_haste(tables: Layout) -> Layout:
    """The same sentence as thumbs write it: spaces for commas, and no full stop."""
    return tuple(tuple(text.replace("，", " ").replace("。", "") for text in table) for table in tables)


def _timed(table: Table) -> Table:
    """The table with every clock time written out; a text without a time counts double, so that it is not drowned."""
    timed = [text.replace("{clock}", clock) for text in table for clock in _CLOCKS if "{clock}" in text]
    return (*timed, *(text for text in table if "{clock}" not in text for _ in range(2)))
