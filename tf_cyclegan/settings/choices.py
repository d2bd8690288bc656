"""Names that a setting can take. Their builders are elsewhere; the command line lists them without importing those."""

PUBLISHED_GENERATORS = ("resnet_9blocks", "resnet_6blocks", "unet_128", "unet_256")
GENERATORS = (*PUBLISHED_GENERATORS, "painter")
DISCRIMINATORS = ("basic", "n_layers", "pixel", "projected")
NORMS = ("instance", "instance_affine", "batch", "none")
GAN_MODES = ("lsgan", "vanilla", "wgangp", "hinge")
AUGMENTATIONS = ("color", "translation", "cutout")
SCHEDULES = ("linear", "cosine", "step")
PRECISIONS = ("auto", "float32", "mixed_float16", "mixed_bfloat16")

FEATURES = ("inception_v3_fid", "inception_v3_keras", "mobilenet_v2")
LANGUAGES = ("en", "de")

DIRECTIONS = ("photo-to-painting", "painting-to-photo")
WEIGHTS = ("float32", "float16")
INTEGERS = ("int8_conv", "int8", "int16x8")

# From the smallest strokes to the largest.
BRUSHES = ("fine", "medium", "broad")
BRUSH = "medium"

SPLITS = ("random", "artist", "source")
GENRES = ("portrait", "landscape", "still life", "religious/history", "other")
