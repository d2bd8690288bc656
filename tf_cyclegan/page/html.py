"""A page in one file, for any browser and for paper, without a network: what the reports have in common."""

import base64
import html
import io
from collections.abc import Iterable, Sequence
from typing import Any

from PIL import Image

STYLE = """
:root { color-scheme: light dark; --ink: #1d1d1f; --soft: #65656b; --paper: #fff; --line: #dcdce0;
  --a: #2a78b5; --b: #c2571a; --c: #6b3fa0 }
@media screen and (prefers-color-scheme: dark) {
  :root { --ink: #ececee; --soft: #a0a0a8; --paper: #17171a; --line: #3a3a40; --a: #6cb4ee; --b: #f09a5c;
    --c: #c3a2f2 }
}
* { box-sizing: border-box }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 75rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif }
h1 { font-size: 1.9rem; margin: 0 0 .3rem; line-height: 1.2; overflow-wrap: anywhere }
h2 { font-size: 1.3rem; margin: 2.6rem 0 .6rem }
h3 { font-size: 1rem; margin: 1.4rem 0 .5rem }
p { margin: .3rem 0 .8rem; max-width: 46rem }
.soft { color: var(--soft) }
.tables { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(22rem, 100%), 1fr)); gap: 0 3rem }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(20rem, 100%), 1fr)); gap: 1.2rem 2rem }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { padding: .3rem 1.2rem .3rem 0; text-align: left; border-bottom: 1px solid var(--line); font-weight: normal }
thead th { color: var(--soft); font-size: .9rem }
thead th + th, td { text-align: right }
tfoot th, tfoot td { font-weight: 600; border: 0 }
figure { margin: 0 }
figcaption { font-size: .9rem; color: var(--soft) }
svg { width: 100%; height: auto; display: block }
svg text { fill: var(--soft); font: 11px system-ui, sans-serif }
svg .axis { stroke: var(--line) }
.a { color: var(--a) }
.b { color: var(--b) }
.c { color: var(--c) }
.key { margin-right: 1.2em }
.key::before { content: ""; display: inline-block; width: .7em; height: .7em; margin-right: .4em;
  background: currentColor; print-color-adjust: exact; -webkit-print-color-adjust: exact }
.key span { color: var(--soft) }
@media print {
  body { max-width: none; padding: 0; font-size: 10pt }
  h2, h3 { break-after: avoid }
  tr, figure, img { break-inside: avoid }
}
"""


def document(title: str, parts: Iterable[str], *, style: str = "", language: str = "en") -> str:
    """The whole page.

    Args:
        title: plain text.
        parts: of the body, as HTML.
        style: CSS that follows `STYLE`.
        language: of the page, e.g. "de".
    """
    head = (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}{style}</style></head>\n<body>\n"
    )
    return head + "\n".join(parts) + "\n</body></html>\n"


def escape(value: Any) -> str:
    """Anything as text that HTML leaves alone, also within an attribute."""
    return html.escape(str(value), quote=True)


def picture(image: Image.Image, text: str, *, title: str = "", quality: int = 75) -> str:
    """An `img` that holds the picture as JPEG.

    Args:
        image: RGB, shown at its own size unless a style says otherwise.
        text: for those who do not see it.
        title: more, for those who point at it.
        quality: of the JPEG.
    """
    encoded = io.BytesIO()
    image.save(encoded, "JPEG", quality=quality)
    data = base64.b64encode(encoded.getvalue()).decode()
    size = f'width="{image.width}" height="{image.height}"'
    more = f' title="{escape(title)}"' if title else ""
    return f'<img src="data:image/jpeg;base64,{data}" {size} alt="{escape(text)}"{more} decoding="async">'


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], foot: Sequence[Any] | None = None) -> str:
    """A table of plain values; the first of a row names it, integers get thousands' commas."""

    def line(cells: Sequence[Any]) -> str:
        first, *rest = (f"{c:,}" if isinstance(c, int) else escape(c) for c in cells)
        return f'<tr><th scope="row">{first}</th>' + "".join(f"<td>{c}</td>" for c in rest) + "</tr>"

    head = "".join(f'<th scope="col">{escape(c)}</th>' for c in columns)
    body = "".join(line(row) for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody>" + (
        f"<tfoot>{line(foot)}</tfoot></table>" if foot else "</table>"
    )


def figure(drawing: str, caption: str) -> str:
    """A drawing (HTML) with its caption (plain text)."""
    return f"<figure>{drawing}<figcaption>{escape(caption)}</figcaption></figure>"
