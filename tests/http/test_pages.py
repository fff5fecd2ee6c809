"""Pages: a client that pages sees the released records, and nothing of the others."""

import pytest
from hypothesis import given, settings, strategies as st

from scopegate.consent.subjects import Subjects
from scopegate.errors import (
    RouteRefusedError,
    SourceError,
    UnsupportedQueryError,
)
from scopegate.http import Limits, OneRosterDialect, Paging, PlainDialect, Route

from .scenes import (
    BASE,
    PAGINGS,
    PUPILS,
    SIGNS,
    Mis,
    Paged,
    School,
    access_to,
    ask,
    body_of,
    fixed,
    good,
    guard,
    listing,
    query_of,
    released,
)

EVERYONE = access_to("students.basic")
WITHHELD = frozenset(n for n in range(1, 29) if n % 3 == 0 or 10 < n < 18)
SOME = access_to("students.basic", subjects=Subjects.everyone_except(student=WITHHELD))
SHOWN = [pupil for pupil in PUPILS if pupil["id"] not in WITHHELD]
WAYS = sorted(PAGINGS)
NUMBER = {"offset": "offset", "page": "page", "cursor": "cursor"}


def walked(guarded, paging, mis, size, most=60):
    """Return every response that a client is given that goes from page to page."""
    found, position = [], None
    while len(found) < most:
        query = "" if position is None else f"{paging.position}={position}"
        sized = f"{paging.size}={size}" if size is not None else ""
        asked = "&".join(filter(None, (query, sized)))
        found.append(ask(guarded, f"/students?{asked}", mis))
        position = following(paging, found[-1], position, size or paging.usual)
        if position is None:
            return found
    raise AssertionError


def following(paging, response, position, size):
    """Return where a client goes on, or None at the end."""
    body = body_of(response)
    meta = body.get("meta", {})
    if paging.by == "cursor":
        return meta["cursor"]
    if not body["data"] or meta.get("more") is False:
        return None
    if paging.by == "page":
        return int(position or 1) + 1
    return int(position or 0) + size


def given_in(responses):
    """Return the records of several pages."""
    return [record for response in responses for record in body_of(response)["data"]]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("access", [EVERYONE, SOME], ids=["everyone", "some"])
@pytest.mark.parametrize("size", [None, 1, 4, 5, 7, 28, 100])
def test_every_released_record_comes_once(way, access, size):
    """From page to page come the released records, each once, in the MIS's order."""
    paging, guarded = PAGINGS[way], listing(access, PAGINGS[way])

    responses = walked(guarded, paging, Paged(PUPILS), size)

    assert given_in(responses) == released(SHOWN if access is SOME else PUPILS)


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(WAYS),
    st.sets(st.integers(1, 28), max_size=28),
    st.none() | st.integers(1, 9),
    st.sampled_from([2, 5, 1_000]),
)
def test_withheld_records_might_as_well_not_be_there(way, withheld, size, most):
    """Every response is the same, byte for byte, as if the MIS had no withheld record."""
    subjects = Subjects.everyone_except(student=[*withheld, 1_000])
    access = access_to("students.basic", subjects=subjects)
    kept = [pupil for pupil in PUPILS if pupil["id"] not in withheld]
    paging = PAGINGS[way]
    # Where an MIS caps its pages, those that are counted by page are its own.
    most = most if paging.by != "page" else 1_000

    mine, other = (
        walked(listing(access, paging), paging, Paged(records, most), size)
        for records in (PUPILS, kept)
    )

    assert [(r.status, r.headers, r.body) for r in mine] == [
        (r.status, r.headers, r.body) for r in other
    ]


@pytest.mark.parametrize("way", WAYS)
def test_pages_are_full(way):
    """Only the last page with records is shorter than asked, however many are withheld."""
    paging, guarded = PAGINGS[way], listing(SOME, PAGINGS[way])

    responses = walked(guarded, paging, Paged(PUPILS), 4)
    sizes = [len(body_of(r)["data"]) for r in responses if body_of(r)["data"]]

    assert sizes == [4] * (len(SHOWN) // 4) + [len(SHOWN) % 4] * bool(len(SHOWN) % 4)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("access", [EVERYONE, SOME], ids=["everyone", "some"])
def test_nothing_of_an_mis_but_numbers_passes(way, access):
    """No cursor, address, header or other word of an MIS reaches a client."""
    paging, guarded = PAGINGS[way], listing(access, PAGINGS[way])

    responses = walked(guarded, paging, Paged(PUPILS), 4)

    assert "canary" not in repr([(r.headers, r.body) for r in responses])
    assert "other.example" not in repr([(r.headers, r.body) for r in responses])


@pytest.mark.parametrize("way", WAYS)
def test_totals_pass_only_where_all_is_given(way):
    """A total is told where no record may be withheld, and nowhere else."""
    told = [
        "28"
        in repr(
            [
                dict(r.headers).get("X-Total-Count"),
                body_of(r).get("meta", {}).get("total"),
            ]
        )
        for access in (EVERYONE, SOME)
        for r in [ask(listing(access, PAGINGS[way]), "/students", Paged(PUPILS))]
    ]
    has_total = not {"total"}.isdisjoint(
        {*PAGINGS[way].headers.values(), *PAGINGS[way].body.values()}
    )

    assert told == [has_total, False]


def test_signs_where_all_is_given():
    """All that can be said of a page is said, in addresses of the guard."""
    response = ask(
        listing(EVERYONE, PAGINGS["page"]), "/students?page=2&size=5", Paged(PUPILS)
    )

    assert body_of(response)["meta"] == {
        "total": 28,
        "pages": 6,
        "page": 2,
        "size": 5,
        "more": True,
        "next_page": 3,
        "previous_page": 1,
        "next": f"{BASE}/students?page=3&size=5",
        "previous": f"{BASE}/students?page=1&size=5",
        "cursor": None,
    }


def test_signs_where_some_are_withheld():
    """Where records may be withheld, all is said but how many there are."""
    response = ask(
        listing(SOME, PAGINGS["offset"]), "/students?limit=5&offset=5", Paged(PUPILS)
    )

    assert body_of(response)["meta"] == {
        "offset": 5,
        "size": 5,
        "more": True,
        "next_page": None,
        "next": f"{BASE}/students?limit=5&offset=10",
        "previous": f"{BASE}/students?limit=5&offset=0",
        "cursor": None,
    }


def test_links_are_made_anew():
    """A `Link` header leads to the pages before and after, at the guard's address."""
    response = ask(listing(SOME, PAGINGS["links"]), "/students?offset=5", Paged(PUPILS))

    assert dict(response.headers)["Link"] == (
        f'<{BASE}/students?offset=10>; rel="next", '
        f'<{BASE}/students?offset=0>; rel="prev"'
    )


@pytest.mark.parametrize("headers", [{}, {"link": "junk, <x>; rel=last"}])
def test_no_link_where_nothing_follows(headers):
    """Where an MIS names no next page, the client sees none either."""
    mis = fixed({"data": released(PUPILS[:2])}, **headers)

    response = ask(listing(EVERYONE, PAGINGS["links"]), "/students", mis)

    assert "Link" not in dict(response.headers)


@pytest.mark.parametrize("access", [EVERYONE, SOME], ids=["everyone", "some"])
def test_cursors_are_ours(access):
    """A cursor counts what was given out; it holds nothing, and is not the MIS's."""
    paging, mis = PAGINGS["cursor"], Paged(PUPILS)
    responses = walked(listing(access, paging), paging, mis, 10)

    cursors = [body_of(r)["meta"]["cursor"] for r in responses]

    assert cursors == [f"page-{n}" for n in range(1, len(cursors))] + [None]


@pytest.mark.parametrize("way", ["cursor", "started"])
@pytest.mark.parametrize("access", [EVERYONE, SOME], ids=["everyone", "some"])
@pytest.mark.parametrize("cursor", ["canary-5", "page-1", "page-99", "x"])
def test_cursor_that_was_not_given_is_refused(way, access, cursor):
    """Only a cursor that was given for the same listing leads on, nothing else is sent."""
    words = {"v": ["1", "2"]}
    mis, guarded = Paged(PUPILS), listing(access, PAGINGS[way], words=words)
    ask(guarded, "/students?size=3&v=1", mis)
    mis.asked.clear()

    with pytest.raises(
        RouteRefusedError, match="`cursor` is not a cursor that was given"
    ):
        ask(guarded, f"/students?v=2&size=3&cursor={cursor}", mis)

    assert mis.urls == []


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("access", [EVERYONE, SOME], ids=["everyone", "some"])
@given(sizes=st.lists(st.integers(1, 9), min_size=30, max_size=30))
@settings(deadline=None, max_examples=15)
def test_size_may_change_from_page_to_page(way, access, sizes):
    """A client that asks for pages of another size each time misses nothing."""
    paging = PAGINGS[way]
    if paging.by == "page":  # a page is counted in pages of one size
        sizes = sizes[:1] * 30
    guarded, mis, found, position = listing(access, paging), Paged(PUPILS), [], None
    for size in sizes:
        at = "" if position is None else f"&{paging.position}={position}"
        response = ask(guarded, f"/students?{paging.size}={size}{at}", mis)
        found.append(response)
        position = following(paging, response, position, size)
        if position is None:
            break

    assert given_in(found) == released(SHOWN if access is SOME else PUPILS)


def test_forgotten_cursor_is_refused():
    """A forgotten cursor is refused in words, and not taken for the first page."""
    plain = PlainDialect(paging=PAGINGS["cursor"])
    route = Route("/students", "student", "data[]", dialect=plain)
    guarded = guard(EVERYONE, route, limits=Limits(remembered=1))
    for _ in range(2):
        ask(guarded, "/students?size=3", Paged(PUPILS))

    with pytest.raises(RouteRefusedError, match="start at the first page"):
        ask(guarded, "/students?size=3&cursor=page-1", Paged(PUPILS))


def test_forgotten_page_is_counted_anew():
    """A page whose place was forgotten is found again from the start."""
    plain = PlainDialect(paging=PAGINGS["blind"])
    route = Route("/students", "student", "data[]", dialect=plain)
    guarded = guard(SOME, route, limits=Limits(remembered=1))

    responses = [
        ask(guarded, f"/students?offset={start}&limit=3", Paged(PUPILS))
        for start in (0, 3, 6, 0, 3, 12)
    ]

    assert [body_of(r)["data"] for r in responses] == [
        released(SHOWN[start : start + 3]) for start in (0, 3, 6, 0, 3, 12)
    ]


def test_reading_on_does_not_start_over():
    """The next page is asked for where the last one ended, not from the start."""
    mis, guarded = Paged(PUPILS), listing(SOME, PAGINGS["blind"])
    walked(guarded, PAGINGS["blind"], mis, 5)

    starts = [int(query_of(url).get("offset", 0)) for url in mis.urls]

    assert starts.count(0) == 1
    assert len(starts) < 14


def test_other_page_size_after_a_decision_loses_nothing():
    """A listing goes on where it was when what is withheld has changed meanwhile."""
    school = School()
    left_out = Subjects.everyone_except(student=[1_000])
    access = school.authorise("students.basic", subjects=left_out)
    conditions = {"year": ("student.year_code", "!=")}
    guarded = listing(access, PAGINGS["blind pages"], conditions=conditions)
    url, mis, found = "/students?year=0&size=2", Paged(PUPILS), []
    for page in range(1, 15):
        found += body_of(ask(guarded, f"{url}&page={page}", mis))["data"]
        if page == 1:
            school.revoke()
            school.authorise("students.basic")

    assert found == released(PUPILS)


@pytest.mark.parametrize("way", ["offset", "page"])
def test_page_beyond_the_end_is_empty(way):
    """After the last record there is nothing, even where records are withheld."""
    paging = PAGINGS[way]
    url = f"/students?{paging.position}=50&{paging.size}=5"

    for access in (EVERYONE, SOME):
        assert body_of(ask(listing(access, paging), url, Paged(PUPILS)))["data"] == []


@pytest.mark.parametrize("size", ["-1", "x", "1.5", "", "+5", "%D9%A5", "1" * 10])
def test_size_is_a_number(size):
    """A size that is not a whole number is refused, and not shown."""
    with pytest.raises(RouteRefusedError, match="`limit` is not a whole number"):
        ask(listing(EVERYONE, PAGINGS["blind"]), f"/students?limit={size}", fixed({}))


def test_size_of_none_is_none():
    """A page of no records is one, and says whether there are more."""
    response = ask(listing(SOME, PAGINGS["offset"]), "/students?limit=0", Paged(PUPILS))

    assert body_of(response)["data"] == []
    assert body_of(response)["meta"]["more"] is True


def test_pages_without_end_are_ended():
    """An MIS whose withheld records do not end is asked a bounded number of times."""

    def page(_):
        return good({"data": [{"id": 3}], "meta": {"more": True}, "n": len(mis.asked)})

    mis = Mis(page)
    plain = PlainDialect(paging=PAGINGS["offset"])
    route = Route("/students", "student", "data[]", dialect=plain)
    guarded = guard(SOME, route, limits=Limits(pages=7))

    with pytest.raises(SourceError, match="it takes too many pages"):
        ask(guarded, "/students", mis)

    assert len(mis.urls) == 7


def test_page_that_comes_again_is_told():
    """An MIS that gives one page for every other is not read twice over."""
    mis = fixed({"data": released(PUPILS[:2])})

    with pytest.raises(SourceError, match="a page comes again"):
        ask(listing(SOME, PAGINGS["blind"]), "/students?limit=9", mis)


def test_pages_that_look_alike_may_come():
    """Without what tells one record from another, two pages may be the same."""
    plain = OneRosterDialect()
    route = Route("/students", "student", "data[]", dialect=plain)
    access = access_to("students.basic", name="oneroster")
    mis = Mis(lambda _: good({"data": [{"status": "active"}] * 2}))
    url = "/students?fields=status&filter=status='active'&limit=5"

    response = ask(guard(access, route), url, mis)

    assert body_of(response)["data"] == [{"status": "active"}] * 5


@pytest.mark.parametrize("access", [EVERYONE, SOME], ids=["everyone", "some"])
def test_large_page_is_refused(access):
    """A response holds no more than may be held, also one filled from many pages."""
    long = [{"id": n, "first_name": "x" * 300} for n in (1, 2, 4, 5)]
    plain = PlainDialect(paging=PAGINGS["offset"])
    route = Route("/students", "student", "data[]", dialect=plain)
    guarded = guard(access, route, limits=Limits(answer_bytes=1_000))

    with pytest.raises(SourceError, match="the page is larger than 1,000 bytes"):
        ask(guarded, "/students", Paged(long))


@pytest.mark.parametrize("total", ["x", "-1", "", "1e3", "9" * 10])
def test_total_is_a_number(total):
    """A total that is not a number does not pass."""
    mis = fixed({"data": []}, x_total_count=total)

    response = ask(listing(EVERYONE, PAGINGS["totals"]), "/students", mis)

    assert "X-Total-Count" not in dict(response.headers)


@pytest.mark.parametrize("total", ["28", True, -1, 1.5, None, [28], {"n": 28}])
def test_total_in_a_body_is_a_number(total):
    """In a body a total passes that is a whole number, and nothing else."""
    body = {"data": [], "meta": {"total": total, "more": "canary", "cursor": 7}}

    response = ask(listing(EVERYONE, PAGINGS["offset"]), "/students", fixed(body))

    assert body_of(response)["meta"].get("total") == (28 if total == "28" else None)


@pytest.mark.parametrize("cursor", [7, "x" * 9_000, "a\nb", "", None, ["x"]])
def test_cursor_of_an_mis_that_cannot_be_sent_ends_a_listing(cursor):
    """A cursor of an MIS that cannot be sent back counts as missing."""
    body = {"data": [{"id": 1}], "meta": {"cursor": cursor}}

    response = ask(listing(EVERYONE, PAGINGS["cursor"]), "/students", fixed(body))

    assert body_of(response)["meta"]["cursor"] is None


@pytest.mark.parametrize(
    "link", ["https://[x", "/x?cursor=%zz", "/x", "?cursor=a&cursor=b", 7, {"a": 1}]
)
def test_link_of_an_mis_that_cannot_be_read_ends_a_listing(link):
    """A link of an MIS is read for its cursor alone; where it has none, it ends."""
    paging = Paging("cursor", "cursor", "size", body={"meta.next": "next_link"})
    body = {"data": [{"id": 1}], "meta": {"next": link}}

    response = ask(listing(EVERYONE, paging), "/students", fixed(body))

    assert body_of(response)["meta"]["next"] is None


def test_listing_without_pages_says_nothing_of_them():
    """Where a list comes whole all of it is asked for at once, and no total is told."""
    paging = Paging(headers={"X-Total-Count": "total"})
    mis = fixed({"data": PUPILS}, x_total_count="28")

    response = ask(listing(SOME, paging), "/students", mis)

    assert body_of(response) == {"data": released(SHOWN)}
    assert "X-Total-Count" not in dict(response.headers)


def test_total_that_is_asked_for_is_refused():
    """Asking for a total that would count withheld records is refused, not ignored."""
    mis = Paged(PUPILS)
    guarded = listing(SOME, PAGINGS["totals"], total="totalCount")

    with pytest.raises(UnsupportedQueryError, match="leave out `totalCount`"):
        ask(guarded, "/students?totalCount=True", mis)

    assert mis.urls == []


@pytest.mark.parametrize("asked", ["totalCount=true", "totalCount=false"])
def test_total_that_may_be_told_is_asked_for(asked):
    """Where all is given, a total may be asked for."""
    guarded = listing(EVERYONE, PAGINGS["totals"], total="totalCount")

    response = ask(guarded, f"/students?{asked}", Paged(PUPILS))

    assert dict(response.headers)["X-Total-Count"] == "28"


@pytest.mark.parametrize(
    ("by", "position", "size", "signs"),
    [
        ("pages", "page", "size", SIGNS),
        ("page", "", "size", SIGNS),
        ("", "page", "", SIGNS),
        ("", "", "size", SIGNS),
        ("page", "page", "size", {"meta..total": "total"}),
        ("page", "page", "size", {"meta.total": "count"}),
    ],
)
def test_paging_is_declared_whole(by, position, size, signs):
    """Paging that does not hold together is refused where it is declared."""
    with pytest.raises(ValueError, match=r"takes one of|pages|place|count"):
        Paging(by, position, size, body=signs)
