"""What words name, a literal text a row; they are quotations of services where an id names one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locustfiles.recording.busy_words import busy_reason, says_something_else, sounds_degraded
from reports.run_record.outcome import Reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("系统繁忙，请稍后再试", Reason.BUSY_CANNED, id="the system is busy"),
        pytest.param("服务器繁忙，请稍后再试。", Reason.BUSY_CANNED, id="DeepSeek's text"),
        pytest.param("活动太火爆，请稍后再试", Reason.BUSY_CANNED, id="JD's text"),
        pytest.param("哎哟喂，被挤爆啦", Reason.BUSY_CANNED, id="Taobao's text"),
        pytest.param("今天累垮了，球球大家明天再来~", Reason.BUSY_CANNED, id="the incident's text"),
        pytest.param("系統繁忙，請稍後再試", Reason.BUSY_CANNED, id="traditional characters"),
        pytest.param("请求限频,请稍后重试", Reason.RATE_LIMITED, id="a rate"),
        pytest.param("您正在排队，前方还有120人", Reason.WAITING_ROOM, id="a queue"),
        pytest.param("当前运力紧张", Reason.CAPACITY_REFUSAL, id="no riders"),
        pytest.param("There are TOO MANY participants right now.", Reason.BUSY_CANNED, id="the incident in English"),
        pytest.param(
            "**NETWORK ERROR DUE TO HIGH TRAFFIC. PLEASE REGENERATE OR REFRESH THIS PAGE.**",
            Reason.BUSY_CANNED,
            id="FastChat's catch-all",
        ),
        pytest.param("You are in line. Estimated wait: 5 minutes", Reason.WAITING_ROOM, id="a queue in English"),
        pytest.param("Your card was declined, please try again later.", None, id="a declined card is no busy shop"),
        pytest.param("珍珠奶茶已售罄，请稍后再试", None, id="sold out is no busy shop"),
        pytest.param("要大杯还是中杯？", None, id="a question"),
        pytest.param(
            "这件事我现在办不了，我们聊点别的吧", None, id="a deflection without a busy word: words cannot find it"
        ),
        pytest.param("", None, id="nothing"),
    ],
)
def test_the_reason_that_words_name(text: str, reason: Reason | None) -> None:
    """Each phrase names its reason; a text that also tells a business no names none."""
    assert busy_reason(text) == reason


@pytest.mark.parametrize(
    ("text", "degraded"),
    [
        pytest.param("我是一个大语言模型，没有实体，无法下单", True, id="a model without hands"),
        pytest.param("As a large language model I cannot place orders.", True, id="the same in English"),
        pytest.param("系统繁忙", False, id="busy is not degraded"),
    ],
)
def test_words_of_an_assistant_without_tools(text: str, degraded: bool) -> None:
    """An assistant that says it cannot order is known by its words."""
    assert sounds_degraded(text) is degraded


@pytest.mark.parametrize(
    ("text", "is_else"),
    [
        pytest.param("抱歉，珍珠奶茶已售罄", True, id="sold out"),
        pytest.param("Your card was declined, try again later.", True, id="a declined card"),
        pytest.param("内容包含敏感信息，无法生成回答", True, id="moderation"),
        pytest.param("What size would you like?", True, id="a question about the wish"),
        pytest.param("系统繁忙，请稍后再试", False, id="a refusal"),
        pytest.param("这件事我现在办不了，我们聊点别的吧", False, id="a deflection"),
    ],
)
def test_words_of_something_else(text: str, is_else: bool) -> None:
    """A business no, moderation and a question about the wish are no refusal, however many get them."""
    assert says_something_else(text) is is_else


@given(st.text(max_size=3000))
def test_any_text_has_words_or_none(text: str) -> None:
    """Hostile text raises nothing."""
    assert busy_reason(text) in {None, *Reason}
    assert says_something_else(text) in {True, False}
    assert sounds_degraded(text) in {True, False}
