"""Records that name people at every sort of place, and what a grant lets flow of them.

Who is meant is known by how a record is made and not by how an identifier is
spelt, so that what flows is compared with something that knows no likeness.
"""

from collections.abc import Mapping
from types import SimpleNamespace
from uuid import UUID

from attrs import define, field

from scopegate import Catalogue, Subjects

from ..spellings import apart, respelt

CATALOGUE = Catalogue.from_dict(
    {
        "id": "clubs",
        "version": "1",
        "resource": {
            "school": {"key": "urn", "field": {"urn": {"sensitivity": "public"}}},
            "pupil": {
                "key": "id",
                "subject": "id",
                "person": "pupil",
                "field": {"id": {}, "name": {}},
            },
            "mark": {
                "key": "code",
                "subject": "of.pupil.id",
                "person": "pupil",
                "field": {"code": {}, "of.pupil.id": {}, "grade": {}},
            },
            "club": {
                "key": "code",
                "people": {
                    "pupils[]": "pupil",
                    "leaders[].who": "pupil",
                    "terms[].meetings[].present[]": "pupil",
                    "terms[].meetings[].minutes[].by.id": "pupil",
                },
                "field": {
                    "code": {},
                    "pupils[]": {},
                    "leaders[].since": {},
                    "leaders[].who": {},
                    "terms[].name": {},
                    "terms[].meetings[].day": {},
                    "terms[].meetings[].present[]": {},
                    "terms[].meetings[].minutes[].text": {},
                    "terms[].meetings[].minutes[].by.id": {},
                },
            },
        },
        "scope": {
            "school": {"sensitivity": "public", "fields": ["school.urn"]},
            "pupils": {"fields": ["pupil.id", "pupil.name"]},
            "marks": {"fields": ["mark.code", "mark.of.pupil.id", "mark.grade"]},
            "clubs": {
                "fields": [
                    *("club.code", "club.pupils[]", "club.leaders[].who"),
                    *("club.leaders[].since", "club.terms[].name"),
                    *("club.terms[].meetings[].day",),
                    *("club.terms[].meetings[].present[]",),
                    *("club.terms[].meetings[].minutes[].text",),
                    *("club.terms[].meetings[].minutes[].by.id",),
                ]
            },
        },
    }
)
SCOPES = ("pupils", "marks", "clubs")
RESOURCES = ("pupil", "mark", "club")
LEFT_OUT, COVERED = "of someone left out", "of someone covered"

_KINDS = (
    lambda random: random.randint(1, 9_999),
    lambda random: f"P{random.randint(1, 9_999)}",
    lambda random: f"pupil-{random.randint(1, 999)}@school.example",
    lambda random: f"O'Brien-{random.randint(1, 99)}",
    lambda random: f"\u00c9cole{random.randint(1, 99)}",
    lambda random: str(UUID(int=random.getrandbits(128))),
)


def people(random, count):
    """Return identifiers of people; no two are alike."""
    found = []
    while len(found) < count:
        one = random.choice(_KINDS)(random)
        if apart(found, one):
            found.append(one)
    return found


def listed(random, identifier):
    """Return an identifier as a school may write it down in a list."""
    text = respelt(random, identifier)
    try:
        Subjects.everyone_except(pupil=[text])
    except ValueError:
        return identifier
    return text


@define
class World:
    """A list of people, and records that name them and others.

    Attributes:
        random: Makes everything up.
        some: Those on the list.
        others: Those who are not.
        subjects: What the list means.
        is_only: Whether those on the list are let in, and not left out.
        pairs: How many places name somebody on the list, in whatever spelling.
    """

    random: object
    some: list
    others: list
    subjects: Subjects
    is_only: bool
    pairs: int = field(init=False, default=0)

    @classmethod
    def of(cls, random, *, is_only):
        """Return one in which some people are let in only, or left out."""
        everyone = people(random, 14)
        some, others = everyone[:7], everyone[7:]
        if is_only:
            subjects = Subjects.only(pupil=some)
        else:
            subjects = Subjects.everyone_except(pupil=[listed(random, p) for p in some])
        return cls(random, some, others, subjects, is_only)

    def mention(self):
        """Return an identifier somewhere in a record, and whether it is covered."""
        is_some = self.random.random() < 0.6
        person = self.random.choice(self.some if is_some else self.others)
        way = self.random.random()
        spelt = person if way < 0.2 else respelt(self.random, person)
        if is_some:
            self.pairs += 1
        if self.is_only:
            return spelt, str(spelt) in set(map(str, self.some))
        return spelt, not is_some

    def records(self):
        """Return records by resource, and of each what flows; None: nothing."""
        return {
            "pupil": [self._pupil() for _ in range(12)],
            "mark": [self._mark(n) for n in range(12)],
            "club": [self._club(n) for n in range(6)],
        }

    def _pupil(self):
        who, is_covered = self.mention()
        record = {"id": who, "name": COVERED if is_covered else LEFT_OUT}
        return record, record if is_covered else None

    def _mark(self, number):
        who, is_covered = self.mention()
        grade = COVERED if is_covered else LEFT_OUT
        record = {"code": f"m{number}", "of": {"pupil": {"id": who}}, "grade": grade}
        return record, record if is_covered else None

    def _club(self, number):
        pupils, leaders = self._some(5, _alone), self._some(3, _leader)
        terms = [self._term(f"t{n}") for n in range(2)]
        return tuple(
            {
                "code": f"c{number}",
                "pupils": pupils[flows],
                "leaders": leaders[flows],
                "terms": [term[flows] for term in terms],
            }
            for flows in (0, 1)
        )

    def _term(self, name):
        meetings = [self._meeting(f"d{n}") for n in range(2)]
        return tuple(
            {"name": name, "meetings": [meeting[flows] for meeting in meetings]}
            for flows in (0, 1)
        )

    def _meeting(self, day):
        present, minutes = self._some(3, _alone), self._some(2, _minute)
        return tuple(
            {"day": day, "present": present[flows], "minutes": minutes[flows]}
            for flows in (0, 1)
        )

    def _some(self, most, made):
        """Return elements that each name someone, and those of them that flow."""
        mentions = [self.mention() for _ in range(self.random.randint(0, most))]
        every = [made(who, COVERED if c else LEFT_OUT) for who, c in mentions]
        flowing = [e for e, (_, c) in zip(every, mentions, strict=True) if c]
        return every, flowing


def _alone(who, _):
    return who


def _leader(who, mark):
    return {"who": who, "since": mark}


def _minute(who, mark):
    return {"by": {"id": who}, "text": mark}


class Listing(Mapping):
    """A mapping that is not a dict."""

    def __init__(self, held):
        self._held = dict(held)

    def __getitem__(self, key):
        return self._held[key]

    def __iter__(self):
        return iter(self._held)

    def __len__(self):
        return len(self._held)


def shuffled(random, value):
    """Return the same in another order of keys."""
    if isinstance(value, dict):
        items = [(name, shuffled(random, below)) for name, below in value.items()]
        random.shuffle(items)
        return dict(items)
    if isinstance(value, list):
        return [shuffled(random, below) for below in value]
    return value


def contained(random, value):
    """Return the same in containers of several types, in another order of keys."""
    if isinstance(value, dict):
        below = {name: contained(random, found) for name, found in value.items()}
        made = random.choice((dict, Listing, lambda held: SimpleNamespace(**held)))
        return made(shuffled(random, below))
    if isinstance(value, list):
        return random.choice((list, tuple))(contained(random, v) for v in value)
    return value


def texts(value):
    """Return the same with every number as a text."""
    if isinstance(value, dict):
        return {name: texts(below) for name, below in value.items()}
    if isinstance(value, list):
        return [texts(below) for below in value]
    return None if value is None else str(value)
