"""What the Assembly Platform gives of its records, and which of them."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime

from .assembly_words import FLAGS, SCOPES
from .messages import Page, walk


def has(row: Mapping, field: str, wanted: set[str], *, lacking: bool = False) -> bool:
    """Tell whether a field, wherever it is, has a wanted value; or is *lacking*."""
    held = {str(o[field]) for o in walk(row) if field in o}
    return not held.isdisjoint(wanted) or (lacking and not held)


def overlaps(row: Mapping, start: str, end: str) -> bool:
    """Tell whether a record's time meets that from *start* to *end*."""
    first = row.get("session_date") or row.get("start_date") or start
    last = row.get("session_date") or row.get("end_date") or end
    return str(first)[:10] <= end and str(last)[:10] >= start


def since(told: str) -> datetime | None:
    """Return the instant of a header, or None where it tells none."""
    try:
        return parsedate_to_datetime(told).astimezone(UTC) if told else None
    except ValueError:
        return None


def shown(row: dict, name: str, query: Mapping, held: Iterable[str]) -> dict:
    """Return a record without what no scope or no flag brings along."""
    name = name.removesuffix("/left")
    flags = {p for p, flag in FLAGS.get(name, {}).items() if query.get(flag) != "true"}
    scopes = {p for p, scope in SCOPES.get(name, {}).items() if scope not in held}
    return _without(row, flags | scopes | {"_modified"}, "")


def _without(value: object, paths: set[str], at: str) -> object:
    if isinstance(value, list):
        return [_without(one, paths, at) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _without(inside, paths, f"{at}{name}.")
        for name, inside in value.items()
        if f"{at}{name}" not in paths
    }


def window(name: str, dates: Mapping[str, str], day: str) -> tuple[str, str]:
    """Return the first and the last day asked for, on a *day*.

    Of attendances this week is given unless another is asked for; of exclusions
    this academic year, which starts in September (our reading).
    """
    if "date" in dates:
        return dates["date"], dates["date"]
    today = date.fromisoformat(day)
    start, end = "", "9999"
    if name == "attendances":
        monday = today - timedelta(days=today.weekday())
        start, end = str(monday), str(monday + timedelta(days=6))
    elif name == "exclusions":
        year = today.year if today.month >= 9 else today.year - 1
        start, end = f"{year}-09-01", f"{year + 1}-08-31"
    return dates.get("start_date", start), dates.get("end_date", end)


def paging(page: Page, number: int) -> dict[str, str]:
    """Return what the headers of 1.1 say of a page."""
    return {
        "Page": str(number),
        "Total": str(page.total),
        "Total-Pages": str(-(-page.total // page.size)),
        "Per-Page": str(page.size),
        "Next-Page": str(number + 1) if page.more else "",
        "Prev-Page": str(number - 1) if number > 1 else "",
    }


def enveloped(page: Page, number: int) -> dict:
    """Return a page as 1.0 has it, with what the headers of 1.1 say."""
    return {
        "object": "list",
        "total_count": page.total,
        "total_pages": -(-page.total // page.size),
        "current_page": number,
        "prev_page": number - 1 if number > 1 else None,
        "next_page": number + 1 if page.more else None,
        "data": page.records,
    }
