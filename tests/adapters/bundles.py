"""OneRoster bundles, a zip or a folder of CSV files: making them, and reading."""

import csv
import io
import zipfile

import pytest

from scopegate.adapters.base import Fetch
from scopegate.adapters.oneroster_csv import OneRosterCSV
from scopegate.errors import SourceError

from .driving import chain
from .oneroster_scene import CANARY, CATALOGUE, SCHOOL

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


# ---- A bundle of two schools ----


def parsed(text):
    """Return the rows of a table, as it would be written."""
    return [tuple(row) for row in csv.reader(text.splitlines())]


ORGS = parsed("""\
sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId
s1,active,,Example School,school,100001,d1
d1,active,,Trust,district,,
""")
TWO = [*ORGS, ("s2", "active", "", "Other School", "school", "100002", "d1")]
SESSIONS = parsed("""\
sourcedId,status,title,type,startDate,endDate,parentSourcedId,schoolYear
y1,active,2026/27,schoolYear,2026-09-01,2027-08-31,,2027
t1,active,Autumn,term,2026-09-01,2026-12-19,y1,2027
g1,active,First,gradingPeriod,2026-09-01,2026-10-19,t1,
""")
COURSES = parsed("""\
sourcedId,schoolYearSourcedId,title,grades,orgSourcedId,subjects,subjectCodes
k1,y1,Maths,"07, 08",s1,"Maths,,Numbers",MA1
k2,y1,Maths,,s2,,
""")
CLASSES = parsed("""\
sourcedId,title,grades,courseSourcedId,classType,schoolSourcedId,termSourcedIds,periods
c1,7A,07,k1,scheduled,s1,"t1,t2","1, 2"
c2,7B,07,k2,scheduled,s2,t1,
""")
ENROLLMENTS = parsed("""\
sourcedId,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate
e1,c1,s1,u1,student,false,2026-09-01
e2,c2,s2,u2,student,,
""")
DEMOGRAPHICS = parsed("""\
sourcedId,birthDate,sex,asian,white
u1,2014-02-11,female,TRUE,false
u2,2014-03-11,male,maybe,
u9,1980-01-01,,,
""")
USERS_1_1 = parsed("""\
sourcedId,status,enabledUser,orgSourcedIds,role,username,userIds,givenName,agentSourcedIds,grades,password
u1,active,true,"s1,s2",student,ada,"{LDAP:12},{Fed:a b}",Ada,"u5,u6",07,c4n4ry-Zed
u2,active,false,s2,student,bo,,Bo,,,c4n4ry-Zed
u9,active,true,s1,teacher,cy,broken,Cy,,,
""")
USERS_1_2 = parsed("""\
sourcedId,status,enabledUser,username,givenName,userMasterIdentifier,preferredGivenName,preferredFamilyName,primaryOrgSourcedId,pronouns
u1,active,true,ada,Ada,m1,Ad,Zee,s1,she
u2,active,false,bo,Bo,,,,,
u3,active,,cy,Cy,,,,,
u9,active,,di,Di,,,,,
""")
ROLES = parsed("""\
sourcedId,status,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,userProfileSourcedId
r1,active,u1,primary,student,2026-09-01,,s1,p1
r2,,u1,secondary,aide,,,s2,
r3,active,u2,primary,student,,,s2,
r4,tobedeleted,u3,primary,student,,,s1,
r5,active,u9,primary,teacher,,,s1,
""")
PROFILES = parsed("""\
sourcedId,status,userSourcedId,profileType,vendorId,applicationId,description,credentialType,username,password
p1,active,u1,LMS,v1,,,basic,ada,c4n4ry-Zed
p2,active,u2,LMS,,a1,,,,c4n4ry-Zed
p3,tobedeleted,u2,LMS,,a1,,,,c4n4ry-Zed
""")
RESOURCES = parsed("""\
sourcedId,status,userSourcedId,classSourcedId,courseSourcedId,resourceSourcedId
x1,active,u1,c1,k1,b1
x2,active,u1,c1,k1,b2
""")
LONG = [CLASSES[0], *[(f"c{n}", *CLASSES[1][1:]) for n in range(4_000)]]
SHARED = {
    "orgs": TWO,
    "academicSessions": SESSIONS,
    "courses": COURSES,
    "classes": CLASSES,
    "enrollments": ENROLLMENTS,
    "demographics": DEMOGRAPHICS,
}
WHOLE = {
    "1.1": {**SHARED, "users": USERS_1_1},
    "1.2": {
        **SHARED,
        "users": USERS_1_2,
        "roles": ROLES,
        "userProfiles": PROFILES,
        "userResources": RESOURCES,
        "classResources": RESOURCES,
        "courseResources": RESOURCES,
    },
}
VERSIONS = list(WHOLE)


def everything(resource):
    """Return a fetch of all that the catalogue has of a resource."""
    home = CATALOGUE.resource(resource)
    return Fetch(home, [leaf.path for leaf in home.fields], SCHOOL)


def rows(place, resource, school=None, **more):
    """Return the records that a bundle gives."""
    return list(OneRosterCSV(place, school, **more).fetch(everything(resource)))


def ids(place, resource, school=None):
    """Return the ids of the records that a bundle gives."""
    return [row["sourcedId"] for row in rows(place, resource, school)]


def refusal(place, resource="student", school=None, **more):
    """Return how many records came, and the error that ended them."""
    found = []
    with pytest.raises(SourceError) as caught:
        found.extend(OneRosterCSV(place, school, **more).fetch(everything(resource)))
    assert CANARY not in chain(caught.value)
    return len(found), str(caught.value)
