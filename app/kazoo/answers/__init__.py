"""The answers of the interfaces, one file a chapter: from a call and the data of its body to data, or a response."""
