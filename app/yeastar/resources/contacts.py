"""Company contact and phonebook (fact sheet, section 8).

A phonebook keeps the ids of its ``contacts``; one of all contacts needs no list. Numbers are written as a list and
listed as columns.
"""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from ...store.shelves import SHELVES, Holdings, Item, ids_in, listed_in
from ..attributes import HIDDEN, ID, Attribute, Change, Writer, detail, found, listed
from ..bodies import Line, Numbers, Objects, Word
from ..errors import YeastarError
from ..resource import Resource

# Type of a number -> its column in lists.
NUMBER_TYPES = {
    "business_number": "business",
    "business_number2": "business2",
    "mobile_number": "mobile",
    "mobile_number2": "mobile2",
    "home_number": "home",
    "home_number2": "home2",
    "business_fax": "business_fax",
    "home_fax": "home_fax",
    "other_number": "other",
}


def _column(kind: str) -> Writer:
    """The contact's number of that type; of several, the first."""

    def write(item: Item, holdings: Holdings) -> str:
        numbers = (entry for entry in listed_in(item, "number_list") if isinstance(entry, dict))
        return next((str(entry.get("number", "")) for entry in numbers if entry.get("num_type") == kind), "")

    return write


def is_of_all(phonebook: Item) -> bool:
    return phonebook.get("member_select") == "sel_all"


def _phonebooks(item: Item, holdings: Holdings) -> list[Item]:
    by_contact: dict[int, list[Item]] = holdings.made("phonebooks by contact", _by_contact)
    return by_contact.get(0, []) + by_contact.get(item["id"], [])


def _by_contact(holdings: Holdings) -> dict[int, list[Item]]:
    """The phonebooks of each contact; those of all contacts under 0."""
    books: dict[int, list[Item]] = {}
    for book in holdings.items("phonebook"):
        for id in (0,) if is_of_all(book) else ids_in(book, "contacts"):
            books.setdefault(id, []).append({"id": book["id"], "name": book["name"]})
    return books


def _first_name(item: Item, holdings: Holdings) -> str:
    return str(item.get("first_name") or ("" if item.get("last_name") else item["name"]))


class _PhonebookIds(Attribute):
    """The phonebooks that a contact is to be in: kept there, see ``_follow_contact``."""

    def keep(self, item: Item, value: Any, holdings: Holdings) -> None:
        for id in value:
            found("phonebook", id, holdings, named=True)


def _settle_contact(change: Change) -> None:
    if not change.before or change.given.keys() & {"first_name", "last_name"}:
        names = (_first_name(change.item, change.holdings) if change.before else change.item["first_name"],)
        change.item["name"] = " ".join(filter(None, (*names, change.item.get("last_name"))))


def _follow_contact(change: Change) -> None:
    if "phonebook_id_list" not in change.given:
        return
    wanted, id = change.given["phonebook_id_list"], change.item["id"]
    for book in change.holdings.items("phonebook"):
        contacts = [other for other in ids_in(book, "contacts") if other != id]
        contacts += [id] if book["id"] in wanted else []
        if not is_of_all(book) and contacts != ids_in(book, "contacts"):
            SHELVES["phonebook"].put(change.connection, book | {"contacts": contacts}, book)


_NUMBERS = Objects({"num_type": Word(*NUMBER_TYPES, required=True), "number": Line(required=True)}, required=True)
_ADDRESS = ("zip_code", "street", "city", "state", "country")

COMPANY_CONTACT = Resource(
    "company_contact",
    kind="company_contact",
    label="Company contact",
    sorts=("id", "contact_name", "company", "email"),
    attributes=(
        ID,
        listed("contact_name", key="name"),
        detail("first_name", Line(127, required=True), value=_first_name),
        detail("last_name", Line(127)),
        Attribute("company", Line()),
        Attribute("email", Line()),
        Attribute("phonebook_list", default=[{"id": 0, "name": ""}], value=_phonebooks),
        Attribute("remark", Line(lines=True)),
        *(listed(column, value=_column(kind)) for kind, column in NUMBER_TYPES.items()),
        detail("number_list", _NUMBERS, []),
        *(detail(name, Line()) for name in _ADDRESS),
        _PhonebookIds("phonebook_id_list", Numbers(), HIDDEN),
    ),
    settle=_settle_contact,
    follow=_follow_contact,
)


def _contacts(item: Item, holdings: Holdings) -> list[Item]:
    contacts = holdings.items("company_contact")
    if not is_of_all(item):
        ids = set(ids_in(item, "contacts"))
        contacts = [contact for contact in contacts if contact["id"] in ids]
    return contacts


class _Delta(Attribute):
    """Ids of contacts that are added to a phonebook (``adds``), or taken away. A contact in a phonebook stays."""

    def __init__(self, name: str, adds: bool) -> None:
        super().__init__(name, Numbers(), HIDDEN)
        self.adds = adds

    def keep(self, item: Item, value: Any, holdings: Holdings) -> None:
        for id in value:
            found("company_contact", id, holdings, named=True)
        kept = [id for id in ids_in(item, "contacts") if id not in value]
        item["contacts"] = kept + list(dict.fromkeys(value)) if self.adds else kept

    def refers_to(self, item: Item, holdings: Holdings) -> list[tuple[str, Any]]:
        return [] if is_of_all(item) else [("company_contact", id) for id in ids_in(item, "contacts")]


def _settle_phonebook(change: Change) -> None:
    """There is one phonebook of all contacts at most."""
    others = (book for book in change.holdings.items("phonebook") if book["id"] != change.item.get("id"))
    other = next(filter(is_of_all, others), None)
    if is_of_all(change.item) and other is not None:
        deed = "update" if change.before else "create"
        entry = {"field": "member_select", "value": "sel_all", "external_source": "phonebook"}
        raise YeastarError(
            40003,
            f"phonebook {other['name']} is of all contacts already",
            submsg=f"Phonebook {deed} fail for duplicate fields",
            duplicate_field_list=[entry | {"external_source_name": other["name"]}],
        )


def _rows(item: Item, holdings: Holdings) -> list[Item]:
    return [COMPANY_CONTACT.row(contact, holdings) for contact in _contacts(item, holdings)]


PHONEBOOK = Resource(
    "phonebook",
    kind="phonebook",
    label="Phonebook",
    sorts=("id", "name"),
    attributes=(
        ID,
        Attribute("name", Line(127, required=True), unique=True),
        Attribute("total", default=0, value=lambda item, holdings: len(_contacts(item, holdings))),
        Attribute("member_select", Word("sel_all", "sel_specific"), default="sel_specific"),
        detail("contacts_list", value=_rows, gives=fields.List(fields.Nested(COMPANY_CONTACT.row_schema))),
        _Delta("add_contacts_id_list", adds=True),
        _Delta("del_contacts_id_list", adds=False),
    ),
    settle=_settle_phonebook,
)
