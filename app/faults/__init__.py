"""Faults: requests that a tester wants to go wrong, in the vendor's own words or in none.

``fault.py`` says what a rule is, ``fields.py`` and ``reading.py`` read and check one, ``rules.py`` keeps those of a
world and finds the ones that a request meets, ``effects.py`` delays and spoils answers, ``wording.py`` tells a person.
What can go wrong in a dialect it says itself (``dialects.py``): this room knows none.
"""
