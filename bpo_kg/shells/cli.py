"""The command line: arguments in, results on stdout, talk on stderr.

Only the parser stands here; each verb's work is imported when it runs, so that `bpo-kg --version` answers at once.
Exit codes: 0 no errors, 1 an error in the content, 2 wrong usage or a file that cannot be read.
"""

import argparse
import os
import sys
from collections.abc import Sequence

from bpo_kg import __version__
from bpo_kg.errors import BpoKgError

RDF_FORMATS = ("ttl", "nt", "nq", "trig", "jsonld", "rdfxml")


def parser(arguments: Sequence[str] = ()) -> argparse.ArgumentParser:
    """Return the command-line grammar; `arguments` tells which verb is wanted, if one brings flags of its own."""
    top = argparse.ArgumentParser(
        prog="bpo-kg",
        description="What can be outsourced, from where, and why: answers from a knowledge graph.",
        epilog="Results go to standard output, everything else to standard error.",
    )
    top.add_argument("--version", action="version", version=f"bpo-kg {__version__}")
    verbs = top.add_subparsers(dest="verb", metavar="VERB", required=True)

    assess = _verb(verbs, "assess", "judge every process of an inventory, with reasons", data=False)
    assess.add_argument("files", nargs="*", metavar="FILE", help="inventory (CSV, XLSX, ODS), BPMN model or RDF")
    _files(assess, "--data", "further data")
    assess.add_argument("--onet", metavar="DIR", help="published O*NET tables; each occupation becomes a row")
    _output(assess, ("table", "csv", "json", "md", "ttl", "parquet", "xlsx"), "table")
    assess.add_argument("--engine", choices=("auto", "graph", "duckdb", "spark"), default="auto")
    assess.add_argument("--master", metavar="URL", help="Spark master, for --engine spark")
    assess.add_argument("--reasoner", choices=("rl", "hermit"), default="rl")
    assess.add_argument("--summary", action="store_true", help="counts instead of rows, and what to ask first")
    assess.add_argument("--strict", action="store_true", help="warnings and suggestions count as errors")

    ask = _verb(verbs, "ask", "answer a catalogued question")
    ask.add_argument("name", help="name of the question; `bpo-kg questions` lists them")
    ask.add_argument("parameters", nargs="*", metavar="key=value")
    _output(ask, ("table", "csv", "tsv", "json", "xml"), "table")
    ask.add_argument("--endpoint", metavar="URL", help="ask a remote SPARQL endpoint instead")

    questions = _verb(verbs, "questions", "list the catalogued questions", data=False)
    _output(questions, ("table", "json"), "table")

    query = _verb(verbs, "query", "run a SPARQL query over asserted, inferred and assessed triples")
    query.add_argument("sparql", nargs="?", help="the query text")
    query.add_argument("-f", "--file", metavar="FILE", help="read the query from a file, - for standard input")
    _output(query, ("table", "csv", "tsv", "json", "xml", "ttl", "nt", "jsonld"), None)
    query.add_argument("--endpoint", metavar="URL", help="query a remote SPARQL endpoint instead")

    for name, text in (
        ("explain", "say why a process got its verdicts"),
        ("why-not", "say what keeps a process from a better verdict at a place"),
        ("flips", "list the smallest changes that would turn a verdict"),
        ("what-if", "judge a process with some facts changed, without writing them"),
    ):
        verb = _verb(verbs, name, text)
        optional = name in ("flips", "what-if")
        verb.add_argument("process", metavar="PROCESS", nargs="?" if optional else None, help="IRI, CURIE, id or label")
        if name == "what-if":
            verb.add_argument("--set", nargs="+", action="extend", default=[], metavar="column=value", dest="changes")
            verb.add_argument(
                "--scenario", nargs="+", action="extend", default=[], metavar="FILE",
                help="changes from a TOML or Turtle file; several are compared side by side",
            )  # fmt: skip
        if name == "explain":
            verb.add_argument("--all", type=int, default=0, metavar="N", help="up to N proofs of each reason")
        if name == "why-not":
            verb.add_argument("--grade", help="the grade wanted; any better one when left out")
        if name in ("explain", "why-not"):
            verb.add_argument(
                "--that", metavar="'PREDICATE OBJECT'", help="a triple about PROCESS instead of a verdict"
            )
        if name == "flips":
            verb.add_argument("--most", type=int, choices=(1, 2), default=2, help="facts changed at once")
        formats = ("text", "json", "ttl", "mermaid", "svg") if name == "explain" else ("text", "json")
        _output(verb, formats, "text")

    diff = _verb(verbs, "diff", "compare two states of ontology, rules or inventory")
    diff.add_argument("old", metavar="OLD", help="file, folder or git revision")
    diff.add_argument("new", metavar="NEW")
    _output(diff, ("text", "json", "md"), "text")

    reason = _verb(verbs, "reason", "list what follows from the asserted triples, and any contradiction")
    reason.add_argument("--reasoner", choices=("rl", "hermit"), default="rl")
    _output(reason, ("text", "json"), "text")

    check = _verb(verbs, "check", "find what is wrong in files, with line and column", data=False)
    check.add_argument("files", nargs="+", metavar="FILE")
    _files(check, "--data", "further files to check")
    check.add_argument("--reasoner", choices=("rl", "hermit"), default="rl")
    check.add_argument("--strict", action="store_true", help="warnings and suggestions count as errors")
    _output(check, ("text", "json", "sarif"), "text")

    export = _verb(verbs, "export", "write the graph for other tools")
    export.add_argument("--part", choices=("asserted", "inferred", "assessed", "all"), default="all")
    _output(export, RDF_FORMATS, "ttl")

    template = verbs.add_parser("template", help="write an empty inventory to fill in (XLSX)")
    template.add_argument("file", metavar="FILE.xlsx")

    serve = _verb(verbs, "serve", "answer over HTTP: SPARQL, questions, pages", data=False)
    if "serve" in arguments[:1]:
        # The server's own flags are its business; nobody else waits for its modules.
        from bpo_kg.shells.server.options import add_flags

        add_flags(serve)
    return top


def _verb(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, text: str, *, data: bool = True
) -> argparse.ArgumentParser:
    verb = verbs.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    if data:
        verb.add_argument(
            "--data", nargs="+", action="extend", default=[], metavar="FILE", help="inventories, models, RDF"
        )
    verb.add_argument(
        "--rules", nargs="+", action="extend", default=[], metavar="FILE", help="rules that add, replace or disable"
    )
    verb.add_argument("--places", nargs="+", action="extend", default=[], metavar="FILE", help="wages, sites, adequacy")
    verb.add_argument("--evidence", choices=("on", "off"), default="on", help="off: the article alone speaks")
    verb.add_argument("--client", metavar="CC", help="client country of processes that name none")
    verb.add_argument("--to", metavar="CC,CC", default="", help="countries or sites to deliver from")
    verb.add_argument("--map", nargs="+", action="extend", default=[], metavar="HEADER=COLUMN", dest="mapping")
    verb.add_argument("--lang", choices=("en", "id"), default="en")
    verb.add_argument("--terms", choices=("trade", "article"), default="trade")
    return verb


def _files(verb: argparse.ArgumentParser, flag: str, text: str) -> None:
    verb.add_argument(flag, nargs="+", action="extend", default=[], metavar="FILE", help=text)


def _output(verb: argparse.ArgumentParser, formats: Sequence[str], default: str | None) -> None:
    verb.add_argument("--format", choices=formats, help="without it, the extension of -o decides")
    verb.add_argument("-o", "--output", metavar="FILE")
    verb.set_defaults(formats=formats, default_format=default)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    options = parser(given).parse_args(given)
    if options.verb == "serve":
        from bpo_kg.shells.allocator import start_anew

        start_anew()
    from bpo_kg.shells import commands

    try:
        return commands.run(options)
    except BpoKgError as error:
        print(f"bpo-kg: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        # The reader of the output went away (`| head`); point stdout elsewhere so that closing it stays quiet.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("bpo-kg: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
