"""What is logged or warned of while a watch is open holds no secret, or the test fails."""

import logging
import warnings

import pytest

from scopegate.testing import LeakWatch

LOGGER = logging.getLogger("scopegate.somewhere")
SECRET = "Lovelace"  # noqa: S105 - made up


def logging_it():
    """Log a secret."""
    LOGGER.info("read %s", {"name": SECRET})


def logging_its_exception():
    """Log an exception that holds a secret."""
    try:
        int(SECRET)
    except ValueError:
        LOGGER.debug("failed", exc_info=True)


def warning_of_it():
    """Warn of a secret, which passes where warnings are not errors."""
    warnings.simplefilter("always")
    warnings.warn(SECRET, stacklevel=1)


@pytest.mark.parametrize("leak", [logging_it, logging_its_exception, warning_of_it])
def test_a_leak_is_told_when_the_watch_closes(leak):
    """A secret that was logged or warned of raises, and is not shown."""
    with pytest.raises(AssertionError) as caught, LeakWatch(SECRET):
        leak()

    assert SECRET not in str(caught.value)


def test_secrets_may_be_told_later():
    """What was logged before a secret was named is looked at too."""
    watch = LeakWatch("another")
    with watch:
        logging_it()
    watch.watch_for("x-secret", SECRET)

    with pytest.raises(AssertionError), watch:
        pass


def test_what_holds_no_secret_passes():
    """Logs and warnings without a secret are fine."""
    with LeakWatch(SECRET):
        LOGGER.warning("read %d records", 3)


def test_a_watch_that_looks_for_nothing_fails():
    """Without a secret a watch would pass whatever happens."""
    with pytest.raises(ValueError, match="there is no secret"), LeakWatch():
        logging_it()


def test_other_loggers_are_none_of_its_business():
    """What somebody else logs is not looked at."""
    with LeakWatch(SECRET):
        logging.getLogger("elsewhere").warning(SECRET)


def test_an_error_under_way_is_let_through():
    """Where the block raises, that is told, whatever was logged."""

    def fail():
        logging_it()
        raise LookupError

    with pytest.raises(LookupError), LeakWatch(SECRET):
        fail()


def test_warnings_are_given_again():
    """Code outside that looks for warnings still finds them, where they were."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        with LeakWatch(SECRET):
            warnings.warn("something else", UserWarning, stacklevel=1)

    assert [(str(w.message), w.category, w.filename) for w in seen] == [
        ("something else", UserWarning, __file__)
    ]


def test_the_logger_is_left_as_it_was():
    """Level and handlers are the same after a watch as before it."""
    logger = logging.getLogger("scopegate")
    before = logger.level, list(logger.handlers)

    with LeakWatch(SECRET):
        pass

    assert (logger.level, logger.handlers) == before
