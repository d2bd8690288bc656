"""`prepare`: paintings and photographs → a data set of two domains."""

import dataclasses
import sys

from tf_cyclegan.cli.options import add_setting
from tf_cyclegan.errors import UserError
from tf_cyclegan.prepare.cleaning import Cleaning
from tf_cyclegan.prepare.settings import LIMIT, PROCESSES, Settings
from tf_cyclegan.settings.setting import settings_of, split_names

_KEPT = {
    "frames": "do not cut off margins and gilt frames",
    "drawings": "keep drawings, prints and objects",
    "monochrome": "keep black-and-white and sepia pictures",
    "duplicates": "keep near duplicates, together on one side of the split",
}


def add_prepare(commands) -> None:
    parser = commands.add_parser("prepare", help="paintings and photographs → a data set of two domains")
    _add_source_options(parser)
    parser.add_argument("--out", metavar="DIR", help="the data set to make")
    for name in ("size", "seed", "test_share"):
        add_setting(parser, name, settings_of(Settings)[name])
    _add_cleaning_options(parser)
    parser.set_defaults(command=_prepare)


def _add_cleaning_options(parser) -> None:
    group = parser.add_argument_group("selection")
    add = group.add_argument
    genres = "portrait, landscape, still life, religious/history, other; separated by commas"
    add(
        "--genre",
        dest="genres",
        type=lambda text: split_names(text.lower()),
        default=(),
        metavar="LIST",
        help=f"keep only these genres: {genres}",
    )
    add(
        "--all-photographs",
        action="store_true",
        help="with --genre: select only paintings by genre, keep all photographs",
    )
    add(
        "--balance-genres",
        action="store_true",
        help="make the mix of portraits, landscapes and others the same in both domains",
    )
    add_setting(group, "split", settings_of(Settings)["split"])
    add_setting(group, "min_side", settings_of(Cleaning)["min_side"], metavar="PIXELS")
    add_setting(group, "min_sharpness", settings_of(Cleaning)["min_sharpness"], metavar="X")
    for what in ("frames", "drawings", "monochrome", "duplicates"):
        add(f"--keep-{what}", action="store_true", help=_KEPT[what])
    add("--force", action="store_true", help="replace a data set that was prepared with other settings")
    add_setting(group, "processes", PROCESSES, metavar="N")


def _cleaning(options) -> dict:
    """The settings of the group "selection", as `prepare` takes them."""
    from tf_cyclegan.prepare.cleaning import Cleaning

    keep = {what: not getattr(options, f"keep_{what}") for what in _KEPT}
    names = ("genres", "all_photographs", "balance_genres", "split", "force", "processes")
    cleaning = Cleaning(min_side=options.min_side, min_sharpness=options.min_sharpness, **keep)
    return {"cleaning": cleaning, **{name: getattr(options, name) for name in names}}


def _add_source_options(parser) -> None:
    sources = parser.add_argument_group("sources")
    add = sources.add_argument
    several = {"action": "append", "metavar": "DIR_OR_ZIP"}
    again = "; may be given several times"
    add(
        "--historic-art",
        **several,
        help=f"the Kaggle collection ansonnnnn/historic-art, already downloaded, or another in its layout{again}",
    )
    add("--kaggle", metavar="OWNER/NAME", help="download the collection: ansonnnnn/historic-art, several gigabytes")
    add("--download-urls", action="store_true", help="fetch pictures that the collection lacks from their addresses")
    add("--list", action="store_true", help="print the collection's periods, genres and numbers of works, and stop")
    add(
        "--period",
        help="period of the collection, e.g. Impressionism or Romanticism+Realism; with other sources, a name for the "
        "style",
    )
    add("--photos-period", metavar="PERIOD", help="a period of the collection, instead of photographs")
    add("--paintings", **several, help=f"a folder of paintings, instead of a collection or in addition to it{again}")
    add("--photos", **several, help=f"a folder of photographs{again}")
    add("--photos-kaggle", metavar="OWNER/NAME", help="photographs by name: download a data set of Kaggle")
    add(
        "--photos-tfds",
        metavar="cycle_gan/monet2photo",
        help="photographs by name: download a set of TensorFlow Datasets and take its 7,038 photographs of landscapes",
    )
    add("--tfds", metavar="cycle_gan/NAME", help="a set of TensorFlow Datasets, for both domains")
    add(
        "--swap",
        action="store_true",
        help="swap its domains: in the *2photo sets A are paintings, here A are photographs",
    )
    add_setting(sources, "limit", LIMIT, metavar="N")
    add(
        "--cache",
        metavar="DIR",
        help="where downloads are kept (default: tf_cyclegan in XDG_CACHE_HOME, else in ~/.cache; kagglehub and "
        "TensorFlow Datasets have folders of their own)",
    )


def _prepare(options) -> None:
    if options.list:
        _list_periods(options)
        return
    from tqdm import tqdm

    from tf_cyclegan.prepare.cleaning import count_reason
    from tf_cyclegan.prepare.dataset import check_places, prepare

    if not options.out:
        raise UserError("--out DIR is missing: name the data set to make")
    if options.tfds and options.split == "artist":  # Before gigabytes are fetched.
        raise UserError("sets of TensorFlow Datasets name no artists; use --split random or --split source")
    check_places(options.out, _choice(options).places())  # Before anything is downloaded.
    sources = _sources(options)
    keys = ("size", "seed", "test_share")
    settings = {**{k: getattr(options, k) for k in keys}, **_cleaning(options)}
    settings |= {"about": sources.about, "passed_over": sources.passed_over}
    result = prepare(sources.photographs, sources.paintings, options.out, bar=tqdm, **settings)
    for line in result.dropped:
        print(f"left out: {line}", file=sys.stderr)
    for domain, reasons in result.left_out.items():
        for reason, count in reasons.items():
            print(f"left out of {domain}: {count_reason(count, reason)}", file=sys.stderr)
    counts = ", ".join(f"{name} {count}" for name, count in result.counts.items())
    left_out = sum(sum(reasons.values()) for reasons in result.left_out.values())
    print(f"{options.out}: {counts}; {left_out} left out" + ("" if result.new else "; it was prepared already"))


def _choice(options):
    from tf_cyclegan.prepare.sources import Choice

    return Choice(**{f.name: getattr(options, f.name) for f in dataclasses.fields(Choice) if hasattr(options, f.name)})


def _sources(options):
    """Reads the works of domains A and B; prints remarks on the works that were left out."""
    from tqdm import tqdm

    from tf_cyclegan.prepare.sources import read_sources

    sources = read_sources(_choice(options), bar=tqdm)
    for line in sources.remarks:
        print(f"note: {line}", file=sys.stderr)
    return sources


def _list_periods(options) -> None:
    from tf_cyclegan.prepare.overview import format_periods
    from tf_cyclegan.prepare.sources import open_collection

    collection = open_collection(_choice(options))
    for line in (*collection.remarks, *collection.describe_missing()):
        print(f"note: {line}", file=sys.stderr)
    print(format_periods(collection))
