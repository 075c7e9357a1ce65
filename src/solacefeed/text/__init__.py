"""What a post says: clean text, by-line, excerpt, blurb. Values in, values out."""
