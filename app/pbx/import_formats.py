"""FORMATS: what can be imported, by name. Apart from IMPORTERS, which takes a tenth of a second to import."""

# As importers.IMPORTERS has them: a test compares.
FORMATS = (
    "yeastar-json", "yeastar-csv", "asterisk-csv", "asterisk-table", "freeswitch-csv", "freeswitch-json",
    "kazoo-json", "kazoo-csv",
)  # fmt: skip
