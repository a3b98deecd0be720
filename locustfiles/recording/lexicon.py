"""Words for people with which services say that they are busy, as data, each with the reason that it names.

Shops that are busy but took the order, declined cards and sold-out goods use the same words, so a hit never decides: it only
names the reason of an answer that made no progress (``soft_refusal``). The first rows of zh and the incident's words of en are
quotations; the others are likely variants. All of it is lower-case simplified Chinese and English.
"""

from dataclasses import dataclass

from reports.run_record.outcome import Reason


@dataclass(frozen=True, slots=True)
class Words:
    """Phrases of one language that name one reason."""

    language: str
    reason: Reason
    phrases: tuple[str, ...]


BUSY = (
    Words(
        "zh",
        Reason.BUSY_CANNED,
        (
            *("系统繁忙", "服务器繁忙", "服务繁忙", "系统开小差了", "稍后再试", "当前访问量过大", "访问量过大"),
            *("请求过于频繁", "操作太频繁", "访问频繁"),
        ),
    ),
    Words(
        "zh",
        Reason.BUSY_CANNED,
        (
            "活动太火爆",
            "活动火爆",
            "参与人数较多",
            "参与人数过多",
            "被挤爆",
            "今天累垮了",
            "球球大家明天再来",
            "热情太高了",
        ),
    ),
    Words("zh", Reason.RATE_LIMITED, ("请求限频", "频率超限", "调用太频繁", "已达上限", "名额已满")),
    Words("zh", Reason.WAITING_ROOM, ("正在排队", "前方还有", "预计等待", "排队人数较多")),
    Words("zh", Reason.CAPACITY_REFUSAL, ("运力紧张", "商家繁忙", "暂停接单")),
    Words(
        "en",
        Reason.BUSY_CANNED,
        (
            *("server is busy", "too many participants", "currently overloaded", "at capacity", "high demand"),
            *("please try again later", "experiencing high traffic", "due to high traffic"),
        ),
    ),
    Words("en", Reason.WAITING_ROOM, ("you are in line", "waiting room", "estimated wait")),
)
"""Phrases of a refusal."""

DEGRADED = (
    Words("zh", Reason.DEGRADED_ANSWER, ("我是一个大语言模型", "没有实体", "无法连接支付", "建议您通过其他平台")),
    Words(
        "en",
        Reason.DEGRADED_ANSWER,
        ("as a large language model", "cannot place orders", "not connected to payment or delivery"),
    ),
)
"""Phrases of an assistant that has lost its tools."""

BUSINESS_NO = (
    *("售罄", "已售完", "卖完了", "无货", "缺货", "被拒", "支付失败", "余额不足", "已过期"),
    *(
        "sold out",
        "out of stock",
        "unavailable item",
        "was declined",
        "is declined",
        "payment failed",
        "insufficient funds",
    ),
    "has expired",
)
"""Phrases of a business no: an answer that holds one is not called busy for its words, whatever else it says."""

TRADITIONAL = str.maketrans(
    "務請後試過於訪問頻動參與數較擠熱統開當調達額滿隊預計還緊張單運暫個語沒無連實體議臺們來賣貨敗餘",
    "务请后试过于访问频动参与数较挤热统开当调达额满队预计还紧张单运暂个语没无连实体议台们来卖货败余",
)
"""Traditional characters of the phrases above to simplified ones; a table for all of Chinese would need a library."""
