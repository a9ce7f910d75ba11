"""Chance that repeats: one generator a purpose, each from the seed and a name."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

T = TypeVar("T")


def generator(seed: int, purpose: str) -> Random:
    """Return a generator of `seed` and `purpose` alone, so that parts don't disturb one another."""
    return Random(f"{purpose}:{seed}")  # noqa: S311 - made-up people, not secrets


class Weighted(Generic[T]):
    """A choice among things of different weight."""

    def __init__(self, choices: Sequence[tuple[T, float]]) -> None:
        self._things = [thing for thing, _ in choices]
        self._bounds = list(accumulate(weight for _, weight in choices))

    def pick(self, rng: Random) -> T:
        """Return one of the things."""
        return rng.choices(self._things, cum_weights=self._bounds)[0]


def rank_by_weight(rng: Random, weights: Sequence[float], count: int) -> set[int]:
    """Return `count` positions, drawn without putting back, each as likely as its weight says."""
    keys = [math.log(rng.random() or 1e-300) / weight for weight in weights]
    order = sorted(range(len(keys)), key=keys.__getitem__, reverse=True)
    return set(order[:count])
