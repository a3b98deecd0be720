"""What the shop sells, at which price, and what delivery costs."""

from typing import Final, Literal

import msgspec

Vertical = Literal["milk_tea", "cinema", "travel", "groceries"]
Language = Literal["zh", "en"]


class Product(msgspec.Struct, frozen=True):
    """One product; `price_minor` is in fen."""

    sku: str
    vertical: Vertical
    zh: str
    en: str
    price_minor: int

    @property
    def merchant(self) -> str:
        """Who sells it: the shop is a market, and each vertical has its merchant."""
        return _MERCHANTS[self.vertical]


_MERCHANTS: Final[dict[Vertical, str]] = {
    "milk_tea": "Lakeside Tea House",
    "cinema": "Spring Cinema",
    "travel": "Canal Travel Desk",
    "groceries": "Freshmarket",
}
CURRENCY: Final = "CNY"

_ROWS: Final[tuple[tuple[str, Vertical, str, str, int], ...]] = (
    ("pearl-milk-tea", "milk_tea", "珍珠奶茶", "pearl milk tea", 1500),
    ("taro-milk-tea", "milk_tea", "芋泥波波奶茶", "taro milk tea", 1800),
    ("mango-sago", "milk_tea", "杨枝甘露", "mango pomelo sago", 1900),
    ("jasmine-milk-tea", "milk_tea", "茉莉轻乳茶", "jasmine milk tea", 1600),
    ("brown-sugar-boba", "milk_tea", "黑糖波波牛乳", "brown sugar boba", 1700),
    ("lemon-tea", "milk_tea", "手打柠檬茶", "hand-pounded lemon tea", 1400),
    ("cinema-2d", "cinema", "2D电影票", "2D film ticket", 3900),
    ("cinema-3d", "cinema", "3D电影票", "3D film ticket", 4500),
    ("cinema-imax", "cinema", "IMAX电影票", "IMAX film ticket", 5900),
    ("cinema-dolby", "cinema", "杜比影厅电影票", "Dolby film ticket", 6500),
    ("cinema-couple", "cinema", "情侣座电影票", "couple-seat film ticket", 6800),
    ("popcorn-combo", "cinema", "爆米花套餐", "popcorn combo", 2900),
    ("rail-hgh-sha", "travel", "杭州到上海的高铁票", "train ticket from Hangzhou to Shanghai", 7300),
    ("rail-pek-tsn", "travel", "北京到天津的高铁票", "train ticket from Beijing to Tianjin", 5450),
    ("rail-can-szx", "travel", "广州到深圳的高铁票", "train ticket from Guangzhou to Shenzhen", 7450),
    ("rail-ctu-ckg", "travel", "成都到重庆的高铁票", "train ticket from Chengdu to Chongqing", 9650),
    ("west-lake-boat", "travel", "西湖游船票", "West Lake boat ticket", 5500),
    ("airport-bus", "travel", "机场大巴票", "airport bus ticket", 2000),
    ("eggs-30", "groceries", "鲜鸡蛋30枚装", "tray of 30 eggs", 2580),
    ("milk-12", "groceries", "纯牛奶12盒装", "case of 12 cartons of milk", 4990),
    ("rice-5kg", "groceries", "五常大米5公斤装", "5 kg bag of Wuchang rice", 3990),
    ("dumplings-1kg", "groceries", "猪肉白菜水饺1公斤装", "1 kg bag of pork dumplings", 2990),
    ("strawberries", "groceries", "丹东草莓500克装", "500 g box of Dandong strawberries", 3290),
    ("tangerines", "groceries", "砂糖橘3公斤装", "3 kg crate of tangerines", 2690),
)

CATALOGUE: Final[dict[str, Product]] = {row[0]: Product(*row) for row in _ROWS}

_DELIVERY_MINOR: Final[dict[Vertical, int]] = {"milk_tea": 300, "groceries": 500, "cinema": 0, "travel": 0}
_CARRIED: Final[frozenset[Vertical]] = frozenset({"milk_tea", "groceries"})


def delivery_minor(vertical: Vertical) -> int:
    """Return the price in fen of the one delivery option of a vertical; tickets are sent for nothing."""
    return _DELIVERY_MINOR[vertical]


def delivery_title(vertical: Vertical) -> str:
    """Return what the delivery option is called in the checkout."""
    return "Standard delivery" if vertical in _CARRIED else "Electronic delivery"
