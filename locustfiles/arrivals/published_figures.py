"""What has been published about surges, as data: every figure with its grade and its sources.

Grades: P primary, N press or interview, S secondary, C computed here from graded figures. Press figures are as reported,
none was audited. Nothing without a source is in this file. This module must not know curves.
"""

from typing import NamedTuple

M = 1_000_000
BN = 1_000_000_000

SOURCES = {
    "hk01": "hk01.com article 60322704 (interview, Wu Jia)",
    "yicai": 'yicaiglobal.com, "Alibaba\'s website crashes ..."',
    "reuters": "Reuters, 9 Feb 2026, as reprinted (tradevae.com)",
    "163": "163.com/dy/article/KL8PTOSK0556816L.html",
    "cnyes": "news.cnyes.com/news/id/6336654",
    "sixthtone": "sixthtone.com/news/1018191",
    "cdb": "chinadailybrief.com, 6-7 Feb 2026",
    "eeo": "eeo.com.cn/2026/0212/791449.shtml",
    "aisiri": "aisiri.cn/39798",
    "laohunote": "laohunote.com/post/533254302791136",
    "36kr": "eu.36kr.com/en/p/3673726784758659",
    "hstong": "hstong.com/news/hk/detail/26020918200184283",
    "chinaskinny": "chinaskinny.com (2019 Singles' Day)",
    "besthub": "besthub.dev (580k orders per second)",
    "hkstv": "hkstv.tv (id 69707)",
    "om": "om.co 2015/11/11",
    "vansky": "info.vansky.com (138308)",
    "qdxinzhong": "m.qdxinzhong.com (Info_1371)",
    "mo4tech": "mo4tech.com (Taobao flash-sale design)",
    "tencent-dev": "cloud.tencent.com/developer/article/1388074",
    "njeca": "njeca.org.cn",
    "553668": "553668.com/manong/148264.html",
    "sina": "hb.sina.com.cn 2016-02-08",
    "acolyer-dagor": "blog.acolyer.org 2018/11/16",
    "xiaokang": "chinaxiaokang.com 2016-02-21",
    "36dianping": "36dianping.com/info/42849.html",
    "aigou": "aigou888.cn 2014-12-22",
    "serverj": "serverj.cn 2018-02-13",
    "cleveland": "cleveland.com 17 Nov 2022",
    "verge": "theverge.com 2022/11/18",
    "variety": "variety.com (Ticketmaster explains)",
    "gcp": "cloud.google.com/blog (Bringing Pokemon GO to life)",
    "gafei-2": "world.gafei.com/coffee148916.html",
    "etnet": "etnet.com.hk ETN360224860",
}
"""Where to look each source up."""


class Figure(NamedTuple):
    """One published number: the value in ``unit``, what it says, its grade and the keys of its ``SOURCES``."""

    value: float
    unit: str
    statement: str
    grade: str
    sources: tuple[str, ...]


FIGURES = {
    # The Qwen coupon campaign of February 2026. Orders are confirmed orders: goodput after throttling.
    "qwen-3h": Figure(1.0 * M, "orders", "in under 3 h (one article: 1.05 m)", "N", ("yicai", "cnyes", "163")),
    "qwen-4h": Figure(2.0 * M, "orders", "in under 4 h", "N", ("cnyes",)),
    "qwen-5h": Figure(5.0 * M, "orders", "in 5 h (one article: 5.12 m)", "N", ("sixthtone", "163")),
    "qwen-9h": Figure(10.0 * M, "orders", "in 9 h", "N", ("reuters", "cdb")),
    "qwen-day1": Figure(15.0 * M, "orders", "on day 1", "N", ("hk01",)),
    "qwen-planned-day": Figure(1.0 * M, "orders", "planned for day 1", "N", ("hk01",)),
    "qwen-commands-9h": Figure(30.0 * M, "commands", '"help me buy" commands in 9 h', "N", ("reuters", "cdb")),
    "qwen-6d": Figure(120.0 * M, "orders", "in 6 days, to 12 Feb", "N", ("eeo",)),
    "qwen-utterances-6d": Figure(4.1 * BN, "utterances", 'starting "Qwen, help me", in 6 days', "N", ("eeo",)),
    "qwen-holiday": Figure(200.0 * M, "orders", "over the holiday, to 23 Feb, about", "N", ("aisiri",)),
    "qwen-milk-teas": Figure(90.16 * M, "milk and fruit teas", "over the holiday", "N", ("aisiri",)),
    "qwen-coffees": Figure(11.38 * M, "coffees", "over the holiday", "N", ("aisiri",)),
    "qwen-daily-users": Figure(73.52 * M, "daily users", "on 7 Feb, third-party estimate", "N", ("laohunote", "hk01")),
    "qwen-capacity-share": Figure(
        1 / 3, "of the estimated peak", "initial server capacity, about (unnamed insider)", "N", ("36kr", "hstong")
    ),
    "qwen-prerelease-cards": Figure(50_000, "cards", "meant to last 6 h, issued in 8 minutes", "N", ("hk01",)),
    "qwen-prerelease-s": Figure(480, "s", "until the pre-release cards were gone", "N", ("hk01",)),
    "qwen-prerelease-planned-s": Figure(21_600, "s", "that the pre-release cards were meant to last", "N", ("hk01",)),
    # Other surges.
    "double11-2019-peak": Figure(544_000, "orders/s", "peak of 11 Nov 2019", "N", ("chinaskinny",)),
    "double11-2019-day": Figure(
        1.29 * BN, "orders", "on 11 Nov 2019; another counting unit than the peak's", "N", ("chinaskinny",)
    ),
    "double11-2020-peak": Figure(583_000, "orders/s", "at 00:00:26 of 11 Nov 2020", "S", ("besthub",)),
    "double11-2018-peak": Figure(491_000, "orders/s", "peak of 11 Nov 2018", "N", ("hkstv",)),
    "double11-2017-pay": Figure(256_000, "payments/s", "at +5 min 22 s of 11 Nov 2017", "N", ("vansky",)),
    "double11-2015-peak": Figure(140_000, "transactions/s", "peak of 11 Nov 2015", "N", ("om",)),
    "double11-2011-minute": Figure(55_000, "payments", "in minute 00:01 of 11 Nov 2011", "N", ("qdxinzhong",)),
    "double11-2011-ratio": Figure(10, "times", "minute 00:01 against the minute before", "N", ("qdxinzhong",)),
    "hot-item-front": Figure(600_000, "requests/s", "at the front for the hottest item, 2013", "S", ("mo4tech",)),
    "hot-item-writes": Figure(1_500, "stock writes/s", "for the hottest item, 2013", "S", ("mo4tech",)),
    "flash-ratio": Figure(10, "times normal", "at the balancer of a Xiaomi sale", "S", ("tencent-dev",)),
    "gala-2015-shakes": Figure(810.0 * M, "shakes", "in the peak minute of the 2015 gala", "N", ("njeca", "553668")),
    "gala-2016-peak": Figure(409_000, "packets/s", "sent at 00:06 of 8 Feb 2016", "N", ("sina",)),
    "gala-2016-day": Figure(8.08 * BN, "packets", "on the day of the 2016 gala", "N", ("sina",)),
    "diurnal-ordinary": Figure(3, "times the mean", "peak of an ordinary day", "S", ("acolyer-dagor",)),
    "diurnal-festival": Figure(10, "times the mean", "peak of a festival day", "S", ("acolyer-dagor",)),
    "tap-2016-packets": Figure(60.0 * M, "packets", "a round", "N", ("553668", "xiaokang")),
    "tap-2016-round-s": Figure(300, "s", "a round; rounds began at 20:36, 21:05, 22:12", "N", ("553668", "xiaokang")),
    "tap-2016-first": Figure(67.7 * BN, "taps", "in round 1: 1,100 for every packet", "N", ("553668", "xiaokang")),
    "tap-2015-prizes": Figure(999_999, "prizes", "in 156 s", "N", ("36dianping",)),
    "tap-2015-s": Figure(156, "s", "until the prizes were gone", "N", ("36dianping",)),
    "tap-2015-clicks": Figure(883.0 * M, "clicks", "in the minute of 20:00", "N", ("36dianping",)),
    "release-2014-views": Figure(29.7 * BN, "page views", "of 12306 in a day", "N", ("aigou",)),
    "release-2014-tickets": Figure(5.639 * M, "e-tickets", "in the same day", "N", ("aigou",)),
    "release-2018-tickets": Figure(700, "tickets/s", "of 12306 on the peak day, about", "N", ("serverj",)),
    "presale-2022-ratio": Figure(
        4, "times the previous peak", "at the pre-sale", "N", ("cleveland", "verge", "variety")
    ),
    "presale-2022-requests": Figure(3.5 * BN, "requests", "at the pre-sale", "N", ("cleveland", "verge", "variety")),
    "forecast-miss-ratio": Figure(50, "times the target", "traffic after the launch", "P", ("gcp",)),
    "forecast-miss-worst": Figure(10, "times the worst case", "the same traffic", "P", ("gcp",)),
    "coupon-hour-cards": Figure(100_000, "coupons", "of 500,000, at 12:00; about 30 min down", "N", ("gafei-2",)),
    "llm-gala-tokens": Figure(63.3 * BN, "tokens", "in minute 21:46 of the 2026 gala", "N", ("etnet",)),
}
"""Published figures by name."""


def figure(name: str) -> float:
    """The value of a published figure; KeyError when there is none of that name."""
    return FIGURES[name].value
