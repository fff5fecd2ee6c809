"""A mapping that does not hold together is refused whole, before anything is read."""

import pytest
from attrs import evolve
from sqlalchemy import (
    CHAR,
    Column,
    Engine,
    Enum,
    Float,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    TypeDecorator,
    Uuid,
    literal,
    table,
)
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.dialects.postgresql import CITEXT

from scopegate.adapters._sql.kinds import kind_of
from scopegate.adapters.sql import AsyncSQLAdapter, Listed, SQLAdapter, SQLResource
from scopegate.errors import FaultsError
from scopegate.testing.strategies import SCHOOL

from .sql_school import CATALOGUE, Tables, memory_engine

TABLES = Tables()
S, H, A, E, T = (
    TABLES.students,
    TABLES.homes,
    TABLES.areas,
    TABLES.emails,
    TABLES.tags,
)
ENGINE = memory_engine()
FIELDS = {"id": S.c.id}
TAGS = Listed(T, T.c.tag, by=T.c.owner_id)
STRANGE = Table(
    "strange",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("fixed", CHAR(4), nullable=False),
    Column("part", Float, nullable=False),
    Column("uid", Uuid, nullable=False),
    Column("word", String),
)
NO_COLUMN = "is not a column; map one such as `table.c.name`"
NO_KEY = (
    "may be null, or is of a type that does not find a row again; take whole numbers or"
    " texts that are not `nullable`"
)
NO_SCHOOL = (
    "is of a type that cannot hold the school served, or not for certain; map whole"
    " numbers or texts"
)
NO_FIELD = "is not a field of the catalogue; correct it"
NOT_JOINED = "is of `homes`, not joined here or not yet; put it into `joins` in time"


def faults(resource=None, name="student", school=None, bind=ENGINE):
    """Return the faults that a mapping is refused with, as lines."""
    with pytest.raises(FaultsError) as caught:
        SQLAdapter(bind, CATALOGUE, {name: resource}, school=school)
    return [str(fault) for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"frist_name": S.c.forename}, f"student.frist_name: {NO_FIELD}"),
        ({"home": S.c.forename}, f"student.home: {NO_FIELD}"),
        ({"tags": S.c.forename}, f"student.tags: {NO_FIELD}"),
        ({"a..b": S.c.forename}, f"student.a..b: {NO_FIELD}"),
        ({"name": "forename"}, f"student.name: {NO_COLUMN}"),
        ({"name": None}, f"student.name: {NO_COLUMN}"),
        ({"home.town": H.c.city}, f"student.home.town: {NOT_JOINED}"),
        (
            {"emails[].address": E.c.address},
            "student.emails[].address: is in a list; map the list, with a `Listed`",
        ),
        (
            {"home": Listed(E, {}, by=E.c.pupil_id)},
            "student.home: is not a list of this level; end its path with `[]`",
        ),
        (
            {"emails[].notes[]": Listed(E, {}, by=E.c.pupil_id)},
            "student.emails[].notes[]: is not a list of this level; end its path with `[]`",
        ),
        (
            {"emails[]": Listed(E, {"mail": E.c.address}, by=E.c.pupil_id)},
            f"student.emails[].mail: {NO_FIELD}",
        ),
        (
            {"emails[]": Listed(E, E.c.address, by=E.c.pupil_id)},
            f"student.emails[]: {NO_FIELD}",
        ),
        (
            {"tags[]": Listed(T, H.c.city, by=T.c.owner_id)},
            f"student.tags[]: {NOT_JOINED}",
        ),
        (
            {"tags[]": Listed(T, T.c.tag, by=[T.c.owner_id, T.c.position])},
            "student.tags[].by: has 2 columns, and the key 1; give as many",
        ),
        (
            {"tags[]": Listed(T, T.c.tag, by=T.c.tag)},
            "student.tags[].by: is not of the type of the key; map a column that is",
        ),
        (
            {"tags[]": Listed(T, T.c.tag, by="owner_id")},
            f"student.tags[].by: {NO_COLUMN}",
        ),
        (
            {"tags[]": Listed(T, T.c.tag, by=T.c.owner_id, where=H.c.city == "x")},
            f"student.tags[].where: {NOT_JOINED}",
        ),
        (
            {"tags[]": Listed(S, S.c.forename, by=S.c.id)},
            "student.tags[]: reads the table that it is listed for; alias it",
        ),
        (
            {"tags[]": Listed(T, T.c.tag, by=T.c.owner_id, joins={S: S.c.id == T.c.owner_id})},
            "student.tags[]: reads the table that it is listed for; alias it",
        ),
    ],
)  # fmt: skip
def test_a_field_must_be_one_and_stand_somewhere(fields, fault):
    """An unknown field, column or table is reported with its place."""
    assert faults(SQLResource(S, {**FIELDS, **fields})) == [fault]


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        ({"where": "x"}, f"student.where: {NO_COLUMN}"),
        ({"where": H.c.city == "x"}, f"student.where: {NOT_JOINED}"),
        ({"key": S.c.forename}, f"student.key: {NO_KEY}"),
        ({"key": ["id"]}, f"student.key: {NO_COLUMN}"),
        ({"changed": S.c.forename}, "student.changed: is not a column of moments; map one that is"),
        ({"changed": "updated_at"}, f"student.changed: {NO_COLUMN}"),
        ({"search": ["id"]}, "student.search: names `id`, which is not a text outside lists; leave it out"),
        ({"search": ["name"]}, "student.search: names `name`, which is not a text outside lists; leave it out"),
        ({"joins": {H: "x"}}, f'student.joins["homes"]: {NO_COLUMN}'),
        (
            {"joins": {A: A.c.area_id == H.c.area_id, H: H.c.student_id == S.c.id}},
            f'student.joins["areas"]: {NOT_JOINED}',
        ),
    ],
)  # fmt: skip
def test_all_else_must_be_of_the_right_kind(more, fault):
    """Joins, keys, filters and what is searched are checked like fields."""
    assert faults(SQLResource(S, FIELDS, **more)) == [fault]


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        (
            SQLResource(table("view"), {}),
            "student.key: is missing, and the table has no primary key; give it",
        ),
        (SQLResource(STRANGE, {}, key=STRANGE.c.fixed), f"student.key: {NO_KEY}"),
        (SQLResource(STRANGE, {}, key=STRANGE.c.part), f"student.key: {NO_KEY}"),
        (SQLResource(STRANGE, {}, key=STRANGE.c.uid), f"student.key: {NO_KEY}"),
        (SQLResource(STRANGE, {}, key=STRANGE.c.word), f"student.key: {NO_KEY}"),
    ],
)
def test_a_key_must_find_a_row_again(given, fault):
    """A key that pads, rounds, may be spelt in two ways or be null is refused."""
    assert faults(given) == [fault]


def test_a_list_of_what_has_no_key_is_no_further_fault():
    """What follows from a fault is not told as another."""
    resource = SQLResource(STRANGE, {"tags[]": TAGS}, key=STRANGE.c.part)

    assert faults(resource) == [f"student.key: {NO_KEY}"]


def test_a_resource_must_be_one():
    """A resource that the catalogue lacks would never be asked for."""
    found = faults(SQLResource(S, {}), name="studnet")

    assert found == ["studnet: is not a resource of the catalogue; correct its name"]


@pytest.mark.parametrize(
    ("column", "school", "fault"),
    [
        (None, "1", "is missing, and one of several schools is served; give it"),
        (S.c.score, "1", NO_SCHOOL),
        (S.c.school_urn, "north", NO_SCHOOL),
        (S.c.school_urn, "01", NO_SCHOOL),
        (S.c.school_urn, "1" * 19, NO_SCHOOL),
        (S.c.school_urn, "-1", NO_SCHOOL),
        (S.c.forename, "a\0", NO_SCHOOL),
        (H.c.city, "1", NOT_JOINED),
        ("school_urn", "1", NO_COLUMN),
    ],
)
def test_of_several_schools_it_must_be_known_whose_a_row_is(column, school, fault):
    """Without a column that holds the school for certain nothing is served."""
    found = faults(SQLResource(S, FIELDS, school=column), school=school)

    assert found == [f"student.school: {fault}"]


class Unconnected:
    """An engine of some database, not connected to any."""

    __class__ = Engine  # it passes for one
    connect = execution_options = None

    def __init__(self, dialect):
        self.dialect = dialect


def test_where_texts_compare_loosely_no_text_names_a_school():
    """A database whose collation may take one school for another is not trusted."""
    resource = SQLResource(S, FIELDS, school=S.c.forename)

    found = faults(resource, school="1", bind=Unconnected(mysql.dialect()))

    assert found == [f"student.school: {NO_SCHOOL}"]


def test_every_fault_is_told_at_once():
    """All resources are checked, and each fault is told with its place."""
    mapping = {
        "student": SQLResource(S, {"x": S.c.id, "y": S.c.id}, where="z"),
        "pupil": SQLResource(S, {}),
    }

    with pytest.raises(FaultsError) as caught:
        SQLAdapter(ENGINE, CATALOGUE, mapping, school=SCHOOL)

    assert [fault.place for fault in caught.value.faults] == [
        "student.where",
        "student.x",
        "student.y",
        "student.school",
        "pupil",
        "pupil.school",
    ]
    assert str(caught.value).startswith(
        "6 faults in the mapping of fields to columns: "
    )


def test_an_adapter_that_does_not_block_checks_alike():
    """Without a single connection a mapping is refused."""
    with pytest.raises(FaultsError):
        AsyncSQLAdapter(
            Unconnected(sqlite.dialect()), CATALOGUE, {"x": SQLResource(S, {})}
        )


def test_what_is_mapped_cannot_be_changed():
    """A mapping keeps its own copy of what it was made of."""
    fields, joins = dict(FIELDS), {H: H.c.student_id == S.c.id}
    resource = SQLResource(S, fields, joins, search="name")
    fields["name"], joins[A] = S.c.forename, A.c.area_id == H.c.area_id

    assert (dict(resource.fields), list(resource.joins)) == (FIELDS, [H])
    assert resource.search == ("name",)
    assert evolve(resource, key=S.c.id).key == (S.c.id,)


class Shouted(TypeDecorator):
    """Texts that are others in Python than in the database."""

    impl = String
    cache_ok = True


class Own(String):
    """A type of text of somebody else's making."""


class OwnNumber(Integer):
    """A type of number of somebody else's making."""


UNKNOWN = [
    CHAR(3), Enum("a", "b"), CITEXT(), Shouted(), Own(), OwnNumber(), String().with_variant(CITEXT(), "postgresql"),
    Float(), Float(asdecimal=True), Numeric(asdecimal=False), Uuid(as_uuid=False),
]  # fmt: skip


@pytest.mark.parametrize("type_", UNKNOWN, ids=repr)
@pytest.mark.parametrize("dialect", [sqlite.dialect(), postgresql.dialect()])
def test_types_that_compare_in_their_own_way_are_left_to_the_gate(type_, dialect):
    """What pads, folds, rounds or is made up is never compared by a database."""
    assert kind_of(literal(None, type_), dialect) is None
