"""Making OneRoster bundles: a zip or a folder of CSV files."""

import csv
import io
import zipfile

KINDS = ["zip", "folder"]
FILES = [
    *["academicSessions", "classes", "classResources", "courses", "courseResources"],
    *["demographics", "enrollments", "orgs", "roles", "userProfiles"],
    *["userResources", "users"],
]


def table(*rows):
    """Return rows as CSV: the first are the headings."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue()


def manifest(files, version="1.2", **modes):
    """Return a manifest by which these files are bulk, and all others absent."""
    said = {name: "bulk" if name in files else "absent" for name in FILES} | modes
    rows = [(f"file.{name}", mode) for name, mode in said.items()]
    top = [("manifest.version", "1.0"), ("oneroster.version", version)]
    return table(("propertyName", "value"), *top, *rows)


def bundle(folder, files, kind="zip", version="1.2", **modes):
    """Write a bundle of these files, with a manifest unless there is one; return it.

    A file's text may be given as bytes, as text, or as rows.
    """
    whole = {"manifest": manifest(files, version, **modes)} | files
    written = {f"{name}.csv": _bytes(text) for name, text in whole.items()}
    if kind == "folder":
        place = folder / "export"
        place.mkdir()
        for name, data in written.items():
            (place / name).write_bytes(data)
        return place
    return zipped(folder / "export.zip", written)


def zipped(place, files, packing=zipfile.ZIP_DEFLATED):
    """Write a zip of these files, by their full names; return it."""
    with zipfile.ZipFile(place, "w", packing) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return place


def _bytes(text):
    if isinstance(text, bytes):
        return text
    return (text if isinstance(text, str) else table(*text)).encode()
