"""Pseudonyms: who called whom stays to be seen, who they are does not.

Numbers are permuted digit by digit: two that differ still do, a number has the same length and the same beginning,
whatever file it stands in. Names and words become others of the same length and look. The same key makes the same
pseudonyms, another key others; without the key nobody gets back.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from functools import lru_cache, partial
from hmac import HMAC
from ipaddress import AddressValueError, IPv4Address

from ..store.loading import CdrRow

# Rounds of the permutation; NIST's format-preserving FF1 has ten too.
_ROUNDS = 10

# Up to so many digits a number is an extension's, a queue's or a short code; its first digit stays.
_SHORT = 5

# From so many digits on, a number without zeros in front begins with its country's.
_LONG = 11

# ITU-T E.164: country codes of one digit, of two; all others have three.
_ONE, _TWO = "17", "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66"
_TWO_DIGITS = frozenset(f"{_TWO} 81 82 84 86 90 91 92 93 94 95 98".split())

# Parts of the names of recordings that tell when: a day, a second, a call's id.
_TIME = re.compile(r"(?:19|20)[0-9]{6}(?:[0-9]{6})?|[0-9]{9,10}\.[0-9]+")

# The same in two parts.
_DAY = re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")
_CLOCK = re.compile(r"(?:[01][0-9]|2[0-3])(?:[0-5][0-9]){2}")

# Words that stand for nobody.
_NOBODY = frozenset({"", "anonymous", "unknown", "restricted", "unavailable", "private"})

_VOWELS, _CONSONANTS = "aeiou", "bcdfghjklmnprstvwz"
_ACCENTED = "äåçéèëïñöøüæ"

_DIGITS = re.compile(r"[0-9]+")
_ADDRESS = re.compile(r"(?<![0-9.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![0-9.])")
_MAIL = re.compile(r"([^\s@<>,;:]+)@([^\s@<>,;:]+\.)([A-Za-z]{2,})")
_WORD = re.compile(r"[^\W\d_]+")
# In free text, a run of digits as long as an extension's number may be one; with blanks it may be a longer one's part.
_RUN = re.compile(r"\+?[0-9][0-9 ()/.-]*[0-9]|[0-9]")

# Networks that are nobody's own, and how many bits they begin with; of others the first eight stay.
_PRIVATE = ((IPv4Address("192.168.0.0"), 16), (IPv4Address("172.16.0.0"), 12))


class Pseudonyms:
    """What the key makes of everybody."""

    def __init__(self, key: str) -> None:
        self._key = hashlib.sha256(key.encode()).digest()
        self.number = lru_cache(maxsize=1 << 17)(self._number)
        self.name = lru_cache(maxsize=1 << 16)(self._name)
        self.address = lru_cache(maxsize=1 << 14)(self._addresses)
        self._letters = lru_cache(maxsize=1 << 16)(self._other_word)

    def row(self, row: CdrRow) -> CdrRow:
        """The row with everybody in it under another name."""
        return row._replace(
            from_number=self.number(row.from_number),
            from_name=self.name(row.from_name),
            to_number=self.number(row.to_number),
            to_name=self.name(row.to_name),
            from_text=self._shown(row.from_text, row.from_name, row.from_number),
            to_text=self._shown(row.to_text, row.to_name, row.to_number),
            src_addr=self.address(row.src_addr),
            src_trunk=self._long_digits(row.src_trunk),
            dst_trunk=self._long_digits(row.dst_trunk),
            call_id=self.address(row.call_id),
            did_number=self.number(row.did_number),
            did_name=self.name(row.did_name),
            dod_number=self.number(row.dod_number),
            record_file=self._file(row),
            reason=self._reason(row) if row.reason else "",
            pin_code=self.number(row.pin_code),
            call_note_remark=self.name(row.call_note_remark),
        )

    def _number(self, number: str) -> str:
        """The number's pseudonym; whatever is no digit stays where it is."""
        if number.lower() in _NOBODY:
            return number
        if not _is_number(number):
            return self.name(number)
        digits = "".join(_DIGITS.findall(number))
        kept, where = _prefix(number, digits)
        other = iter(digits[:kept] + self._permuted(digits[kept:], f"{len(digits) - kept} {where}"))
        return "".join(next(other) if "0" <= letter <= "9" else letter for letter in number)

    def _permuted(self, digits: str, tweak: str) -> str:
        """A Feistel network over the halves: of all texts of so many digits each becomes one, and no two the same."""
        half = len(digits) // 2
        left, right = digits[: len(digits) - half], digits[len(digits) - half :]
        for turn in range(_ROUNDS):
            size = len(left)
            mixed = (int(left) + self._random(f"{turn} {tweak} {right}")) % 10**size if size else 0
            left, right = right, f"{mixed:0{size}}" if size else ""
        return left + right

    def _random(self, text: str) -> int:
        return int.from_bytes(HMAC(self._key, text.encode("utf-8", "surrogatepass"), "sha256").digest())

    def _name(self, text: str) -> str:
        """Free text with its words, numbers and addresses changed; a name is such a text."""
        if text.lower() in _NOBODY or text.isspace():
            return text
        plain = partial(_outside, _RUN, self.number, self._words)
        return _outside(_MAIL, self._mail, partial(_outside, _ADDRESS, self.address, plain), text)

    def _mail(self, text: str) -> str:
        """An e-mail address; what stands behind its last dot stays."""
        before, dot, top = text.rpartition(".")
        return _outside(_DIGITS, self.number, self._words, before) + dot + top

    def _words(self, text: str) -> str:
        return _WORD.sub(lambda found: self._letters(found[0]), text)

    def _other_word(self, word: str) -> str:
        chance = self._random(f"word {word.casefold()}")
        letters = []
        for letter in word:
            chance, drawn = divmod(chance, 1 << 8) if chance else (self._random(f"more {word}"), 7)
            letters.append(_other_letter(letter, drawn))
        return "".join(letters)

    def _addresses(self, text: str) -> str:
        """The text with other IPv4 addresses; private ones stay private."""
        return _ADDRESS.sub(lambda found: self._other_address(found[0]), text)

    def _other_address(self, text: str) -> str:
        try:
            address = int(IPv4Address(text))
        except AddressValueError:
            return text
        bits = next((bits for net, bits in _PRIVATE if address >> 32 - bits == int(net) >> 32 - bits), 8)
        free = 32 - bits
        half = free // 2
        mask = (1 << half) - 1
        high, low = address >> half & mask, address & mask
        for turn in range(_ROUNDS):
            high, low = low, (high + self._random(f"{turn} {address >> free} {low}")) & mask
        return str(IPv4Address(address >> free << free | high << half | low))

    def _shown(self, text: str | None, name: str, number: str) -> str | None:
        """How a party is shown: the word before an object's name stays."""
        if text is None:
            return None
        if name and name in text:
            before, _, behind = text.partition(name)
            return before + self.name(name) + behind.replace(number, self.number(number))
        return text.replace(number, self.number(number)) if number else self.name(text)

    def _long_digits(self, text: str) -> str:
        """What a thing is called, such as a trunk, stays, but for numbers in it."""
        return re.sub(r"\+?[0-9]{6,}", lambda found: self.number(found[0]), text) if text else text

    def _file(self, row: CdrRow) -> str:
        """A recording's name has numbers between hyphens, and times, which stay."""
        if not row.record_file:
            return ""
        numbers = {number: self.number(number) for number in (row.from_number, row.to_number) if number}
        stem, dot, end = row.record_file.rpartition(".")
        parts, before = [], ""
        for part in (stem if dot else end).split("-"):
            is_time = _DAY.fullmatch(before) and _CLOCK.fullmatch(part)
            parts.append(numbers.get(part) or (part if is_time else self._part(part)))
            before = part
        return self.address("-".join(parts) + (dot + end if dot else ""))

    def _part(self, part: str) -> str:
        return part if _TIME.fullmatch(part) else self._long_digits(part)

    def _reason(self, row: CdrRow) -> str:
        """Why a call ended is the PBX's words, in which a party may be named."""
        text = self._long_digits(row.reason)
        for name in (row.from_name, row.to_name):
            if name and name in text:
                text = text.replace(name, self.name(name))
        return text


def _is_number(text: str) -> bool:
    """Digits, with what people write between them."""
    return not _WORD.search(text) and bool(_DIGITS.search(text))


def _prefix(number: str, digits: str) -> tuple[int, str]:
    """How many digits stay, and where it is a number: a country's stay, with + or 00 before it or, where the number is
    so long that it must have one, nothing; with these the rest is the same. Else the zeros in front, and one more."""
    if not number.startswith(tuple("+0123456789(")):
        return len(digits), ""  # a feature code, such as *98
    zeros = 0 if number.startswith("+") else len(digits) - len(digits.lstrip("0"))
    before = zeros if zeros == 2 and len(digits) > _SHORT else 0
    if number.startswith("+") or before or (not zeros and len(digits) >= _LONG):
        kept = before + _country(digits[before:])
        return kept, f"+{digits[before:kept]}"
    kept = min(zeros + 1, len(digits) - 1) if len(digits) > 1 else 0
    return kept, digits[:kept]


def _country(digits: str) -> int:
    return 1 if digits[:1] in tuple(_ONE) else 2 if digits[:2] in _TWO_DIGITS else min(3, len(digits))


def _other_letter(letter: str, drawn: int) -> str:
    low = letter.lower()
    if low in _VOWELS:
        other = _VOWELS[drawn % len(_VOWELS)]
    elif "a" <= low <= "z":
        other = _CONSONANTS[drawn % len(_CONSONANTS)]
    elif low < "\u0250":
        other = _ACCENTED[drawn % len(_ACCENTED)]
    elif len(low) > 1 or not low.isalpha():
        return letter
    else:
        return _of_script(letter, drawn)
    return other.upper() if letter != low else other


# First and last letter of scripts with as many letters in a row; of Chinese, some of the most common part.
_SCRIPTS = ("\u4e00\u9fa5", "\u0430\u044f", "\u0410\u042f", "\u03b1\u03c9", "\uac00\ud7a3")


def _of_script(letter: str, drawn: int) -> str:
    """Another letter of the same script, near the letter drawn."""
    for script in _SCRIPTS:
        first, last = script[0], script[1]
        if first <= letter <= last:
            size = ord(last) - ord(first) + 1
            return chr(ord(first) + (drawn * 97 + 13) % size)
    return _ACCENTED[drawn % len(_ACCENTED)]


def _outside(pattern: re.Pattern[str], inside: Callable[[str], str], outside: Callable[[str], str], text: str) -> str:
    """What the pattern finds put through ``inside``, all between through ``outside``."""
    parts, at = [], 0
    for found in pattern.finditer(text):
        parts += [outside(text[at : found.start()]), inside(found[0])]
        at = found.end()
    return "".join((*parts, outside(text[at:])))
