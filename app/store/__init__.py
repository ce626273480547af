"""What is kept, and how it is found again. Knows no HTTP and no vendor's words.

Reading on the hot path goes straight to the driver (``database``, ``query``, ``tokens``); the models and SQLAlchemy
are imported only where tables are made or filled, because a server that finds its data in place needs neither.
"""
