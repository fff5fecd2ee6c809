"""An adapter that blocks where one that does not belongs, and the other way round."""

import asyncio

import pytest

from scopegate import Query
from scopegate.adapters import RecordsAdapter
from scopegate.errors import ArgumentError

from ..scene import RECORDS, AsyncRecords, Scene


@pytest.fixture
def access():
    """Return an access by which pupils may flow."""
    scene = Scene()
    scene.authorise()
    with scene.open() as access:
        yield access


def test_reading_of_an_adapter_that_does_not_block_says_what_to_use(access):
    """`read` of what must be awaited is an error that names `read_async`."""
    with pytest.raises(ArgumentError, match="use `read_async`"):
        list(access.read(AsyncRecords(), Query("student")))


def test_awaiting_an_adapter_that_blocks_says_what_to_use(access):
    """`read_async` of what blocks is an error that names `read`."""

    async def read():
        return [
            each
            async for each in access.read_async(
                RecordsAdapter(RECORDS), Query("student")
            )
        ]

    with pytest.raises(ArgumentError, match="use `read`"):
        asyncio.run(read())


def test_the_resource_comes_first_also_of_several_records(access):
    """`filter_many` given the records first is an error that says the order."""
    with pytest.raises(ArgumentError, match="give the resource first"):
        access.filter_many([{"id": 1}], "student")
