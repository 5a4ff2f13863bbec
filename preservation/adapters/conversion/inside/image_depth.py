"""What decides how an image is converted: {"path"}. Prints {"pages", "is_described"}."""

import json
import sys

from PIL import Image

from preservation.adapters.conversion.inside.answers import arguments

_MOST_PIXELS = 400_000_000


def main() -> None:
    """Print the answer."""
    Image.MAX_IMAGE_PIXELS = _MOST_PIXELS
    with Image.open(str(arguments()["path"])) as image:
        described = bool(dict(image.getexif())) or any(
            name in image.info for name in ("xmp", "photoshop", "XML:com.adobe.xmp")
        )
        json.dump({"pages": getattr(image, "n_frames", 1), "is_described": described}, sys.stdout)


if __name__ == "__main__":
    main()
