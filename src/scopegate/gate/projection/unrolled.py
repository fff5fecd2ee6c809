"""The walk over a tree, unrolled into Python source for records of plain dicts.

The text holds no outside data: names of fields and checks are bound in globals
under names made here (`k0`, `c0`), and taken as defaults, so that they are read
as fast as local ones. Whatever a record holds that is not a missing key, null, a
plain value, an exact dict or an exact list makes the function hand the whole
record to the careful walk, so that the two never differ.
"""

import linecache
from collections.abc import Callable, Iterator
from hashlib import sha256

from ...records.untrusted import MISSING, is_plain
from .walk import Branch, Leaf, Notice

DEEPEST = 12
"""Deeper trees are only walked: Python nests at most 20 loops."""

Record = dict[str, object] | None
Walk = Callable[[object, Notice], Record]

_PLAIN = "t is S or t is I or t is N or t is B or t is F or plain({0})"


class Names:
    """Gives values the names they have in the text, and keeps them."""

    def __init__(self, walk: Walk) -> None:
        self.bound: dict[str, object] = {
            "S": str, "I": int, "N": type(None), "B": bool, "F": float,
            "D": dict, "L": list, "M": MISSING, "type": type, "tuple": tuple,
            "plain": is_plain, "walk": walk, "Exception": Exception,
        }  # fmt: skip
        self._count = 0

    def fresh(self) -> int:
        """Return a number that was not given out before."""
        self._count += 1
        return self._count

    def bind(self, prefix: str, value: object) -> str:
        """Return the name that *value* has from now on."""
        name = f"{prefix}{self.fresh()}"
        self.bound[name] = value
        return name


def source_of(tree: Branch, walk: Walk) -> tuple[str, dict[str, object]]:
    """Return the text of `project(record, notice)`, and its globals."""
    names = Names(walk)
    body = [*_members(tree, "0", 2, names)]
    locals_ = ", ".join(f"{name}={name}" for name in names.bound)
    lines = [
        f"def project(r0, notice, *, {locals_}):",
        " try:",
        "  if type(r0) is not D: return walk(r0, notice)",
        "  o0 = {}",
        *body,
        "  return o0",
        " except Exception: return walk(r0, notice)",
    ]
    return "\n".join(lines) + "\n", names.bound


def compiled(text: str, bound: dict[str, object]) -> Walk:
    """Return the function that *text* defines, its source shown by tracebacks."""
    name = f"<scopegate projection {sha256(text.encode()).hexdigest()[:16]}>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    bound["__builtins__"] = {}
    exec(compile(text, name, "exec"), bound)  # noqa: S102 - made above, of made-up names
    return bound["project"]  # type: ignore[return-value]  # defined by the text


def _members(tree: Branch, here: str, indent: int, names: Names) -> Iterator[str]:
    """Yield the lines that fill `o<here>` from `r<here>`."""
    for child in tree.children:
        key = names.bind("k", child.name)
        yield f"{' ' * indent}v = r{here}.get({key}, M)"
        yield from _value(child, here, key, indent, names)


def _value(
    child: Leaf | Branch, here: str, key: str, indent: int, names: Names
) -> Iterator[str]:
    """Yield the lines that release `v` as `o<here>[key]`."""
    p, target = " " * indent, f"o{here}[{key}]"
    if isinstance(child, Leaf) and not child.is_list:
        yield f"{p}t = type(v)"
        yield f"{p}if {_PLAIN.format('v')}: {target} = v"
        yield f"{p}elif v is not M: return walk(r0, notice)"
        return
    yield f"{p}if type(v) is {'L' if child.is_list else 'D'}:"
    if isinstance(child, Leaf):
        yield from _plain_list(child, target, indent + 1, names)
    elif child.is_list:
        yield from _rows(child, target, indent + 1, names)
    else:
        below = str(names.fresh())
        yield f"{p} r{below} = v"
        yield f"{p} {target} = o{below} = {{}}"
        yield from _members(child, below, indent + 1, names)
    yield f"{p}elif v is None: {target} = None"
    yield f"{p}elif v is not M: return walk(r0, notice)"


def _plain_list(child: Leaf, target: str, indent: int, names: Names) -> Iterator[str]:
    p = " " * indent
    yield f"{p}a = {target} = []"
    yield f"{p}for e in v:"
    if child.check is not None:
        yield f"{p} if not {names.bind('c', child.check)}(e): continue"
    yield f"{p} t = type(e)"
    yield f"{p} if {_PLAIN.format('e')}: a.append(e)"
    yield f"{p} else: return walk(r0, notice)"


def _rows(child: Branch, target: str, indent: int, names: Names) -> Iterator[str]:
    p, below = " " * indent, str(names.fresh())
    yield f"{p}a{below} = {target} = []"
    # Looking up a key may run a key's own `__eq__`, which may change the list.
    yield f"{p}for r{below} in tuple(v):"
    if child.check is not None:
        yield f"{p} if not {names.bind('c', child.check)}(r{below}): continue"
    yield f"{p} if type(r{below}) is D:"
    yield f"{p}  o{below} = {{}}"
    yield from _members(child, below, indent + 2, names)
    yield f"{p}  a{below}.append(o{below})"
    yield f"{p} elif r{below} is None: a{below}.append(None)"
    yield f"{p} else: return walk(r0, notice)"
