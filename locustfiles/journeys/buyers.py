"""Made-up shoppers: names, phones, addresses.

No street of these names is claimed to exist, the phone numbers are the usual placeholder 13800000000 and what follows it,
and the mail addresses end in ``.test``, which no registry gives out (RFC 2606).
"""

from itertools import product

from locustfiles.journeys.catalogue import Language
from locustfiles.journeys.prompt_grammar import Draws
from locustfiles.protocols.checkout import Buyer

# Each pair is (Chinese, English).
_SURNAMES = (
    *(("李", "Li"), ("王", "Wang"), ("张", "Zhang"), ("刘", "Liu"), ("陈", "Chen"), ("杨", "Yang"), ("赵", "Zhao")),
    *(("黄", "Huang"), ("周", "Zhou"), ("吴", "Wu"), ("徐", "Xu"), ("孙", "Sun"), ("胡", "Hu"), ("朱", "Zhu")),
)
_GIVEN = (
    *(
        ("春雨", "Chunyu"),
        ("晓潮", "Xiaochao"),
        ("思远", "Siyuan"),
        ("一诺", "Yinuo"),
        ("子墨", "Zimo"),
        ("秋水", "Qiushui"),
    ),
    *(
        ("明月", "Mingyue"),
        ("若溪", "Ruoxi"),
        ("天宇", "Tianyu"),
        ("小满", "Xiaoman"),
        ("听澜", "Tinglan"),
        ("安然", "Anran"),
    ),
)
_CITIES = (
    *(("杭州", "Hangzhou", "310000"), ("上海", "Shanghai", "200000"), ("成都", "Chengdu", "610000")),
    *(("广州", "Guangzhou", "510000"), ("武汉", "Wuhan", "430000"), ("西安", "Xi'an", "710000")),
)
_ROADS = (
    *(
        ("春潮路", "Chunchao Road"),
        ("望潮街", "Wangchao Street"),
        ("听海路", "Tinghai Road"),
        ("银杏大道", "Ginkgo Avenue"),
    ),
    *(
        ("桂花巷", "Osmanthus Lane"),
        ("学林路", "Xuelin Road"),
        ("云帆路", "Yunfan Road"),
        ("星河街", "Starriver Street"),
    ),
)
_BUILDINGS = (
    *(("望潮大厦6楼", "Wangchao Tower, floor 6"), ("听海公寓502室", "Tinghai Apartments, room 502")),
    *(("春潮里8幢", "Chunchao Court, block 8"), ("银杏苑东门", "Ginkgo Garden, east gate")),
    *(("云帆科技园前台", "Yunfan Science Park, front desk"), ("学林公寓南门", "Xuelin Dormitory, south gate")),
)
_LOWEST_HOUSE, _HOUSES = 11, 289
_PHONES = 100_000_000

# What is drawn together is drawn at once: one large table costs less than several small ones.
_PLACES: dict[Language, tuple[tuple[str, str], ...]] = {
    "zh": tuple((road, f"号{building}") for (building, _), (road, _) in product(_BUILDINGS, _ROADS)),
    "en": tuple(("", f" {road}, {building}") for (_, building), (_, road) in product(_BUILDINGS, _ROADS)),
}
"""What stands before and behind the number of a house."""
_PEOPLE: dict[Language, tuple[tuple[str, str, str], ...]] = {
    "zh": tuple(
        (f"{family}{given}", city, code)
        for (city, _, code), (given, _), (family, _) in product(_CITIES, _GIVEN, _SURNAMES)
    ),
    "en": tuple(
        (f"{given} {family}", city, code)
        for (_, city, code), (_, given), (_, family) in product(_CITIES, _GIVEN, _SURNAMES)
    ),
}
"""Name, city and postal code."""


def place_of(draws: Draws, language: Language) -> str:
    """Street, house and building as a shopper writes them."""
    places = _PLACES[language]
    house, at = divmod(draws.below(len(places) * _HOUSES), len(places))
    before, behind = places[at]
    return f"{before}{_LOWEST_HOUSE + house}{behind}"


def buyer_of(draws: Draws, language: Language, user_id: str, index: int, place: str) -> Buyer:
    """The shopper of one wish, living at ``place``."""
    name, city, postal_code = draws.pick(_PEOPLE[language])
    return Buyer(user_id, name, f"{user_id}@shop.test", f"138{index % _PHONES:08d}", place, city, postal_code)
