"""Which records come: those that may, decided by the gate, however the MIS chooses."""

from scopegate import AccessDeniedError, Condition
from scopegate.adapters.base import Capabilities
from scopegate.consent.subjects import Subjects
from scopegate.errors import ArgumentRefusedError, SourceError, WrongSchoolError
from scopegate.records.condition import Comparison

from ..model_mis import PATHS, SORTABLE, Model
from .claims import Outcome, Stage, must, refused, thread, untold
from .mis import TAKES
from .naive import Naive
from .variants import Blanking, EmptyIsAll, Late, Strict
from .world import NOWHERE, RELEASED, WHOLE, pupils

PUSHES = Capabilities(
    conditions=dict.fromkeys(PATHS, Comparison), orders=SORTABLE, totals=True
)
"""An interface that says it can do everything."""


class Ignoring(Model):
    """An MIS that says it decides conditions, and ignores them."""

    def _matches(self, wanted, record):
        return True


class Breaking(Model):
    """An MIS that fails after its first record, and shows it."""

    def chosen(self, wanted):
        """Return a record, and then fail."""
        yield from self.records[:1]
        raise ValueError(self.records[1])

    def fetch(self, wanted):
        """Yield what there is."""
        yield from self.chosen(wanted)


class Foreign(Model):
    """An MIS of another school."""

    def __init__(self, records, able):
        super().__init__(records, able, school="999999")


@thread("strapi/strapi #17001", naive=(Naive, Blanking), says="a withheld record came")
def test_strapi_17001(gate):
    """Who is not covered never comes, whatever an MIS makes of its conditions.

    https://github.com/strapi/strapi/issues/17001
    """
    only = {"subjects": Subjects.only(pupil=[2, 4])}
    for able in (Capabilities(), PUSHES):
        for model in (Model, Ignoring):
            scene = Stage(gate, able=able, model=model, **only)
            must(scene.read() == RELEASED[1::2], "a withheld record came")
            must(scene.count() == 2, "a withheld record was counted")
        broken = Outcome.of(
            Stage(gate, able=able, model=Breaking, **only), lambda s: s.read()
        )
        must(broken.refusal is SourceError, "what broke off looks whole")
    refused(gate, lambda s: s.read(), WrongSchoolError, model=Foreign)


@thread(
    "strapi/strapi #17001 (conditions)",
    naive=Naive,
    says="schools were told apart by: outcome",
)
def test_strapi_17001_conditions(gate):
    """What an MIS lets through against a condition is left out by the gate.

    https://github.com/strapi/strapi/issues/17001
    """
    odd = [Condition("pupil.year", "=", 8)]
    left = [{**record, "status": "left"} for record in pupils()[3:]]
    schools = {"one": [*pupils()[:3], *left], "other": pupils()[:3]}
    given = untold(
        gate, lambda s: s.read(where=odd), **schools, able=PUSHES, model=Ignoring
    ).given
    must(given == [RELEASED[0], RELEASED[2]], "a condition was lost")


@thread(
    "apache/paimon PR #8570",
    "apache/paimon PR #8582",
    naive=(Naive, Late, Blanking),
    says="not as many as were asked for",
)
def test_paimon_8570(gate):
    """A limit counts released records: those withheld are neither given nor missed.

    https://github.com/apache/paimon/pull/8570, and
    https://github.com/apache/paimon/pull/8582, which became part of it
    """
    ten = [{**pupils()[0], "id": n, "year": n} for n in range(1, 11)]
    only = {"subjects": Subjects.only(pupil=range(6, 11)), "records": ten}
    for able in (Capabilities(), PUSHES):
        for order in ((), ["pupil.id"], ["pupil.year"]):
            scene = Stage(gate, able=able, **only)
            found = [record.get("id") for record in scene.read(limit=5, order_by=order)]
            must(found == [6, 7, 8, 9, 10], "not as many as were asked for")
            must(scene.mis.asked[0].limit is None, "the limit was sent to the MIS")


@thread(
    "apache/paimon PR #8570 (totals)", naive=Naive, says="withheld records were counted"
)
def test_paimon_8570_totals(gate):
    """An MIS is asked to count only where none of its records can be withheld.

    https://github.com/apache/paimon/pull/8570
    """
    ten = [{**pupils()[0], "id": n} for n in range(1, 11)]
    many = {"able": PUSHES, "records": ten}
    few = Stage(gate, WHOLE, subjects=Subjects.only(pupil=[1, 2]), **many)
    must((few.count(), few.mis.totals) == (2, []), "withheld records were counted")
    cut = Stage(gate, **many)
    must((cut.count(), cut.mis.totals) == (10, []), "the MIS counted")
    all_of_them = Stage(gate, WHOLE, **many)
    must((all_of_them.count(), len(all_of_them.mis.totals)) == (10, 1), "none counted")


@thread(
    "apache/paimon PR #9872", naive=Naive, says="a field that was not selected came"
)
def test_paimon_9872(gate):
    """What decides on a record is read and not given, in a second reading neither.

    https://github.com/apache/paimon/pull/9872
    """
    scene = Stage(gate)
    odd = [Condition("pupil.year", "=", 8)]
    first = scene.read(select=["pupil.name"], where=odd)
    must(all(r.keys() == {"name"} for r in first), "a field that was not selected came")
    must("pupil.year" in scene.mis.asked[0].fields, "the MIS was not asked for it")
    must("pupil.status" in scene.mis.asked[0].fields, "nor for what decides on rows")
    must(scene.read() == RELEASED, "what was read for the first came with the second")


@thread("trinodb/trino #12390", naive=Strict, says="the rule's own field was refused")
def test_trino_12390(gate):
    """A rule may decide by fields that its app must not use, and costs it nothing.

    https://github.com/trinodb/trino/issues/12390
    """
    hidden = {**pupils()[0], "id": 9, "status": "left"}
    for subjects in (Subjects.everyone(), Subjects.everyone_except(pupil=[99])):
        scene = Stage(gate, ("basic",), records=[hidden, *pupils()], subjects=subjects)
        outcome = Outcome.of(scene, lambda s: s.read())
        must(outcome.refusal is None, "the rule's own field was refused")
        without = [{k: v for k, v in r.items() if k != "id"} for r in RELEASED]
        must(outcome.given == without, "the rule was not kept, or showed itself")
    refused(gate, lambda s: s.read(where=[Condition("pupil.status", "=", "left")]))
    refused(gate, lambda s: s.read(order_by=["pupil.id"]), scopes=("basic",))


@thread("Wave-RF/WaveHouse #319", naive=(Naive, Blanking), says="the ways differ")
def test_wavehouse_319(gate):
    """What comes one by one is held to both halves: which fields, and which records.

    https://github.com/Wave-RF/WaveHouse/issues/319
    """
    only = {"subjects": Subjects.only(pupil=[2, 4])}
    scene = Stage(gate, **only)
    for function in (scene.vendor.pupils, scene.vendor.each_pupil):
        guarded = scene.access.guard(function, resource="pupil", arguments=TAKES)
        must(list(guarded()) == RELEASED[1::2], "the ways differ")
    must(scene.read() == RELEASED[1::2], "the ways differ")


@thread("icanbwell/fhir-server PR #2600", naive=EmptyIsAll, says="one of none was met")
def test_fhir_server_2600(gate):
    """To be one of no values is met by nothing, and not by everything.

    https://github.com/icanbwell/fhir-server/pull/2600
    """
    none = [Condition("pupil.id", "in", [])]
    for able in (Capabilities(), PUSHES):
        for model in (Model, Ignoring):
            scene = Stage(gate, able=able, model=model)
            must(scene.read(where=none) == [], "one of none was met")
            must(scene.count(where=none) == 0, "one of none was met")
            must(scene.count_by("pupil.id", where=none) == {}, "one of none was met")


@thread("ujeenet/rustango #1282", naive=Naive, says="it was answered")
def test_rustango_1282(gate):
    """An empty list of what is allowed allows nothing.

    https://github.com/ujeenet/rustango/issues/1282
    """

    def call(stage):
        return stage.access.guard(stage.vendor.pupils, resource="pupil")(year=7)

    refused(gate, call, ArgumentRefusedError)
    refused(gate, lambda s: s.read(), AccessDeniedError, scopes=("school",))
    nobody = Stage(gate, subjects=Subjects.only(pupil=[]))
    must((nobody.read(), nobody.count()) == ([], 0), "to cover no one covers somebody")


@thread(
    "LinuxForHealth/FHIR #1849", naive=Naive, says="schools were told apart by: outcome"
)
def test_linuxforhealth_1849(gate):
    """What is refused is refused alike whether there is anything or nothing.

    https://github.com/LinuxForHealth/FHIR/issues/1849
    """
    withheld = [Condition("pupil.dob", "!=", NOWHERE)]
    schools = {"one": pupils(), "other": []}
    untold(gate, lambda s: s.read(where=withheld), **schools)
    untold(gate, lambda s: s.get(f"/pupils?dob_gte={NOWHERE}"), **schools)
    untold(gate, lambda s: s.read(), **schools, scopes=("school",))
