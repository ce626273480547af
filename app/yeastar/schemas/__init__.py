"""What goes in and what comes out, one file a chapter of the manual. Declared order is the order on the wire."""
