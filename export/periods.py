"""What a style says about its period: names in English and German, years, a sentence."""

PERIODS: dict[str, dict] = {
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
    "baroque": {
        "name": {"en": "Baroque", "de": "Barock"},
        "years": "1600–1750",
        "about": {
            "en": "Drama out of the dark: Rembrandt, Rubens, Caravaggio.",
            "de": "Drama aus dem Dunkel: Rembrandt, Rubens, Caravaggio.",
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


def describe_period(name: str) -> dict:
    """What is known of a period; for one that is not listed, its name alone."""
    known = PERIODS.get(name.casefold())
    return known or {"name": {"en": name, "de": name}, "years": "", "about": {"en": "", "de": ""}}
