"""What the shop sells, as the generator knows it: enough to write a prompt and to judge an order.

Prices are in fen (CNY minor units). The stub keeps its own list; a contract test compares the two.
"""

from dataclasses import dataclass
from typing import Literal

Vertical = Literal["milk_tea", "groceries", "cinema", "travel"]
Language = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class Product:
    """One product: its key, its vertical, its names as shoppers write them, and its price."""

    sku: str
    vertical: Vertical
    zh: str
    en: str
    price_minor: int

    def name(self, language: Language) -> str:
        """The name in one language."""
        return self.zh if language == "zh" else self.en


PRODUCTS = (
    Product("pearl-milk-tea", "milk_tea", "珍珠奶茶", "pearl milk tea", 1500),
    Product("taro-milk-tea", "milk_tea", "芋泥波波奶茶", "taro milk tea", 1800),
    Product("mango-sago", "milk_tea", "杨枝甘露", "mango pomelo sago", 1900),
    Product("jasmine-milk-tea", "milk_tea", "茉莉轻乳茶", "jasmine milk tea", 1600),
    Product("brown-sugar-boba", "milk_tea", "黑糖波波牛乳", "brown sugar boba", 1700),
    Product("lemon-tea", "milk_tea", "手打柠檬茶", "hand-pounded lemon tea", 1400),
    Product("cinema-2d", "cinema", "2D电影票", "2D film ticket", 3900),
    Product("cinema-3d", "cinema", "3D电影票", "3D film ticket", 4500),
    Product("cinema-imax", "cinema", "IMAX电影票", "IMAX film ticket", 5900),
    Product("cinema-dolby", "cinema", "杜比影厅电影票", "Dolby film ticket", 6500),
    Product("cinema-couple", "cinema", "情侣座电影票", "couple-seat film ticket", 6800),
    Product("popcorn-combo", "cinema", "爆米花套餐", "popcorn combo", 2900),
    Product("rail-hgh-sha", "travel", "杭州到上海的高铁票", "train ticket from Hangzhou to Shanghai", 7300),
    Product("rail-pek-tsn", "travel", "北京到天津的高铁票", "train ticket from Beijing to Tianjin", 5450),
    Product("rail-can-szx", "travel", "广州到深圳的高铁票", "train ticket from Guangzhou to Shenzhen", 7450),
    Product("rail-ctu-ckg", "travel", "成都到重庆的高铁票", "train ticket from Chengdu to Chongqing", 9650),
    Product("west-lake-boat", "travel", "西湖游船票", "West Lake boat ticket", 5500),
    Product("airport-bus", "travel", "机场大巴票", "airport bus ticket", 2000),
    Product("eggs-30", "groceries", "鲜鸡蛋30枚装", "tray of 30 eggs", 2580),
    Product("milk-12", "groceries", "纯牛奶12盒装", "case of 12 cartons of milk", 4990),
    Product("rice-5kg", "groceries", "五常大米5公斤装", "5 kg bag of Wuchang rice", 3990),
    Product("dumplings-1kg", "groceries", "猪肉白菜水饺1公斤装", "1 kg bag of pork dumplings", 2990),
    Product("strawberries", "groceries", "丹东草莓500克装", "500 g box of Dandong strawberries", 3290),
    Product("tangerines", "groceries", "砂糖橘3公斤装", "3 kg crate of tangerines", 2690),
)
"""Every product."""

DELIVERY_MINOR: dict[Vertical, int] = {"milk_tea": 300, "groceries": 500, "cinema": 0, "travel": 0}
"""What the one delivery option costs, by vertical."""
