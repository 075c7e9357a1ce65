"""What takes messages: a relay, or a folder in a rehearsal."""
