"""Who follows what is published, counted and never known: what a request tells, and sketches that forget who asked."""
