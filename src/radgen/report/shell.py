"""The frame of every page: it loads nothing, runs nothing, and has the browser enforce that."""

from radgen.report.markup import Markup, element, text

__all__ = ["whole_page"]

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def whole_page(title: str, body: Markup, *styles: str) -> str:
    """Put a body into a complete page that needs no other file.

    Parameters
    ----------
    title : str
        For the browser's window.
    body : Markup
        The ``body`` element.
    *styles : str
        Style sheets of our own, which contain no end tag.

    Returns
    -------
    str
        HTML; to be stored as UTF-8.

    Examples
    --------
    >>> whole_page("A study", element("body", "Hello")).splitlines()[0]
    '<!doctype html>'
    """
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="robots", content="noindex"),
        element("link", rel="icon", href="data:,"),
        element("title", text(title)),
        element("style", Markup("\n"), *(Markup(style) for style in styles)),
    )
    page = element("html", head, "\n", body, lang="en")
    return f"<!doctype html>\n{page}\n"
