"""HTML as text that cannot be injected into: every plain string becomes escaped text.

`element` builds a node from its children. A child that is `Markup` was built here and stays as it is; any
other string came from outside and is escaped. There is no other way to put text on the page.
"""

import html
import re

__all__ = ["Child", "Markup", "element", "join", "text"]


class Markup(str):
    """A piece of finished HTML."""

    __slots__ = ()


Child = str | int | None
"""What may stand inside an element; ``None`` is nothing."""

VOID = frozenset({"img", "link", "meta"})
"""Elements without content and end tag, of those in use."""

UNSHOWABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # control characters: not allowed in HTML text
    "\u202a-\u202e\u2066-\u2069"  # direction overrides: they would reorder what stands around them
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"  # half surrogates (undecodable file names), non-characters
)


def text(value: str | int) -> Markup:
    """Escape text for use inside an element or a quoted attribute.

    Parameters
    ----------
    value : str or int
        Anything.

    Returns
    -------
    Markup
        Safe; what cannot be shown is replaced by U+FFFD.

    Examples
    --------
    >>> text("<script>")
    '&lt;script&gt;'
    """
    return Markup(html.escape(UNSHOWABLE.sub("\ufffd", str(value)), quote=True))


def join(*children: Child) -> Markup:
    """Put children next to each other.

    Parameters
    ----------
    *children : str, int or None
        `Markup` is taken as it is, other text is escaped, ``None`` is left out.

    Returns
    -------
    Markup
        All of them.

    Examples
    --------
    >>> join(element("b", "1 < 2"), " & ", 3)
    '<b>1 &lt; 2</b> &amp; 3'
    """
    return Markup(
        "".join(
            child if isinstance(child, Markup) else text(child) for child in children if child is not None
        )
    )


def element(name: str, /, *children: Child, **attributes: str | int | None) -> Markup:
    """Build one element.

    Parameters
    ----------
    name : str
        The tag.
    *children : str, int or None
        As for `join`.
    **attributes : str, int or None
        Attributes; a final underscore is dropped (``class_``), other underscores become hyphens, and
        ``None`` leaves the attribute out.

    Returns
    -------
    Markup
        The element.

    Examples
    --------
    >>> element("td", 5, class_="number", title=None)
    '<td class="number">5</td>'
    """
    written = "".join(
        f' {key.removesuffix("_").replace("_", "-")}="{text(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in VOID:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{join(*children)}</{name}>")
