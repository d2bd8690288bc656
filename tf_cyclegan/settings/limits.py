"""Bounds that all commands share: pictures in a folder, pixels of a picture, seeds. Imports no library."""

# Fewest training pictures of a domain. They are too few for a style, but enough to run every step.
MIN_PICTURES = 4
# Held-out pictures of a domain: KID compares the pictures of a set with one another, so a set needs two.
MIN_HELD_OUT = 2

# Sides in pixels: smaller pictures are icons, and networks halve them up to four times.
MIN_SIDE = 16
MAX_SIDE = 65_500  # A JPEG can be no larger.
MAX_PIXELS = 100_000_000

# NumPy takes seeds below 2³². A run needs three in a row: of its weights, and of the second pool and augmentation.
MAX_SEED = 2**32 - 3
