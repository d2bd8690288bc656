"""`export`: a run → a bundle."""

from pathlib import Path

from tf_cyclegan.backend import start_keras
from tf_cyclegan.disk.archive import format_of_name
from tf_cyclegan.settings.choices import BRUSH, BRUSHES, DIRECTIONS, INTEGERS, WEIGHTS


def add_export(commands) -> None:
    parser = commands.add_parser("export", help="a run → a bundle for page, command line, phone and browser")
    parser.add_argument("source", help="folder of a run, or a .keras file")
    parser.add_argument("--out", metavar="DIR", required=True, help="folder of the bundle")
    parser.add_argument("--direction", default=DIRECTIONS[0], choices=DIRECTIONS)
    parser.add_argument("--precision", default="float16", choices=WEIGHTS, help="precision of the TFLite weights")
    integer = (
        f"also try integer models, all kinds or these ({', '.join(INTEGERS)}); those that fail the gate are left out"
    )
    parser.add_argument("--integer", nargs="*", choices=INTEGERS, metavar="KIND", help=integer)
    representative = "real pictures on which their ranges are measured (default: the run's training pictures)"
    parser.add_argument("--representative", metavar="DIR", help=representative)
    parser.add_argument("--saved-model", metavar="DIR", help="also write a SavedModel")
    archive = "also write the bundle as one file, .tar or .tar.xz; stylize --style takes this file or its address"
    parser.add_argument("--archive", metavar="FILE", help=archive)
    pictures = "real pictures to compare on (default: the run's held-out pictures)"
    parser.add_argument("--pictures", metavar="DIR", help=pictures)
    parser.add_argument("--period", help="name of the style (default: the period that the data was prepared from)")
    brush = f"the brush that stylize and the pages use for this style where none is chosen (default: {BRUSH})"
    parser.add_argument("--brush", choices=BRUSHES, help=brush)
    preview = "mark the style as a preview (a style that is no better than colour transfer is always marked)"
    parser.add_argument("--preview", action="store_true", help=preview)
    note = "a remark on the quality, shown to users: of the style, or of the period that the run adds to one"
    parser.add_argument("--note", default="", help=note)
    parser.add_argument("--note-de", default="", help="the same in German")
    parser.set_defaults(command=_export)


def _export(options) -> None:
    if options.archive:
        format_of_name(options.archive)  # Before minutes of work.
    start_keras()
    from export.bundle import export_bundle

    names = (
        "direction",
        "precision",
        "representative",
        "saved_model",
        "archive",
        "pictures",
        "period",
        "brush",
        "preview",
        "note",
        "note_de",
    )
    settings = {name: getattr(options, name) for name in names}
    # Without the option None, with the option alone an empty list.
    integer = INTEGERS if options.integer == [] else options.integer or ()
    export_bundle(options.source, options.out, integer=integer, tell=lambda v: print(v, flush=True), **settings)
    if options.archive:
        from tf_cyclegan.disk.manifest import sha256_of

        file = Path(options.archive)
        print(f"{file}: {file.stat().st_size:,} bytes, #sha256={sha256_of(file)}")
