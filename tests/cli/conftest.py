"""What the tests of the commands share: a runner, and a grant in a file."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from scopegate import Catalogue
from scopegate._base.values import utc_now
from scopegate.cli.commands import scopegate
from scopegate.consent.codec import to_json
from scopegate.testing import School

SMALL = """
id = "small"
version = "1"

[resource.school]
title = "School"
key = "urn"
[resource.school.field]
"urn" = { title = "URN", sensitivity = "public" }

[resource.pupil]
title = "Pupil [bold]"
key = "id"
school = "school_id"
[resource.pupil.field]
"id" = { kind = "integer", title = "Id" }
"school_id" = { title = "School" }
"name" = { title = "Name" }
"health" = { title = "Health", sensitivity = "special" }
"tags[]" = { title = "Tags" }

[resource.note]
title = "Note"
key = "id"
[resource.note.field]
"id" = { title = "Id" }
"words[]" = { title = "Words" }

[scope."school"]
title = "School"
sensitivity = "public"
fields = ["school.urn"]

[scope."pupil.basic"]
title = "Pupil [red]basics[/red]"
description = "Who they are."
fields = ["pupil.id", "pupil.school_id", "pupil.name", "pupil.tags[]"]

[scope."pupil.health"]
title = "Health"
fields = ["pupil.health"]
includes = ["pupil.basic"]

[scope."words"]
title = "Words"
fields = ["note.words[]"]

[scope."write"]
title = "Write"
writes = ["note"]
"""


@pytest.fixture
def run():
    """Return a function that runs a command and gives what came of it."""

    def invoke(*arguments, given=None):
        words = [str(argument) for argument in arguments]
        return CliRunner().invoke(scopegate, words, input=given, catch_exceptions=False)

    return invoke


@pytest.fixture
def small(tmp_path):
    """Return the file of a small catalogue."""
    path = tmp_path / "small.toml"
    path.write_text(SMALL)
    return path


@pytest.fixture
def authorise(tmp_path):
    """Return a function that writes a grant and gives its path."""

    def write(
        catalogue: Catalogue,
        required,
        optional=(),
        ticked=(),
        expires_at=None,
        clock=utc_now,
    ) -> Path:
        school = School(catalogue)
        school.clock.jump(clock() - school.clock())
        school.publish(*required, optional=optional)
        grant = school.authorise(optional=ticked, expires_at=expires_at)
        path = tmp_path / "grant.json"
        path.write_bytes(to_json(grant))
        return path

    return write


@pytest.fixture
def basic(small, authorise):
    """Return the options for the small catalogue, with `pupil.health` left empty."""
    grant = authorise(Catalogue.from_toml(small), {"pupil.basic"}, {"pupil.health"}, ())
    return ["--catalogue", small, "--grant", grant]
