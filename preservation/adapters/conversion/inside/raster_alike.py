"""Two images compared by how alike they are: {"before", "after", "bounds"}, the bound `ssim` for each channel of each page.

Where a channel has more than eight bits there is no likeness: the answer asks for the exact comparison ("wide").
"""

import numpy as np

from preservation.adapters.conversion.inside.answers import Answer, arguments, number
from preservation.adapters.conversion.inside.pixels import similarity_map
from preservation.adapters.conversion.inside.raster import Page, compare, samples

_NAMES = {
    "R": "red",
    "G": "green",
    "B": "blue",
    "A": "opacity",
    "C": "cyan",
    "M": "magenta",
    "Y": "yellow",
    "K": "black",
}


def main() -> None:
    """Print the answer."""
    told = arguments()
    bound = number(told.get("bounds"), "ssim", 1.0)

    def judge(answer: Answer, place: str, first: Page, second: Page) -> None:
        if max(first.facts.bits, second.facts.bits) > 8:
            answer.could_not("wide")
            return
        if first.facts.passed_over or second.facts.passed_over:
            answer.could_not(f"{place} has a channel of no told meaning, which is not compared")
        one, other = samples(first.image), samples(second.image)
        if one.mode != other.mode:
            answer.equal(f"{place}: kind of colours", one.mode, other.mode)
            return
        for name, *channels in zip(one.getbands(), one.split(), other.split(), strict=True):
            found = similarity_map(*(np.asarray(channel) for channel in channels))
            answer.at_least(f"{place}: SSIM of {_NAMES.get(name, name)}", 1, float(found.mean()), bound)

    compare(str(told["before"]), str(told["after"]), judge)


if __name__ == "__main__":
    main()
