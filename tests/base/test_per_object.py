"""What is kept for an object: the same for all, and gone with the object."""

import gc
import os
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from attrs import define

from scopegate._base.per_object import PerObject


@define
class Unhashable:
    """An object that has no hash, and is equal to every other of its kind."""


class Slotted:
    """An object that cannot be referred to weakly."""

    __slots__ = ()


@pytest.mark.parametrize("kind", [Unhashable, Slotted])
def test_an_object_has_one_value_and_another_has_another(kind):
    """Objects are told apart by identity, whether or not they are equal."""
    beside, one, other = PerObject(list, is_inherited=True), kind(), kind()

    assert beside.of(one) is beside.of(one)
    assert beside.of(one) is not beside.of(other)


def test_threads_get_the_same_value():
    """However many ask for it first, there is one."""
    beside, owner, start = PerObject(list, is_inherited=True), Unhashable(), Barrier(8)

    def ask(_):
        start.wait()
        return beside.of(owner)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ask, range(8)))

    assert all(value is found[0] for value in found)


def test_a_value_is_gone_with_its_object():
    """What is kept for objects that are gone takes no room."""
    beside = PerObject(list, is_inherited=True)
    for _ in range(100):
        beside.of(Unhashable())
    gc.collect()

    assert beside._found == {}


def test_an_object_that_cannot_be_referred_to_weakly_is_kept():
    """Its value cannot come to be another object's, which stands where it stood."""
    beside = PerObject(list, is_inherited=True)
    kept = [beside.of(Slotted()) for _ in range(3)]

    assert len({id(value) for value in kept}) == len(beside._found) == 3


@pytest.mark.parametrize("is_inherited", [True, False])
def test_a_forked_process_finds_what_is_of_use_there(is_inherited, monkeypatch):
    """What has threads is made again in a child, and what is only known is known."""
    beside, owner = PerObject(list, is_inherited=is_inherited), Unhashable()
    before = beside.of(owner)
    monkeypatch.setattr(os, "getpid", lambda: -1)

    assert (beside.of(owner) is before) is is_inherited
