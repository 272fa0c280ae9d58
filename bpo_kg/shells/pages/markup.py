"""Build HTML out of tags and text; whatever is no tag is escaped, so no name of a process can become markup.

There is no template language: a page is a value of nested calls, which a type checker reads.
"""

from collections.abc import Iterable
from html import escape
from typing import TypeAlias

_VOID = frozenset(("br", "hr", "img", "input", "link", "meta", "wbr", "col"))
_WORDS = {"class_": "class", "for_": "for", "type_": "type", "id_": "id"}


class Markup(str):
    """Text that is HTML already; only `tag` and `join` make it."""

    __slots__ = ()


Content: TypeAlias = "str | int | Iterable[Content] | None"
Value: TypeAlias = str | int | bool | None


def join(content: Content) -> Markup:
    """Return content as HTML, its text escaped.

    >>> join(["a < b", None, tag("b", "c & d")])
    'a &lt; b<b>c &amp; d</b>'
    """
    if isinstance(content, Markup):
        return content
    if content is None:
        return Markup("")
    if isinstance(content, str | int):
        return Markup(escape(str(content)))
    return Markup("".join(join(piece) for piece in content))


def tag(name: str, /, *content: Content, **attributes: Value) -> Markup:
    """Return one element; `class_` and `for_` stand for the reserved words, `data_x` for `data-x`.

    >>> tag("a", "<C1>", href="/id/row/C1?a=1&b=2", class_="thing", hidden=True, title=None)
    '<a href="/id/row/C1?a=1&amp;b=2" class="thing" hidden>&lt;C1&gt;</a>'
    """
    parts = [name]
    for key, value in attributes.items():
        word = _WORDS.get(key, key.replace("_", "-"))
        if value is True:
            parts.append(word)
        elif value is not None and value is not False:
            parts.append(f'{word}="{escape(str(value))}"')
    opened = Markup(f"<{' '.join(parts)}>")
    return opened if name in _VOID else Markup(f"{opened}{join(content)}</{name}>")
