"""The ontology, rules and places that a portfolio is assessed with, read once."""

from bpo_kg.loading import Loaded, inventory_lexicon, load_places, load_rules, load_shipped
from bpo_kg.portfolio.codes import Codes, TextCodes, column_codes
from bpo_kg.portfolio.judged import Verdicts
from bpo_kg.portfolio.meaning import Meaning
from bpo_kg.portfolio.options import PortfolioOptions
from bpo_kg.portfolio.slices import TEXTS, texts_named
from bpo_kg.sources.cells import CellReader
from bpo_kg.suitability.answers import passing
from bpo_kg.suitability.countries import load_countries
from bpo_kg.suitability.naming import Names
from bpo_kg.suitability.places import PlaceBook
from bpo_kg.suitability.rulebook import Rulebook, read_rulebook
from bpo_kg.suitability.sites import read_overrides
from bpo_kg.suitability.thresholds import read_thresholds


class Knowledge:
    """What is known before the first row is read."""

    def __init__(self, options: PortfolioOptions) -> None:
        self.loaded: Loaded = load_shipped(evidence=options.evidence)
        load_rules(self.loaded, options.rules)
        load_places(self.loaded, options.places)
        view = self.loaded.view()
        names = Names(view)
        self.client = names.country(options.client) if options.client else None
        self.to = tuple(dict.fromkeys(names.place(place) for place in options.to))
        self.book: Rulebook = read_rulebook(view)
        self.reader = CellReader(inventory_lexicon(self.loaded))
        self.codes: dict[str, Codes] = dict(column_codes(self.reader))
        countries = {place for place in (*self.to, self.client) if place and len(place) == 2}
        sorts = {column.name: column.sort for column in self.reader.columns.columns.values()}
        self.meaning = Meaning(
            self.loaded, self.book, self.codes, sorts, countries, hermit=options.reasoner == "hermit"
        )
        how = passing(view)
        self.passing = {c: how[p.value] for c, p in self.meaning.properties.items() if p.value in how}
        needed = self.meaning.slices.columns
        for column, sort in sorts.items():
            # Numbers have nearly as many values as there are rows; they are coded only if a rule reads them.
            if sort == "number" and column not in needed:
                del self.codes[column]
            elif column in TEXTS and column in needed:
                self.codes[column] = TextCodes(column, self.reader, texts_named(self.meaning.rules))
        store = self.loaded.dataset.store
        self.places = PlaceBook(load_countries(), read_thresholds(store), read_overrides(store))
        self.verdicts = Verdicts(self.meaning, self.places, self.to, self.client)
