"""Pixels compared: exactly, and by structural similarity.

Wang, Bovik, Sheikh, Simoncelli, "Image quality assessment: from error visibility to structural similarity", IEEE Trans.
Image Processing 13 (2004), equation 13, on luma, here with means over squares of 8 x 8 pixels of equal weight at every
place, as in the paper's section III-C: SSIM(x, y) = (2 mx my + C1)(2 sxy + C2) / ((mx^2 + my^2 + C1)(sx^2 + sy^2 + C2)),
C1 = (0.01 * 255)^2, C2 = (0.03 * 255)^2. The mean over all places is 1 for equal images.
"""

import numpy as np
from numpy.typing import NDArray

_SIDE = 8
_C1 = (0.01 * 255) ** 2
_C2 = (0.03 * 255) ** 2

Gray = NDArray[np.float32]


def similarity_map(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> Gray:
    """SSIM at each place, of two gray images of one size; images smaller than the square are made larger by their edge."""
    x, y = _wide(before), _wide(after)
    mean_x, mean_y = _means(x), _means(y)
    variance_x = _means(x * x) - mean_x * mean_x
    variance_y = _means(y * y) - mean_y * mean_y
    covariance = _means(x * y) - mean_x * mean_y
    above = (2 * mean_x * mean_y + _C1) * (2 * covariance + _C2)
    below = (mean_x * mean_x + mean_y * mean_y + _C1) * (variance_x + variance_y + _C2)
    found: Gray = (above / below).astype(np.float32)
    return found


def worst_area(similarities: Gray, side: int) -> float:
    """The least mean over squares of `side` places that lie beside each other: a small change on a large page counts."""
    height, width = similarities.shape
    rows = [slice(at, at + side) for at in range(0, height, side)]
    columns = [slice(at, at + side) for at in range(0, width, side)]
    return min(float(similarities[row, column].mean()) for row in rows for column in columns)


def colour_shift(before: NDArray[np.uint8], after: NDArray[np.uint8], side: int) -> float:
    """How far colour is off in the worst square of `side` pixels, brightness apart: 0 to 255.

    The mean of each square, as Cb and Cr of ITU-R BT.601 (full range, as JFIF has it); the larger of both differences. Both
    images are red, green, blue, of one size.
    """
    shifts = _chroma(before) - _chroma(after)
    height, width = shifts.shape[:2]
    padded = np.pad(shifts, ((0, -height % side), (0, -width % side), (0, 0)), mode="edge")
    squares = padded.reshape(padded.shape[0] // side, side, padded.shape[1] // side, side, 2)
    return float(np.abs(squares.mean(axis=(1, 3))).max(initial=0.0))


def _chroma(image: NDArray[np.uint8]) -> Gray:
    red, green, blue = (image[..., band].astype(np.float32) for band in range(3))
    return np.stack(
        (0.5 * blue - 0.168736 * red - 0.331264 * green, 0.5 * red - 0.418688 * green - 0.081312 * blue), axis=-1
    )


def _wide(image: NDArray[np.uint8]) -> NDArray[np.float64]:
    height, width = image.shape
    padded = np.pad(image, ((0, max(0, _SIDE - height)), (0, max(0, _SIDE - width))), mode="edge")
    return padded.astype(np.float64)


def _means(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Means over all squares, by sums of sums."""
    sums = np.zeros((values.shape[0] + 1, values.shape[1] + 1))
    np.cumsum(values, axis=0, out=sums[1:, 1:])
    np.cumsum(sums[1:, 1:], axis=1, out=sums[1:, 1:])
    square = sums[_SIDE:, _SIDE:] - sums[:-_SIDE, _SIDE:] - sums[_SIDE:, :-_SIDE] + sums[:-_SIDE, :-_SIDE]
    found: NDArray[np.float64] = square / (_SIDE * _SIDE)
    return found
