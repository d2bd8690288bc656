"""What is known of art periods: names in English and German, years, a sentence."""

from typing import Any

_AND = {"en": " and ", "de": " und "}
PERIODS: dict[str, dict[str, Any]] = {
    "impressionism": {
        "name": {"en": "Impressionism", "de": "Impressionismus"},
        "years": "1865–1890",
        "about": {
            "en": "Light and weather in loose, visible strokes: Monet, Renoir, Pissarro, Degas.",
            "de": "Licht und Wetter in losen, sichtbaren Strichen: Monet, Renoir, Pissarro, Degas.",
        },
    },
    "post-impressionism": {
        "name": {"en": "Post-Impressionism", "de": "Postimpressionismus"},
        "years": "1885–1910",
        "about": {
            "en": "Strong colour and form beyond the impression: Van Gogh, Cézanne, Gauguin.",
            "de": "Starke Farbe und Form über den Eindruck hinaus: van Gogh, Cézanne, Gauguin.",
        },
    },
    "renaissance": {
        "name": {"en": "Renaissance", "de": "Renaissance"},
        "years": "1400–1600",
        "about": {
            "en": "Clear forms in calm, even light: Leonardo, Raphael, Titian, Dürer.",
            "de": "Klare Formen in ruhigem, gleichmäßigem Licht: Leonardo, Raffael, Tizian, Dürer.",
        },
    },
    "baroque": {
        "name": {"en": "Baroque", "de": "Barock"},
        "years": "1600–1750",
        "about": {
            "en": "Drama out of the dark: Rembrandt, Rubens, Caravaggio.",
            "de": "Drama aus dem Dunkel: Rembrandt, Rubens, Caravaggio.",
        },
    },
    "rococo": {
        "name": {"en": "Rococo", "de": "Rokoko"},
        "years": "1720–1780",
        "about": {
            "en": "Light, playful scenes in pale colours: Watteau, Boucher, Fragonard.",
            "de": "Leichte, verspielte Szenen in hellen Farben: Watteau, Boucher, Fragonard.",
        },
    },
    "romanticism": {
        "name": {"en": "Romanticism", "de": "Romantik"},
        "years": "1790–1850",
        "about": {
            "en": "Nature as feeling, from storms to moonlight: Friedrich, Turner, Delacroix.",
            "de": "Natur als Gefühl, vom Sturm bis zum Mondlicht: Friedrich, Turner, Delacroix.",
        },
    },
    "realism": {
        "name": {"en": "Realism", "de": "Realismus"},
        "years": "1840–1890",
        "about": {
            "en": "Everyday life as it is: Courbet, Millet, Eakins.",
            "de": "Das Leben, wie es ist: Courbet, Millet, Eakins.",
        },
    },
}


def describe_period(name: str) -> dict[str, Any]:
    """What is known of a period, or of several joined by `+`; where one of them is not listed, the name alone.

    Returns:
        "name" and "about", each a text by language, and "years".
    """
    known = [PERIODS.get(part.strip().casefold()) for part in name.split("+")]
    parts = [period for period in known if period]
    if len(parts) < len(known):
        return {"name": {"en": name, "de": name}, "years": "", "about": {"en": "", "de": ""}}
    years = sorted(year for period in parts for year in period["years"].split("–"))
    return {
        "name": {language: word.join(period["name"][language] for period in parts) for language, word in _AND.items()},
        "years": f"{years[0]}–{years[-1]}",
        "about": {language: " ".join(period["about"][language] for period in parts) for language in _AND},
    }
