"""One file a subject. An answer takes a Call and returns what JSON shows, None for an empty one, or a Response."""
