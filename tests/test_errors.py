"""The error tree: who is whose child decides what is retried, charged or shown."""

import inspect

import pytest

from radgen import errors

TREE = {
    errors.InputError: errors.RadgenError,
    errors.UnsupportedRequestError: errors.RadgenError,
    errors.MissingExtraError: errors.RadgenError,
    errors.PrivacyError: errors.RadgenError,
    errors.BudgetExceededError: errors.RadgenError,
    errors.StoreError: errors.RadgenError,
    errors.BackendError: errors.RadgenError,
    errors.BackendConfigError: errors.BackendError,
    errors.RequestRejectedError: errors.BackendError,
    errors.ContentRefusedError: errors.RequestRejectedError,
    errors.TransientBackendError: errors.BackendError,
    errors.RateLimitedError: errors.TransientBackendError,
    errors.AmbiguousBackendError: errors.BackendError,
}


@pytest.mark.parametrize(("child", "parent"), TREE.items(), ids=lambda kind: kind.__name__)
def test_parents(child: type[Exception], parent: type[Exception]) -> None:
    """Every error hangs where the tree in the module's docstring draws it."""
    assert child.__bases__[0] is parent
    assert child.__name__ in (errors.__doc__ or "")


def test_the_tree_is_complete() -> None:
    """No error exists that the tree and `__all__` do not name."""
    found = {
        name for name, item in vars(errors).items() if inspect.isclass(item) and issubclass(item, Exception)
    }
    assert found == {kind.__name__ for kind in TREE} | {"RadgenError"} == set(errors.__all__)


def test_a_missing_extra_is_an_import_error_that_says_what_to_type() -> None:
    """Code that guards an import with `except ImportError` still works, and the message is a command."""
    error = errors.MissingExtraError("reading NIfTI", "nifti")
    assert isinstance(error, ImportError)
    assert str(error) == "reading NIfTI needs an optional package: pip install 'radgen[nifti]'"


@pytest.mark.parametrize("wait_s", [None, 2.5])
def test_a_transient_error_knows_how_long_to_wait(wait_s: float | None) -> None:
    """The server's own waiting time travels with the error and not in its text."""
    error = errors.TransientBackendError("busy", wait_s)
    assert (str(error), error.retry_after_s) == ("busy", wait_s)
