"""How a page is drawn: whose template, which texts, and what is missing."""

import pytest
from hypothesis import given, strategies as st
from jinja2 import TemplateNotFound, UndefinedError
from markupsafe import Markup

from scopegate._base.values import printable
from scopegate.web import Renderer
from scopegate.web.addresses import Addresses
from scopegate.web.rendering import STATIC, TEMPLATES, text_of

AT = Addresses("/consent")


def drawn(folder, text, values=(), **given):
    """Return what a template of one line comes to."""
    (folder / "one.html").write_text(text)
    return Renderer(folder, dict(values))("one.html", AT, **given).decode()


@given(st.text(st.characters()))
def test_a_text_is_drawn_as_a_reader_can_read_it(text):
    """Control characters, and what turns a text, become escapes; other texts stay."""
    assert text_of(text) == printable(text)


@pytest.mark.parametrize("value", [Markup("\u202e<b>"), 3, None, ("a\x00",)])
def test_what_is_no_text_is_drawn_as_it_is(value):
    """Markup that a template has made is left alone, and so is what is not a text."""
    assert text_of(value) is value


def test_every_text_is_escaped(tmp_path):
    """No template needs to escape anything, whatever its name ends in."""
    assert drawn(tmp_path, "{{ a }}|{{ b }}", a="<\"&'>", b="\x07") == (
        "&lt;&#34;&amp;&#39;&gt;|\\x07"
    )


def test_what_a_template_misses_is_a_fault(tmp_path):
    """A name that no page has is not drawn as nothing."""
    with pytest.raises(UndefinedError):
        drawn(tmp_path, "{{ nothing }}")


def test_half_a_character_of_a_template_is_replaced(tmp_path):
    """What cannot be sent is a question mark, and the page comes."""
    assert drawn(tmp_path, "{{ a }}", a=Markup("x\ud800")) == "x?"


def test_values_and_addresses_are_given_to_every_template(tmp_path):
    """The host's values, and where the pages are."""
    text = "{{ help }} {{ at.school('a/b') }}"

    assert drawn(tmp_path, text, {"help": "me"}) == "me /consent/schools/a~2Fb"


@pytest.mark.parametrize("kind", [str, lambda path: path])
def test_of_several_folders_the_first_wins(tmp_path, kind):
    """One folder or several, as paths or texts; ours come last."""
    first, second = tmp_path / "a", tmp_path / "b"
    for folder, names in ((first, "x"), (second, "xy")):
        folder.mkdir()
        for name in names:
            (folder / f"{name}.html").write_text(folder.name)
    both = Renderer([kind(first), kind(second)])

    assert [both("x.html", AT), both("y.html", AT)] == [b"a", b"b"]
    assert Renderer(kind(second))("x.html", AT) == b"b"
    with pytest.raises(TemplateNotFound):
        Renderer()("x.html", AT)


def test_the_files_that_ship_are_there_to_be_looked_at():
    """The templates and the files that pages load are where the constants say."""
    assert {p.name for p in TEMPLATES.iterdir()} >= {"base.html", "request.html"}
    assert {p.name for p in STATIC.iterdir()} >= {"scopegate.css", "scopegate.js"}
