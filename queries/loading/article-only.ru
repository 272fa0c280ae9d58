# Leave only what the article says: without published measures, nothing that rests on somebody's own judgement
# (bpo:EditorsJudgement) alone may speak. A fact or rule that also rests on another statement stays.
PREFIX bpo: <https://w3id.org/bpo-kg/ontology#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX dcterms: <http://purl.org/dc/terms/>

DELETE { GRAPH ?graph { ?rule ?p ?o } }
WHERE {
  GRAPH ?graph { ?rule bpo:restsOn ?judgement ; ?p ?o . }
  GRAPH ?statements { ?judgement a bpo:EditorsJudgement . }
  FILTER NOT EXISTS {
    GRAPH ?graph { ?rule bpo:restsOn ?other . }
    FILTER NOT EXISTS { GRAPH ?statements { ?other a bpo:EditorsJudgement . } }
  }
} ;

DELETE { GRAPH ?graph { ?subject ?property ?value . ?axiom ?p ?o } }
WHERE {
  GRAPH ?graph {
    ?axiom owl:annotatedSource ?subject ; owl:annotatedProperty ?property ; owl:annotatedTarget ?value ;
           dcterms:source ?judgement ; ?p ?o .
    ?subject ?property ?value .
  }
  GRAPH ?statements { ?judgement a bpo:EditorsJudgement . }
  FILTER NOT EXISTS {
    GRAPH ?graph { ?axiom dcterms:source ?other . }
    FILTER NOT EXISTS { GRAPH ?statements { ?other a bpo:EditorsJudgement . } }
  }
}
