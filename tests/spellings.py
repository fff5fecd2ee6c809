"""The ways in which one identifier is written by people, exports and databases."""

from scopegate._base.likeness import likeness

GUID = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"

WIDE = {ord("0") + n: 0xFF10 + n for n in range(10)}
ARABIC = {ord("0") + n: 0x0660 + n for n in range(10)}
LOOKALIKES = str.maketrans("PACEOX", "\u0420\u0410\u0421\u0415\u041e\u0425")

SPELLINGS = {
    "capitals": str.upper,
    "small": str.lower,
    "a blank before": lambda text: f" {text}",
    "padded, as CHAR is": lambda text: text.ljust(20),
    "a blank that does not break": lambda text: f"{text}\u00a0",
    "a sign no one sees": lambda text: f"{text[:1]}\u200b{text[1:]}",
    "a soft hyphen": lambda text: f"{text}\u00ad",
    "NUL behind": lambda text: f"{text}\0",
    "wide digits": lambda text: text.translate(WIDE),
    "Arabic digits": lambda text: text.translate(ARABIC),
    "other letters that look alike": lambda text: text.translate(LOOKALIKES),
    "a hyphen that does not break": lambda text: text.replace("-", "\u2011"),
    "an apostrophe before, as in a table": lambda text: f"'{text}",
    "a formula": lambda text: f'="{text}"',
    "zeros before": lambda text: f"000{text}" if text.isdigit() else text,
    "a number with a part": lambda text: f"{text}.0" if text.isdigit() else text,
    "braces": lambda text: f"{{{text}}}" if len(text) == len(GUID) else text,
    "without hyphens": lambda text: text.replace("-", "") if len(text) == 36 else text,
}
"""From a way to write it, by its name."""


def respelt(random, identifier):
    """Return *identifier* written in another way, or in two of them."""
    text = str(identifier)
    for _ in range(random.choice((1, 1, 2))):
        text = SPELLINGS[random.choice(tuple(SPELLINGS))](text)
    return text


def apart(identifiers, text):
    """Tell whether *text* is like none of *identifiers*."""
    return likeness(text) not in map(likeness, identifiers)
