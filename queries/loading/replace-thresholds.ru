# A user's file that gives a shipped threshold, or a parameter of a shipped proximity rule, another value replaces that
# one value; the rest stays as shipped. `?mine` is the user's graph; the runner binds it.
PREFIX bpo: <https://w3id.org/bpo-kg/ontology#>

DELETE { GRAPH ?graph { ?set ?property ?shipped } }
WHERE {
  VALUES ?class { bpo:ThresholdSet bpo:ProximityRule }
  GRAPH ?graph { ?set a ?class ; ?property ?shipped . }
  GRAPH ?mine { ?set ?property ?own . }
  FILTER(?graph != ?mine && STRSTARTS(STR(?graph), "https://w3id.org/bpo-kg/graph/asserted/bpo-kg/"))
  FILTER(STRSTARTS(STR(?property), STR(bpo:)) && ?shipped != ?own)
}
