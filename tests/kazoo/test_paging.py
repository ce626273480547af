"""Paging keys: the vendor's own examples, and every key there and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kazoo.paging import END, UnreadableKeyError, decode, encode, order

VECTORS = [
    ((63692031599, END), "g2wAAAACbgUAb0ZX1A5oAWpq"),
    ((63691980222, "98016800"), "g2wAAAACbgUAvn1W1A5tAAAACDk4MDE2ODAwag"),
    ((63720000000, "201903-abc@host"), "g2wAAAACbgUAAAoC1g5tAAAADzIwMTkwMy1hYmNAaG9zdGo"),
]


@pytest.mark.parametrize(("key", "text"), VECTORS)
def test_keys_are_written_as_the_vendor_writes_them(key, text):
    assert encode(key) == text
    assert decode(text) == key


parts = st.one_of(st.integers(-(10**12), 10**12), st.text(st.characters(codec="utf-8"), max_size=80), st.just(END))


@given(st.lists(parts, max_size=5))
def test_every_key_comes_back(key):
    assert decode(encode(key)) == tuple(key)


def test_padding_does_no_harm():
    assert decode("g2wAAAABbQAAAABq") == ("",)
    assert decode(encode((1, "a")) + "==") == (1, "a")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "null",
        "%%%",
        "63692031599",
        "g2wAAAACbgUAb0ZX1A5oAWp",  # cut short
        "g2wAAAACbgUAb0ZX1A5oAWpqAA",  # goes on
        "g2wAAAACbgUAb0ZX1A5oAmpq",  # a pair
        "g20AAAAIOTgwMTY4MDA",  # a string
        "g2z_____ag",  # four thousand million parts
        "g2wAAAABbf____8",
        "ключ",
        "g2wAAAABbQAAAAH_ag",  # no UTF-8
    ],
)
def test_what_is_no_key_is_refused(text):
    with pytest.raises(UnreadableKeyError):
        decode(text)


def test_keys_sort_as_the_vendors_database_sorts_them():
    keys = [(1,), (1, 2), (1, 10), (1, "10"), (1, "9"), (1, "9", 0), (1, END), (2,), (2, ""), (10,)]
    assert sorted(keys, key=order, reverse=True) == keys[::-1]
