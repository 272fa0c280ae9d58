# A user's file that states a rule under the IRI of a shipped one replaces it whole: what the shipped files say of that
# rule goes. `?mine` is the user's graph; the runner binds it.
PREFIX bpo: <https://w3id.org/bpo-kg/ontology#>

DELETE { GRAPH ?graph { ?rule ?p ?o } }
WHERE {
  GRAPH ?mine { ?rule bpo:strength|bpo:gives|bpo:presumesMet|bpo:presumesFailed|bpo:whenMet|bpo:whenFailed ?any . }
  GRAPH ?graph { ?rule bpo:strength ?strength ; ?p ?o . }
  FILTER(?graph != ?mine && STRSTARTS(STR(?graph), "https://w3id.org/bpo-kg/graph/asserted/bpo-kg/"))
}
