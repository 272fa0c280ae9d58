"""The exception tree: each class is one sentence, and carries what both shells need.

A class exists only where a caller would treat it differently. `exit_code` is what the command line
exits with, `http_status` what the server answers with. Exceptions of foreign libraries never leave the
module that wraps the library.
"""


class BpoKgError(Exception):
    """Something that bpo-kg was asked for cannot be done."""

    exit_code = 2
    http_status = 400


class SourceError(BpoKgError):
    """A file cannot be read at all; findings inside a readable file are `Finding`s, not exceptions."""


class QueryError(BpoKgError):
    """A SPARQL text, a question name or a question's parameter is wrong."""


class UnknownThing(BpoKgError):
    """A process, country, column or term that was named does not exist."""

    http_status = 404


class ReasoningError(BpoKgError):
    """A reasoner cannot finish."""

    exit_code = 1
    http_status = 500


class MissingExtra(BpoKgError):
    """An optional part of bpo-kg is not installed; the message names the extra that brings it."""

    http_status = 501


class RemoteError(BpoKgError):
    """A remote SPARQL endpoint refused, failed or did not answer in time."""

    exit_code = 1
    http_status = 502
