"""Merkle trees against RFC 6962 §2.1, transcribed here as slowly as it is written."""

from functools import cache
from hashlib import sha256
from itertools import combinations

import pytest
from hypothesis import given, strategies as st

from scopegate.proofs.merkle import (
    MOST_LEAVES,
    Frontier,
    consistency_path,
    inclusion_path,
    leaf_hash,
    node_hash,
    root_hash,
    verify_consistency,
    verify_inclusion,
)

DATA = [b"entry %d" % n for n in range(64)]
LEAVES = [leaf_hash(data) for data in DATA]
SIZES = range(65)
FEWER = SIZES[:33]
"""Where every way to be wrong is tried for each leaf."""
EMPTY = bytes.fromhex(
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
)
SHORT = 8
"""Up to which size every bit is turned and every number is tried."""

# -- The definitions of RFC 6962, over D[start:end] of the entries above


def split(size):
    """Return k, "the largest power of two smaller than n"."""
    return 1 << (size - 1).bit_length() - 1


@cache
def mth(start, end):
    """Return the Merkle Tree Hash of §2.1."""
    size = end - start
    if size == 0:
        return sha256(b"").digest()
    if size == 1:
        return sha256(b"\x00" + DATA[start]).digest()
    k = start + split(size)
    return sha256(b"\x01" + mth(start, k) + mth(k, end)).digest()


def path_of(m, start, end):
    """Return the Merkle audit path PATH(m, D[n]) of §2.1.1."""
    if end - start == 1:
        return ()
    k = split(end - start)
    if m < k:
        return (*path_of(m, start, start + k), mth(start + k, end))
    return (*path_of(m - k, start + k, end), mth(start, start + k))


def subproof(m, start, end, *, b):
    """Return SUBPROOF(m, D[n], b) of §2.1.2; with b true it is PROOF(m, D[n])."""
    if m == end - start:
        return () if b else (mth(start, end),)
    k = split(end - start)
    if m <= k:
        return (*subproof(m, start, start + k, b=b), mth(start + k, end))
    return (*subproof(m - k, start + k, end, b=False), mth(start, start + k))


# -- The verifiers of RFC 9162, step by step as §2.1.3.2 and §2.1.4.2 number them


def rfc_verifies_inclusion(leaf, leaf_index, tree_size, path, root):
    """Tell what the algorithm of RFC 9162 §2.1.3.2 finds."""
    if leaf_index >= tree_size:
        return False
    fn, sn, r = leaf_index, tree_size - 1, leaf
    for p in path:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            r = sha256(b"\x01" + p + r).digest()
            while not fn & 1 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = sha256(b"\x01" + r + p).digest()
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and r == root


def rfc_verifies_consistency(first, first_hash, second, second_hash, path):
    """Tell what the algorithm of RFC 9162 §2.1.4.2 finds, for 0 < first < second."""
    if not path:
        return False
    if first & (first - 1) == 0:
        path = (first_hash, *path)
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr = sha256(b"\x01" + c + fr).digest()
            sr = sha256(b"\x01" + c + sr).digest()
            while not fn & 1 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = sha256(b"\x01" + sr + c).digest()
        fn, sn = fn >> 1, sn >> 1
    return fr == first_hash and sr == second_hash and sn == 0


# -- Ways to spoil a proof


def turned(hashed):
    """Yield *hashed* with one bit the other way, for each of its bits."""
    number = int.from_bytes(hashed)
    for bit in range(256):
        yield (number ^ 1 << bit).to_bytes(32)


def spoiled(path):
    """Yield each truncation, extension, repetition and swap of *path*."""
    yield from (path[:n] for n in range(len(path)))
    yield from (path[n:] for n in range(1, len(path) + 1))
    for n in range(len(path) + 1):
        yield from ((*path[:n], more, *path[n:]) for more in (EMPTY, *path))
    for one, other in combinations(range(len(path)), 2):
        swapped = list(path)
        swapped[one], swapped[other] = path[other], path[one]
        yield tuple(swapped)


def torn(path):
    """Yield *path* with one hash cut short, lengthened or lost, for each of them."""
    for n, hashed in enumerate(path):
        for wrong in (hashed[:-1], hashed + b"\x00", b""):
            yield (*path[:n], wrong, *path[n + 1 :])


def with_a_bit_turned(path):
    """Yield *path* with one bit the other way, for each bit of each hash."""
    for n, hashed in enumerate(path):
        for wrong in turned(hashed):
            yield (*path[:n], wrong, *path[n + 1 :])


# -- Building


@pytest.mark.parametrize("size", SIZES)
def test_the_root_is_the_one_the_standard_defines(size):
    """For each size up to 64 the root is MTH(D[n]) of RFC 6962 §2.1."""
    assert root_hash(LEAVES[:size]) == mth(0, size)


@pytest.mark.parametrize("size", SIZES)
def test_the_inclusion_paths_are_those_the_standard_defines(size):
    """For each leaf of each size up to 64 the path is PATH(m, D[n]) of §2.1.1."""
    paths = [inclusion_path(LEAVES[:size], m) for m in range(size)]

    assert paths == [path_of(m, 0, size) for m in range(size)]


@pytest.mark.parametrize("size", SIZES)
def test_the_consistency_paths_are_those_the_standard_defines(size):
    """For each pair of sizes up to 64 the path is PROOF(m, D[n]) of §2.1.2."""
    paths = [consistency_path(LEAVES[:size], m) for m in range(1, size + 1)]

    assert paths == [subproof(m, 0, size, b=True) for m in range(1, size + 1)]


@pytest.mark.parametrize("index", [-1, 3, 4])
def test_there_is_no_path_for_a_leaf_that_is_not_there(index):
    """An index below 0 or from the size on is a ValueError, not another leaf's path."""
    with pytest.raises(ValueError, match=f"there is no leaf {index} among 3"):
        inclusion_path(LEAVES[:3], index)


@pytest.mark.parametrize("old_size", [-1, 4])
def test_there_is_no_path_from_a_tree_that_never_was(old_size):
    """An old size below 0 or above the size is a ValueError."""
    with pytest.raises(ValueError, match=f"3 leaves have never been {old_size}"):
        consistency_path(LEAVES[:3], old_size)


@pytest.mark.parametrize(
    "build",
    [
        root_hash,
        Frontier.of,
        lambda leaves: inclusion_path(leaves, 0),
        lambda leaves: consistency_path(leaves, 1),
        lambda leaves: Frontier().add(leaves[1]),
        lambda leaves: Frontier.of(LEAVES[:1]).add(leaves[1]),
    ],
    ids=["root", "frontier", "inclusion", "consistency", "first", "second"],
)
def test_an_entry_is_not_taken_for_its_hash(build):
    """What is not the length of a hash is refused as a leaf wherever one is taken."""
    with pytest.raises(ValueError, match="a hash has 32 bytes"):
        build([LEAVES[0], b"an entry"])


def test_a_hundred_thousand_leaves_are_one_root():
    """A large tree is built from its halves' roots, and no recursion is too deep."""
    leaves = [n.to_bytes(32) for n in range(100_000)]
    k = split(len(leaves))

    root = root_hash(leaves)

    assert root == node_hash(root_hash(leaves[:k]), root_hash(leaves[k:]))


# -- Known answers: google/certificate-transparency, cpp/merkletree/merkle_tree_test.cc

KNOWN_LEAVES = [
    leaf_hash(bytes.fromhex(entry))
    for entry in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
KNOWN_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
KNOWN_INCLUSIONS = [  # the leaves are counted from 1 there, from 0 here
    (0, 1, []),
    (
        0,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        5,
        8,
        [
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (
        1,
        5,
        [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
]
KNOWN_CONSISTENCIES = [
    (1, 1, []),
    (
        1,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        6,
        8,
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (
        2,
        5,
        [
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
]


@pytest.mark.parametrize(("size", "root"), list(enumerate(KNOWN_ROOTS)))
def test_known_roots(size, root):
    """The trees of the reference implementation have the roots published there."""
    assert root_hash(KNOWN_LEAVES[:size]).hex() == root


@pytest.mark.parametrize(("index", "size", "path"), KNOWN_INCLUSIONS)
def test_known_inclusion_paths(index, size, path):
    """The inclusion paths of the reference implementation are found and hold."""
    found = inclusion_path(KNOWN_LEAVES[:size], index)

    root = bytes.fromhex(KNOWN_ROOTS[size])
    assert [h.hex() for h in found] == path
    assert verify_inclusion(KNOWN_LEAVES[index], index, size, found, root)


@pytest.mark.parametrize(("old_size", "size", "path"), KNOWN_CONSISTENCIES)
def test_known_consistency_paths(old_size, size, path):
    """The consistency paths of the reference implementation are found and hold."""
    found = consistency_path(KNOWN_LEAVES[:size], old_size)

    old_root, root = (bytes.fromhex(KNOWN_ROOTS[n]) for n in (old_size, size))
    assert [h.hex() for h in found] == path
    assert verify_consistency(old_size, old_root, size, root, found)


# -- Verifying inclusion


def inclusions(sizes):
    """Yield leaf, index, size, path and root of everything that is included."""
    for size in sizes:
        for index in range(size):
            path = path_of(index, 0, size)
            yield LEAVES[index], index, size, path, mth(0, size)


def test_every_inclusion_is_verified():
    """Every leaf of every size up to 64 is proved by the path the standard defines."""
    assert all(verify_inclusion(*given) for given in inclusions(SIZES))


def test_another_leaf_is_never_included():
    """At every place of every size up to 32 the path proves one leaf and no other."""
    for leaf, index, size, path, root in inclusions(FEWER):
        proved = [
            other
            for other in LEAVES[:size]
            if verify_inclusion(other, index, size, path, root)
        ]
        assert proved == [leaf]


def test_a_leaf_is_included_at_no_other_index():
    """With another index, outside the tree included, no path holds."""
    for leaf, index, size, path, root in inclusions(FEWER):
        proved = [
            other
            for other in range(-2, size + 2)
            if verify_inclusion(leaf, other, size, path, root)
        ]
        assert proved == [index]


def test_an_inclusion_holds_at_another_size_only_where_the_standard_says():
    """With another size a path holds exactly if RFC 9162 §2.1.3.2 takes it too.

    It does where leaves further right, which the path does not tell apart, are
    more or fewer: the root binds the leaves, not how many they are said to be.
    """
    for leaf, index, _, path, root in inclusions(range(33)):
        for other in range(-1, 70):
            answer = verify_inclusion(leaf, index, other, path, root)
            assert answer is rfc_verifies_inclusion(leaf, index, other, path, root)


def test_a_spoiled_inclusion_path_proves_nothing():
    """A path truncated, extended, swapped or torn anywhere is refused up to 32."""
    for leaf, index, size, path, root in inclusions(FEWER):
        for wrong in (*spoiled(path), *torn(path)):
            assert not verify_inclusion(leaf, index, size, wrong, root)


def test_a_turned_bit_breaks_an_inclusion():
    """One bit of the leaf, the root or the path the other way, and it is refused."""
    for leaf, index, size, path, root in inclusions(range(SHORT + 1)):
        for wrong in with_a_bit_turned(path):
            assert not verify_inclusion(leaf, index, size, wrong, root)
        for wrong in turned(leaf):
            assert not verify_inclusion(wrong, index, size, path, root)
        for wrong in turned(root):
            assert not verify_inclusion(leaf, index, size, path, wrong)


@pytest.mark.parametrize("wrong", [b"", LEAVES[0][:-1], LEAVES[0] + b"\x00"])
def test_what_is_no_hash_is_not_included(wrong):
    """A leaf or a root of another length than a hash proves nothing, and raises not."""
    assert not verify_inclusion(wrong, 0, 1, (), LEAVES[0])
    assert not verify_inclusion(LEAVES[0], 0, 1, (), wrong)


def test_bytes_cannot_move_from_one_hash_to_the_next():
    """Two strings that join to the bytes of two hashes are neither leaf nor path."""
    joined, root = LEAVES[0] + LEAVES[1], mth(0, 2)

    cuts = range(len(joined) + 1)
    proved = [n for n in cuts if verify_inclusion(joined[:n], 0, 2, [joined[n:]], root)]

    assert proved == [32]


@pytest.mark.parametrize("text", [b"", LEAVES[0][:-1], LEAVES[0] + b"\x00"])
def test_a_leaf_that_equals_a_root_of_the_wrong_length_is_not_included(text):
    """In a tree of one leaf too, what is the root must be a hash to be it."""
    assert not verify_inclusion(text, 0, 1, (), text)
    assert not verify_consistency(1, text, 1, text, ())


def test_an_inner_node_is_not_taken_for_a_leaf():
    """The entry that spells two hashes does not hash to the node above them."""
    assert leaf_hash(LEAVES[0] + LEAVES[1]) != node_hash(LEAVES[0], LEAVES[1])


# -- Verifying consistency


def consistencies(sizes):
    """Yield old size and root, size and root, and path, for 0 < old size < size."""
    for size in sizes:
        for old_size in range(1, size):
            path = subproof(old_size, 0, size, b=True)
            yield old_size, mth(0, old_size), size, mth(0, size), path


def test_every_growth_is_verified():
    """Each pair of sizes up to 64 is proved by the path the standard defines."""
    assert all(verify_consistency(*given) for given in consistencies(SIZES))


@pytest.mark.parametrize("size", SIZES)
def test_a_tree_is_consistent_with_itself_and_no_other_of_its_size(size):
    """For equal sizes nothing but an empty path and equal roots is taken."""
    root, other = mth(0, size), LEAVES[-1]

    assert verify_consistency(size, root, size, root, ())
    assert not verify_consistency(size, root, size, root, (root,))
    assert not verify_consistency(size, root, size, other, ())
    assert not verify_consistency(size, other, size, root, ())


@pytest.mark.parametrize("size", SIZES[1:])
def test_every_tree_begins_with_the_empty_one(size):
    """From size 0 an empty path proves any root (C2SP tlog-witness), and none else."""
    root = mth(0, size)

    assert consistency_path(LEAVES[:size], 0) == ()
    assert verify_consistency(0, EMPTY, size, root, ())
    assert not verify_consistency(0, EMPTY, size, root, (root,))
    assert not verify_consistency(0, root, size, root, ())


def test_the_empty_tree_has_one_root():
    """Two trees said to be empty are consistent only if they have the empty root."""
    assert not verify_consistency(0, LEAVES[0], 0, LEAVES[0], ())


def test_another_root_is_never_consistent():
    """Whatever other tree's root is put on either side, the path is refused."""
    roots = [mth(0, size) for size in SIZES[: SHORT * 2 + 1]]
    for old_size, old_root, size, root, path in consistencies(range(len(roots))):
        for other in {*roots, *LEAVES[:4]} - {old_root}:
            assert not verify_consistency(old_size, other, size, root, path)
        for other in {*roots, *LEAVES[:4]} - {root}:
            assert not verify_consistency(old_size, old_root, size, other, path)


def test_a_growth_holds_at_other_sizes_only_where_the_standard_says():
    """With other sizes a path holds exactly if RFC 9162 §2.1.4.2 takes it too."""
    for _, old_root, _, root, path in consistencies(range(17)):
        for size in range(2, 20):
            for old_size in range(1, size):
                given = (old_size, old_root, size, root, path)
                answer = verify_consistency(*given)
                assert answer is rfc_verifies_consistency(*given)


def test_a_tree_never_shrinks():
    """A new size below the old one, or an old one below 0, is refused."""
    for old_size, old_root, size, root, path in consistencies(range(SHORT + 1)):
        assert not verify_consistency(size, root, old_size, old_root, path)
        assert not verify_consistency(-old_size, old_root, size, root, path)


def test_a_spoiled_consistency_path_proves_nothing():
    """A path truncated, extended, swapped or torn anywhere is refused up to 32."""
    for old_size, old_root, size, root, path in consistencies(FEWER):
        for wrong in (*spoiled(path), *torn(path)):
            assert not verify_consistency(old_size, old_root, size, root, wrong)


def test_a_turned_bit_breaks_a_growth():
    """One bit of a root or of the path the other way, and it is refused."""
    for old_size, old_root, size, root, path in consistencies(range(SHORT + 1)):
        for wrong in with_a_bit_turned(path):
            assert not verify_consistency(old_size, old_root, size, root, wrong)
        for wrong in turned(old_root):
            assert not verify_consistency(old_size, wrong, size, root, path)
        for wrong in turned(root):
            assert not verify_consistency(old_size, old_root, size, wrong, path)


@pytest.mark.parametrize("wrong", [b"", EMPTY[:-1], EMPTY + b"\x00"])
def test_what_is_no_hash_is_not_consistent(wrong):
    """A root of another length than a hash proves nothing, for any pair of sizes."""
    for old_size, size in [(0, 0), (0, 1), (1, 1), (1, 2)]:
        path = consistency_path(LEAVES[:size], old_size)
        old_root, root = mth(0, old_size), mth(0, size)
        assert not verify_consistency(old_size, wrong, size, root, path)
        assert not verify_consistency(old_size, old_root, size, wrong, path)


# -- Laws

HASHES = st.binary(min_size=32, max_size=32)
NUMBERS = st.integers(-3, 70) | st.integers()
PATHS = st.lists(HASHES | st.binary(max_size=40), max_size=9)


@given(st.lists(HASHES, max_size=70))
def test_a_frontier_has_the_root_of_its_tree(leaves):
    """Leaf by leaf or all at once, a frontier comes to the root of the whole tree."""
    grown = Frontier()
    for leaf in leaves:
        grown = grown.add(leaf)

    assert grown == Frontier.of(leaves)
    assert grown.root == root_hash(leaves)


@given(st.lists(HASHES, max_size=70))
def test_a_frontier_is_read_back(leaves):
    """A frontier written as bytes and read with its size is the same frontier."""
    frontier = Frontier.of(leaves)

    assert Frontier.from_bytes(frontier.size, frontier.to_bytes()) == frontier


@given(NUMBERS, st.binary(max_size=200))
def test_only_bytes_of_the_right_length_are_a_frontier(size, raw):
    """Bytes are read exactly if they are one hash for each bit set in the size."""
    fits = 0 <= size <= MOST_LEAVES and len(raw) == 32 * size.bit_count()

    try:
        found = Frontier.from_bytes(size, raw).to_bytes()
    except ValueError:
        found = None

    assert found == (raw if fits else None)


def test_a_full_tree_grows_no_further():
    """The largest tree has 64 peaks, and one leaf more is a ValueError."""
    full = Frontier.from_bytes(MOST_LEAVES, b"\x00" * 32 * 64)

    with pytest.raises(ValueError, match=f"0 to {MOST_LEAVES} leaves"):
        full.add(LEAVES[0])


def test_the_empty_frontier_is_the_empty_tree():
    """A frontier of nothing has the root RFC 6962 §2.1 gives to no entries."""
    assert (Frontier().root, Frontier().to_bytes()) == (EMPTY, b"")


@given(st.binary(max_size=40), NUMBERS, NUMBERS, PATHS, st.binary(max_size=40))
def test_a_made_up_inclusion_is_refused_without_raising(leaf, index, size, path, root):
    """Whatever bytes and numbers are given, the answer is that nothing is proved."""
    lucky = (leaf, index, size, path) == (root, 0, 1, []) and len(root) == 32

    assert verify_inclusion(leaf, index, size, path, root) is lucky


@given(NUMBERS, HASHES | st.binary(max_size=40), NUMBERS, HASHES, PATHS)
def test_a_made_up_growth_is_refused_without_raising(
    old_size, old_root, size, root, path
):
    """Whatever is given, the answer is that nothing is proved, unless all is equal."""
    lucky = (old_size, old_root, path) == (size, root, []) and size > 0

    assert verify_consistency(old_size, old_root, size, root, path) is lucky
