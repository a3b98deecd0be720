"""Words for people with which services turn shoppers away, as patterns: parts of a sentence, not sentences.

Shops that are busy but took the order, declined cards and sold-out goods use the same words, so a hit never decides alone: it names
the reason of an answer that made no progress (``busy_words``). A refusal is made of parts: it is crowded (``CROWDED``), it does not go
(``UNABLE``), come back (``LATER``); or it puts the shopper in a queue (``QUEUE``). All of it is regular expressions over normalised text:
lower-case, simplified, half-width, without emoji. Quoted texts of services are in the tests.
"""

from reports.run_record.outcome import Reason

CROWDED = (
    # zh: busy, crowded, heavy load, many people or orders, popular beyond measure, limits of a rate
    *(
        r"繁忙|忙碌|忙不过来|忙得|(太|有点|比较|正|很|好)忙(?!碌)|拥挤|拥堵|[拥壅]塞|挤(爆|垮|满|不[进下]|崩)",
        r"务忙|器忙",
    ),
    r"过载|超载|负[载荷](已|较|过|太)?(饱和|高|大)|流量(较|过|太)?(大|高)|访问量(较|过|太)?(大|高)|压力(较|过|太)?大",
    r"(人|人数|用户|顾客|朋友|订单|单|咨询|请求|会话)(都)?(数|量)?(现在|实在|有点|真的)?(激增|爆满|太多|过多|较多|很多|众多|有点多|暴增)",
    r"(太多|过多)(人|用户|订单|请求)|人(数)?已?满|火爆|火热|爆棚|太受欢迎|热情.{0,8}(高|超|想象)|(太|过于|大家)热情",
    r"限流|限频|限速|流控|(频率|频次|速率|次数|速度).{0,4}(过高|太高|太快|过快|超限|超[过出]|限制|上限)|频繁|操作得?太快",
    r"(并发|连接|会话)数?.{0,4}(超|满|上限)|(人数|次数|额度|并发|名额|订单).{0,6}(已满|已?达到?|上限|用完了|受限)|已达上限",
    r"扩容|开(了)?个?小差|累(垮|了|坏)|吃不消|缓(一|不过|口|缓)|喘口气|算力|资源不足|降级|远超.{0,4}(预期|想象)",
    # en
    r"\bbusy\b|overload\w*|overwhelm\w*|swamped|slammed|saturated|crowded|hectic|over capacity|capacity (is |constraints|limit)",
    r"too many|so many|(lots|a lot) of (people|visitors|users|shoppers)|heavy (load|traffic|usage|use)",
    r"\bhigh(er)? (load|demand|traffic|volume|usage)|(exceptionally|unusually) (high|heavy)|traffic is|heavy|enthusiasm|(extremely|very|so) popular",
    r"at capacity|no capacity|capacity (has been )?(exhausted|reached)|full stretch|surge|more (requests|orders|interest|traffic) than",
    r"rate.?limit\w*|throttl\w*|too (fast|often|quickly)|slow down|concurrency|load shedding|quota|resource has been exhausted",
    r"(reached|hit|exceeded) (the|your|our|its) (\w+ ){0,2}(limit|maximum|cap)\b|limit (has been |was )?reached|usage cap|scaling up",
    r"queue is (full|saturated)|(is|are) full\b",
)
"""It is crowded, or a limit is reached."""

UNABLE = (
    r"无法|没法|不能|不了(单)?|暂时(不|没|无|停|限制|关闭|休息|缓)|暂(不|停|缓)|不可用|已?拒绝|已?被(限|拒)|未能|关闭|休息中|进不[去来]|还不能",
    r"can'?t|cannot|can not|unable|unavailable|not available|not able|paused?|stopp?ed|(isn'?t|is not) something i can|could not|couldn'?t",
    r"did not (get|go) through|rejected|discarded|refused|temporarily|are limited|on hold|closed for now",
)
"""It does not go."""

LATER = (
    r"稍[后候等]|[过等](一|了)?会|晚[点些]|一会儿?再|待会|(几|#|数|\d+)分钟后|(再|重)(试|来|发|新|连)|再(领|问|说|参与|访问|体验)|明天(再|来)",
    r"[改换]个?(天|时间|时段)|下(一)?(次|时段)|耐心等|请(等|慢)|刷新|降低.{0,4}(频率|速)|歇|缓(一|缓)",
    r"\b(try(?! it)|come|check|ask|return|retry|back|visit|wait|resend|refresh|regenerate|resubmit|hold on|hang tight)\b[^.!?]{0,30}\b(later|again|soon|shortly|moment|minutes?|bit|while|back|back later|evening|tomorrow|seconds?)\b",
    r"\bretry\b|(please|and) (wait|refresh|regenerate|hold)|again (later|soon|shortly|in a)|back (later|soon|shortly|in a)|later\.?$|be patient",
    r"(again|available|back|expected available) (shortly|soon|in \d+)|ask again|slow down|for (a while|now)\b|at (the|this) (moment|time)|right now",
)
"""Come back, wait, or not now."""

QUEUE = (
    r"(您|你)?(正在|已在|已进入)(为您)?(排队|队伍|等[候待]|队列)|排队(中|进入|人数|系统)|正在为(您|你)排队|等[候待](室|区|入场)|候补队列|取号|叫号|排不上号",
    r"前[面方](还有|还|有)?\s?[#\d]*\s?(位|人|名)|预计(还需|等待|等候)|第\s?[#\d]+\s?位|有序进入|轮到(您|你)",
    r"(you are|you're|now|place|spot|position|number) in (line|the queue|a queue)|your (place|spot|number|turn)\b|waiting room|virtual queue",
    r"(people|shoppers|visitors|customers) (ahead of|before|in front of) you|in the queue|be admitted|let(ting)? (you|shoppers|people|visitors) in",
    r"(estimated|expected) (wait|time|arrival)|(queue|line) (paused|is currently full)",
)
"""The shopper waits in line."""

CAPACITY = (
    r"(运力|骑手|配送|商家).{0,8}(紧张|不足|繁忙)|(暂停|暂不|无法|停止)(接(收|受)?|配送)(新)?(单|订单|服务)?|商家繁忙",
    r"(riders?|couriers?|drivers?|kitchen).{0,30}(full stretch|free|strained|available)|(stopped|paused) (taking |accepting )?(new )?orders",
)
"""Shops and couriers cannot take more."""

RATE = (
    r"限频|限流|限速|流控|频率|频次|速率|频繁|次数.{0,4}(超|限|上限)|并发|已达上限|名额已满|(操作|发送)得?太快|慢一点",
    r"rate.?limit\w*|throttl\w*|too (fast|often|quickly)|too many requests|slow down|concurrency|quota|usage cap|(reached|hit|exceeded) (the|your|our)",
)
"""A limit of a rate."""

REASONS = ((Reason.WAITING_ROOM, QUEUE), (Reason.CAPACITY_REFUSAL, CAPACITY), (Reason.RATE_LIMITED, RATE))
"""First match names the reason of a refusal; none of them: busy."""

DEGRADED = (
    r"我(只)?是一?个?(大)?(语言)?模型|只是一?个?(大?语言)?模型|没有(手|实体|身体)|无法(连接|访问|使用)(到)?(支付|配送|外卖)|作为(一个)?(ai|人工智能|语言模型|大)",
    r"建议(您|你)(通过|打开|使用|前往)其他|(您|你)可以自己|只能陪(您|你)聊",
    r"as an? (ai|large)( large)? ?(language )?model|as a(n ai| chat)|language model|just a (chatbot|program|model)|cannot place orders|have no hands",
    r"not connected to payment or delivery|no access to payment|don'?t have (the ability|access)|(other|another) delivery app|use another",
)
"""An assistant that has lost its tools."""

BUSINESS_NO = (
    r"售罄|[已卖]售?完|卖完|无货|缺货|下架|补货|库存|被拒|被发卡行|换一?张卡|支付失败|余额不足|已?过期|打烊|配送范围|起送|限领|领过|不适用",
    r"活动已结束|未满足|无效|未满\s?\d+岁|发卡行",
    r"sold out|out of stock|unavailable item|in stock|discontinued|(was|is|been) declined|card.{0,12}declined|refused the payment|payment (failed|method)",
    r"insufficient funds|has expired|already claimed|cannot be used for|(is|are) closed now|opens at|don'?t deliver|minimum order|promotion has ended",
    r"must be over|all were handed out|cards are gone|your bank|agotado|rechazada|rechazado|refusée|rupture|abgelehnt|ausverkauft|recusado|esgotado",
    r"отклонена|ditolak|habis|từ chối|hết hàng|売り切れ|ご利用いただけません|품절|이용하실 수 없|사용할 수 없",
)
"""A correct business no: what is said with it is not called a refusal, whatever its words."""

MODERATION = (
    r"敏感(信息|内容|词)|违规|法律法规|不当内容|(这|该)个?话题|不合规|content (policy|filter)|usage polic|inappropriate|flagged|may be unsafe|safety (policy|guidelines)",
)
"""A content filter: neither load nor business."""

GOING_ON = (
    r"已(经)?(为|给|帮|替)?(您|你)?.{0,6}(下单|下好|提交|接单|加入|选好|创建|用上|使用|成功|支付|出餐|预约|换成)|订单.{0,8}(已|成功)|单已",
    r"(下单|付款|支付|接单)成功|下单好了|下好了|预计.{0,12}(送达|分钟到)|分钟(左右)?(后)?(送达|到|可取)|为(您|你)(找到|选|比较)|做好会通知|请确认|取餐",
    r"合计|实付|加入购物车|正在制作|在做|月销",
    r"(order|it|card|payment|cart)('s| is| was)? (been )?(in\b|placed|confirmed|ready|applied|ordered|on its way)|is on (its|the) way",
    r"\bi('ve| have)? ?(ordered|reserved|picked|found|tried|added|applied|compared)|went through|order (number )?\d+|you pay|total\b|checked out",
    r"your order takes|orders? ahead of yours|yours is in|shall i|(would you like|do you want|which|how many|should)\b.*\?|delivers in|in your cart",
    r"承りました|完了しま|완료|pedido está (hecho|confirmado)|pedido foi (feito|confirmado)|commande est passée|bestellung ist|заказ оформлен",
)
"""The task goes on: an order is taken, or on its way."""

QUESTION = (
    r"(哪(个|里|种|一)|几份|几杯|多少|什么(口味|规格|地址)|要不要|还是.{1,12}|地址|送到哪).{0,12}[?]|请问.{0,24}",
    r"\b(which|what|how many|how much|where|who|would you like|do you want|do you prefer|should)\b.{0,80}[?]",
    r"どの.{0,12}|どちら.{0,12}|(qué|cuál|cuántos|quelle|quel|welche|wohin).{0,40}[?]|[要选换].{0,6}(吗|么|呢)[?]?$",
)
"""A question about the wish itself: it is an answer of the assistant, though not progress."""
