"""What a PBX does: writes times as its display shows them, makes calls, is set up from a document. Knows no HTTP."""
