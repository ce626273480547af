"""What interfaces take (``takes.py``), and what they give (``gives.py``)."""
