# SPDX-License-Identifier: MIT
"""Made-up sentences, the same as those of tools/bench/made_up.cpp."""
import math


class MadeUp:
    def __init__(self):
        self.state = 1

    def number(self):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 11) / 2**53

    def length(self):
        normal = -6.0
        for _ in range(12):
            normal += self.number()
        return min(max(int(math.exp(2.4 + 0.45 * normal) + 0.5), 3), 60)

    def word(self, first, vocabulary):
        u = self.number()
        return first + int((vocabulary - first) * u * u * u)


def sentences(count, first, vocabulary):
    """Lists of ids from `first` to `vocabulary` - 1."""
    made_up = MadeUp()
    return [[made_up.word(first, vocabulary) for _ in range(made_up.length())]
            for _ in range(count)]
