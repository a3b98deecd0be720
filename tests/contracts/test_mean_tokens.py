"""The stub's token-proportional service has its configured mean for the prompts that the generator sends."""

from statistics import mean

import pytest

from locustfiles.journeys.prompts import prompt_for
from locustfiles.session.doors import SYSTEM_TEXT
from target_stub.assistant import answer
from target_stub.config import Config
from target_stub.sizing import token_costs_of
from target_stub.sse import tokens_of


def test_the_generators_prompts_take_the_mean_service_time() -> None:
    """Over a thousand wishes the work is 1 within 2 %, with the default mean counts of tokens."""
    costs = token_costs_of(Config(service_law="token-proportional"))
    assert costs is not None
    work = []
    for index in range(1000):
        text = prompt_for("run-1", 1, index).text
        said = answer(text)
        prompt_tokens = tokens_of(SYSTEM_TEXT) + tokens_of(text)
        work.append(costs.work(prompt_tokens, tokens_of(said.text) + tokens_of(said.arguments)))

    assert mean(work) == pytest.approx(1, rel=0.02)
    assert max(work) > 1.1
    assert min(work) < 0.9
