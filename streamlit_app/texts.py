"""Every text of the page, in English and German."""

TEXTS = {
    "en": {
        "title": "Your photo as a painting",
        "lead": "Choose a period of art and a photograph; a CycleGAN paints it.",
        "period": "Period",
        "photo": "Your photo",
        "upload_help": "JPEG, PNG, WebP or TIFF, up to 25 MB and 50 megapixels. It is not kept.",
        "examples": "Or one of these",
        "none": "None",
        "size": "Longer side of the painting",
        "pixels": "{} pixels",
        "original": "Photo",
        "painting": "Painting",
        "working": "Painting …",
        "took": "Painted in {:.1f} seconds on this server.",
        "download": "Download the painting",
        "preview": "Preview",
        "no_styles": "No period is installed here. Export one into streamlit_app/styles and reload the page.",
        "left_out": "A style was left out because it is damaged: {}",
        "bad_picture": "This picture cannot be painted: {}",
        "about": "How this style was made",
        "trained": "{steps} training steps on {paintings} paintings and {photos} photographs, with",
        "privacy": "Your pictures stay in this server's memory while the page is open, and are not stored.",
        "source": "The program",
    },
    "de": {
        "title": "Dein Foto als Gemälde",
        "lead": "Wähle eine Kunstepoche und ein Foto; ein CycleGAN malt es.",
        "period": "Epoche",
        "photo": "Dein Foto",
        "upload_help": "JPEG, PNG, WebP oder TIFF, bis 25 MB und 50 Megapixel. Es wird nicht aufbewahrt.",
        "examples": "Oder eines von diesen",
        "none": "Keines",
        "size": "Längere Seite des Gemäldes",
        "pixels": "{} Pixel",
        "original": "Foto",
        "painting": "Gemälde",
        "working": "Es wird gemalt …",
        "took": "In {:.1f} Sekunden auf diesem Server gemalt.",
        "download": "Gemälde herunterladen",
        "preview": "Vorschau",
        "no_styles": "Hier ist keine Epoche installiert. Exportiere eine nach streamlit_app/styles und lade neu.",
        "left_out": "Ein Stil wurde ausgelassen, weil er beschädigt ist: {}",
        "bad_picture": "Dieses Bild lässt sich nicht malen: {}",
        "about": "Wie dieser Stil entstand",
        "trained": "{steps} Trainingsschritte mit {paintings} Gemälden und {photos} Fotos, mit",
        "privacy": "Bilder bleiben im Speicher des Servers, solange die Seite offen ist; gespeichert wird keines.",
        "source": "Das Programm",
    },
}


def pick_language(locale: str | None) -> str:
    """The language of a browser's locale such as "de-AT"; English for those that the page does not speak."""
    language = (locale or "").split("-")[0].lower()
    return language if language in TEXTS else "en"
