"""The ways in which services say no, as data: one row a way, with the bytes that go out and the service that says it so.

Rows of other providers are for clients that must understand them; what each means is the client's to find out. ``<request-id>``,
``<retry-after>`` (whole seconds) and ``<reset>`` (RFC 3339) in headers and bodies are filled in when they are said.
"""

from typing import Final, Literal

import msgspec

from target_stub.catalogue import Language

Manner = Literal["hard", "soft", "queued", "shed"]
"""What a way amounts to: told by status or code; an ordinary answer whose meaning is no; told to wait; a broken connection."""
How = Literal["reply", "spoken", "letters", "broken", "reset", "stall"]
"""A whole reply; an assistant's answer; the same with a character a chunk; one that an error event ends; RST; silence."""
Headers = tuple[tuple[str, str], ...]

_JSON: Final[Headers] = (("content-type", "application/json"),)
_TEXT: Final[Headers] = (("content-type", "text/plain; charset=utf-8"),)
_PAGE: Final[Headers] = (("content-type", "text/html; charset=utf-8"),)
_EVENTS: Final[Headers] = (("content-type", "text/event-stream; charset=utf-8"),)
_WAIT: Final[Headers] = (("retry-after", "<retry-after>"),)


class Saying(msgspec.Struct, frozen=True, kw_only=True):
    """One way of saying no; ``words`` are what an assistant says, by language."""

    manner: Manner
    how: How = "reply"
    status: int = 200
    headers: Headers = _JSON
    body: str = ""
    words: dict[Language, str] = {}
    service: str


def _error(code: str, message: str, kind: str | None = None, tail: str = "") -> str:
    """An error object of the OpenAI family."""
    error = {"message": message, "type": kind or code, "param": None, "code": code}
    return f'{{"error":{msgspec.json.encode(error).decode()}{tail}}}'


_ID: Final = ',"request_id":"<request-id>"'
_OPENAI_LIMITS: Final[Headers] = (
    ("x-ratelimit-limit-requests", "60"),
    ("x-ratelimit-remaining-requests", "0"),
    ("x-ratelimit-reset-requests", "<retry-after>s"),
)
_CF_COOKIE: Final[Headers] = (("set-cookie", "__cfwaitingroom=<request-id>; path=/; HttpOnly"),)
_CF_BODY: Final = (
    '{"cfWaitingRoom":{"inWaitingRoom":true,"waitTime":1,"waitTimeKnown":true,"waitTimeFormatted":"1 minute",'
    '"queueIsFull":false,"queueAll":false,"refreshIntervalSeconds":<retry-after>}}'
)
_ANTHROPIC_OVERLOAD: Final = (
    '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"<request-id>"}'
)

_MODELS: Final[dict[str, Saying]] = {
    "dashscope-rate": Saying(
        manner="hard",
        status=429,
        headers=(*_JSON, *_WAIT),
        body=_error("limit_requests", "Requests rate limit exceeded, please slow down.", tail=_ID),
        service="DashScope, OpenAI mode",
    ),
    "dashscope-burst": Saying(
        manner="hard",
        status=429,
        body=_error("limit_burst_rate", "Request rate increased too quickly.", tail=_ID),
        service="DashScope, OpenAI mode: the slope is too steep",
    ),
    "dashscope-quota": Saying(
        manner="hard",
        status=429,
        body=_error("insufficient_quota", "Allocated quota exceeded, please increase your quota limit.", tail=_ID),
        service="DashScope, OpenAI mode: tokens a minute, in billing words",
    ),
    "dashscope-native": Saying(
        manner="hard",
        status=429,
        body='{"code":"Throttling.RateQuota","message":"Requests rate limit exceeded, please try again later.","request_id":"<request-id>"}',
        service="DashScope, native",
    ),
    "dashscope-native-stream": Saying(
        manner="hard",
        headers=_EVENTS,
        body=(
            "event:error\n:HTTP_STATUS/429\n"
            'data:{"code":"Throttling","message":"Requests throttling triggered.","request_id":"<request-id>"}\n\n'
        ),
        service="DashScope, native, streamed",
    ),
    "dashscope-mid-stream": Saying(
        manner="hard",
        how="broken",
        body='data: {"error":{"message":"Requests throttling triggered.","type":"rate_limit_error","code":"Throttling"}}\n\n',
        service="DashScope: after content began",
    ),
    "dashscope-full": Saying(
        manner="hard",
        status=503,
        body='{"code":"ModelServingError","message":"Too many requests. Your requests are being throttled due to system capacity limits.","request_id":"<request-id>"}',
        service="DashScope: the platform is full",
    ),
    "openai-rate": Saying(
        manner="hard",
        status=429,
        headers=(*_JSON, *_WAIT, *_OPENAI_LIMITS),
        body=_error("rate_limit_exceeded", "Rate limit reached for requests per min. Limit 60, used 60.", "requests"),
        service="OpenAI",
    ),
    "openai-slow-down": Saying(
        manner="hard",
        status=429,
        body=_error("slow_down", "Please reduce your request rate to its original level.", "rate_limit_error"),
        service="OpenAI: grew too fast",
    ),
    "openai-quota": Saying(
        manner="hard",
        status=429,
        body=_error(
            "insufficient_quota", "You exceeded your current quota, please check your plan and billing details."
        ),
        service="OpenAI: for good",
    ),
    "openai-overloaded": Saying(
        manner="hard",
        status=503,
        headers=(*_JSON, *_WAIT),
        body=_error("server_is_overloaded", "The server is overloaded.", "service_unavailable_error"),
        service="OpenAI",
    ),
    "anthropic-overloaded": Saying(manner="hard", status=529, body=_ANTHROPIC_OVERLOAD, service="Anthropic"),
    "anthropic-rate": Saying(
        manner="hard",
        status=429,
        headers=(
            *_JSON,
            *_WAIT,
            ("anthropic-ratelimit-requests-limit", "60"),
            ("anthropic-ratelimit-requests-remaining", "0"),
            ("anthropic-ratelimit-requests-reset", "<reset>"),
        ),
        body='{"type":"error","error":{"type":"rate_limit_error","message":"Number of requests has exceeded your rate limit."},"request_id":"<request-id>"}',
        service="Anthropic",
    ),
    "anthropic-mid-stream": Saying(
        manner="hard",
        how="broken",
        body=f"event: error\ndata: {_ANTHROPIC_OVERLOAD}\n\n",
        service="Anthropic: after content began",
    ),
    "gemini-quota": Saying(
        manner="hard",
        status=429,
        body=(
            '{"error":{"code":429,"message":"Resource has been exhausted (e.g. check quota).","status":"RESOURCE_EXHAUSTED",'
            '"details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"<retry-after>s"}]}}'
        ),
        service="Gemini",
    ),
    "gemini-full": Saying(
        manner="hard",
        status=503,
        body='{"error":{"code":503,"message":"The model is overloaded. Please try again later.","status":"UNAVAILABLE"}}',
        service="Gemini",
    ),
    "hunyuan": Saying(
        manner="hard",
        status=400,
        body='{"error":{"message":"请求限频,请稍后重试","code":"2003"}}',
        service="Tencent Hunyuan: a 400",
    ),
    "cloudbase": Saying(
        manner="hard",
        status=429,
        body='{"code":"EXCEED_CONCURRENT_REQUEST_LIMIT","message":"concurrent request limit exceeded"}',
        service="Tencent CloudBase",
    ),
    "qianfan": Saying(
        manner="hard",
        headers=(*_JSON, ("x-ratelimit-limit-requests", "60"), ("x-ratelimit-remaining-requests", "0")),
        body='{"code":336501,"msg":"Rate limit reached for RPM"}',
        service="Baidu Qianfan: a 200",
    ),
    "zhipu": Saying(
        manner="hard",
        status=429,
        body='{"error":{"code":"1305","message":"该模型当前访问量过大，请您稍后再试"}}',
        service="Zhipu GLM",
    ),
}

_GATEWAYS: Final[dict[str, Saying]] = {
    "bare-429": Saying(manner="hard", status=429, headers=(), service="seen everywhere"),
    "bare-503": Saying(manner="hard", status=503, headers=(), service="seen everywhere"),
    "ratelimit-fields": Saying(
        manner="hard",
        status=429,
        headers=(("ratelimit-policy", '"default";q=100;w=60'), ("ratelimit", '"default";r=0;t=<retry-after>')),
        service="the IETF's draft of rate limit fields",
    ),
    "envoy-adaptive": Saying(
        manner="hard",
        status=503,
        headers=_TEXT,
        body="reached concurrency limit",
        service="Envoy, adaptive concurrency",
    ),
    "envoy-overflow": Saying(
        manner="hard",
        status=503,
        headers=(*_TEXT, ("x-envoy-overloaded", "true")),
        body="upstream connect error or disconnect/reset before headers. reset reason: overflow",
        service="Envoy, circuit breaker",
    ),
    "envoy-rate": Saying(
        manner="hard", status=429, headers=_TEXT, body="local_rate_limited", service="Envoy, local rate limit"
    ),
    "sentinel": Saying(
        manner="hard", status=429, headers=_TEXT, body="Blocked by Sentinel (flow limiting)", service="Alibaba Sentinel"
    ),
    "mtop": Saying(
        manner="hard",
        body='{"api":"mtop.chat","ret":["FAIL_SYS_TRAFFIC_LIMIT::哎哟喂,被挤爆啦,请稍后重试"],"v":"1.0","data":{}}',
        service="Taobao mtop: a 200",
    ),
    "shopify-graphql": Saying(
        manner="hard",
        body=(
            '{"errors":[{"message":"Throttled","extensions":{"code":"THROTTLED"}}],"extensions":{"cost":{"requestedQueryCost":101,'
            '"actualQueryCost":null,"throttleStatus":{"maximumAvailable":1000.0,"currentlyAvailable":5,"restoreRate":50.0}}}}'
        ),
        service="Shopify GraphQL: a 200",
    ),
    "wechat": Saying(manner="hard", body='{"errcode":-1,"errmsg":"system error"}', service="WeChat platform: a 200"),
    "cloudflare-queue": Saying(
        manner="queued",
        headers=(*_JSON, *_CF_COOKIE),
        body=_CF_BODY,
        service="Cloudflare Waiting Room, to a client that wants JSON",
    ),
    "cloudflare-page": Saying(
        manner="queued",
        headers=(*_PAGE, *_CF_COOKIE, ("refresh", "<retry-after>")),
        body="<!doctype html><title>Waiting room</title><p>You are in line.",
        service="Cloudflare Waiting Room",
    ),
    "queue-it": Saying(
        manner="queued",
        status=302,
        headers=(("location", "https://shop.queue-it.net/?c=shop&e=festival"),),
        service="Queue-it",
    ),
    "shopify-queue": Saying(
        manner="queued",
        status=429,
        headers=(*_JSON, ("x-checkout-queue", "true"), ("x-checkout-queue-token", "<request-id>")),
        body="{}",
        service="Shopify's older checkout queue",
    ),
    "reset": Saying(manner="shed", how="reset", service="a full backlog, or a proxy that sheds"),
    "stall": Saying(manner="shed", how="stall", service="a page that never moves on"),
}

_WORDS: Final[dict[str, Saying]] = {
    "busy": Saying(
        manner="soft",
        how="spoken",
        words={
            "zh": "活动太火爆，参与人数较多，请稍后再试。",
            "en": "There are too many participants right now, please try again later.",
        },
        service="campaigns of the incident's kind",
    ),
    "enthusiasm": Saying(
        manner="soft",
        how="spoken",
        words={
            "zh": "大家体验AI购物的热情太高了，“千问请客”参与人数较多，请稍后再试。",
            "en": "Everyone's enthusiasm for experiencing AI shopping is too high! There are too many participants in the free order.",
        },
        service="the incident's own answer, as reported",
    ),
    "distracted": Saying(
        manner="soft",
        how="spoken",
        words={"zh": "系统开小差了，稍后再试吧", "en": "The server is busy, please try again later."},
        service="the incident's campaign entry",
    ),
    "strained": Saying(
        manner="soft",
        how="spoken",
        words={
            "zh": "当前商家繁忙、运力紧张，暂停接单，请稍后再试。",
            "en": "Merchants and delivery are at capacity, please try again later.",
        },
        service="the incident's second morning",
    ),
    "degraded": Saying(
        manner="soft",
        how="spoken",
        words={
            "zh": "我是一个大语言模型，没有实体，无法连接支付和配送，建议您通过其他平台购买。",
            "en": "As a large language model I am not connected to payment or delivery and cannot place orders.",
        },
        service="the incident's fluent answers without a tool call",
    ),
    "deepseek": Saying(
        manner="soft",
        how="letters",
        words={"zh": "服务器繁忙，请稍后再试。", "en": "The server is busy. Please try again later."},
        service="DeepSeek's chat and its copies: a character a chunk",
    ),
    "fastchat": Saying(
        manner="soft",
        how="spoken",
        words=dict.fromkeys(
            ("zh", "en"), "**NETWORK ERROR DUE TO HIGH TRAFFIC. PLEASE REGENERATE OR REFRESH THIS PAGE.**"
        ),
        service="FastChat and its copies",
    ),
}

SAYINGS: Final[dict[str, Saying]] = {**_MODELS, **_GATEWAYS, **_WORDS}
"""Every way by its name."""
