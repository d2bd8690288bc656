"""Every word of the evaluation's reports, in English and German."""

from typing import Any

# Behind each sentence on what the results are: correlations next to those of the anchor.
_KEPT_EN = (
    "Detail kept: {detail}, after colour transfer alone {detail_colours}. Shapes kept: {shapes}, after colour transfer "
    "alone {shapes_colours}."
)
_KEPT_DE = (
    "Erhaltenes Detail: {detail}, nach bloßer Farbübertragung {detail_colours}. Erhaltene Formen: {shapes}, nach "
    "bloßer Farbübertragung {shapes_colours}."
)

_EN: dict[str, str] = {
    "title": "{run}: evaluation",
    "subtitle": "{source} held-out photographs, {paintings} held-out paintings. Features of {features}, {resize}.",
    "photo-to-painting": "Photograph → painting",
    "painting-to-photo": "Painting → photograph",
    # Domains within sentences, also in the dative, which English does not have.
    "A": "photographs",
    "A_dative": "photographs",
    "B": "paintings of {period}",
    "B_dative": "paintings of {period}",
    "the_period": "the period",
    "photographs": "photographs",
    "paintings": "paintings",
    "results": "results",
    # Sets, as rows of tables.
    "result": "result",
    "untouched": "untouched",
    "colour_transfer": "colour transfer alone",
    "real": "real against real (floor)",
    # Verdict: {target} and {source} are names of domains.
    "verdict": "Verdict",
    "too_few": "Nothing can be said: {source_count} and {target_count} held-out pictures are too few. Hold out at "
    "least 50 of each.",
    "cannot_tell": "Nothing can be said: these features cannot distinguish {source} from {target} here (a classifier "
    "is right on {accuracy} of the real pictures).",
    "nearer": "{size} closer to {target} than colour transfer alone, in colour and also without colours: it has "
    "learned more than a change of colours.",
    "nearer_in_colour_only": "{size} closer to {target} than colour transfer alone, but on grey pictures no "
    "difference is shown: it has mainly learned colours.",
    "nearer_in_grey_only": "Closer to {target} than colour transfer alone without colours, but not in colour.",
    "no_nearer_than_colours": "Closer to {target} than the untouched {source}, but not shown to be closer than colour "
    "transfer alone, which needs no training.",
    "farther_than_colours": "Closer to {target} than the untouched {source}, but farther away than colour transfer "
    "alone, which needs no training.",
    "no_nearer_than_source": "Not shown to be closer to {target} than the untouched {source}.",
    "farther_than_source": "Farther away from {target} than the untouched {source}.",
    "clearly": "Clearly",
    "a_little": "A little",
    # What the results are: as a sentence, and as a word in tables.
    "is_painting": "This is a painting: the photographs' finest detail was replaced, and their shapes stayed. "
    f"{_KEPT_EN}",
    "is_filter": "This is a filter: the photographs' finest detail, which a painter replaces, is still there. "
    f"{_KEPT_EN}",
    "is_between": "This is between a filter and a painting: part of the photographs' finest detail is still there. "
    f"{_KEPT_EN}",
    "is_scene_lost": f"The scene itself was lost: shapes are no longer where the photographs have them. {_KEPT_EN}",
    "is_detail_lost": "This is no painting yet: the photographs' finest detail is gone, as in a blur, but the results "
    f"are not shown to be closer to paintings. {_KEPT_EN}",
    "compare_nature": "The results of {run}: {nature}.",
    "nature_painting": "a painting",
    "nature_filter": "a filter",
    "nature_between": "between a filter and a painting",
    "nature_scene_lost": "the scene itself was lost",
    "nature_detail_lost": "detail lost, no painting",
    "nearer_without_paint": "KID improved although the detail did not fall: colours or a filter brought the results "
    "closer to {target}, not paint.",
    "way": "{share} of the way from untouched {source} to real {target} has been covered; without colours, {grey}.",
    "classifier": "A classifier that is right on {accuracy} of the held-out real pictures takes {result} of the "
    "results for {target} (of the untouched {source}, {untouched}; of real {target}, {real}).",
    "keeps_content": "The content is kept: {share} of the results are nearer to their own original than to any other.",
    "keeps_in_part_content": "The content is kept in part: {share} of the results are nearer to their own original "
    "than to any other.",
    "loses_content": "The content is lost: only {share} of the results are nearer to their own original than to any "
    "other.",
    "patches": "It paints patches or halos: {share} of all places have a coarse edge that the original does not have "
    "(after colour transfer {colours}).",
    "keeps_faces": "Faces stay faces: of {count} originals in which one is found, it is found again in {share} of the "
    "results (after colour transfer in {colours}).",
    "loses_faces": "It fails on faces: of {count} originals in which one is found, it is found again in only {share} "
    "of the results (after colour transfer in {colours}).",
    "memorized": "{share} of the results are nearer to a training picture than nearly all held-out pictures are: it "
    "may be repeating training pictures (see the column training_picture of scores.csv).",
    "rules": "These sentences follow from the numbers below by fixed rules. A difference counts if its 95 % interval, "
    "from a paired bootstrap over the pictures, does not contain zero; “clearly” means at least a quarter of the way "
    "from colour transfer to real pictures. A painting keeps at most 0.40 of the detail and at least 0.90 of the "
    "shapes; a filter keeps more than 0.60 of the detail.",
    "remarks": "Please note",
    # Gallery.
    "gallery": "Best, median and worst",
    "gallery_about": "Chosen by the realism score, not by hand: the {each} highest, middle and lowest of {count}. "
    "From left to right: original, result, and the result translated back.",
    "gallery_period": "Chosen by the classifier's verdict, not by hand: the {each} highest, middle and lowest of "
    "{count}. From left to right: original, result, and the result translated back.",
    "best": "Best",
    "median": "Median",
    "worst": "Worst",
    "most_new_edges": "Among the others, those with the most edges that the original does not have",
    "original": "original",
    "turned_back": "translated back",
    "caption": "{name}: realism {realism}, content {content}, new edges {edges}, classified as {target} with {period}",
    # Tables.
    "table": "The numbers, next to their anchors",
    "table_about": "Lower is better for KID, FID and MiFID. A result means something only next to the other "
    "rows: the scores of the untouched pictures, of colour transfer alone, of another program's pictures if their "
    "folder was given, and of real pictures.",
    "kid": "KID ± std",
    "kid_plain": "KID",
    "fid_plain": "FID",
    "kid_grey": "KID, grey",
    "fid": "FID [95 %]",
    "fid_infinite": "FID∞",
    "precision": "precision",
    "recall": "recall",
    "mifid": "MiFID",
    "share": "classified as target",
    "new_edges": "new edges",
    "detail_kept": "detail kept",
    "shapes_kept": "shapes kept",
    "kept_about": "What is kept of the original, 1 being everything: of its content (cosine of the features), of its "
    "finest detail and of its shapes (correlations).",
    "others": "Edges {edges}. There and back: PSNR {psnr}, SSIM {ssim}. A picture of the target left alone: PSNR "
    "{same_psnr}, SSIM {same_ssim}. Inception score: {score}. The classifier is right on {accuracy} of the held-out "
    "real pictures.",
    "damage": "Coarse edges that the original does not have: at {edges} of all places, after colour transfer alone at "
    "{colours}.",
    "damage_faces": "Faces found again in {share} of {count} results, after colour transfer in {colours}.",
    "difference": "Difference in KID (below 0: the result is closer), with its 95 % interval",
    "difference_from": "result − {other}",
    "colour": "in colour",
    "grey": "on grey pictures",
    "scale": "KID of these sets, ± one standard deviation over subsets (zero: no difference)",
    # Curves.
    "curves": "Training",
    "step": "step",
    "curve_x": "for photographs, photograph → painting",
    "curve_y": "for paintings, painting → photograph",
    "kid_curve": "KID during training, on {photographs} training photographs",
    "kid_colour": "in colour",
    "kid_without": "without colours",
    "kid_photos": "untouched photographs, in colour",
    "best_step": "The best in colour is step {step}, with KID {kid}. It is kept as generator_best.keras.",
    "checkpoints": "Checkpoints, on the held-out pictures",
    "checkpoint_best": "Lowest KID: {name}. {word}",
    "checkpoint_certain": "The difference from the others is more than chance.",
    "checkpoint_uncertain": "The difference from the next may be chance. A checkpoint that was chosen by these "
    "pictures scores slightly too well on them.",
    "checkpoint": "checkpoint",
    "content": "content",
    "no_curves": "There is no losses.csv and no evaluations.csv in the run.",
    # Map.
    "map": "Map of the features",
    "map_about": "Each point is a picture; points that are near each other look alike to the network. The two axes "
    "show {share} of the variance ({first} and {second}), so sets that overlap here may be apart in the other {rest}.",
    # Definitions and repetition.
    "definitions": "What the numbers mean",
    "repeat": "How to repeat it",
    "repeat_about": "Random draws (subsets, resamples, colours) have fixed seeds, so the same pictures, weights and "
    "generators give the same numbers except for rounding. Digests: pictures {pictures}, weights of the extractor "
    "{weights}, generators {generators}.",
    # Comparison.
    "compare_title": "{count} runs compared",
    "compare_about": "All were evaluated on the same pictures with the same extractor: {features}, {resize}; "
    "{samples}.",
    "compare_verdict": "Is the difference more than chance?",
    "compare_rules": "KID of each run against KID of {first}: a paired bootstrap over the photographs, the same for "
    "both, and the real pictures ({resamples} resamples). A difference counts if the p-value, adjusted for the number "
    "of runs (Holm), is below 0.05.",
    "compare_nearer": "{run} is closer to {target} than {first}: more than chance.",
    "compare_farther": "{run} is farther from {target} than {first}: more than chance.",
    "compare_same": "No difference between {run} and {first} is shown.",
    "compare_identical": "{run} and {first} paint the same pictures.",
    "compare_gallery": "The same photographs",
    "compare_gallery_about": "Chosen by the mean realism score of all runs, not by hand: best, median and worst.",
    "run": "run",
    "kid_difference": "KID − KID of {first} [95 %]",
    "p": "p (Holm)",
    # Definitions.
    "define_kid": "Unbiased squared MMD with the kernel (x·y/d + 1)³ (Bińkowski 2018), of all pictures; std: over 100 "
    "random subsets. It is 0 if both sets are of one kind, and may be a little below 0.",
    "define_fid": "Fréchet distance of two Gaussians (Heusel 2017), with its 95 % interval by bootstrap at this "
    "sample size. It is biased upwards if there are few pictures. FID∞: extrapolated to infinitely many pictures "
    "(Chong 2020), if there are enough pictures. The floor is computed from as many pictures as there are results, if "
    "available; so are precision and recall.",
    "define_precision": "Share of the set that lies in the manifold of the target's held-out pictures, k = 3 "
    "(Kynkäänniemi 2019): are the results like real ones?",
    "define_recall": "Share of the target's held-out pictures that lie in the manifold of the set, k = 3: are the "
    "results as varied?",
    "define_mifid": "FID over the mean cosine distance to the nearest training picture where that is below 0.1 (Bai "
    "2021).",
    "define_memorization": "Cosine distance to the nearest training picture of the target; share of pictures that are "
    "nearer to one than 95 % of the target's held-out pictures are.",
    "define_inception_score": "exp E KL(p(class | picture) ‖ p(class)) (Salimans 2016); not computed where there are "
    "no classes.",
    "define_grey": "The same on grey pictures, luminance scaled to mean 128 and deviation 50: colours and contrast do "
    "not count.",
    "define_tests": "KID of the results minus KID of untouched pictures, and of colour transfer: 95 % interval and p "
    "by a paired bootstrap over the pictures.",
    "define_content": "Mean cosine of the features of picture and result; recognised: share of results that are "
    "nearer, by cosine, to their own original than to any other.",
    "define_bands": "detail_kept: mean Pearson correlation of what a Gaussian of 1 pixel leaves of the luminances of "
    "picture and result, Y − G₁ * Y: the finest detail. shapes_kept: the same of the band between Gaussians of 4 and "
    "16 pixels, G₄ * Y − G₁₆ * Y. 1: all is kept, as in untouched pictures; 0: nothing. If a band has one value "
    "everywhere, the pair counts as 0, and if both have, as 1.",
    "define_edges": "Mean correlation of gradient magnitudes of the luminance, picture and result.",
    "define_shapes": "new_edges: mean share of places (means of 8 × 8 pixels, every four) whose difference to the "
    "next, in some colour, is more than 8 of 255 levels above 1.5 times that of the original: patches, blotches, "
    "halos; not light, up to 1.5 times the contrast, or texture. faces: share of the results in which a face is "
    "found, of the pictures in whose original one is (frontal, at least a quarter of the shorter side; Liao 2007).",
    "define_cycle": "Picture and its translation back: mean PSNR in dB (none: some unchanged), SSIM of the luminance.",
    "define_identity": "A picture of the target and the generator's output for it; measured as for cycle.",
    "define_period_classifier": "Share taken for the target by a logistic regression on features of the training "
    "pictures; accuracy: balanced, on held-out real pictures.",
    "define_realism": "Of a single picture: the largest ratio of a real picture's radius (to its 3rd nearest real "
    "neighbour, radii up to the median only) to its distance from it (Kynkäänniemi 2019). Over 1: within the real "
    "manifold.",
    "define_sets": "result; untouched: the source pictures; colour_transfer: each of these in the colours of a "
    "training picture of the target (Reinhard 2001, in L*a*b*); anchor: another program's pictures of "
    "the same photographs, if given; real: training pictures of the target, the floor "
    "(held-out ones for mifid, memorization and classifier).",
    # Remarks.
    "remark_few_for_fid": "A set has only {count} pictures, and {features} has {width} features: FID and MiFID are "
    "biased upwards and mean something only next to the anchors of this table; KID is unbiased at any size.",
    "remark_few": "With {count} held-out pictures every number here is uncertain; 50 are better, 200 good.",
    "remark_no_classes": "The weights given for {features} have no classes: no inception score.",
    "remark_no_manifold": "Precision and recall need at least 4 pictures of each set: not computed.",
    "remark_no_faces": "scikit-image is not installed: faces were not checked.",
    "remark_shared": "{count} of {of} pictures of {folder} were trained on, so they are left out.",
    "remark_small": "{count} of {of} pictures of {folder} are smaller than {side} px and were enlarged.",
}

_DE: dict[str, str] = {
    "title": "{run}: Auswertung",
    "subtitle": "{source} zurückgehaltene Fotos, {paintings} zurückgehaltene Gemälde. "
    "Merkmale von {features}, {resize}.",
    "photo-to-painting": "Foto → Gemälde",
    "painting-to-photo": "Gemälde → Foto",
    "A": "Fotos",
    "A_dative": "Fotos",
    "B": "Gemälde ({period})",
    "B_dative": "Gemälden ({period})",
    "the_period": "der Epoche",
    "photographs": "Fotos",
    "paintings": "Gemälde",
    "results": "Ergebnisse",
    "result": "Ergebnis",
    "untouched": "unverändert",
    "colour_transfer": "nur Farbübertragung",
    "real": "echt gegen echt (Boden)",
    "verdict": "Urteil",
    "too_few": "Es lässt sich nichts sagen: {source_count} und {target_count} zurückgehaltene Bilder sind zu wenig. "
    "Je 50 sollten es mindestens sein.",
    "cannot_tell": "Es lässt sich nichts sagen: Diese Merkmale unterscheiden {source} und {target} hier nicht (ein "
    "Klassifikator hat bei {accuracy} der echten Bilder recht).",
    "nearer": "{size} näher an {target_dative} als eine bloße Farbübertragung, in Farbe und auch ohne Farben: Gelernt "
    "wurde mehr als andere Farben.",
    "nearer_in_colour_only": "{size} näher an {target_dative} als eine bloße Farbübertragung, aber an grauen Bildern "
    "zeigt sich kein Unterschied: Gelernt wurden vor allem Farben.",
    "nearer_in_grey_only": "Ohne Farben näher an {target_dative} als eine bloße Farbübertragung, in Farbe nicht.",
    "no_nearer_than_colours": "Näher an {target_dative} als unveränderte {source}, aber nicht nachweislich näher als "
    "eine bloße Farbübertragung, die kein Training braucht.",
    "farther_than_colours": "Näher an {target_dative} als unveränderte {source}, aber weiter weg als eine bloße "
    "Farbübertragung, die kein Training braucht.",
    "no_nearer_than_source": "Nicht nachweislich näher an {target_dative} als unveränderte {source}.",
    "farther_than_source": "Weiter weg von {target_dative} als unveränderte {source}.",
    "clearly": "Deutlich",
    "a_little": "Etwas",
    "is_painting": f"Das ist ein Gemälde: Das feinste Detail der Fotos ist ersetzt, ihre Formen bleiben. {_KEPT_DE}",
    "is_filter": f"Das ist ein Filter: Das feinste Detail der Fotos, das ein Maler ersetzt, ist noch da. {_KEPT_DE}",
    "is_between": "Das liegt zwischen Filter und Gemälde: Ein Teil des feinsten Details der Fotos ist noch da. "
    f"{_KEPT_DE}",
    "is_scene_lost": f"Die Szene selbst ging verloren: Formen sind nicht mehr dort, wo die Fotos sie haben. {_KEPT_DE}",
    "is_detail_lost": "Das ist noch kein Gemälde: Das feinste Detail der Fotos ist zwar weg, wie bei Unschärfe, aber "
    f"näher an Gemälden sind die Ergebnisse nicht nachweislich. {_KEPT_DE}",
    "compare_nature": "Die Ergebnisse von {run}: {nature}.",
    "nature_painting": "ein Gemälde",
    "nature_filter": "ein Filter",
    "nature_between": "zwischen Filter und Gemälde",
    "nature_scene_lost": "die Szene selbst ging verloren",
    "nature_detail_lost": "Detail verloren, kein Gemälde",
    "nearer_without_paint": "Der KID ist besser geworden, obwohl das Detail nicht zurückging: Farben oder ein Filter "
    "haben die Ergebnisse näher an {target} gebracht, nicht Malerei.",
    "way": "Vom Weg zwischen unveränderten {source_dative} und echten {target_dative} sind {share} zurückgelegt; ohne "
    "Farben {grey}.",
    "classifier": "Ein Klassifikator, der bei {accuracy} der zurückgehaltenen echten Bilder recht hat, hält {result} "
    "der Ergebnisse für {target} (von unveränderten {source_dative} {untouched}, von echten {target_dative} {real}).",
    "keeps_content": "Der Inhalt bleibt: {share} der Ergebnisse sind ihrer eigenen Vorlage näher als jeder anderen.",
    "keeps_in_part_content": "Der Inhalt bleibt teilweise: {share} der Ergebnisse sind ihrer eigenen Vorlage näher "
    "als jeder anderen.",
    "loses_content": "Der Inhalt geht verloren: Nur {share} der Ergebnisse sind ihrer eigenen Vorlage näher als jeder "
    "anderen.",
    "patches": "Es entstehen Flecken oder Höfe: An {share} aller Stellen ist eine grobe Kante, die die Vorlage nicht "
    "hat (nach bloßer Farbübertragung an {colours}).",
    "keeps_faces": "Gesichter bleiben Gesichter: Von {count} Vorlagen, in denen eines gefunden wird, wird es in "
    "{share} der Ergebnisse wiedergefunden (nach bloßer Farbübertragung in {colours}).",
    "loses_faces": "An Gesichtern scheitert es: Von {count} Vorlagen, in denen eines gefunden wird, wird es nur in "
    "{share} der Ergebnisse wiedergefunden (nach bloßer Farbübertragung in {colours}).",
    "memorized": "{share} der Ergebnisse liegen näher an einem Trainingsbild als fast alle zurückgehaltenen Bilder: "
    "Möglicherweise werden Trainingsbilder wiederholt (siehe Spalte training_picture in scores.csv).",
    "rules": "Diese Sätze folgen nach festen Regeln aus den Zahlen darunter. Ein Unterschied zählt, wenn sein "
    "95-%-Intervall aus einem gepaarten Bootstrap über die Bilder die Null ausschließt; „deutlich“ heißt: mindestens "
    "ein Viertel des Wegs von der Farbübertragung zu echten Bildern. Ein Gemälde behält höchstens 0,40 des Details und "
    "mindestens 0,90 der Formen; ein Filter behält mehr als 0,60 des Details.",
    "remarks": "Zu bedenken",
    "gallery": "Beste, mittlere und schlechteste",
    "gallery_about": "Nach dem Realismus-Wert ausgewählt, nicht von Hand: die je {each} höchsten, mittleren und "
    "niedrigsten von {count}. Von links nach rechts: Vorlage, Ergebnis und das Ergebnis zurückverwandelt.",
    "gallery_period": "Nach dem Urteil des Klassifikators ausgewählt, nicht von Hand: die je {each} höchsten, "
    "mittleren und niedrigsten von {count}. Von links nach rechts: Vorlage, Ergebnis und das Ergebnis "
    "zurückverwandelt.",
    "best": "Beste",
    "median": "Mittlere",
    "worst": "Schlechteste",
    "most_new_edges": "Von den übrigen: die mit den meisten Kanten, die die Vorlage nicht hat",
    "original": "Vorlage",
    "turned_back": "zurückverwandelt",
    "caption": "{name}: Realismus {realism}, Inhalt {content}, neue Kanten {edges}, zu {period} für {target} gehalten",
    "table": "Die Zahlen neben ihren Ankern",
    "table_about": "Bei KID, FID und MiFID ist niedrig gut. Ein Ergebnis sagt nur neben den anderen Zeilen "
    "etwas: was unveränderte Bilder erreichen, was eine bloße Farbübertragung erreicht, was die Bilder eines anderen "
    "Programms erreichen, wenn ihr Ordner genannt wurde, und was echte Bilder erreichen.",
    "kid": "KID ± Std.",
    "kid_plain": "KID",
    "fid_plain": "FID",
    "kid_grey": "KID, grau",
    "fid": "FID [95 %]",
    "fid_infinite": "FID∞",
    "precision": "Precision",
    "recall": "Recall",
    "mifid": "MiFID",
    "share": "dafür gehalten",
    "new_edges": "neue Kanten",
    "detail_kept": "Detail erhalten",
    "shapes_kept": "Formen erhalten",
    "kept_about": "Was von der Vorlage bleibt, bei 1 alles: vom Inhalt (Kosinus der Merkmale), vom feinsten Detail und "
    "von den Formen (Korrelationen).",
    "others": "Kanten {edges}. Hin und zurück: PSNR {psnr}, SSIM {ssim}. Ein Bild des Ziels in Ruhe gelassen: PSNR "
    "{same_psnr}, SSIM {same_ssim}. Inception Score: {score}. Der Klassifikator hat bei {accuracy} der "
    "zurückgehaltenen echten Bilder recht.",
    "damage": "Grobe Kanten, die die Vorlage nicht hat: an {edges} aller Stellen, nach bloßer Farbübertragung an "
    "{colours}.",
    "damage_faces": "Gesichter in {share} von {count} Ergebnissen wiedergefunden, nach Farbübertragung in {colours}.",
    "difference": "Unterschied im KID (unter 0: das Ergebnis ist näher) mit seinem 95-%-Intervall",
    "difference_from": "Ergebnis − {other}",
    "colour": "in Farbe",
    "grey": "an grauen Bildern",
    "scale": "KID dieser Mengen, ± eine Standardabweichung über Teilmengen (null: kein Unterschied)",
    "curves": "Training",
    "step": "Schritt",
    "curve_x": "von Fotos, Foto → Gemälde",
    "curve_y": "von Gemälden, Gemälde → Foto",
    "kid_curve": "KID während des Trainings, an {photographs} Trainingsfotos",
    "kid_colour": "in Farbe",
    "kid_without": "ohne Farben",
    "kid_photos": "unveränderte Fotos, in Farbe",
    "best_step": "Der beste in Farbe: Schritt {step}, KID {kid}. Er liegt als generator_best.keras im Ordner.",
    "checkpoints": "Zwischenstände, an den zurückgehaltenen Bildern",
    "checkpoint_best": "Niedrigster KID: {name}. {word}",
    "checkpoint_certain": "Der Unterschied zu den anderen ist mehr als Zufall.",
    "checkpoint_uncertain": "Der Unterschied zum nächsten liegt im Bereich des Zufalls. Einem Zwischenstand, der nach "
    "diesen Bildern ausgewählt wurde, schmeicheln sie ein wenig.",
    "checkpoint": "Zwischenstand",
    "content": "Inhalt",
    "no_curves": "Im Ordner liegen weder losses.csv noch evaluations.csv.",
    "map": "Karte der Merkmale",
    "map_about": "Jeder Punkt ist ein Bild; nahe Punkte sehen für das Netz ähnlich aus. Zwei Achsen zeigen {share} "
    "der Varianz ({first} und {second}); was sich hier überdeckt, kann in den übrigen {rest} getrennt sein.",
    "definitions": "Was die Zahlen sind",
    "repeat": "So lässt es sich wiederholen",
    "repeat_about": "Alles Zufällige (Teilmengen, Ziehungen, Farben) hat feste Startwerte: Dieselben Bilder, Gewichte "
    "und Generatoren geben bis auf Rundung dieselben Zahlen. Prüfsummen: Bilder {pictures}, Gewichte des "
    "Merkmalsnetzes {weights}, Generatoren {generators}.",
    "compare_title": "{count} Läufe im Vergleich",
    "compare_about": "Alle wurden an denselben Bildern mit demselben Merkmalsnetz ausgewertet: {features}, {resize}; "
    "{samples}.",
    "compare_verdict": "Ist der Unterschied mehr als Zufall?",
    "compare_rules": "KID jedes Laufs gegen KID von {first}: gepaarter Bootstrap über die Fotos, für beide dieselben, "
    "und die echten Bilder ({resamples} Ziehungen). Es zählt, wo der p-Wert, nach Holm für die Zahl der Läufe "
    "berichtigt, unter 0,05 liegt.",
    "compare_nearer": "{run} ist näher an {target_dative} als {first}: mehr als Zufall.",
    "compare_farther": "{run} ist weiter weg von {target_dative} als {first}: mehr als Zufall.",
    "compare_same": "Zwischen {run} und {first} zeigt sich kein Unterschied.",
    "compare_identical": "{run} und {first} malen dieselben Bilder.",
    "compare_gallery": "Dieselben Fotos",
    "compare_gallery_about": "Nach dem mittleren Realismus-Wert aller Läufe ausgewählt, nicht von Hand: beste, "
    "mittlere und schlechteste.",
    "run": "Lauf",
    "kid_difference": "KID − KID von {first} [95 %]",
    "p": "p (Holm)",
    "define_kid": "Unverzerrter quadrierter MMD mit dem Kern (x·y/d + 1)³ (Bińkowski 2018), über alle Bilder; Std.: "
    "über 100 zufällige Teilmengen. 0, wo beide Mengen von einer Art sind; kann etwas unter 0 fallen.",
    "define_fid": "Fréchet-Abstand zweier Normalverteilungen (Heusel 2017), mit 95-%-Intervall aus einem Bootstrap "
    "bei dieser Zahl von Bildern. Bei wenigen Bildern nach oben verzerrt. FID∞: auf unendlich viele Bilder "
    "hochgerechnet (Chong 2020), wo die Bilder dafür reichen. Der Boden ist aus so vielen Bildern wie die Ergebnisse, "
    "wo es so viele gibt; ebenso Precision und Recall.",
    "define_precision": "Anteil der Menge, der in der Mannigfaltigkeit der zurückgehaltenen Bilder des Ziels liegt, k "
    "= 3 (Kynkäänniemi 2019): Sind die Ergebnisse wie echte?",
    "define_recall": "Anteil der zurückgehaltenen Bilder des Ziels, der in der Mannigfaltigkeit der Menge liegt, k = "
    "3: Sind die Ergebnisse so vielfältig?",
    "define_mifid": "FID geteilt durch den mittleren Kosinus-Abstand zum nächsten Trainingsbild, wo dieser unter 0,1 "
    "liegt (Bai 2021).",
    "define_memorization": "Kosinus-Abstand zum nächsten Trainingsbild des Ziels; Anteil der Bilder, die einem näher "
    "sind als 95 % der zurückgehaltenen Bilder des Ziels.",
    "define_inception_score": "exp E KL(p(Klasse | Bild) ‖ p(Klasse)) (Salimans 2016); keiner, wo es keine Klassen "
    "gibt.",
    "define_grey": "Dasselbe an grauen Bildern, Helligkeit auf Mittel 128 und Abweichung 50 gebracht: Farben und "
    "Kontrast zählen nicht.",
    "define_tests": "KID der Ergebnisse minus KID der unveränderten Bilder und der Farbübertragung: 95-%-Intervall "
    "und p aus einem gepaarten Bootstrap über die Bilder.",
    "define_content": "Mittlerer Kosinus der Merkmale von Bild und Ergebnis; recognised: Anteil der Ergebnisse, die "
    "nach Kosinus ihrer eigenen Vorlage näher sind als jeder anderen.",
    "define_bands": "detail_kept: mittlere Pearson-Korrelation dessen, was ein Gauß-Filter von 1 Pixel von der "
    "Helligkeit von Bild und Ergebnis übrig lässt, Y − G₁ * Y: das feinste Detail. shapes_kept: dasselbe im Band "
    "zwischen Gauß-Filtern von 4 und 16 Pixeln, G₄ * Y − G₁₆ * Y. 1: alles ist erhalten, wie bei unveränderten "
    "Bildern; 0: nichts. Ist ein Band überall gleich, zählt das Paar als 0, und wenn beide es sind, als 1.",
    "define_edges": "Mittlere Korrelation der Gradientenbeträge der Helligkeit, Bild und Ergebnis.",
    "define_shapes": "new_edges: mittlerer Anteil der Stellen (Mittel über 8 × 8 Pixel, alle vier Pixel), deren "
    "Unterschied zur nächsten in einer der Farben mehr als 8 von 255 Stufen über dem 1,5-Fachen der Vorlage liegt: "
    "Flecken, Höfe; nicht Licht, bis zum 1,5-fachen Kontrast, oder Struktur. faces: Anteil der Ergebnisse, in denen "
    "ein Gesicht gefunden wird, unter den Bildern, in deren Vorlage eines ist (von vorn, mindestens ein Viertel der "
    "kurzen Seite; Liao 2007).",
    "define_cycle": "Bild und seine Rückübersetzung: mittlerer PSNR in dB (keiner: manche unverändert), SSIM der "
    "Helligkeit.",
    "define_identity": "Ein Bild des Ziels und was der Generator daraus macht: wie beim Zyklus.",
    "define_period_classifier": "Anteil, den eine logistische Regression auf Merkmalen der Trainingsbilder für das "
    "Ziel hält; accuracy: ausgeglichen, an zurückgehaltenen echten Bildern.",
    "define_realism": "Eines einzelnen Bildes: das größte Verhältnis des Radius eines echten Bildes (bis zum "
    "drittnächsten echten Nachbarn, nur Radien bis zum Median) zum Abstand von ihm (Kynkäänniemi 2019). Über 1: in "
    "der echten Mannigfaltigkeit.",
    "define_sets": "result: Ergebnis; untouched: die Vorlagen; colour_transfer: jede von ihnen in den Farben eines "
    "Trainingsbildes des Ziels (Reinhard 2001, in L*a*b*); anchor: Bilder eines anderen "
    "Programms von denselben Fotos, wenn angegeben; real: Trainingsbilder des Ziels, der Boden (bei mifid, "
    "memorization und Klassifikator zurückgehaltene).",
    "remark_few_for_fid": "Eine Menge hat nur {count} Bilder, und {features} hat {width} Merkmale: FID und MiFID sind "
    "nach oben verzerrt und sagen nur neben den Ankern dieser Tabelle etwas; KID ist bei jeder Zahl unverzerrt.",
    "remark_few": "Bei {count} zurückgehaltenen Bildern ist jede Zahl hier unsicher; 50 sind besser, 200 gut.",
    "remark_no_classes": "Die angegebenen Gewichte von {features} haben keine Klassen: kein Inception Score.",
    "remark_no_manifold": "Precision und Recall brauchen mindestens 4 Bilder jeder Menge: nicht berechnet.",
    "remark_no_faces": "scikit-image ist nicht installiert: Ob Gesichter Gesichter bleiben, wurde nicht geprüft.",
    "remark_shared": "{count} von {of} Bildern in {folder} waren Trainingsbilder: weggelassen.",
    "remark_small": "{count} von {of} Bildern in {folder} sind kleiner als {side} px und wurden vergrößert.",
}

_WORDS = {"en": _EN, "de": _DE}
DEFINED = tuple(name.removeprefix("define_") for name in _EN if name.startswith("define_"))


def say(language: str, name: str, /, **values: Any) -> str:
    """A text in a language, with values put in; numbers must be strings already (see `number` and `percent`)."""
    return _WORDS[language][name].format(**values)


def number(language: str, value: float | None, digits: int) -> str:
    """A number as the language writes it; a dash for none."""
    if value is None:
        return "–"
    text = f"{value:,.{digits}f}".replace("-", "−")
    return text if language == "en" else text.translate(str.maketrans(",.", ".,"))


def percent(language: str, share: float | None, digits: int = 0) -> str:
    """A share in per cent, which does not break before the sign; a dash for none."""
    return "–" if share is None else f"{number(language, round(100 * share, digits) + 0.0, digits)}\N{NO-BREAK SPACE}%"


def definitions(language: str = "en") -> dict[str, str]:
    """What each number of `metrics.json` is."""
    return {name: say(language, f"define_{name}") for name in DEFINED}
