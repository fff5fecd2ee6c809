"""OneRoster bundles that are broken, or meant to break what reads them."""

import struct
import tracemalloc
import zipfile
from random import Random

import pytest

from scopegate.adapters.oneroster_csv import OneRosterCSV
from scopegate.errors import SourceError

from .bundles import (
    CLASSES,
    KINDS,
    LONG,
    ORGS,
    WHOLE,
    bundle,
    everything,
    ids,
    manifest,
    parsed,
    refusal,
    rows,
    table,
    zipped,
)
from .oneroster_scene import CANARY

# ---- The manifest --------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mode", ["absent", "", "ABSENT "])
def test_what_is_absent_is_empty(tmp_path, kind, mode):
    """Even where a file of that name is there."""
    place = bundle(tmp_path, WHOLE["1.2"], kind, classes=mode)

    assert rows(place, "class") == []


def without(*files, version="1.2"):
    """Return a manifest that does not name some files, as rows."""
    named = [row for row in parsed(manifest([*WHOLE[version]], version)) if row]
    gone = {f"file.{file}" for file in files}
    return [row for row in named if row[0] not in gone]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("file", sorted(WHOLE["1.2"]))
def test_a_file_that_the_manifest_does_not_name_is_a_fault(tmp_path, kind, file):
    """No one can tell whether it is a part of the bundle.

    Fails on the release before: its resource was empty without a word.
    """
    place = bundle(tmp_path, {**WHOLE["1.2"], "manifest": without(file)}, kind)

    assert refusal(place, "class") == (
        0,
        f"{place.name}/manifest.csv: does not name `{file}.csv`, which is there; name"
        " it, or take it out",
    )


def test_what_neither_is_there_nor_is_named_is_empty(tmp_path):
    """And so is a file that the version does not have."""
    files = {**WHOLE["1.1"], "roles": "no rows"}
    del files["classes"]
    said = without("classes", "roles", version="1.1")
    place = bundle(tmp_path, {**files, "manifest": said}, version="1.1")

    assert (rows(place, "class"), ids(place, "teacher")) == ([], ["u9"])


@pytest.mark.parametrize(
    "said",
    [
        ("FILE.Classes ", "Bulk"),
        (" file.classes", " BULK "),
        ("file.classes*", "bulk"),
    ],
)
def test_a_manifest_may_be_written_in_any_case(tmp_path, said):
    """Its words are compared without blanks around them."""
    told = [*without("classes"), said, ("file.results", "absent"), ("source.x", "y")]
    place = bundle(tmp_path, {**WHOLE["1.2"], "manifest": told})

    assert ids(place, "class") == ["c1", "c2"]


def test_a_file_that_oneroster_does_not_have_is_a_fault(tmp_path):
    """It may be one of those it has, spelt in another way.

    Fails on the release before: it was passed over, and the resource empty.
    """
    told = [*without("classes"), ("file.Class", "bulk")]
    place = bundle(tmp_path, {**WHOLE["1.2"], "manifest": told})

    assert refusal(place, "class") == (
        0,
        "export.zip/manifest.csv: names `file.class`, which is not a file of OneRoster;"
        " correct it",
    )


@pytest.mark.parametrize("version", ["1.2", "1.2.1", "1.1"])
def test_a_version_may_have_three_numbers(tmp_path, version):
    """The third changes nothing that is read here."""
    place = bundle(tmp_path, {"orgs": ORGS}, version=version)

    assert ids(place, "school") == ["s1"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "names no version that can be read: 1.1, 1.2"),
        ("propertyName,value\n", "names no version that can be read: 1.1, 1.2"),
        (
            table(("propertyName", "value"), ("oneroster.version", "1.0")),
            "names no version that can be read: 1.1, 1.2",
        ),
        (
            table(
                ("propertyName", "value"),
                ("oneroster.version", "1.2"),
                ("oneroster.version", "1.1"),
            ),
            "says two things of `oneroster.version`; keep one",
        ),
        (
            manifest([], users="some"),
            "says of `file.users` neither bulk, delta nor absent; correct it",
        ),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_a_manifest_that_cannot_be_read_is_told(tmp_path, kind, text, problem):
    """Before any other file is opened."""
    place = bundle(tmp_path, {"manifest": text}, kind)

    assert refusal(place) == (0, f"{place.name}/manifest.csv: {problem}")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("name,value\na,b\n", "line 1: has no column `propertyName`; add it"),
        ("propertyName.x,value\na,b\n", "line 1: has no column `propertyName`; add it"),
        ("propertyName\na\n", "line 1: has no column `value`; add it"),
        (
            "propertyName,value\na\n",
            "line 2: has 1 columns where the headings have 2; the rows before it were"
            " read",
        ),
    ],
)
def test_a_manifest_that_is_no_such_table_is_told_by_line(tmp_path, text, problem):
    """Names the line, and shows nothing of it."""
    place = bundle(tmp_path, {"manifest": text})

    assert refusal(place) == (0, f"export.zip/manifest.csv, {problem}")


@pytest.mark.parametrize("resource", ["student", "user"])
@pytest.mark.parametrize("file", ["users", "roles"])
def test_a_file_of_changes_is_not_taken_for_all_there_is(tmp_path, resource, file):
    """Not even where it is put together with others; unless the host says so."""
    place = bundle(tmp_path, WHOLE["1.2"], **{file: "delta"})

    assert refusal(place, resource) == (
        0,
        f"export.zip/{file}.csv: holds only what changed; pass `deltas=True` to read that",
    )
    assert len(rows(place, resource, deltas=True)) >= 2


# ---- Broken bundles ------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("resource", "name"), [("class", "classes"), ("student", "roles")]
)
def test_a_missing_file_is_told(tmp_path, kind, resource, name):
    """Where the manifest has it and the bundle has not."""
    files = {n: rows for n, rows in WHOLE["1.2"].items() if n != name}
    place = bundle(tmp_path, files, kind, **{name: "bulk"})

    assert refusal(place, resource) == (
        0,
        f"{place.name}: has no `{name}.csv` at its top; add it",
    )


@pytest.mark.parametrize(
    "name",
    [
        "export/manifest.csv",
        "../manifest.csv",
        "/manifest.csv",
        "C:\\manifest.csv",
        "./manifest.csv",
        "Manifest.csv",
        "manifest.csv ",
        "manifest.csv~.txt",
        "manifest.csv/",
    ],
)
def test_a_file_of_another_name_is_not_taken_for_it(tmp_path, name):
    """Neither in a folder, nor outside, nor nearly so called: nothing is unpacked."""
    place = zipped(tmp_path / "export.zip", {name: manifest([])})
    place.write_bytes(place.read_bytes().replace(b"csv~", b"csv\0"))

    found = refusal(place)

    assert found == (0, "export.zip: has no `manifest.csv` at its top; add it")
    assert [path.name for path in tmp_path.iterdir()] == ["export.zip"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_that_stands_twice_is_refused(tmp_path):
    """No one can tell which of the two is meant."""
    place = bundle(tmp_path, WHOLE["1.2"])
    with zipfile.ZipFile(place, "a") as archive:
        archive.writestr("classes.csv", CANARY)

    assert refusal(place, "class") == (
        0,
        "export.zip/classes.csv: is in the zip twice; keep one",
    )


@pytest.mark.parametrize(
    "data", [b"", b"Ada", b"PK\x05\x06", b"PK\x03\x04" + b"x" * 99]
)
def test_what_is_no_zip_is_told(tmp_path, data):
    """By its name, and what to do."""
    (tmp_path / "export.zip").write_bytes(data)

    assert refusal(tmp_path / "export.zip") == (
        0,
        "export.zip: is not a zip; name a zip or a folder of CSV files",
    )


@pytest.mark.parametrize("kept", [0.3, 0.7])
def test_a_zip_that_is_cut_short_is_told(tmp_path, kept):
    """Its end is missing, where its contents are listed."""
    place = bundle(tmp_path, WHOLE["1.2"])
    data = place.read_bytes()
    place.write_bytes(data[: int(len(data) * kept)])

    assert refusal(place)[0] == 0


def test_a_zip_whose_contents_are_broken_is_told(tmp_path):
    """The kind of the failure is told, and nothing of the zip."""
    place = bundle(tmp_path, WHOLE["1.2"])
    data = place.read_bytes()
    place.write_bytes(data.replace(b"PK\x01\x02", b"PK\x09\x09"))

    assert refusal(place) == (
        0,
        "export.zip: cannot be opened (`BadZipFile`); is it whole, and may it be read?",
    )


def test_nothing_at_the_path_is_told_at_once(tmp_path):
    """Before anything is fetched."""
    with pytest.raises(SourceError, match=r"export\.zip: is not there"):
        OneRosterCSV(str(tmp_path / "export.zip"))


def test_a_file_that_cannot_be_opened_is_told(tmp_path):
    """The kind of the failure is told."""
    place = bundle(tmp_path, WHOLE["1.2"], "folder")
    adapter = OneRosterCSV(place)
    place.rename(tmp_path / "elsewhere")

    with pytest.raises(SourceError) as caught:
        list(adapter.fetch(everything("student")))

    assert str(caught.value) == (
        "export: cannot be opened (`FileNotFoundError`); is it whole, and may it be read?"
    )


def test_a_file_that_breaks_off_is_told_by_its_line(tmp_path):
    """Everything before it stays delivered; the check sum does not fit the rest."""
    place = bundle(tmp_path, {"orgs": ORGS, "classes": LONG})
    with zipfile.ZipFile(place) as archive:
        info = archive.getinfo("classes.csv")
    data = bytearray(place.read_bytes())
    data[info.header_offset + 30 + info.compress_size // 2] ^= 0xFF
    place.write_bytes(bytes(data))

    delivered, problem = refusal(place, "class")

    assert delivered > 0
    assert problem.startswith("export.zip/classes.csv, line ")


def test_a_file_that_is_larger_than_the_zip_says_is_told(tmp_path):
    """No more comes out of it than was declared, and then the check sum is wrong."""
    place = bundle(tmp_path, {"orgs": ORGS, "classes": CLASSES})
    with zipfile.ZipFile(place) as archive:
        size = archive.getinfo("classes.csv").file_size
    data = place.read_bytes()
    place.write_bytes(
        data.replace(struct.pack("<L", size), struct.pack("<L", size - 40))
    )

    _, problem = refusal(place, "class")

    assert problem.startswith("export.zip/classes.csv, line ")


def test_a_zip_that_is_locked_is_told(tmp_path):
    """There is nowhere to say a password."""
    place = bundle(tmp_path, WHOLE["1.2"])
    data = bytearray(place.read_bytes())
    at = data.rfind(b"PK\x01\x02")
    while at >= 0:
        data[at + 8] |= 1
        at = data.rfind(b"PK\x01\x02", 0, at)
    place.write_bytes(bytes(data))

    assert refusal(place) == (
        0,
        "export.zip/manifest.csv: is locked with a password; zip it without one",
    )


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_unusual_packing_is_refused(tmp_path, packing):
    """It could not be unpacked a little at a time."""
    place = zipped(tmp_path / "export.zip", {"manifest.csv": manifest([])}, packing)

    assert refusal(place) == (
        0,
        "export.zip/manifest.csv: is packed in an unusual way; zip it with deflate",
    )


def test_a_zip_that_is_not_packed_is_read(tmp_path):
    """Storing works as well as packing."""
    files = {"manifest.csv": manifest(["orgs"]), "orgs.csv": table(*ORGS)}
    place = zipped(tmp_path / "export.zip", files, zipfile.ZIP_STORED)

    assert ids(place, "school") == ["s1"]


def test_a_bomb_by_its_ratio_is_not_unpacked(tmp_path):
    """A file that unpacks to far more than a CSV file does is refused unread."""
    place = bundle(tmp_path, {"orgs": b"0" * 2_000_000})

    assert refusal(place, "school") == (
        0,
        "export.zip/orgs.csv: unpacks to more than 200 times its size; is it a bomb?",
    )


@pytest.mark.parametrize(("kind", "line"), [("zip", ""), ("folder", ", line 21")])
def test_a_file_has_only_so_many_bytes(tmp_path, kind, line):
    """By what the zip says, or by what comes of it."""
    files = {"orgs": ORGS, "classes": LONG[:100]}
    place = bundle(tmp_path, files, kind)

    _, problem = refusal(place, "class", most_bytes=900)

    assert problem == (
        f"{place.name}/classes.csv{line}: holds more than 900 bytes; raise `most_bytes`"
        " if it may"
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_line_has_only_so_many_bytes(tmp_path, kind):
    """A file without line ends does not fill the memory."""
    noise = Random(7).randbytes(2**20 + 20_000)  # noqa: S311 - no secret, only large
    lines = b"sourcedId,type,identifier\n" + noise.translate(None, b"\r\n")
    place = bundle(tmp_path, {"orgs": lines}, kind)

    assert refusal(place, "school") == (
        0,
        f"{place.name}/orgs.csv, line 2: is longer than 1,048,576 bytes; is it a CSV"
        " file?",
    )


def test_a_zip_of_very_many_files_is_refused(tmp_path):
    """Its table of contents alone would fill the memory."""
    place = bundle(tmp_path, WHOLE["1.2"])
    data = bytearray(place.read_bytes())
    at = data.rfind(b"PK\x05\x06")
    data[at + 12 : at + 16] = struct.pack("<L", 2**20 + 1)
    place.write_bytes(bytes(data))

    assert refusal(place) == (
        0,
        "export.zip: holds far more files than a bundle has; zip the CSV files alone",
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "sourcedId,type,identifier\nZo\u00eb,,\n".encode("latin-1"),
            "line 2: is not UTF-8",
        ),
        ("sourcedId,type,identifier\n".encode("utf-16"), "line 1: is not UTF-8"),
        (b'sourcedId,type,identifier\n"c4n4ry-Zed,,\n', "line 2: is not CSV"),
        (b"sourcedId,type,identifier\nc4n4ry-Zed\n", "line 2: has 1 columns"),
        (b"sourcedId,sourcedId\na,b\n", "line 1: a heading is there twice"),
        (b"sourcedId,,\na,b,c\n", "line 1: a heading"),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_table_is_told_by_line(tmp_path, kind, text, problem):
    """File and line are named, and nothing that is there."""
    place = bundle(tmp_path, {"orgs": text}, kind)

    _, found = refusal(place, "school")

    assert found.startswith(f"{place.name}/orgs.csv, {problem}")


@pytest.mark.parametrize("kind", KINDS)
def test_rows_are_read_as_they_are_asked_for(tmp_path, kind):
    """A fault further down does not keep the first record back."""
    place = bundle(tmp_path, {"orgs": [*ORGS, ("too", "few")]}, kind)

    records = OneRosterCSV(place).fetch(everything("school"))

    assert next(records)["sourcedId"] == "s1"
    records.close()


def test_a_large_file_is_not_held(tmp_path):
    """Four thousand rows need hardly more memory than one."""
    place = bundle(tmp_path, {"orgs": ORGS, "classes": LONG})
    rows(place, "school")  # whatever is loaded once is loaded
    tracemalloc.start()

    count = sum(1 for _ in OneRosterCSV(place).fetch(everything("class")))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert (count, peak < 1_000_000) == (4_000, True)
