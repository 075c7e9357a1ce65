"""A list of readers from elsewhere, taken in once.

spreadsheets --> columns: what is each? --> understanding: a row is an ImportRow, or refused
             --> judging, by what the store knows --> bringing_in: chunks, each in one transaction
"""
