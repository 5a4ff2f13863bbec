"""Two images compared by how alike they are: {"before", "after", "bounds"}, the bound `ssim` for each page."""

import numpy as np

from preservation.adapters.conversion.inside.answers import Answer, arguments, number
from preservation.adapters.conversion.inside.pixels import similarity_map
from preservation.adapters.conversion.inside.raster import Page, compare


def main() -> None:
    """Print the answer."""
    told = arguments()
    bound = number(told.get("bounds"), "ssim", 1.0)

    def judge(answer: Answer, place: str, first: Page, second: Page) -> None:
        found = similarity_map(np.asarray(first.image.convert("L")), np.asarray(second.image.convert("L")))
        answer.at_least(f"{place}: SSIM", 1, float(found.mean()), bound)

    compare(str(told["before"]), str(told["after"]), judge)


if __name__ == "__main__":
    main()
