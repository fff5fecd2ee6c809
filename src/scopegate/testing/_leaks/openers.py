"""What is directly within an object of any kind, looked at without trusting it."""

import logging
import re
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sized
from decimal import Decimal
from io import BytesIO, StringIO
from types import (
    BuiltinFunctionType,
    CodeType,
    FrameType,
    FunctionType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
    TracebackType,
)
from typing import Any

from .places import Step
from .secret import digits_of

Found = Iterator[tuple[Step, Any]]
"""Steps into an object, and what is there."""

BYTES = (bytes, bytearray, memoryview)

_TOLD_BY_WHAT_THEY_HOLD = (dict, list, tuple, set, frozenset, logging.LogRecord)
_NO_COLLECTIONS = (str, *BYTES, Mapping)
_OPAQUE = (
    type, ModuleType, FunctionType, BuiltinFunctionType, MethodType, CodeType, FrameType,
    logging.Logger, logging.Handler, int, float, complex, Decimal, range, slice,
)  # fmt: skip
"""Types that hold no more than their text says, or belong to the program."""

_RESPONSE = frozenset({"headers", "content", "url"})
_OF_RESPONSE = (*sorted(_RESPONSE), "status_code", "reason", "reason_phrase", "history")
_OF_REQUEST = (*sorted(_RESPONSE), "method", "body")
_OF_LOGGING = frozenset({
    "asctime", "created", "filename", "funcName", "levelno", "lineno", "message", "module",
    "msecs", "pathname", "process", "processName", "relativeCreated", "taskName",
    "thread", "threadName",
})  # fmt: skip
"""What a log record says about the program, or is there only after formatting."""

_ADDRESS = re.compile(r" at 0x[0-9A-Fa-f]+")
_TRACEBACK = Step.plain(".(traceback)")
_UNREADABLE = Step.plain(".(what reading it raised)")


def opened(found: Any) -> Found:
    """Yield the things directly within an object, and its own texts.

    Raises:
        ValueError: It is a response whose content was not read.
    """
    yield from _texts(found)
    if isinstance(found, _OPAQUE):
        return
    attributes = dict(_attributes(found))
    if _is_response(found, attributes):
        yield from _of_response(found)
        return
    own = _OF_LOGGING if isinstance(found, logging.LogRecord) else ()
    for name, value in attributes.items():
        if name not in own:
            yield Step(f".{name}", ".(an attribute)"), value
    for kind, opener in _OPENERS:
        if isinstance(found, kind):
            yield from _carefully(opener, found)


def _texts(found: object) -> Found:
    """Yield the texts of an object about itself."""
    if isinstance(found, int):
        yield Step.plain(""), digits_of(found)
    if type(found) not in _TOLD_BY_WHAT_THEY_HOLD:
        yield Step.plain(".str()"), _told(lambda: _ADDRESS.sub("", str(found)))
        yield Step.plain(".repr()"), _told(lambda: _ADDRESS.sub("", repr(found)))


def _told(tell: Callable[[], object]) -> object:
    """Return the result of *tell*; if it raises, the error, which may be shown too."""
    try:
        return tell()
    except Exception as error:  # whatever it is, somebody may log it
        return error


def _carefully(opener: Callable[[Any], Found], found: object) -> Found:
    """Yield the same as *opener*, and any error raised meanwhile."""
    try:
        yield from opener(found)
    except Exception as error:  # as above
        yield _UNREADABLE, error


def _of_mapping(found: Mapping[Any, Any]) -> Found:
    items = dict.items(found) if isinstance(found, dict) else found.items()
    for number, (key, value) in enumerate(tuple(items), 1):
        yield Step.plain(f"[key {number}]"), key
        safe = f"[value {number}]"
        is_short = type(key) is int or (type(key) is str and len(key) <= 40)
        yield Step(f"[{key!r}]" if is_short else safe, safe), value


def _of_collection(found: Iterable[Any]) -> Found:
    if hasattr(type(found), "__iter__") and not isinstance(found, _NO_COLLECTIONS):
        for number, element in enumerate(tuple(found)):
            yield Step.plain(f"[{number}]"), element


def _of_exception(found: BaseException) -> Found:
    """Yield the texts of an exception, and what can be got from it.

    Of its traceback the files and functions; the lines of source that Python
    prints with them are the program's, and a test may well name its secrets.
    """
    for name in ("args", "__cause__", "__context__"):
        yield Step.plain(f".{name}"), getattr(found, name)
    for text in traceback.format_exception_only(found):
        yield _TRACEBACK, text
    yield _TRACEBACK, found.__traceback__


def _of_traceback(found: TracebackType) -> Found:
    for frame, _ in traceback.walk_tb(found):
        place = f"{frame.f_code.co_filename}, in {frame.f_code.co_name}"
        yield Step.plain(""), place


def _of_record(found: logging.LogRecord) -> Found:
    yield Step.plain(".getMessage()"), found.getMessage()


def _of_buffer(found: StringIO | BytesIO) -> Found:
    yield Step.plain(".getvalue()"), found.getvalue()


def _is_response(found: object, attributes: Mapping[str, Any]) -> bool:
    """Tell whether it looks like a response of httpx, requests or a test client.

    It is not asked: some objects answer to every name.
    """
    names = {name for kind in type(found).__mro__ for name in vars(kind)}
    return names | attributes.keys() >= _RESPONSE


def _of_response(found: object) -> Found:
    yield from _read(found, _OF_RESPONSE)
    request = _told(lambda: getattr(found, "request", None))
    for step, below in _read(request, _OF_REQUEST):
        yield Step.plain(f".request{step.text}"), below


def _read(found: object, names: Iterable[str]) -> Found:
    for name in names:
        value = _told(lambda name=name: getattr(found, name, None))  # type: ignore[misc]
        if name == "content" and isinstance(value, Exception):
            message = "the content of a response was not read; read it first"
            raise ValueError(message)
        yield Step.plain(f".{name}"), value


def _attributes(found: object) -> Iterator[tuple[str, Any]]:
    """Yield the attributes of an object, without running any code of it."""
    try:
        held = object.__getattribute__(found, "__dict__")
    except AttributeError:
        held = {}
    yield from dict(held).items()
    for kind in type(found).__mro__:
        for name, slot in vars(kind).items():
            if isinstance(slot, MemberDescriptorType):
                try:
                    yield name, slot.__get__(found)
                except AttributeError:  # never set
                    continue


_OPENERS: tuple[tuple[Any, Callable[[Any], Found]], ...] = (
    (Mapping, _of_mapping),
    (Sized, _of_collection),
    (BaseException, _of_exception),
    (TracebackType, _of_traceback),
    (logging.LogRecord, _of_record),
    (StringIO | BytesIO, _of_buffer),
)
