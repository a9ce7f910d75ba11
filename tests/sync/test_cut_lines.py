"""The line breaks at every part of the exchange: in the end the helpdesk has each reply exactly once."""

from __future__ import annotations

import pytest

from tests.support.proxy import CuttingProxy
from tests.sync.rig import Rig


def positions(length: int, count: int) -> list[int]:
    """The first and last bytes one by one, the rest evenly."""
    edges = {0, 1, 2, length - 2, length - 1, length}
    return sorted(edges | {length * place // count for place in range(count)})


async def measured(rig: Rig, proxy: CuttingProxy, number: int) -> tuple[int, int]:
    """How long a request and its answer are."""
    lengths: list[tuple[int, int]] = []
    proxy.on_exchange = lambda request, answer: lengths.append((len(request), len(answer)))
    change = rig.change(number, "Measure 000")
    await rig.once()
    assert rig.standing(change) == "sent"
    proxy.on_exchange = None
    return max(lengths)


@pytest.mark.parametrize("side", ["request", "answer"])
async def test_exactly_one_comment_wherever_the_line_breaks(
    cut_rig: Rig, proxy: CuttingProxy, side: str
) -> None:
    rig = cut_rig
    number = rig.ticket()
    await rig.once()
    request, answer = await measured(rig, proxy, number)
    sent: list[str] = []
    async with rig.working() as worker:
        await rig.until(lambda: rig.state().state == "ok")
        for place in positions(request if side == "request" else answer, 14):
            text = f"{side} {place:05d}"
            if side == "request":
                cut = proxy.cut(request_bytes=place)
            else:
                cut = proxy.cut(answer_bytes=place)
            change = rig.change(number, text)
            worker.wake()
            await rig.until(cut.struck.is_set, f"the cut at {place}")
            await rig.settled(change)
            sent.append(text)
    # A reset after the whole answer was passed on is none to the console; all others must have been healed.
    texts = rig.server.public_texts(number)
    assert texts[2:] == sent, "each once, and in order"
    shown = [part.text for message in rig.detail(number).messages for part in message.parts]
    assert [text for text in shown if text in sent] == sent, "and shown once each"
