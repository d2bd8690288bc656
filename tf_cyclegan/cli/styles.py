"""`styles`: the styles that come with the project."""

import json
from pathlib import Path
from typing import Any

# Of a row: heading, and the fact that is below it.
_COLUMNS = {
    "style": "name",
    "years": "years",
    "network": "network",
    "KB": "kilobytes",
    "KID": "result",
    "colour transfer": "colour_transfer",
    "photographs": "untouched",
    "paintings": "real",
}
_NOTE = """
KID is the distance to real paintings of the period: smaller is nearer. Next to it the KID of colour transfer, of the
photographs as they are, and of other real paintings, which is the floor.
stylize --style NAME paints in a style; stylize --mix mixes those of a network that has several ({}).
"""


def add_styles(commands) -> None:
    parser = commands.add_parser("styles", help="lists the styles that can be painted in, with their numbers")
    parser.add_argument("--json", action="store_true", help="print the list as JSON")
    parser.set_defaults(command=_styles)


def _styles(options) -> None:
    from tf_cyclegan.stylize.style import find_styles, open_bundle, sorted_by_years

    bundles = sorted_by_years({name: open_bundle(name) for name in find_styles()})
    facts = [_facts(name, bundle) for name, bundle in bundles.items()]
    if options.json:
        print(json.dumps(facts, indent=2))
        return
    mixed = sorted({bundle.folder.name for bundle in bundles.values() if bundle.periods})
    print(_table(facts), _NOTE.format(", ".join(mixed) or "there is none"), sep="\n", end="")


def _facts(name: str, bundle) -> dict[str, Any]:
    about = bundle.about
    return {
        "name": name,
        "years": str(about.get("years", "")),
        "network": bundle.folder.name,
        "bytes": Path(bundle.folder, "model.tflite").stat().st_size,
        "preview": bundle.preview,
        "kid": bundle.kid,
    }


def _table(facts: list[dict[str, Any]]) -> str:
    rows = [[*_COLUMNS], *([_cell(fact, key) for key in _COLUMNS.values()] for fact in facts)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    texts = ("name", "years", "network")
    sides = ["<" if key in texts else ">" for key in _COLUMNS.values()]
    return "\n".join(
        "  ".join(f"{cell:{side}{width}}" for cell, side, width in zip(row, sides, widths, strict=True)).rstrip()
        for row in rows
    )


def _cell(fact: dict[str, Any], key: str) -> str:
    if key in fact:
        return f"{fact[key]}{' (preview)' if key == 'name' and fact['preview'] else ''}"
    if key == "kilobytes":
        return f"{fact['bytes'] / 1000:.0f}"
    return f"{fact['kid'][key]:.3f}" if key in fact["kid"] else "-"
