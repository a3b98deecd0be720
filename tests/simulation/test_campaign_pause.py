"""A campaign that stops handing out cards while the shop's queue is long, at three times what the shop serves."""

from benchmarks.doors.virtual_service import VirtualService, poisson_ns
from target_stub.admission.arrival import Arrival
from target_stub.admission.ticket import Outcome, Refusal
from target_stub.campaign_pause import NO_CAUSE, PauseRule, PauseSample, causes_after
from target_stub.clock import NS_PER_MS, NS_PER_S

SURGE_S = 20
SERVED_PER_S = 100
"""Ten servers of 100 ms."""


class Campaign:
    """Shoppers who ask for a card and, when they get one, come to the shop with it at once."""

    def __init__(self, rule: PauseRule) -> None:
        """Let 300 of them a second come for twenty seconds, and 20 a second for ten more."""
        self.rule = rule
        self.causes = NO_CAUSE
        self.given: list[int] = []
        self.served: list[int] = []
        self.longest_queue = 0
        self.pauses = 0
        self.service = VirtualService(10, lambda: 100 * NS_PER_MS)
        late_ns = [SURGE_S * NS_PER_S + at_ns for at_ns in poisson_ns(20, 10, 2)]
        for at_ns in [*poisson_ns(300, SURGE_S, 1), *late_ns]:
            self.service.at(at_ns, self.claim)
        self.service.run(SURGE_S + 20)

    def claim(self) -> None:
        """Ask for a card."""
        queue = self.service.controller.queue_length()
        self.longest_queue = max(self.longest_queue, queue)
        now_ns = self.service.clock.now_ns
        before, sample = self.causes, PauseSample(now_ns / NS_PER_S, 0.0, queue)
        self.causes = causes_after(self.rule, before, sample)
        self.pauses += bool(self.causes) and not before
        if self.causes:
            return
        self.given.append(now_ns)

        def told(outcome: Outcome) -> None:
            assert not isinstance(outcome, Refusal)
            self.served.append(outcome.end_ns - now_ns)

        self.service.ask(Arrival(), told)


def test_the_queue_is_bounded_and_every_card_is_worth_something() -> None:
    """No more than ``high`` ever wait, whoever got a card is served within that queue's time, and the shop is never idle."""
    campaign = Campaign(PauseRule(queue_high=50, queue_low=20))

    assert campaign.longest_queue == 50
    assert len(campaign.served) == len(campaign.given)
    assert max(campaign.served) <= (50 / SERVED_PER_S + 0.2) * NS_PER_S
    in_surge = sum(at_ns < SURGE_S * NS_PER_S for at_ns in campaign.given)
    assert abs(in_surge / (SERVED_PER_S * SURGE_S) - 1) < 0.05


def test_after_the_surge_cards_are_given_again() -> None:
    """With the queue gone every shopper gets a card."""
    campaign = Campaign(PauseRule(queue_high=50, queue_low=20))

    after = sum(at_ns >= (SURGE_S + 1) * NS_PER_S for at_ns in campaign.given)
    came = sum(at_ns >= NS_PER_S for at_ns in poisson_ns(20, 10, 2))
    assert (after, campaign.causes) == (came, NO_CAUSE)


def test_a_distance_between_pausing_and_resuming_keeps_the_campaign_from_trembling() -> None:
    """Thirty places of hysteresis take a third of a second to serve, so pauses are few; one place makes many times as many."""
    calm, trembling = (Campaign(PauseRule(queue_high=50, queue_low=low)) for low in (20, 49))

    assert calm.pauses <= SURGE_S * SERVED_PER_S / 30
    assert trembling.pauses > 5 * calm.pauses


def test_without_a_rule_the_queue_grows_as_long_as_the_surge_lasts() -> None:
    """An open campaign promises three times what the shop can serve: two of three wait, and the last ones for ever longer."""
    campaign = Campaign(PauseRule())

    assert campaign.longest_queue > 3000
    assert max(campaign.served) > 30 * NS_PER_S
