"""What an earlier attempt lacked, said in the prompt of the next."""

from dataclasses import replace

from radgen.protocol import Capabilities, ImageRequest

__all__ = ["hinted"]


def hinted(request: ImageRequest, hints: tuple[str, ...], able: Capabilities) -> ImageRequest:
    """The same request with more words.

    Parameters
    ----------
    request : ImageRequest
        As the plan has it.
    hints : tuple of str
        Sentences of the checks that failed.
    able : Capabilities
        Of the backend: to one that reads no prompts nothing is said.

    Returns
    -------
    ImageRequest
        With a longer prompt.

    Examples
    --------
    >>> from radgen.prompt import Prompt
    >>> from radgen.protocol import GenerateRequest
    >>> asked = GenerateRequest(prompt=Prompt("An x-ray of chest."), size=(4, 4))
    >>> hinted(asked, ("No text.",), Capabilities(verbs={"generate"})).prompt.text
    'An x-ray of chest. No text.'
    """
    if not hints or not able.reads_prompts:
        return request
    prompt = request.prompt
    return replace(request, prompt=replace(prompt, text=" ".join([prompt.text, *hints])))
