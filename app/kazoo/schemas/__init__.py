"""What comes out, one file a chapter of the vendor's documentation. Declared order is the order on the wire."""
