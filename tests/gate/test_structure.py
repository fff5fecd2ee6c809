"""Released records as attrs classes."""

from datetime import date

import pytest
from attrs import field, frozen, make_class

from scopegate.adapters.records import RecordsAdapter
from scopegate.catalogue.catalogue import Catalogue
from scopegate.errors import ClassRefusedError, UnknownResourceError
from scopegate.gate.structure import FIELD, structurer
from scopegate.records.query import Query
from scopegate.testing import School

CANARY = "c4n4ry"
STUDENT = {
    "id": {"kind": "integer"},
    "name": {},
    "Known As": {},
    "born": {"kind": "date"},
    "home.town": {},
    "home.code": {},
    "phones[].number": {},
    "phones[].of.name": {},
    "tags[]": {},
    "upn": {},
    "care.plan": {},
    "care.since": {},
}
GIVEN = [
    "id",
    "name",
    "Known As",
    "born",
    "home.town",
    "phones[].number",
    "phones[].of.name",
    "tags[]",
]
CATALOGUE = Catalogue.from_dict(
    {
        "id": "small",
        "version": "1",
        "resource": {
            "school": {"key": "urn", "field": {"urn": {"sensitivity": "public"}}},
            "student": {"key": "id", "field": STUDENT},
        },
        "scope": {
            "school": {"sensitivity": "public", "fields": ["school.urn"]},
            "basic": {"fields": [f"student.{path}" for path in GIVEN]},
            "upn": {"fields": ["student.upn", "student.home.code"]},
            "care": {"fields": ["student.care.plan", "student.care.since"]},
        },
    }
)


@pytest.fixture
def mis():
    """Return an MIS with one pupil, who has more than is authorised."""
    pupil = {
        "id": 7,
        "name": "Ada",
        "Known As": "Addie",
        "born": "2010-02-11",
        "home": {"town": "Leeds", "code": CANARY},
        "phones": [{"number": "01", "of": {"name": "Pat"}}, {"number": None}],
        "tags": ["a", "b"],
        "upn": CANARY,
    }
    return RecordsAdapter({"school": [{"urn": "1"}], "student": [pupil]})


@pytest.fixture
def access(mis):
    """Return an access with `basic` granted, `upn` refused and `care` not asked for."""
    school = School(CATALOGUE, mis, key="1")
    school.publish("basic", optional={"upn"})
    school.authorise()
    with school.open() as opened:
        yield opened


@frozen
class Home:
    """Where a pupil lives."""

    town: str


@frozen
class Person:
    """Whose a phone is."""

    name: str


@frozen
class Phone:
    """A phone of a pupil."""

    number: str | None
    of: Person | None = None


@frozen
class Pupil:
    """A pupil, as an app wants to have one."""

    id: int
    name: str
    born: date
    home: Home
    phones: list[Phone]
    tags: tuple[str, ...]
    upn: str | None = None
    care: dict[str, str] = field(factory=dict)
    shown: str = field(init=False, default="")


def read(access, mis, target):
    """Return what the one pupil is as a *target*."""
    (found,) = access.read(mis, Query("student"), into=target)
    return found


def wanting(**attributes):
    """Return a class `Wanting` that needs an attribute of each name and type."""
    return make_class("Wanting", {n: field(type=t) for n, t in attributes.items()})


def refusal(access, target):
    """Return what a class is refused for."""
    with pytest.raises(ClassRefusedError) as caught:
        structurer(target, access.permit, "student")
    return caught.value


def test_a_record_becomes_a_class(access, mis):
    """Nested classes, lists, optionals and dates are built of what is released."""
    assert read(access, mis, Pupil) == Pupil(
        id=7,
        name="Ada",
        born=date(2010, 2, 11),
        home=Home("Leeds"),
        phones=[Phone("01", Person("Pat")), Phone(None)],
        tags=("a", "b"),
    )


def test_a_withheld_field_takes_its_default(access, mis):
    """What is withheld is as if the MIS did not have it."""
    assert read(access, mis, Pupil).upn is None


REFUSED = [
    ({"upn": str}, {"student.upn": "refused"}),
    ({"upn": str | None}, {"student.upn": "refused"}),
    ({"nickname": str}, {"student.nickname": "not_in_catalogue"}),
    (
        {"care": dict},
        {"student.care.plan": "not_requested", "student.care.since": "not_requested"},
    ),
    ({"home": wanting(town=str, code=str)}, {"student.home.code": "refused"}),
    ({"home": wanting(street=str)}, {"student.home.street": "not_in_catalogue"}),
    (
        {"phones": list[wanting(colour=str)]},
        {"student.phones.colour": "not_in_catalogue"},
    ),
    (
        {"phones": list[wanting(of=wanting(age=int)) | None] | None},
        {"student.phones.of.age": "not_in_catalogue"},
    ),
    (
        {"upn": str, "id": int, "nickname": str},
        {"student.upn": "refused", "student.nickname": "not_in_catalogue"},
    ),
]


@pytest.mark.parametrize(("attributes", "needs"), REFUSED)
def test_a_class_that_needs_what_is_withheld_is_refused(access, attributes, needs):
    """Each field that a class cannot do without is named with the reason."""
    assert refusal(access, wanting(**attributes)).needs == needs


def test_a_nested_class_is_looked_at_although_its_attribute_has_a_default(access):
    """A branch that will be released must fit the class that is there."""
    inner = wanting(town=str, code=str)
    target = make_class("Outer", {"home": field(type=inner | None, default=None)})

    assert refusal(access, target).needs == {"student.home.code": "refused"}


@pytest.mark.parametrize(
    "default", [{"default": None}, {"factory": dict}, {"init": False}]
)
def test_what_has_a_default_is_not_needed(access, default):
    """A default, a factory or an attribute outside the constructor needs nothing."""
    target = make_class("Easy", {"care": field(**default), "upn": field(**default)})

    assert callable(structurer(target, access.permit, "student"))


def test_a_class_is_refused_before_anything_is_read(access):
    """The MIS is not asked for a record that no class could be made of."""

    class Unread(RecordsAdapter):
        """An MIS whose records must not be touched."""

        def fetch(self, wanted):
            """Fail."""
            raise AssertionError(wanted.resource.name)

    with pytest.raises(ClassRefusedError):
        access.read(Unread({}, school="1"), Query("student"), into=wanting(upn=str))


def test_a_class_that_is_no_attrs_class_is_refused(access):
    """Only attrs classes say which attributes they need."""
    with pytest.raises(TypeError, match="`dict` is not an attrs class; decorate it"):
        structurer(dict, access.permit, "student")


def test_a_resource_that_is_not_there_is_refused(access):
    """A class can be made of the catalogue's resources only."""
    with pytest.raises(UnknownResourceError, match="unknown resource `pupil`"):
        structurer(Pupil, access.permit, "pupil")


def test_an_attribute_may_name_a_field_that_is_no_python_name(access, mis):
    """Metadata says which key an attribute is read from."""

    @frozen
    class Known:
        known_as: str = field(metadata={FIELD: "Known As"})

    assert next(access.read(mis, Query("student"), into=Known)) == Known("Addie")


def test_a_need_is_told_by_the_name_of_the_field(access, mis):
    """A withheld field is named as the catalogue has it, not as the class does."""

    @frozen
    class Planned:
        number: str = field(metadata={FIELD: "upn"})

    with pytest.raises(ClassRefusedError, match=r"`student\.upn`"):
        access.read(mis, Query("student"), into=Planned)
