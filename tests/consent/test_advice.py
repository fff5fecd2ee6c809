"""Advice on a request: what a school is likely to ask back."""

import pytest
from attrs import evolve

from scopegate import AccessRequest, Catalogue, RowRule, Terms
from scopegate.consent.advice import Advice, AdviceCode, advise

CATALOGUE = Catalogue.from_dict(
    {
        "id": "small",
        "version": "1",
        "resource": {
            "pupil": {
                "title": "Pupil",
                "key": "id",
                "field": {
                    "id": {"title": "Pupil id"},
                    "forename": {"title": "Pupil forename"},
                    "surname": {"title": "Pupil surname"},
                    "birthday": {"title": "Pupil birthday"},
                    "health": {"title": "Health", "sensitivity": "special"},
                },
            },
            "group": {
                "title": "Group",
                "key": "id",
                "field": {
                    "id": {"title": "Group id"},
                    "kind": {"title": "Kind"},
                    "lessons[].kind": {"title": "Lesson kind"},
                },
            },
        },
        "scope": {
            "names": {
                "title": "Names",
                "fields": ["pupil.id", "pupil.forename", "pupil.surname"],
            },
            "people": {
                "title": "People",
                "fields": [
                    "pupil.id",
                    "pupil.forename",
                    "pupil.surname",
                    "pupil.birthday",
                ],
            },
            "same": {
                "title": "The same",
                "fields": ["pupil.id", "pupil.forename", "pupil.surname"],
            },
            "health": {
                "title": "Health",
                "fields": ["pupil.health"],
                "includes": ["names"],
            },
            "plan": {"title": "Plan", "includes": ["health"]},
            "groups": {"title": "Groups", "fields": ["group.id", "group.kind"]},
            "own": {"title": "Own groups", "fields": ["group.id"]},
            "lessons": {"title": "Lessons", "fields": ["group.lessons[].kind"]},
            "cover": {"title": "Cover", "writes": ["group"]},
            "write": {"title": "Write", "writes": ["group"]},
        },
        "rows": [
            {"resource": "group", "where": {"kind": "own"}, "scope": "own"},
            {
                "resource": "group",
                "at": "lessons[]",
                "where": {"kind": "cover"},
                "scope": "cover",
            },
        ],
    }
)
TERMS = Terms("a year", "public task", "dpo@example.org")


def advice_on(required=(), optional=(), **reasons):
    """Return the advice on scopes, every one of which has a reason."""
    asked = {*required, *optional}
    request = AccessRequest(
        "app",
        "purpose",
        required,
        optional,
        reasons=dict.fromkeys(asked, "so it is") | reasons,
        terms=TERMS,
    )
    return advise(request, CATALOGUE)


def test_a_good_request_gets_no_advice():
    """A request with reasons, terms and no overlap leaves nothing to say."""
    assert advice_on({"names"}, {"groups"}) == ()


def test_required_scope_without_a_reason():
    """A required scope whose reason is blank is told so, an optional one is not."""
    assert advice_on({"names"}, {"groups"}, names=" ", groups="") == (
        Advice(
            "names",
            AdviceCode.NO_REASON,
            "is required without a reason; say what does not work without it",
        ),
    )


@pytest.mark.parametrize("scope", ["health", "plan"])
def test_special_category_that_is_required(scope):
    """What is special, itself or by what it includes, should be optional."""
    (found,) = advice_on({scope})

    assert (found.scope, found.code) == (scope, AdviceCode.SPECIAL_REQUIRED)


def test_special_category_that_is_optional_is_fine():
    """A special-category box that may stay empty is no matter for advice."""
    assert advice_on((), {"health"}) == ()


@pytest.mark.parametrize(
    ("required", "optional", "covered"),
    [
        ({"names", "people"}, (), ["names"]),
        ({"names"}, {"people"}, []),
        ({"people"}, {"names"}, ["names"]),
        ((), {"names", "people"}, ["names"]),
        ({"names", "same"}, (), ["same"]),
        ({"groups", "own"}, (), []),
        ({"groups", "write"}, (), []),
        ((), {"names", "health"}, ["names"]),
    ],
)
def test_scope_that_another_covers(required, optional, covered):
    """A scope is covered by one that surely comes and holds all its fields."""
    found = advice_on(required, optional)

    codes = {AdviceCode.COVERED}
    assert [advice.scope for advice in found if advice.code in codes] == covered


def test_covered_scope_names_the_other():
    """The advice names the scope that holds the same and more."""
    (found,) = advice_on((), {"names", "people"})

    assert str(found) == "names: comes with `people` anyway; leave one of them out"


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        (
            "To list surnames and forenames",
            "its reason does not mention `Pupil birthday`; `names` holds what it"
            " mentions, and less besides",
        ),
        (
            "To celebrate birthdays",
            "its reason does not mention `Pupil forename`, `Pupil surname`",
        ),
    ],
)
def test_more_fields_than_the_reason_speaks_of(reason, message):
    """Fields that the reason passes over are named, with a narrower scope if any."""
    assert advice_on({"people"}, people=reason) == (
        Advice("people", AdviceCode.MORE_THAN_REASON, message),
    )


@pytest.mark.parametrize(
    "reason", ["forename, surname, birthday", "because every pupil has an id"]
)
def test_reason_that_speaks_of_all_or_none_is_left_alone(reason):
    """Words that all titles share, and reasons in other words, say nothing."""
    assert advice_on({"people"}, people=reason) == ()


@pytest.mark.parametrize(
    ("scopes", "codes"),
    [
        ({"cover"}, [AdviceCode.ROWS_ALONE]),
        ({"cover", "groups"}, [AdviceCode.ROWS_ALONE]),
        ({"cover", "lessons"}, []),
    ],
)
def test_row_scope_without_the_rows(scopes, codes):
    """A scope that selects rows needs a field of just those rows."""
    found = advice_on((), scopes)

    assert [advice.code for advice in found] == codes


def test_row_scope_without_the_rows_names_what_to_ask_for():
    """The advice names the scopes that hold fields of the rows."""
    (found,) = advice_on((), {"cover"})

    assert found.message == (
        "only selects rows of `group`, and no field of them is asked for; ask for one"
        " of `lessons` as well"
    )


def test_a_scope_that_selects_rows_of_two_lists_needs_one_of_them():
    """Advice is given only where no field of any of its rows is asked for."""
    own = RowRule("group", "cover", {"kind": "cover"})
    catalogue = evolve(CATALOGUE, rows=[*CATALOGUE.rows, own])

    found = [
        advise(AccessRequest("app", "use", optional=scopes, terms=TERMS), catalogue)
        for scopes in ({"cover", "lessons"}, {"cover", "groups"}, {"cover"})
    ]

    assert [[advice.code for advice in each] for each in found] == [
        [],
        [],
        [AdviceCode.ROWS_ALONE],
    ]


def test_terms_that_are_open():
    """Each of the three terms that is blank is told, and shown as a term."""
    found = advise(AccessRequest("app", "purpose"), CATALOGUE)

    assert list(map(str, found)) == [
        "terms: say how long the data is kept",
        "terms: say the lawful basis (UK GDPR Art. 6)",
        "terms: say whom the school can ask about its data",
    ]


def test_unknown_scope_is_left_to_the_faults():
    """A scope that the catalogue does not have gets no advice."""
    assert advice_on({"unknown"}) == ()
