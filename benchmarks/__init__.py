"""Figures, each beside a peer in the same run, and what they are measured with."""
