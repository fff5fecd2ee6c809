"""A page of the site, read as a browser reads it: elements, texts, links and forms."""

from html.parser import HTMLParser
from urllib.parse import urlencode

VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "wbr"}


class Element:
    """One element: its tag, its attributes, and what is in it."""

    def __init__(self, tag, attributes=(), parent=None):
        self.tag, self.attributes = tag, dict(attributes)
        self.parent, self.inside = parent, []

    def __getitem__(self, name):
        """Return an attribute, or empty."""
        return self.attributes.get(name) or ""

    @property
    def text(self):
        """All text in it, each run of spaces as one space."""
        return " ".join(self._whole().split())

    def _whole(self):
        parts = (p if isinstance(p, str) else p._whole() for p in self.inside)
        return "".join(parts)

    @property
    def descendants(self):
        """Every element in it, in order."""
        for part in self.inside:
            if not isinstance(part, str):
                yield part
                yield from part.descendants

    def all(self, *tags, **attributes):
        """Return every element in it of one of *tags*, and with these attributes."""
        return [
            e
            for e in self.descendants
            if e.tag in tags and all(e[name] == v for name, v in attributes.items())
        ]

    def one(self, *tags, **attributes):
        """Return the only such element in it."""
        (found,) = self.all(*tags, **attributes)
        return found


class Page(HTMLParser, Element):
    """A whole page."""

    def __init__(self, body):
        HTMLParser.__init__(self, convert_charrefs=True)
        Element.__init__(self, "page")
        self._open = self
        self.feed(body if isinstance(body, str) else body.decode())
        self.close()
        assert self._open is self, f"<{self._open.tag}> is not closed"

    def handle_starttag(self, tag, attrs):
        """Begin an element."""
        element = Element(tag, attrs, self._open)
        self._open.inside.append(element)
        if tag not in VOID:
            self._open = element

    def handle_startendtag(self, tag, attrs):
        """Take an element that is closed where it begins, as those of pictures are."""
        self._open.inside.append(Element(tag, attrs, self._open))

    def handle_endtag(self, tag):
        """End an element, which is the one that is open."""
        assert tag == self._open.tag, f"</{tag}> ends <{self._open.tag}>"
        self._open = self._open.parent

    def handle_data(self, data):
        """Take text."""
        self._open.inside.append(data)

    # What the tests ask

    @property
    def shape(self):
        """The tag of each element with the names of its attributes, in order."""
        return [(e.tag, *e.attributes) for e in self.descendants]

    @property
    def kinds(self):
        """Which tags there are, with which attributes."""
        return {(e.tag, name) for e in self.descendants for name in e.attributes}

    @property
    def main(self):
        """What the page is about, without the host's frame."""
        return self.one("main")

    @property
    def title(self):
        """The first heading."""
        return self.one("h1").text

    @property
    def texts(self):
        """Every text, as it stands."""
        yield from _texts(self)

    @property
    def links(self):
        """Where the links of the page's main part lead, by their texts."""
        return {link.text: link["href"] for link in self.main.all("a")}

    @property
    def buttons(self):
        """The texts of its buttons."""
        return [button.text for button in self.main.all("button")]

    @property
    def yes(self):
        """How the button that says yes begins, on either page; otherwise empty."""
        known = ("Authorise", "Change it")
        return next((text for text in self.buttons if text in known), "")

    @property
    def boxes(self):
        """Whether each box is ticked, by what it means."""
        return {
            box["value"]: "checked" in box.attributes
            for box in self.all("input", type="checkbox")
        }

    def sent(self, text, ticks=None, **filled):
        """Return what a click on a button sends: the method, the address, the fields.

        Args:
            text: The button's text, or how it begins.
            ticks: The boxes that are ticked first; None leaves them as they are.
            filled: What is written into the form's fields.
        """
        buttons = self.all("button")
        exact = [b for b in buttons if b.text == text][:1]
        (button,) = exact or [b for b in buttons if b.text.startswith(text)]
        form = self._form_of(button)
        fields = [*_fields(form, ticks, filled)]
        if button["name"]:
            fields.append((button["name"], button["value"]))
        return form["method"].upper(), button["formaction"] or form["action"], fields

    def _form_of(self, button):
        if button["form"]:
            return self.one("form", id=button["form"])
        element = button.parent
        while element.tag != "form":
            element = element.parent
        return element


def _texts(element):
    for part in element.inside:
        if isinstance(part, str):
            yield part
        else:
            yield from _texts(part)


def _fields(form, ticks, filled):
    for element in form.all("input", "textarea"):
        name, is_box = element["name"], element["type"] == "checkbox"
        is_ticked = "checked" in element.attributes
        if is_box and ticks is not None:
            is_ticked = element["value"] in ticks
        if (not is_box or is_ticked) and "disabled" not in element.attributes:
            yield name, filled.get(name, element["value"])


def with_fields(address, fields):
    """Return an address with the fields of a form that is sent by GET."""
    address = address.partition("#")[0]
    return f"{address}?{urlencode(fields)}" if fields else address
