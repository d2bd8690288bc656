"""Coarse pictures, in which strokes and canvas vanish; new edges, and light and colour, are compared in them."""

from keras import ops

from tf_cyclegan.pictures.edges import EDGE_PIXELS


def coarse(picture):
    """Means of 8 × 8 pixels, every four pixels.

    Args:
        picture: `(batch, h, w, channels)`, sides of at least 8 pixels.
    """
    return ops.average_pool(picture, EDGE_PIXELS, EDGE_PIXELS // 2, data_format="channels_last")
