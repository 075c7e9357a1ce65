"""Asks the domain name system what others are told of us."""
