"""The genre of a work from its title, what the collection says of it, and its shape.

Words are looked for in English, French, Italian, German, Dutch and Spanish. A title often names several things
("landscape with saint Jerome"): the first rule that holds decides, and what the title calls the picture itself
(landscape, portrait, still life) goes before what is seen in it.
"""

import re
import unicodedata

# An untitled work this much wider than high is taken for a landscape.
_WIDE = 1.1

# Beginnings of words; a trailing $ marks the end of the word. Saints before a hyphen are places in French.
_STILL_LIFE = """
still li(?:fe|ves) | nature[s]? morte | natur[ae] mort | stil+leben | stil+even | bodegon
| naturaleza[s]? muerta | vanitas | (?:bouquet|bunch|vase|basket|bowl|plate|dish|garland) (?:of|with) | bouquet$
| blumenstrauss | blumenstuck | fruchtestuck | fruchtstuck | flower ?piece | fruit ?piece | bloemstuk
| bloemenvaas | vruchten | vaso di | vaso con | fiori$ | frutta$ | fruta[s]?$ | florero | florer[ao] | vase de
| corbeille de | fleurs dans | vase with | flowers$ | fruit$ | fruits$ | apples$ | pears$ | peaches$ | grapes$
| oranges$ | onions$ | roses$ | sunflowers$ | peonies$ | chrysanthemums$ | lilacs$ | asters$ | gladioli$
| pommes$ | poires$ | fleurs$ | pivoines$ | tournesols$ | blumen$ | fruchte$ | bloemen$ | flores$ | dead game$
| game piece$ | trompe l'?oeil | stuk met
"""
_LANDSCAPE_ITSELF = """
landscape | seascape | cityscape | townscape | riverscape | marine$ | marina$ | paysage | paesaggio | paesaggi
| landschaft | \\w+landschaft | seestuck | landschap | \\w+landschap | zeegezicht | stadsgezicht | riviergezicht
| gezicht op | paisaje | (?:a |the )?views?$ | veduta | vedute | vue (?:de|du|des|d'|sur) | ansicht | blick auf
| vista (?:de|del|di|da) | veue (?:de|du) | capriccio | panorama
"""
_PORTRAIT_ITSELF = """
portrait | portraits | self-portrait | self portrait | autoportrait | ritratt | autoritratt | bildnis
| selbstbildnis | \\w+bildnis$ | portret | zelfportret | retrato | autorretrato | selbstportrat | portrat
| brustbild | head of | tete d | testa d | kopf (?:eines|einer|des|der) | cabeza de | bust of | buste d
| study of a head | tronie | head study
"""
_RELIGIOUS = """
madonna | virgin$ | vierge | vergine | virgen | (?:heilige )?maagd | jungfrau maria | maria$ mit | christ$
| christ's | christus | cristo | gesu$ | jesus | crucifi | kreuzig | kruisig | calvary | calvaire | golgotha
| annunciat | annonciation | annunciazione | verkundigung | anunciacion | aankondiging | adorat | adorac
| adorazione | anbetung | aanbidding | nativit | natividad | geburt christi | geboorte | epiphan | magi$
| three kings | drei konige | driekoningen | holy family | sainte famille | sacra famiglia | heilige
| sagrada familia | flight into | fuite en | fuga in egitto | flucht nach | huida a | rest on the flight
| pieta$ | lamentation | deposition | descent from the cross | entombment | grablegung | graflegging
| resurrection | auferstehung | opstanding | ascension | himmelfahrt | assumption | assomption | assunzione
| pentecost | last supper | ultima cena | abendmahl | laatste avondmaal | last judg | jungstes gericht | martyr
| apostle | apostel | evangelist | prophet | \\w*altar\\w* | retable | retablo | polyptych | triptych | diptych
| predella | pala d | archangel | angel[s]?$ | ange[s]?$ | angelo | engel[s]?$ | annunciate
| (?:saint|sainte|saints|st|ste|san|santa|santo|sant'|ss|sankt|hl|sint)[.]?(?= ) | baptis | bapteme | battesimo
| bautismo | taufe | temptation of | tentation de | conversion of | stigmat | penitent | mary magdalen
| magdalen | maddalena | madeleine penit | judith | salome | holofernes | susann?a (?:and|und|e|en|y) | susanna
| bathsheba | batseba | david (?:and|with|et|e|und|y) | goliath | samson | delilah | moses | moise | abraham
| isaac | jacob's | noah | adam and | adam et | adam und | expulsion from | lot and | tobias | tobit
| esther (?:and|before) | finding of moses | king solomon | solomon | job (?:and|on) | prodigal | good samaritan
| miracle | mass of | communion of | venus | venere | diana | diane | bacch | baccus | nymph | ninfe | apollo
| apollon | jupiter | zeus | juno$ | mars$ and | hercules | hercule | ercole | cupid | amor$ | psyche | minerva
| neptune | mercury | danae | leda$ | europa$ | perseus | andromeda | orpheus | orphee | narcissus | daphne
| satyr | centaur | pan and | galatea | ariadne | aeneas | dido$ | ulysses | achilles | hector | helen of
| judg(?:e)?ment of | rape of | triumph of | triomphe | trionfo | allegor | apotheosis | muses$ | parnassus
| lucretia | cleopatra | rinaldo | armida | tancred | erminia | death of | mort de | morte di | tod des | battle
| bataille | battaglia | schlacht | slag bij | batalla | siege of | coronation | surrender of | oath of
| serment | entry of | capture of | massacre | execution of | assassination | excommunication | beatrix
| legend of | sacrifice of | vision of | dream of | preaching | scenes from the life | life of | history of
| historical scene | mythological | religious
"""
_LANDSCAPE_SEEN = """
river | sea$ | seine | thames | oise$ | marne$ | lake | loch$ | mount$ | mont$ | mountain | alps$ | alpine
| valley | hills?$ | hillside | coast | beach | shore | cliff | bay$ | bay of | port$ | port of | harbour
| harbor | quay | canal | bridge | pont$ | church | cathedral | cathedrale | castle | chateau | village | town$
| street | boulevard | avenue | road | path$ | forest | woods?$ | wooded | trees?$ | poplar | willow | oak[s]?$
| cypress | olive | orchard | garden | park$ | field | meadow | pasture | wheat | haystack | grainstack
| harvest | farm | farmhouse | house[s]? | cottage | mill | windmill | watermill | barges | boats?$ | ships?$
| shipping | sailing | brig$ | frigate | schooner | regatta | waterfall | cascade | falls$ | pond | water lil
| waterl | island | sunset | sunrise | moonlight | winter | snow | spring$ | summer$ | autumn | evening | dawn
| morning | storm | fog$ | mist$ | vicinity | environs | campagna | ruins | ravine | gorge | gare$ | glacier | roofs
| station$ | railway | square$ | place$ | piazza | grand canal | venice | rome$ | paris$ | skating | ice$
| riviere | fleuve | mer$ | plage | cote$ | falaise | rue$ | route | chemin | foret | bois$ | sous-bois | arbre
| verger | jardin | champ | pre$ | pres$ | prairie | meule | moisson | ferme | maison | moulin | bateau | barque
| etang | neige | effet | hiver | printemps | ete$ | automne | soleil | lune$ | eglise | bord$ | bords$
| environs | fiume | mare$ | lago | monte$ | costa | spiaggia | strada | bosco | giardino | campo | mulino
| barche | tramonto | neve | canale | ponte | porto | chiesa | fluss | meer | see$ | berg | gebirge | tal$
| kuste | strand | strasse | dorf | wald | baum | garten | feld | wiese | muhle | sonnenuntergang | schnee
| brucke | hafen | kirche | weg$ | abend | morgen | alpen | rivier | zee$ | bergen | kust | straat | weg$ | bos$
| bomen | tuin | veld | weide | molen | schepen | brug | haven | kerk$ | ijs$ | duinen | dunes | rio$ | mar$
| montana | playa | calle | camino | bosque | arbol | jardin | molino | barcos | puerto | iglesia | puente
"""
_PERSON = """
madame | mme | mademoiselle | mlle | monsieur | mrs | mr$ | miss$ | lady$ | sir$ | lord$ | dr$ | duke | duchess
| count$ | countess | comte | comtesse | duc$ | duchesse | marquis | marquise | baron | prince | princess
| king$ | queen | emperor | empress | pope | cardinal | bishop | infant[ae]$ | signora | signor | frau$ | herr$
| don$ | dona$ | wife of | his wife | niece | nephew | sister$ | brother$ | artist's | son of | daughter of
| (?:young|old|little) (?:girl|boy|woman|man|lady|child|peasant) | girl (?:with|in|reading) | boy (?:with|in)
| (?:woman|man|lady|gentleman) (?:with|in|holding|reading) | jeune (?:fille|femme|homme|garcon)
| femme (?:a|au|en|avec) | homme (?:a|au|en|avec) | vieil | vieille | giovane | fanciull | donna (?:con|in)
| uomo (?:con|in) | madchen | junge[rs]?$ | dame (?:mit|in) | mann mit | alte[rs]? (?:mann|frau) | meisje
| jongen | vrouw (?:met|in) | man met | oude (?:man|vrouw) | muchacha | nina$ | nino$ | mujer (?:con|en)
| hombre (?:con|en) | philosopher | beggar
"""


def _rule(words: str) -> re.Pattern:
    alternatives = "|".join(" ".join(word.split()).replace("$", r"\b") for word in words.replace("\n", " ").split("|"))
    return re.compile(rf"\b(?:{alternatives})")


_NAMED = (
    ("still life", _rule(_STILL_LIFE)),
    ("other", re.compile(r"\b(?:genre scene|interior|interno|interieur)\b")),
    ("landscape", _rule(_LANDSCAPE_ITSELF)),
    ("portrait", _rule(_PORTRAIT_ITSELF)),
)
_RULES = (
    *_NAMED,
    ("religious/history", _rule(_RELIGIOUS)),
    ("landscape", _rule(_LANDSCAPE_SEEN)),
    ("portrait", _rule(_PERSON)),
)
NO_TITLE = re.compile(r"(?:untitled|no title|sans titre|senza titolo|ohne titel|zonder titel|sin titulo|\W|\d)*")


def genre_of(title: str, picture_data: str, width: int | None = None, height: int | None = None) -> str:
    """The genre of a work, one of `choices.GENRES`.

    Args:
        title: in any of the six languages, in any case, with or without accents.
        picture_data: what the collection says besides the title ("oil on canvas, 65 x 92 cm"); it decides where the
            title does not.
        width: of the picture in pixels; the shape decides for a work without a title.
        height: of the picture in pixels.

    Returns:
        The first genre whose words occur; by shape, a wide untitled work is a landscape; else "other".
    """
    found = genre_in_words(title, picture_data)
    if found is None and width and height and NO_TITLE.fullmatch(plain(title)) and width >= _WIDE * height:
        return "landscape"
    return found or "other"


def genre_in_words(title: str, picture_data: str) -> str | None:
    """The genre that the words show; None where they show none, so that only the picture can."""
    # Museums and towns are in the picture data too ("musée du louvre, paris"); they are no subjects.
    for text, rules in ((plain(title), _RULES), (plain(picture_data), _NAMED)):
        for genre, rule in rules:
            if rule.search(text):
                return genre
    return None


def plain(text: str) -> str:
    """Lower case without accents and ligatures: "CÉZANNE, Nature Morte à l'Œuf" → "cezanne, nature morte a l'oeuf"."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe").replace("æ", "ae").replace("’", "'"))
    return "".join(c for c in plain if not unicodedata.combining(c))


_PEOPLE = re.compile(r"\b(?:people|persons?|faces?|selfies?|personen|gesichter|visages|personnes|persone|personas)\b")


def genre_of_folder(path: str) -> str | None:
    """The genre that the folders on a path name ("holiday/landscapes/001.jpg"), the innermost first; None for none."""
    for folder in reversed(path.split("/")[:-1]):
        text = plain(re.sub(r"[_\W]+", " ", folder))
        if _PEOPLE.search(text):
            return "portrait"
        for genre, rule in _NAMED:
            if rule.search(text):
                return genre
    return None
