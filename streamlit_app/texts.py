"""Every text of the page, in English and German."""

import re

Texts = dict[str, str]
TEXTS: dict[str, Texts] = {
    "en": {
        "language": "Language",
        "code": "en",
        "decimal": ".",
        "title": "Your photo as a painting",
        "lead": "A small neural network, trained on the painters of a period, paints it anew.",
        "step_photo": "Your photo",
        "upload": "Upload photos",
        "limits": "Drop or paste them here too. Up to 12 at once.",
        "browse": "Choose photos",
        "camera_toggle": "Use the camera",
        "camera": "Take a picture",
        "camera_take": "Take the picture",
        "camera_again": "Take another",
        "examples": "Or one of these:",
        "example_alt": "Example photograph: {}",
        "too_many": "{} photos are more than 12 at once; the first 12 are painted.",
        "step_period": "The period",
        "preview": "Preview",
        "preview_early": "This style is a preview: it is not fully trained yet. Its numbers and limits are given "
        "below.",
        "preview_colour_transfer": "This style is a preview: according to its numbers, its paintings are no closer to "
        "the period than photos that were only given a painting's colours.",
        "preview_untouched": "This style is a preview: according to its numbers, its paintings are no closer to the "
        "period than the photos themselves.",
        "no_styles": "No period is installed here. Export one into streamlit_app/styles and reload the page.",
        "left_out": "A style was left out because it is damaged: {}",
        "photo": "Photo",
        "painting": "Painting",
        "photo_alt": "Your photo {}",
        "painting_alt": "{} as a painting: {}",
        "compare": "Compare photo and painting: arrow keys move the line between them",
        "compare_value": "{} percent photo",
        "brush": "Brush",
        "brush_fine": "Fine",
        "brush_medium": "Medium",
        "brush_broad": "Broad",
        "brush_help": "The size of the strokes in relation to the picture. A fine brush keeps faces and small things, "
        "a broad one shows its strokes most. On small pictures all three paint alike.",
        "size": "Longer side, in pixels",
        "size_own": "Original",
        "strength": "Strength",
        "strength_help": "0 % is your photo, 100 % is the painting.",
        "keep_colours": "Keep the original colours",
        "keep_colours_help": "Takes only light and shade from the painting.",
        "format": "File format",
        "download": "Download the painting",
        "download_all": "Download all {} (zip)",
        "waiting": "{} before you in the queue …",
        "working": "{} is being painted …",
        "bad_picture": "This picture cannot be painted. {}",
        "failed": "Something went wrong here that is not your fault. Please try again, or take another picture.",
        "step_brush": "The brush",
        "step_home": "Take it home",
        "between": "From period to period, in the order of their years",
        "around": "around {}",
        "side_by_side": "All periods side by side",
        "one_again": "Back to one painting",
        "after": "{}, after a photograph",
        "after_photo": "After a photograph",
        "wall": "Your photos",
        "purpose": "Download for",
        "screen": "Screen",
        "print": "Print",
        "purpose_help": "Print is as large as your photo; that takes longer. For a sheet of paper see below.",
        "more": "More: size and format",
        "copy": "Copy",
        "share": "Share …",
        "copied": "Copied.",
        "not_copied": "Your browser does not allow it.",
        "not_shared": "Your browser cannot share it.",
        "card": "Before and after",
        "gif": "Film (GIF)",
        "mp4": "Film (MP4)",
        "paper": "Framed, {}",
        "by": "Painted by a neural network",
        "with_brush": "{} brush",
        "share_title": "To show and to hang",
        "how": "How this works",
        "how_text": "A CycleGAN is a pair of painters and a pair of critics, all four of them neural networks. "
        "One painter turns photographs into paintings, the other paintings back into photographs. "
        "The critics see real and generated pictures and learn to distinguish them, while the painters learn to "
        "make pictures that pass for real. "
        "There are no pairs to copy from, since nobody has painted your photo; instead, a photo that is turned into a "
        "painting and back must come out as it was: that is the cycle in the name. "
        "So the colours, the light and the strokes of a period may change a picture, but its subject stays. "
        "The picture shows the way there; the way back serves training alone, and is no part of this page.",
        "cycle_alt": "A photograph, and the painting that the network makes of it.",
        "cycle_photo": "Photo",
        "cycle_painting": "Painting",
        "cycle_paint": "paints",
        "data": "What {} was trained on",
        "trained": "{steps} training steps on {paintings} paintings and {photos} photographs.",
        "scores": "Distance to real paintings of the period (KID, smaller is better), on photographs that were never "
        "trained on: {}. For comparison:",
        "scores_untouched": "the same photographs untouched {}",
        "scores_colour_transfer": "the same photographs, given only a painting's colours {}",
        "scores_real": "other real paintings {}",
        "limits_style": "It knows colours, light and surface. It does not compose a picture anew, it can fail on skin, "
        "writing and fine patterns, and it adds no detail that a larger print would need.",
        "command": "The command that trained it:",
        "train": "Train your own period",
        "train_text": "With a few hundred paintings and a free Colab GPU, a period of your own takes an evening: "
        "[open the training notebook]({notebook}), or see [all notebooks]({notebooks}).",
        "privacy": "What happens to your pictures",
        "privacy_text": """
- They go to this server over this page's connection, are painted in its memory, and come back to you. No other service
  gets them, and this program writes neither pictures nor their names to a file or a log.
- While an upload over 1 MB arrives, Streamlit, the software that serves this page, may keep it in a temporary file
  without a name, which is gone once it has arrived.
- The server keeps pictures and paintings in memory for as long as this page is open, so that a slider need not paint
  again. {seconds} seconds after the page is closed, nobody can reach them any more; the memory is
  freed with the next visits to the server.
- The files that you download carry nothing of the photo's metadata: no place, no date, no camera.
""",
        "source": "The program and its source",
    },
    "de": {
        "language": "Sprache",
        "code": "de",
        "decimal": ",",
        "title": "Dein Foto als Gemälde",
        "lead": "Ein kleines neuronales Netz, an den Malern einer Epoche trainiert, malt es neu.",
        "step_photo": "Dein Foto",
        "upload": "Fotos hochladen",
        "limits": "Oder hierher ziehen oder einfügen. Bis zu 12 auf einmal.",
        "browse": "Fotos wählen",
        "camera_toggle": "Kamera verwenden",
        "camera": "Bild aufnehmen",
        "camera_take": "Aufnehmen",
        "camera_again": "Neu aufnehmen",
        "examples": "Oder eines von diesen:",
        "example_alt": "Beispielfoto: {}",
        "too_many": "{} Fotos sind mehr als 12 auf einmal; die ersten 12 werden gemalt.",
        "step_period": "Die Epoche",
        "preview": "Vorschau",
        "preview_early": "Dieser Stil ist eine Vorschau: Er ist noch nicht fertig trainiert. Seine Zahlen und Grenzen "
        "stehen unten.",
        "preview_colour_transfer": "Dieser Stil ist eine Vorschau: Nach seinen Zahlen sind seine Gemälde der Epoche "
        "nicht näher als Fotos, die nur die Farben eines Gemäldes bekamen.",
        "preview_untouched": "Dieser Stil ist eine Vorschau: Nach seinen Zahlen sind seine Gemälde der Epoche nicht "
        "näher als die Fotos selbst.",
        "no_styles": "Hier ist keine Epoche installiert. Exportiere eine nach streamlit_app/styles und lade neu.",
        "left_out": "Ein Stil wurde ausgelassen, weil er beschädigt ist: {}",
        "photo": "Foto",
        "painting": "Gemälde",
        "photo_alt": "Dein Foto {}",
        "painting_alt": "{} als Gemälde: {}",
        "compare": "Foto und Gemälde vergleichen: Pfeiltasten bewegen die Linie dazwischen",
        "compare_value": "{} Prozent Foto",
        "brush": "Pinsel",
        "brush_fine": "Fein",
        "brush_medium": "Mittel",
        "brush_broad": "Breit",
        "brush_help": "Wie groß die Pinselstriche im Bild sind. Der feine Pinsel erhält Gesichter und Kleines, beim "
        "breiten sieht man die Striche am deutlichsten. Kleine Bilder malen alle drei gleich.",
        "size": "Längere Seite in Pixeln",
        "size_own": "Original",
        "strength": "Stärke",
        "strength_help": "0 % ist dein Foto, 100 % das Gemälde.",
        "keep_colours": "Ursprüngliche Farben behalten",
        "keep_colours_help": "Nimmt vom Gemälde nur Licht und Schatten.",
        "format": "Dateiformat",
        "download": "Gemälde herunterladen",
        "download_all": "Alle {} herunterladen (Zip)",
        "waiting": "Noch {} vor dir in der Warteschlange …",
        "working": "{} wird gemalt …",
        "bad_picture": "Dieses Bild lässt sich nicht malen. {}",
        "failed": "Hier ging etwas schief, das nicht an dir liegt. Versuch es noch einmal oder nimm ein anderes Bild.",
        "step_brush": "Der Pinsel",
        "step_home": "Mitnehmen",
        "between": "Von Epoche zu Epoche, in der Reihenfolge ihrer Jahre",
        "around": "um {}",
        "side_by_side": "Alle Epochen nebeneinander",
        "one_again": "Zurück zu einem Gemälde",
        "after": "{}, nach einer Fotografie",
        "after_photo": "Nach einer Fotografie",
        "wall": "Deine Fotos",
        "purpose": "Herunterladen für",
        "screen": "Bildschirm",
        "print": "Druck",
        "purpose_help": "Für den Druck wird es so groß wie dein Foto; das dauert länger. Gerahmt: siehe unten.",
        "more": "Mehr: Größe und Format",
        "copy": "Kopieren",
        "share": "Teilen …",
        "copied": "Kopiert.",
        "not_copied": "Dein Browser erlaubt das nicht.",
        "not_shared": "Dein Browser kann es nicht teilen.",
        "card": "Vorher und nachher",
        "gif": "Film (GIF)",
        "mp4": "Film (MP4)",
        "paper": "Gerahmt, {}",
        "by": "Von einem neuronalen Netz gemalt",
        "with_brush": "Pinsel: {}",
        "share_title": "Zum Zeigen und Aufhängen",
        "how": "Wie das geht",
        "how_text": "Ein CycleGAN besteht aus zwei Malern und zwei Kritikern, alle vier neuronale Netze. "
        "Der eine Maler macht aus Fotos Gemälde, der andere aus Gemälden wieder Fotos. "
        "Die Kritiker sehen echte und gemachte Bilder und lernen, sie zu unterscheiden, während die Maler lernen, "
        "für echt zu gelten. "
        "Paare zum Abmalen gibt es nicht, denn niemand hat dein Foto je gemalt; stattdessen muss ein Foto, das zum "
        "Gemälde wird und zurück, wieder herauskommen, wie es war; das ist der Kreis, nach dem das Verfahren heißt. "
        "So dürfen Farben, Licht und Pinselstrich einer Epoche ein Bild verändern, aber was es zeigt, bleibt. "
        "Das Bild zeigt den Hinweg; der Rückweg dient nur dem Training und gehört nicht zu dieser Seite.",
        "cycle_alt": "Ein Foto und das Gemälde, das das Netz daraus macht.",
        "cycle_photo": "Foto",
        "cycle_painting": "Gemälde",
        "cycle_paint": "malt",
        "data": "Womit {} trainiert wurde",
        "trained": "{steps} Trainingsschritte mit {paintings} Gemälden und {photos} Fotos.",
        "scores": "Abstand zu echten Gemälden der Epoche (KID, kleiner ist besser) bei Fotos, mit denen nie trainiert "
        "wurde: {}. Zum Vergleich:",
        "scores_untouched": "dieselben Fotos unverändert {}",
        "scores_colour_transfer": "nur mit den Farben eines Gemäldes {}",
        "scores_real": "andere echte Gemälde {}",
        "limits_style": "Er kennt Farben, Licht und Oberfläche. Er komponiert nicht neu, irrt sich bei Haut, Schrift "
        "und feinen Mustern und erfindet keine Einzelheiten, die ein größerer Druck brauchte.",
        "command": "Der Befehl, mit dem er trainiert wurde:",
        "train": "Trainiere deine eigene Epoche",
        "train_text": "Mit ein paar hundert Gemälden und einer kostenlosen Colab-GPU dauert eine eigene Epoche einen "
        "Abend: [zum Trainings-Notebook]({notebook}) oder zu [allen Notebooks]({notebooks}).",
        "privacy": "Was mit deinen Bildern geschieht",
        "privacy_text": """
- Sie gehen über die Verbindung dieser Seite zu diesem Server, werden in seinem Arbeitsspeicher gemalt und kommen zu dir
  zurück. Kein anderer Dienst bekommt sie, und dieses Programm schreibt weder Bilder noch ihre Namen in eine Datei oder
  ein Protokoll.
- Während ein Bild von über 1 MB ankommt, kann Streamlit, das diese Seite ausliefert, es in einer temporären Datei ohne
  Namen halten; sie ist weg, sobald es angekommen ist.
- Der Server hält Bilder und Gemälde im Speicher, solange diese Seite offen ist, damit ein Regler nicht neu malen muss.
  {seconds} Sekunden, nachdem sie geschlossen wurde, kommt niemand mehr an sie heran; der Speicher wird frei,
  mit den nächsten Besuchen auf dem Server.
- Was du herunterlädst, enthält nichts von den Metadaten des Fotos: keinen Ort, kein Datum, keine Kamera.
""",
        "source": "Das Programm und sein Quelltext",
    },
}


# The decoders' messages about a file, in English, and their translations; {} is the text that a group matched.
FAULTS = {
    "de": {
        r"the file is empty": "die Datei ist leer",
        r"larger than (\d+) MB": "größer als {} MB",
        r"not a JPEG, PNG.*": "kein JPEG, PNG, WebP, HEIC, AVIF oder TIFF; speichere es als eines davon und nimm das",
        r"(\w+) cannot be read on this server.*": "{} kann dieser Server nicht lesen; nimm ein JPEG davon",
        r"a camera's raw file.*": "die Rohdatei einer Kamera; speichere sie als JPEG oder TIFF und nimm das",
        r"a JPEG of more than (\d+) scans.*": "ein JPEG mit mehr als {} Durchgängen; speichere es neu und nimm das",
        r"damaged picture.*": "das Bild ist beschädigt",
        r"not a picture, or.*": "kein Bild, oder keines, das sich lesen lässt",
        r"(\S+) pixels is too small; both sides must have at least (\d+)": "{} Pixel sind zu klein; beide Seiten "
        "brauchen mindestens {}",
        r"(?:\S+ pixels is )?too large; at most (\d+) megapixels": "zu groß; höchstens {} Megapixel",
        r"not enough memory.*": "der Speicher reicht dafür nicht",
    }
}


def explain(message: str, name: str, language: str) -> str:
    """A message about a file, in the visitor's language; a message without a translation stays as it is.

    Args:
        message: beginning with the file's name and a colon.
        name: of the file.
        language: of the visitor.
    """
    fault = message.removeprefix(f"{name}: ")
    for pattern, words in FAULTS.get(language, {}).items():
        if found := re.fullmatch(pattern, fault, re.DOTALL):
            return f"{name}: {words.format(*found.groups())}"
    return message


def decimal(value: float, places: int, texts: dict[str, str]) -> str:
    """A number with `places` decimal places, as it is written in the language of the texts."""
    return f"{value:.{places}f}".replace(".", texts["decimal"])


def pick_language(locale: str | None) -> str:
    """The language of a browser's locale such as "de-AT"; English for those that the page does not speak."""
    language = (locale or "").split("-")[0].lower()
    return language if language in TEXTS else "en"
