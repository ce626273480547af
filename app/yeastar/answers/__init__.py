"""The interfaces with a deed of their own, one file a chapter of the manual.

An answer takes the Call and its parameters as understood, and returns what follows errcode and errmsg in the envelope,
or a whole response.
"""
