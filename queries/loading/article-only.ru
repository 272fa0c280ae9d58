# Leave only what the article says: without published measures, nothing that rests on the editors' judgement
# (stmt:s12) alone may speak. A fact or rule that also rests on another statement stays.
PREFIX bpo: <https://w3id.org/bpo-kg/ontology#>
PREFIX stmt: <https://w3id.org/bpo-kg/statement/>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX dcterms: <http://purl.org/dc/terms/>

DELETE { GRAPH ?graph { ?rule ?p ?o } }
WHERE {
  GRAPH ?graph { ?rule bpo:restsOn stmt:s12 ; ?p ?o . }
  FILTER NOT EXISTS { GRAPH ?graph { ?rule bpo:restsOn ?other . FILTER(?other != stmt:s12) } }
} ;

DELETE { GRAPH ?graph { ?subject ?property ?value . ?axiom ?p ?o } }
WHERE {
  GRAPH ?graph {
    ?axiom owl:annotatedSource ?subject ; owl:annotatedProperty ?property ; owl:annotatedTarget ?value ;
           dcterms:source stmt:s12 ; ?p ?o .
    FILTER NOT EXISTS { ?axiom dcterms:source ?other . FILTER(?other != stmt:s12) }
    ?subject ?property ?value .
  }
}
