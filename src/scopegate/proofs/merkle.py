"""Merkle trees as RFC 6962 §2.1 defines them (RFC 9162 §2.1 hashes the same).

A tree's root vouches for a whole list: anyone who knows it can check with a few hashes
that an entry is in the list (inclusion), and that a longer list begins with a shorter
one (consistency). Nothing here knows what the entries are.

A root does not say how long its list is. Some paths hold at a neighbouring size
as well, so a size is only ever as trustworthy as where it was read, together
with the root.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Self

from attrs import field, frozen

from ..arguments import checked

HASH_SIZE = 32
"""The number of bytes in a hash."""

MOST_LEAVES = 2**64 - 1
"""The most leaves a tree may have, so that a path has at most 64 hashes."""

_EMPTY_ROOT = sha256(b"").digest()


@checked
def leaf_hash(data: bytes) -> bytes:
    """Return the hash of an entry, which no hash of an inner node can equal."""
    return sha256(b"\x00" + data).digest()


@checked
def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of the node above two hashes."""
    return sha256(b"\x01" + left + right).digest()


@checked
def root_hash(leaves: Sequence[bytes]) -> bytes:
    """Return the root of the tree over leaf hashes; of none, the hash of nothing.

    Raises:
        ValueError: A leaf is not the length of a hash.
    """
    return Frontier.of(leaves).root


def _as_hashes(given: Iterable[bytes]) -> tuple[bytes, ...]:
    hashes = tuple(given)
    if any(len(h) != HASH_SIZE for h in hashes):
        message = f"a hash has {HASH_SIZE} bytes; hash an entry with `leaf_hash` first"
        raise ValueError(message)
    return hashes


@checked
@frozen
class Frontier:
    """All that must be kept of a tree to let it grow: its right-hand edge.

    Attributes:
        size: How many leaves the tree has.
        peaks: The roots of the perfect trees it is made of, the largest first:
            one for each bit set in *size*.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = field(default=(), converter=_as_hashes)

    def __attrs_post_init__(self) -> None:
        if not 0 <= self.size <= MOST_LEAVES:
            message = f"a tree has 0 to {MOST_LEAVES} leaves, not {self.size}"
            raise ValueError(message)
        if len(self.peaks) != self.size.bit_count():
            message = f"{self.size} leaves do not have {len(self.peaks)} peaks"
            raise ValueError(message)

    @classmethod
    def of(cls, leaves: Iterable[bytes]) -> Self:
        """Return the frontier of the tree over leaf hashes."""
        level = list(_as_hashes(leaves))
        size, peaks = len(level), list[bytes]()
        while level:
            if len(level) % 2:
                peaks.append(level.pop())
            level = _pairs(level)
        return cls(size, tuple(reversed(peaks)))

    @classmethod
    def from_bytes(cls, size: int, raw: bytes) -> Self:
        """Return the frontier that `to_bytes` wrote.

        Raises:
            ValueError: *raw* is not what a tree of *size* leaves has.
        """
        peaks = [raw[at : at + HASH_SIZE] for at in range(0, len(raw), HASH_SIZE)]
        return cls(size, tuple(peaks))

    def to_bytes(self) -> bytes:
        """Return the peaks one after the other; the size is to be kept with it."""
        return b"".join(self.peaks)

    def add(self, leaf: bytes) -> Self:
        """Return the frontier of the tree with one more leaf hash."""
        (node,) = _as_hashes([leaf])
        peaks, rest = list(self.peaks), self.size
        while rest % 2:
            node = node_hash(peaks.pop(), node)
            rest //= 2
        return type(self)(self.size + 1, (*peaks, node))

    @property
    def root(self) -> bytes:
        """The root of the tree."""
        if not self.peaks:
            return _EMPTY_ROOT
        *larger, root = self.peaks
        for peak in reversed(larger):
            root = node_hash(peak, root)
        return root


@checked
def inclusion_path(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """Return the hashes that prove leaf *index*, its sibling first (RFC 6962 §2.1.1).

    Raises:
        ValueError: There is no such leaf; they are counted from 0.
    """
    if not 0 <= index < len(leaves):
        message = f"there is no leaf {index} among {len(leaves)}"
        raise ValueError(message)
    return _beside(list(_as_hashes(leaves)), index)


@checked
def consistency_path(leaves: Sequence[bytes], old_size: int) -> tuple[bytes, ...]:
    """Return the hashes that prove the first leaves unchanged (RFC 6962 §2.1.2).

    The path is empty if *old_size* is 0 or the number of leaves; RFC 6962 has
    no path for these, and C2SP tlog-witness asks for an empty one.

    Raises:
        ValueError: *old_size* is below 0 or above the number of leaves.
    """
    if not 0 <= old_size <= len(leaves):
        message = f"{len(leaves)} leaves have never been {old_size}"
        raise ValueError(message)
    if old_size in {0, len(leaves)}:
        return ()
    level, index = list(_as_hashes(leaves)), old_size - 1
    while index % 2:
        level, index = _above(level), index // 2
    path = _beside(level, index)
    return (level[index], *path) if index else path


@checked
def verify_inclusion(
    leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes
) -> bool:
    """Tell whether *path* proves that *leaf* is at *index* under *root*.

    Args:
        leaf: The entry's leaf hash.
        index: Its position, counted from 0.
        size: How many leaves the tree has.
        path: The hashes from the leaf's sibling up, none more than needed.
        root: The root of the tree, from where it is trusted.
    """
    if not (0 <= index < size and _are_hashes(leaf, root, *path)):
        return False
    inner, border = _shape(index, size)
    if len(path) != inner + border:
        return False
    return _climb(leaf, index, path, inner) == root


@checked
def verify_consistency(
    old_size: int, old_root: bytes, size: int, root: bytes, path: Sequence[bytes]
) -> bool:
    """Tell whether *path* proves that the old tree is the beginning of the new.

    Every tree begins with the empty one, so from *old_size* 0 an empty path
    proves any root: it says nothing about the root. C2SP tlog-witness takes it so too;
    RFC 6962 §2.1.2 does not ask. Trees of the same size are the same tree, for
    which the path is empty as well.
    """
    if not (0 <= old_size <= size and _are_hashes(old_root, root, *path)):
        return False
    if old_size == size:
        return not path and old_root == root and (size > 0 or root == _EMPTY_ROOT)
    if old_size == 0:
        return not path and old_root == _EMPTY_ROOT
    return _grows(old_size, old_root, size, root, path)


def _grows(
    old_size: int, old_root: bytes, size: int, root: bytes, path: Sequence[bytes]
) -> bool:
    """Verify consistency where both trees have leaves and the new one has more."""
    inner, border = _shape(old_size - 1, size)
    skipped = (old_size & -old_size).bit_length() - 1
    inner -= skipped
    # The smaller tree's last perfect subtree: the whole of it, or sent along.
    is_whole = old_size.bit_count() == 1
    nodes = (old_root, *path) if is_whole else tuple(path)
    if len(nodes) != 1 + inner + border:
        return False
    start, beside = nodes[0], nodes[1:]
    index = (old_size - 1) >> skipped
    shared = [h for n, h in enumerate(beside) if n >= inner or index >> n & 1]
    if _climb(start, 0, shared, 0) != old_root:
        return False
    return _climb(start, index, beside, inner) == root


def _are_hashes(*given: bytes) -> bool:
    return all(len(h) == HASH_SIZE for h in given)


def _shape(index: int, size: int) -> tuple[int, int]:
    """Return the number of hashes of a path below and on the tree's right edge.

    Below it, the bits of *index* say on which side a hash is. On it, there
    are hashes to the left only, one for each bit that is left of *index*.
    """
    inner = (index ^ (size - 1)).bit_length()
    return inner, (index >> inner).bit_count()


def _climb(start: bytes, index: int, path: Sequence[bytes], inner: int) -> bytes:
    """Return the root that *path* leads to from *start*."""
    node = start
    for n, beside in enumerate(path):
        if n >= inner or index >> n & 1:
            node = node_hash(beside, node)
        else:
            node = node_hash(node, beside)
    return node


def _pairs(level: list[bytes]) -> list[bytes]:
    """Return the nodes above each pair; an odd one at the end has none."""
    return [node_hash(*pair) for pair in zip(level[::2], level[1::2], strict=False)]


def _above(level: list[bytes]) -> list[bytes]:
    """Return the level above; an odd node at the end moves up as it is."""
    return _pairs(level) + level[len(level) // 2 * 2 :]


def _beside(level: list[bytes], index: int) -> tuple[bytes, ...]:
    """Return the siblings on the way up from node *index* of *level*."""
    path = []
    while len(level) > 1:
        if index ^ 1 < len(level):
            path.append(level[index ^ 1])
        level, index = _above(level), index // 2
    return tuple(path)
