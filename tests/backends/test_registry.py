"""Backends by name: radgen's own, and plugins found as installed packages are found."""

import sys
from pathlib import Path

import pytest

from radgen.backends import available_backends, get_backend
from radgen.errors import InputError, MissingExtraError, RadgenError
from radgen.testing import FakeBackend

PLUGINS = Path(__file__).parents[1] / "plugins"


@pytest.fixture
def plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Install the fake package: a dist-info folder on the path is all that it takes."""
    monkeypatch.syspath_prepend(PLUGINS)
    monkeypatch.delitem(sys.modules, "radgen_fake", raising=False)


@pytest.mark.usefixtures("plugins")
def test_a_plugin_is_found_and_called() -> None:
    """A name calls the plugin's callable without arguments, and its model is its own default."""
    assert getattr(get_backend("acme"), "model", None) == "acme-1"


@pytest.mark.usefixtures("plugins")
@pytest.mark.parametrize("argument", ["m-2", "", "models/a:b"])
def test_what_stands_behind_the_colon_is_the_argument(argument: str) -> None:
    """Everything behind the first colon is handed on, colons included."""
    assert getattr(get_backend(f"acme:{argument}"), "model", None) == argument


@pytest.mark.usefixtures("plugins")
def test_own_names_win() -> None:
    """A plugin cannot pose as one of radgen's own backends."""
    backend = get_backend("procedural")
    assert type(backend).__module__ == "radgen.backends.procedural.backend"
    assert [entry.name for entry in available_backends()].count("procedural") == 1


@pytest.mark.usefixtures("plugins")
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("raising", "'raising' .* cannot be used: RuntimeError: no weights found"),
        ("missing", "'missing' .* cannot be used: ModuleNotFoundError"),
        ("half", "half is not a backend: it has no capabilities"),
        ("incapable", "no capabilities of type"),
        ("class:m", None),
        ("class", "cannot be used: TypeError"),
        ("moody", "'moody' cannot be used: OSError: no licence server"),
        ("moody:now", "start the server first"),
        ("procedural:x", "cannot be used: TypeError"),
        ("", "no backend is called ''"),
    ],
)
def test_what_cannot_be_used_says_why(name: str, text: str | None) -> None:
    """Whatever a plugin does wrong, the message names it and its reason."""
    if text is None:
        assert get_backend(name).name == "acme"
        return
    with pytest.raises(RadgenError, match=text):
        get_backend(name)


@pytest.mark.usefixtures("plugins")
def test_a_missing_extra_keeps_its_own_message() -> None:
    """What radgen itself says about a plugin is not wrapped."""
    with pytest.raises(MissingExtraError, match=r"pip install 'radgen\[diffusers\]'"):
        get_backend("extra")


@pytest.mark.usefixtures("plugins")
def test_an_unknown_name_lists_what_there_is() -> None:
    """A typing error shows the names that would have worked."""
    with pytest.raises(
        InputError, match=r"no backend is called 'acmee': there are acme, .*class, .*procedural"
    ):
        get_backend("acmee")


@pytest.mark.usefixtures("plugins")
def test_everything_installed_is_described() -> None:
    """Broken plugins are listed with their reason, and stop nothing."""
    entries = {entry.name: entry for entry in available_backends()}
    assert list(entries) == sorted(entries)
    assert entries["acme"].available
    assert entries["acme"].verbs == ("edit", "generate")
    assert entries["acme"].missing is None
    assert entries["procedural"].verbs == ("edit", "generate", "variation")
    for name in ("class", "half", "incapable", "missing", "extra", "moody", "raising"):
        assert not entries[name].available
        assert entries[name].verbs == ()
        assert entries[name].missing


def test_without_plugins_there_is_procedural() -> None:
    """The backends that radgen brings need no installed metadata; some of them need an argument."""
    entries = {entry.name: entry for entry in available_backends()}
    assert {"azure", "http", "https", "openai", "procedural"} <= set(entries)
    assert entries["procedural"].available
    assert "azure:DEPLOYMENT" in (entries["azure"].missing or "")
    assert "http://HOST:PORT/v1" in (entries["http"].missing or "")


def test_objects_are_checked() -> None:
    """An object goes through as it is, and what is none is refused by the part it lacks."""
    backend = FakeBackend()
    assert get_backend(backend) is backend
    with pytest.raises(InputError, match="object is not a backend: it has no name, capabilities, run"):
        get_backend(object())  # type: ignore[arg-type]


def test_a_class_instead_of_an_object_is_noticed() -> None:
    """A class has all the parts of its objects, and is still not one of them."""

    class Custom:
        name = "custom"
        capabilities = property(lambda _: None)

        def run(self) -> None: ...

    with pytest.raises(InputError, match="a class that was not called"):
        get_backend(Custom)  # type: ignore[arg-type]
