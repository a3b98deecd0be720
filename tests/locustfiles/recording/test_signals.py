"""Each documented way of saying no because of load, as the literal bytes that a service sends."""

import json

import pytest

from locustfiles.protocols.service_error import service_error
from locustfiles.recording.classify import classify_chat, classify_checkout
from locustfiles.recording.signals import CODES, business_reason, hard_reason, is_waiting_room, mark_in
from locustfiles.recording.soft_refusal import TemplateBook
from reports.run_record.outcome import CREATE, Outcome, Reason
from tests.helpers.chat_answers import DONE, STOP, chunk
from tests.helpers.exchanges import TEA, answered, decoded_chat

REFUSALS = [
    pytest.param(
        429,
        b'{"error":{"message":"Requests rate limit exceeded","type":"limit_requests","param":null,"code":"limit_requests"},'
        b'"request_id":"r1"}',
        Reason.RATE_LIMITED,
        id="DashScope, OpenAI mode: too many requests a minute",
    ),
    pytest.param(
        429,
        b'{"code":"Throttling.RateQuota","message":"Requests rate limit exceeded","request_id":"r1"}',
        Reason.RATE_LIMITED,
        id="DashScope, native: too many requests a minute",
    ),
    pytest.param(
        429,
        b'{"code":"Throttling","message":"Requests throttling triggered.","request_id":"r1"}',
        Reason.RATE_LIMITED,
        id="DashScope, native: the general throttle",
    ),
    pytest.param(
        429,
        b'{"code":"LimitRequests","message":"You exceeded your current requests list.","request_id":"r1"}',
        Reason.RATE_LIMITED,
        id="DashScope, native: its other name of a request limit",
    ),
    pytest.param(
        429,
        b'{"code":"Throttling.BurstRate","message":"Request rate increased too quickly.","request_id":"r1"}',
        Reason.GROWTH_LIMITED,
        id="DashScope, native: the slope is too steep",
    ),
    pytest.param(
        429,
        b'{"error":{"message":"Request rate increased too quickly.","type":"limit_burst_rate","code":"limit_burst_rate"}}',
        Reason.GROWTH_LIMITED,
        id="DashScope, OpenAI mode: the slope is too steep",
    ),
    pytest.param(
        429,
        b'{"error":{"message":"Allocated quota exceeded","type":"insufficient_quota","code":"insufficient_quota"}}',
        Reason.RATE_LIMITED,
        id="DashScope, OpenAI mode: tokens a minute in billing words, gone in a minute",
    ),
    pytest.param(
        429,
        b'{"code":"Throttling.AllocationQuota","message":"Allocated quota exceeded","request_id":"r1"}',
        Reason.RATE_LIMITED,
        id="DashScope, native: tokens a minute",
    ),
    pytest.param(
        429,
        b'{"code":"PostpaidBillOverdue","message":"The bill is overdue.","request_id":"r1"}',
        Reason.QUOTA_EXHAUSTED,
        id="DashScope: an unpaid bill is no finding about capacity",
    ),
    pytest.param(
        503,
        b'{"code":"ModelServingError","message":"Too many requests. Your requests are being throttled due to system '
        b'capacity limits.","request_id":"r1"}',
        Reason.OVERLOADED,
        id="DashScope: the platform is full",
    ),
    pytest.param(429, b"", Reason.RATE_LIMITED, id="a 429 without a body"),
    pytest.param(503, b"reached concurrency limit", Reason.OVERLOADED, id="Envoy's adaptive concurrency"),
    pytest.param(429, b"local_rate_limited", Reason.RATE_LIMITED, id="Envoy's local rate limit"),
    pytest.param(429, b"Blocked by Sentinel (flow limiting)", Reason.RATE_LIMITED, id="Sentinel"),
    pytest.param(
        429,
        b'{"error":{"message":"Rate limit reached for requests","type":"requests","param":null,"code":"rate_limit_exceeded"}}',
        Reason.RATE_LIMITED,
        id="OpenAI: requests or tokens a minute",
    ),
    pytest.param(
        429,
        b'{"error":{"message":"Slow down","type":"rate_limit_error","param":null,"code":"slow_down"}}',
        Reason.GROWTH_LIMITED,
        id="OpenAI: grew too fast",
    ),
    pytest.param(
        429,
        b'{"error":{"message":"You exceeded your current quota, please check your plan and billing details.",'
        b'"type":"insufficient_quota","param":null,"code":"insufficient_quota"}}',
        Reason.QUOTA_EXHAUSTED,
        id="OpenAI: the money is gone, under the code that DashScope uses for a minute",
    ),
    pytest.param(
        503,
        b'{"error":{"message":"Overloaded","type":"service_unavailable_error","param":null,"code":"server_is_overloaded"}}',
        Reason.OVERLOADED,
        id="OpenAI: overloaded",
    ),
    pytest.param(
        529,
        b'{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"}',
        Reason.OVERLOADED,
        id="Anthropic: overloaded",
    ),
    pytest.param(
        429,
        b'{"type":"error","error":{"type":"rate_limit_error","message":"Number of requests exceeded"}}',
        Reason.RATE_LIMITED,
        id="Anthropic: rate limit",
    ),
    pytest.param(
        429,
        b'{"type":"error","error":{"type":"rate_limit_error","message":"Spend limit",'
        b'"details":{"error_code":"enforced_spend_limit_reached"}}}',
        Reason.QUOTA_EXHAUSTED,
        id="Anthropic: the spend cap, told in the details only",
    ),
    pytest.param(
        429,
        b'{"error":{"code":429,"message":"Resource has been exhausted (e.g. check quota).","status":"RESOURCE_EXHAUSTED"}}',
        Reason.RATE_LIMITED,
        id="Gemini: exhausted for a moment",
    ),
    pytest.param(
        429,
        b'{"error":{"code":429,"message":"You exceeded your current quota","status":"RESOURCE_EXHAUSTED","details":'
        b'[{"violations":[{"quotaId":"GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]}]}}',
        Reason.QUOTA_EXHAUSTED,
        id="Gemini: exhausted for the day",
    ),
    pytest.param(
        503,
        b'{"error":{"code":503,"message":"The model is overloaded. Please try again later.","status":"UNAVAILABLE"}}',
        Reason.OVERLOADED,
        id="Gemini: overloaded",
    ),
    pytest.param(
        400,
        '{"code":2003,"message":"请求限频,请稍后重试"}'.encode(),
        Reason.RATE_LIMITED,
        id="Tencent Hunyuan: a throttle in a 400",
    ),
    pytest.param(
        429,
        b'{"code":"EXCEED_CONCURRENT_REQUEST_LIMIT","message":"too many"}',
        Reason.RATE_LIMITED,
        id="Tencent CloudBase: five at once",
    ),
    pytest.param(
        429, b'{"code":"EXCEED_TOKEN_QUOTA_LIMIT"}', Reason.QUOTA_EXHAUSTED, id="Tencent CloudBase: the quota is gone"
    ),
    pytest.param(
        429,
        '{"error":{"code":"1305","message":"该模型当前访问量过大,请您稍后再试"}}'.encode(),
        Reason.OVERLOADED,
        id="Zhipu: the platform is overloaded",
    ),
    pytest.param(
        429,
        '{"error":{"code":"1302","message":"并发数过高"}}'.encode(),
        Reason.RATE_LIMITED,
        id="Zhipu: the user's limit",
    ),
    pytest.param(
        403,
        '{"code":"FREQUENCY_LIMITED","message":"频率超限"}'.encode(),
        Reason.RATE_LIMITED,
        id="WeChat Pay in any status",
    ),
    pytest.param(
        429,
        b'{"type":"rate_limit_exceeded","code":"too_many_requests","message":"slow down"}',
        Reason.RATE_LIMITED,
        id="ACP: delegate_payment",
    ),
    pytest.param(
        429,
        b'{"errors":[{"message":"Throttled","extensions":{"code":"THROTTLED"}}],"extensions":{"cost":{}}}',
        Reason.RATE_LIMITED,
        id="Shopify GraphQL with a 429",
    ),
    pytest.param(
        429,
        b'{"code":"Throttling","message":"Too many requests in route.","request_id":"r1"}',
        Reason.RATE_LIMITED,
        id="DashScope, native: the general throttle of a route",
    ),
    pytest.param(
        429,
        b'{"code":"Throttling.Concurrency","message":"Too many concurrent requests","request_id":"r1"}',
        Reason.RATE_LIMITED,
        id="DashScope: too many at once",
    ),
    pytest.param(
        429,
        b'{"code":"CommodityNotPurchased","message":"Commodity has not purchased yet.","request_id":"r1"}',
        Reason.QUOTA_EXHAUSTED,
        id="DashScope: nothing was bought",
    ),
    pytest.param(
        429,
        b'{"code":"PrepaidBillOverdue","message":"The prepaid bill is overdue.","request_id":"r1"}',
        Reason.QUOTA_EXHAUSTED,
        id="DashScope: the prepaid bill is overdue",
    ),
    pytest.param(
        503,
        b'{"code":"ModelUnavailable","message":"Model is unavailable","request_id":"r1"}',
        Reason.OVERLOADED,
        id="DashScope: the model is unavailable",
    ),
    pytest.param(503, b"", Reason.OVERLOADED, id="a 503 without a body and without Retry-After"),
    pytest.param(
        503,
        b"upstream connect error or disconnect/reset before headers. reset reason: overflow",
        Reason.OVERLOADED,
        id="Envoy's circuit breaker",
    ),
    pytest.param(429, b"Blocked by Sentinel (degrade)", Reason.RATE_LIMITED, id="Sentinel's circuit breaker"),
    pytest.param(429, b"Blocked by Sentinel (param flow limiting)", Reason.RATE_LIMITED, id="Sentinel by parameter"),
    pytest.param(
        429, b"Blocked by Sentinel (system limiting)", Reason.RATE_LIMITED, id="Sentinel by the system's load"
    ),
    pytest.param(
        429,
        b'{"error":{"message":"Your credit balance is exhausted","type":"billing","param":null,"code":"credit_balance_exhausted"}}',
        Reason.QUOTA_EXHAUSTED,
        id="OpenAI: no credit is left",
    ),
    pytest.param(
        429,
        b'{"error":{"code":429,"message":"You exceeded your current quota, please retry in 34s.","status":"RESOURCE_EXHAUSTED",'
        b'"details":[{"quotaId":"GenerateRequestsPerMinutePerProjectPerModel"},{"retryDelay":"34s"}]}}',
        Reason.RATE_LIMITED,
        id="Gemini: a minute's quota, in the words of the day's",
    ),
    pytest.param(
        429, b'{"error":{"message":"Rate Limit Reached"}}', Reason.RATE_LIMITED, id="DeepSeek: at once too many"
    ),
    pytest.param(503, b'{"error":{"message":"Server overloaded"}}', Reason.OVERLOADED, id="DeepSeek: overloaded"),
    pytest.param(
        429,
        b'{"errors":"Exceeded 2 calls per second for api client. Reduce request rates to resume uninterrupted service."}',
        Reason.RATE_LIMITED,
        id="Shopify Admin REST",
    ),
    pytest.param(
        429,
        b'{"error":{"message":"Request rate limit exceeded","type":"invalid_request_error","code":"rate_limit"}}',
        Reason.RATE_LIMITED,
        id="Stripe: a rate, its reason in a header",
    ),
    pytest.param(
        429,
        b'{"error":{"code":"lock_timeout","message":"This object cannot be accessed right now","type":"invalid_request_error"}}',
        Reason.RATE_LIMITED,
        id="Stripe: the object is locked, to be tried again as a rate is",
    ),
    pytest.param(
        429,
        b'{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"Rate limit exceeded","data":{"retry_after":5}}}',
        Reason.RATE_LIMITED,
        id="UCP over MCP: a JSON-RPC error beside the status",
    ),
    pytest.param(503, b'{"status":"error"}', Reason.OVERLOADED, id="UCP: a 503 with a body that says nothing"),
]
"""Status, body and reason of every refusal that is told by a status other than 2xx."""

REFUSALS_IN_A_200 = [
    pytest.param(
        b'{"code":336501,"msg":"Rate limit reached for RPM"}',
        Outcome.REFUSED_HARD,
        Reason.RATE_LIMITED,
        id="Baidu Qianfan: requests a minute",
    ),
    pytest.param(
        b'{"code":336502,"msg":"Rate limit reached for TPM"}',
        Outcome.REFUSED_HARD,
        Reason.RATE_LIMITED,
        id="Baidu Qianfan: tokens a minute",
    ),
    pytest.param(
        b'{"errcode":-1,"errmsg":"system error"}', Outcome.REFUSED_HARD, Reason.OVERLOADED, id="WeChat: busy, retry"
    ),
    pytest.param(
        b'{"errcode":45011,"errmsg":"api minute-quota reach limit, must slower, retry next minute"}',
        Outcome.REFUSED_HARD,
        Reason.RATE_LIMITED,
        id="WeChat: the minute's quota",
    ),
    pytest.param(
        b'{"errcode":45009,"errmsg":"reach max api daily quota limit"}',
        Outcome.REFUSED_HARD,
        Reason.QUOTA_EXHAUSTED,
        id="WeChat: the day's quota",
    ),
    pytest.param(
        b'{"errors":[{"message":"Throttled","extensions":{"code":"THROTTLED"}}],"extensions":{"cost":{"actualQueryCost":null}}}',
        Outcome.REFUSED_HARD,
        Reason.RATE_LIMITED,
        id="Shopify GraphQL",
    ),
    pytest.param(
        b'{"data":{"cartSubmitForCompletion":{"result":{"__typename":"SubmitThrottled","pollAfter":"2026-02-06T07:30:01Z"}}}}',
        Outcome.REFUSED_HARD,
        Reason.RATE_LIMITED,
        id="Shopify Storefront: poll later",
    ),
    pytest.param(
        '{"ret":["FAIL_SYS_TRAFFIC_LIMIT::哎哟喂,被挤爆啦,请稍后重试"],"v":"1.0"}'.encode(),
        Outcome.REFUSED_HARD,
        Reason.RATE_LIMITED,
        id="Taobao mtop: a throttle",
    ),
    pytest.param(
        '{"ret":["FAIL_SYS_USER_VALIDATE","RGV587_ERROR::SM::哎哟喂,被挤爆啦,请稍后重试"],"data":{"url":"/punish"}}'.encode(),
        Outcome.DEGRADED,
        Reason.RISK_CONTROL,
        id="Taobao mtop: the same words before a captcha are risk control",
    ),
    pytest.param(
        b'{"cfWaitingRoom":{"inWaitingRoom":true,"waitTime":5,"waitTimeKnown":true,"waitTimeFormatted":"5 minutes",'
        b'"queueIsFull":false,"queueAll":false,"refreshIntervalSeconds":20}}',
        Outcome.QUEUED,
        Reason.WAITING_ROOM,
        id="Cloudflare Waiting Room",
    ),
    pytest.param(
        b'{"success":true,"code":990010,"msg":"\xe7\xb3\xbb\xe7\xbb\x9f\xe7\xb9\x81\xe5\xbf\x99\xef\xbc\x8c\xe8\xaf\xb7\xe7\xa8\x8d\xe5\x90\x8e\xe5\x86\x8d\xe8\xaf\x95"}',
        Outcome.REFUSED_HARD,
        Reason.OVERLOADED,
        id="WeChat, as a forum reports: busy in a body that says success",
    ),
    pytest.param(
        b'{"data":{"cartCreate":{"result":{"__typename":"CartThrottled","pollAfter":"2026-02-06T07:30:01Z"}}}}',
        Outcome.REFUSED_HARD,
        Reason.RATE_LIMITED,
        id="Shopify Storefront: the cart, poll later",
    ),
    pytest.param(
        '{"ret":["FAIL_SYS_USER_VALIDATE::访问频繁"],"data":{"url":"https://x/_____tmd_____/punish?x5secdata=1"}}'.encode(),
        Outcome.DEGRADED,
        Reason.RISK_CONTROL,
        id="Taobao mtop: visits too frequent, and a captcha",
    ),
    pytest.param(
        '{"code":"403","msg":"活动太火爆，请稍后再试"}'.encode(),
        Outcome.REFUSED_SOFT,
        Reason.BUSY_CANNED,
        id="JD's campaign: the words alone name the reason, the code says nothing",
    ),
    pytest.param(
        '{"subCode":"-101","message":"参与人数过多，请稍后再试"}'.encode(),
        Outcome.REFUSED_SOFT,
        Reason.BUSY_CANNED,
        id="JD's campaign: too many participants",
    ),
    pytest.param(
        '{"id":"c","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":'
        '"服务器繁忙，请稍后再试。"},"finish_reason":"stop"}],"usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}}'.encode(),
        Outcome.REFUSED_SOFT,
        Reason.BUSY_CANNED,
        id="DeepSeek's chat: a normal answer without a token",
    ),
    pytest.param(
        b'{"id":"c","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":'
        b'"**NETWORK ERROR DUE TO HIGH TRAFFIC. PLEASE REGENERATE OR REFRESH THIS PAGE.**"},"finish_reason":"stop"}]}',
        Outcome.REFUSED_SOFT,
        Reason.BUSY_CANNED,
        id="FastChat's catch-all as an answer",
    ),
]
"""Body, outcome and reason of what a 200 may mean."""


@pytest.mark.parametrize(("status", "body", "reason"), REFUSALS)
def test_a_refusal_by_status_or_code(status: int, body: bytes, reason: Reason) -> None:
    """Every documented refusal is hard and has its reason, at the chat door and at a checkout alike."""
    exchange = answered(status, body)
    reply = service_error(status, {}, body)
    chat = classify_chat(exchange, reply, wished=TEA, book=TemplateBook(), shopper="s1", at_s=0.0)

    assert chat[:2] == (Outcome.REFUSED_HARD, reason)
    assert classify_checkout(CREATE, exchange, reply)[:2] == (Outcome.REFUSED_HARD, reason)


@pytest.mark.parametrize(("body", "outcome", "reason"), REFUSALS_IN_A_200)
def test_a_refusal_within_a_200(body: bytes, outcome: Outcome, reason: Reason) -> None:
    """What a 200 says in a machine's words is found in what the chat decoder makes of its bytes."""
    reply = decoded_chat(body)
    verdict = classify_chat(answered(), reply, wished=TEA, book=TemplateBook(), shopper="s1", at_s=0.0)

    assert verdict[:2] == (outcome, reason)


@pytest.mark.parametrize(
    ("stream", "reason"),
    [
        pytest.param(
            b'event:error\n:HTTP_STATUS/429\ndata:{"code":"Throttling.RateQuota","message":"limit","request_id":"r"}\n\n',
            Reason.RATE_LIMITED,
            id="DashScope, native stream",
        ),
        pytest.param(
            b'data: {"choices":[{"index":0,"delta":{"content":"Sure"}}]}\n\n'
            b'data: {"error":{"type":"rate_limit_error","code":"Throttling","message":"limit"}}\n\n',
            Reason.RATE_LIMITED,
            id="DashScope, after content began",
        ),
        pytest.param(
            b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n',
            Reason.OVERLOADED,
            id="Anthropic, after the 200",
        ),
    ],
)
def test_a_refusal_within_a_stream(stream: bytes, reason: Reason) -> None:
    """An error event with a throttle code refuses, whatever status the stream began with."""
    reply = decoded_chat(stream, "text/event-stream")
    verdict = classify_chat(answered(), reply, wished=TEA, book=TemplateBook(), shopper="s1", at_s=0.0)

    assert verdict[:2] == (Outcome.REFUSED_HARD, reason)


def test_a_busy_text_a_character_a_chunk() -> None:
    """DeepSeek's busy line in a stream, one character an event and no token in its usage, is a soft refusal."""
    chunks = [chunk(json.dumps({"content": mark})) for mark in "服务器繁忙，请稍后再试。"]
    reply = decoded_chat(b"".join((*chunks, STOP, DONE)), "text/event-stream")
    verdict = classify_chat(answered(), reply, wished=TEA, book=TemplateBook(), shopper="s1", at_s=0.0)

    assert verdict == (Outcome.REFUSED_SOFT, Reason.BUSY_CANNED, "服务器繁忙，请稍后再试。")


@pytest.mark.parametrize(
    ("status", "body", "outcome", "reason"),
    [
        pytest.param(
            400,
            b'{"error":{"message":"Input data may contain inappropriate content.","type":"DataInspectionFailed","code":"DataInspectionFailed"}}',
            Outcome.DEGRADED,
            Reason.RISK_CONTROL,
            id="DashScope's content filter",
        ),
        pytest.param(
            500,
            b'{"code":"RequestTimeOut","message":"Request timed out","request_id":"r1"}',
            Outcome.SHED,
            Reason.SERVER_ERROR,
            id="DashScope gave up after 300 s",
        ),
        pytest.param(430, b"", Outcome.DEGRADED, Reason.RISK_CONTROL, id="Shopify's security rejection"),
        pytest.param(
            429,
            b'{"cfWaitingRoom":{"inWaitingRoom":true,"waitTime":5}}',
            Outcome.QUEUED,
            Reason.WAITING_ROOM,
            id="Cloudflare's waiting room under another status",
        ),
    ],
)
def test_what_a_status_tells_beside_refusals(status: int, body: bytes, outcome: Outcome, reason: Reason) -> None:
    """A filter, a time-out, a bot's rejection and a queue are no hard refusal, whatever their status."""
    exchange = answered(status, body)
    reply = service_error(status, {}, body)
    chat = classify_chat(exchange, reply, wished=TEA, book=TemplateBook(), shopper="s1", at_s=0.0)

    assert chat[:2] == (outcome, reason)
    assert classify_checkout(CREATE, exchange, reply)[:2] == (outcome, reason)


@pytest.mark.parametrize(
    ("status", "code", "why"),
    [
        pytest.param(200, "2003", "2003 is a throttle in Hunyuan's 400 only", id="a number in another status"),
        pytest.param(400, "-1", "-1 means busy in WeChat's 200 only", id="minus one in a 400"),
        pytest.param(409, "unavailable", "a shop's item may be unavailable", id="unavailable without a 503"),
        pytest.param(400, "DataInspectionFailed", "a content filter is no throttle", id="moderation"),
        pytest.param(500, "RequestTimeOut", "a slow request is a server error", id="DashScope's 500"),
        pytest.param(401, "invalid_api_key", "a wrong key is the caller's fault", id="a wrong key"),
    ],
)
def test_what_is_no_throttle(status: int, code: str, why: str) -> None:
    """A code that means something else in this status, or always, gives no reason of load."""
    assert hard_reason(status, code) is None, why


def test_codes_are_compared_without_regard_to_case() -> None:
    """A service that changes the case of its code is still understood, and so is a new kind of throttling."""
    assert hard_reason(400, "LIMIT_REQUESTS") is Reason.RATE_LIMITED
    assert hard_reason(400, "Throttling.SomethingNew") is Reason.RATE_LIMITED


def test_every_code_stands_once() -> None:
    """No two rows of the table claim the same code."""
    folded = [signal.code.casefold() for signal in CODES]

    assert len(set(folded)) == len(folded)


@pytest.mark.parametrize(
    ("status", "headers", "queued"),
    [
        pytest.param(429, {"x-checkout-queue": "true"}, True, id="Shopify's older checkout queue"),
        pytest.param(
            200, {"set-cookie": "__cfwaitingroom=Chh; path=/", "refresh": "20"}, True, id="Cloudflare's waiting page"
        ),
        pytest.param(302, {"location": "https://shop.queue-it.net/?c=shop"}, True, id="Queue-it's redirect"),
        pytest.param(
            200, {"set-cookie": "__cfwaitingroom=Chh"}, False, id="the cookie comes with admitted answers too"
        ),
        pytest.param(200, {"location": "https://shop.queue-it.net/"}, False, id="a location without a redirect"),
        pytest.param(302, {"location": "https://shop.test/login"}, False, id="a redirect to somewhere else"),
    ],
)
def test_a_waiting_room_told_by_headers(status: int, headers: dict[str, str], queued: bool) -> None:
    """A queue is known by its own header, by its page's cookie with a refresh, or by its host."""
    assert is_waiting_room(status, headers) is queued


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        pytest.param("out_of_stock", Reason.OUT_OF_STOCK, id="stock"),
        pytest.param("OUT_OF_STOCK", Reason.OUT_OF_STOCK, id="stock, in UCP's case"),
        pytest.param("discount_code_usage_limit_reached", Reason.BAD_COUPON, id="any discount reason"),
        pytest.param("sold_out", Reason.SOLD_OUT, id="the campaign's budget is gone"),
        pytest.param("region_restricted", Reason.NONE, id="a rule without a name of its own"),
        pytest.param("missing", None, id="something is still missing, which is no refusal"),
        pytest.param("", None, id="no code"),
    ],
)
def test_a_business_no(code: str, reason: Reason | None) -> None:
    """Codes of stock, payment, coupon and rules are a business no, anything else is not."""
    assert business_reason(code) == reason


def test_marks_are_found_whatever_the_blanks() -> None:
    """A pretty-printed waiting room is the same as a compact one, and prose holds no mark."""
    pretty = mark_in('{\n "cfWaitingRoom" : {"inWaitingRoom": true}}')

    assert pretty is not None
    assert pretty.outcome is Outcome.QUEUED
    assert mark_in("You are throttled, please wait in the waiting room.") is None
