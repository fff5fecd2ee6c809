"""Every thread that is known to us is a case, or is named where none applies, with why."""

import inspect
from pathlib import Path

import pytest

from .claims import CASES
from .test_naive import MODULES

PAGE = Path(__file__).parents[2] / "docs" / "understand" / "inference.md"
GITHUB = "https://github.com/"
CVE = "https://nvd.nist.gov/vuln/detail/"
INFERENCE = {
    "platformatic/platformatic #5119": "platformatic/platformatic/issues/5119",
    "Wave-RF/WaveHouse #223": "Wave-RF/WaveHouse/issues/223",
    "frappe/frappe PR #40515": "frappe/frappe/pull/40515",
    "Azure/data-api-builder PR #3553": "Azure/data-api-builder/pull/3553",
    "strapi/strapi #11869": "strapi/strapi/issues/11869",
    "strapi/strapi #17372": "strapi/strapi/issues/17372",
    "strapi/strapi #16169": "strapi/strapi/issues/16169",
    "strapi/strapi #16172": "strapi/strapi/issues/16172",
    "strapi/strapi #17001": "strapi/strapi/issues/17001",
    "strapi CVE-2023-22894": "CVE-2023-22894",
    "strapi CVE-2026-27886": "CVE-2026-27886",
    "HackTricks-wiki/hacktricks PR #2272": "HackTricks-wiki/hacktricks/pull/2272",
    "prisma/prisma1 #711": "prisma/prisma1/issues/711",
    "hapifhir/hapi-fhir #6065": "hapifhir/hapi-fhir/issues/6065",
    "zenstackhq/zenstack PR #1661": "zenstackhq/zenstack/pull/1661",
    "ash-project/ash_postgres PR #206": "ash-project/ash_postgres/pull/206",
    "gisaia/ARLAS-server #558": "gisaia/ARLAS-server/issues/558",
    "opensearch-project/security #1579": "opensearch-project/security/issues/1579",
    "elastic/elasticsearch PR #90701": "elastic/elasticsearch/pull/90701",
    "elastic/elasticsearch #83632": "elastic/elasticsearch/issues/83632",
    "DataBiosphere/consent PR #3003": "DataBiosphere/consent/pull/3003",
    "apache/paimon PR #8570": "apache/paimon/pull/8570",
    "apache/paimon PR #8582": "apache/paimon/pull/8582",
    "trinodb/trino #12390": "trinodb/trino/issues/12390",
    "trinodb/trino #17694": "trinodb/trino/issues/17694",
    "trinodb/trino #22152": "trinodb/trino/issues/22152",
}
SKIPPED = {
    "zenstackhq/zenstack #814": "zenstackhq/zenstack/issues/814",
    "ash-project/ash PR #713": "ash-project/ash/pull/713",
    "ash-project/ash #1287": "ash-project/ash/issues/1287",
    "strapi/strapi #10236": "strapi/strapi/issues/10236",
    "meilisearch/strapi-plugin-meilisearch PR #703": (
        "meilisearch/strapi-plugin-meilisearch/pull/703"
    ),
    "hapifhir/hapi-fhir PR #6854": "hapifhir/hapi-fhir/pull/6854",
    "Ed-Fi-Alliance-OSS/Ed-Fi-ODS PR #675": "Ed-Fi-Alliance-OSS/Ed-Fi-ODS/pull/675",
    "Ed-Fi-Alliance-OSS/Ed-Fi-ODS PR #678": "Ed-Fi-Alliance-OSS/Ed-Fi-ODS/pull/678",
}
TOTALS = {
    "hapifhir/hapi-fhir #1507": "hapifhir/hapi-fhir/issues/1507",
    "hapifhir/hapi-fhir #2012": "hapifhir/hapi-fhir/issues/2012",
    "hapifhir/hapi-fhir PR #2020": "hapifhir/hapi-fhir/pull/2020",
    "hapifhir/hapi-fhir #5387": "hapifhir/hapi-fhir/issues/5387",
}
THREADS = INFERENCE | SKIPPED | TOTALS
"""Where others let a hidden field be guessed, let it through, or counted what is hidden."""
NO_CASE = {
    "trinodb/trino #17694",
    "trinodb/trino #22152",
    "hapifhir/hapi-fhir #5387",
}
"""Those that no case applies to; the page says why."""


def link_of(thread):
    """Return the address of a thread."""
    at = THREADS[thread]
    return f"{CVE if at.startswith('CVE-') else GITHUB}{at}"


def test_every_thread_is_a_case_or_has_a_reason():
    """No thread is left out, and none has both a case and a reason to have none."""
    known = {thread for case in CASES for thread in case.threads} & THREADS.keys()

    assert (known | NO_CASE, known & NO_CASE) == (THREADS.keys(), set())


@pytest.mark.parametrize("thread", THREADS)
def test_the_page_links_every_thread(thread):
    """The page on guessing has a link to each thread."""
    assert f"({link_of(thread)})" in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("thread", sorted(NO_CASE))
def test_the_page_says_why_there_is_no_case(thread):
    """A thread without a case has a row of the page's table, with a reason."""
    text = PAGE.read_text(encoding="utf-8").partition("## What does not apply")[2]
    rows = [line for line in text.splitlines() if link_of(thread) in line]

    assert [row.count("|") for row in rows] == [3]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_links_its_threads(case):
    """What a case's test claims stands with the address of each of its threads."""
    text = inspect.getdoc(case.must)
    links = [link_of(thread) for thread in case.threads if thread in THREADS]

    assert all(link in text for link in [*links, "https://"])


def test_a_case_is_kept_once():
    """No case is there twice, whatever reads the modules they are in."""
    tests = {
        name
        for module in MODULES
        for name in vars(module)
        if name.startswith("test_") and name not in vars(pytest)
    }

    names = [case.must.__name__ for case in CASES]
    assert (len(names), set(names) <= tests) == (len(set(names)), True)
