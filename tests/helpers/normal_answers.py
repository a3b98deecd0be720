"""Normal answers of a shopping assistant in Chinese and English, from a seed: a small grammar, written apart from any lexicon.

Their words overlap with a refusal's on purpose (busy shops, waits, limits, rushes, apologies), and nothing in them turns anybody away.
"""

import random

__all__ = ["FILLINGS", "normal_answers"]

FILLINGS = {
    "item": (
        "珍珠奶茶",
        "桂花拿铁",
        "酸菜鱼",
        "橙子",
        "充电宝",
        "oat latte",
        "brown sugar boba",
        "roast duck",
        "rice cooker",
        "phone case",
    ),
    "shop": (
        "春风茶铺",
        "老街面馆",
        "阿婆糖水",
        "城南超市",
        "Harbor Tea",
        "Corner Bakery",
        "Moonlight Noodles",
        "Daily Mart",
    ),
    "name": ("小林", "王女士", "阿杰", "Mia", "Noah", "Priya"),
}

_ZH_OPENINGS = ("好的，", "没问题，", "收到！", "明白了，", "", "{name}您好，", "新年好！", "嗯，", "当然可以，", "😊")
_ZH_CORES = (
    "已为您选好{shop}的{item}，{n}份共{price}元",
    "{shop}有{item}，每份{price}元，{n}分钟左右送达",
    "为您找到{n}家卖{item}的店，最近的是{shop}，评分最高",
    "{item}已加入购物车，一共{n}件，合计{price}元",
    "订单{n}已提交，{shop}正在制作{item}",
    "{shop}现在比较忙，{item}大约要等{n}分钟，单已经下好了",
    "前面还有{n}杯在做，您的{item}排在后面，做好会通知您",
    "今天活动很火爆，{item}用了免单卡，实付零元",
    "天气不好，骑手少一些，{item}预计{n}分钟到",
    "{item}有大杯和中杯，大杯{price}元，需要哪种呢",
    "{item}的口味可选少糖、半糖和无糖，您想要哪一种",
    "请问{item}送到公司还是家里",
    "{shop}的{item}每人限购{n}份，已按上限为您下单",
    "{item}今天有新春优惠，原价{price}元，现在立减{n}元",
    "帮您比较了{shop}和隔壁的{item}，价格差{price}元，推荐前者",
    "已经把{item}换成热饮，备注写了少冰改去冰",
    "{item}付款成功，金额{price}元，取餐号{n}",
    "让您久等了，{item}已经出餐，骑手正在路上",
    "可以的，{item}支持预约，明天{n}点之后配送",
    "刚才网络有些慢，{item}现在下单好了，订单号{n}",
    "很多人都在买{item}，月销{n}份，要不要试试",
    "{shop}距您{n}百米，步行可到，{item}可以自取",
)
_ZH_CLOSINGS = (
    "。",
    "，还需要别的吗？",
    "，请确认。",
    "～",
    "，祝您用餐愉快！",
    "🎉",
    "，随时可以修改。",
    "，请稍等。",
    "，谢谢您的耐心。",
)
_EN_OPENINGS = (
    "Sure! ",
    "Got it. ",
    "Of course, ",
    "",
    "Happy New Year! ",
    "Hi {name}, ",
    "Okay, ",
    "No problem. ",
    "😊 ",
    "Great choice! ",
)
_EN_CORES = (
    "I picked {n} {item} from {shop} for {price} in all",
    "{shop} sells {item} at {price} and delivers in about {n} minutes",
    "I found {n} shops with {item}; {shop} is the closest and has the best rating",
    "{item} is in your cart, {n} pieces, {price} together",
    "order {n} is placed and {shop} is making your {item}",
    "{shop} is quite busy, so {item} takes around {n} minutes; the order is in",
    "there are {n} drinks ahead of yours, I will tell you when {item} is ready",
    "the free-order card covers {item}, so you pay nothing even though the event is very popular",
    "it is raining and couriers are few, expect {item} in {n} minutes",
    "{item} comes in medium and large, large is {price}; which one would you like",
    "would you like {item} with less sugar, half sugar or none",
    "should {item} go to your office or to your home",
    "{shop} allows {n} {item} a person, and I ordered that many",
    "{item} is on offer today, {price} instead of more, you save {n}",
    "I compared {shop} with its neighbour; {item} is {price} cheaper here",
    "{item} is now hot instead of iced, and the note says extra napkins",
    "payment of {price} for {item} went through, pickup number {n}",
    "thanks for waiting, {item} has left the kitchen and the rider is on the way",
    "yes, {item} can be scheduled for tomorrow after {n} o'clock",
    "the shop's page was slow for a moment, and {item} is ordered now, number {n}",
    "lots of people buy {item}, {n} sold this month, would you like to try it",
    "{shop} is {n} hundred metres away, you can collect {item} yourself",
)
_EN_CLOSINGS = (
    ".", ". Anything else?", ". Please confirm.", "!", ". Enjoy your meal!", " 🎉", ". You can change it any time.", ". One moment please.",
    ". Thank you for your patience.",
)  # fmt: skip


def normal_answers(seed: int, count: int) -> list[tuple[str, str]]:
    """`count` pairs (language, text), half Chinese and half English, a function of the seed only; few texts occur twice."""
    draw = random.Random(seed)
    answers: list[tuple[str, str]] = []
    for index in range(count):
        language = ("zh", "en")[index % 2]
        parts = (_ZH_OPENINGS, _ZH_CORES, _ZH_CLOSINGS) if language == "zh" else (_EN_OPENINGS, _EN_CORES, _EN_CLOSINGS)
        filling = {slot: draw.choice(values) for slot, values in FILLINGS.items()}
        text = "".join(draw.choice(part) for part in parts)
        answers.append((language, text.format(**filling, n=draw.randint(2, 60), price=draw.randint(90, 9900) / 100)))
    return answers
