"""Tables that people keep in files: CSV as any program writes it, and workbooks.

a file --> opening: what is it? --> csv_files | workbooks --> lines of cells
rows --> writing --> CSV that is safe in a spreadsheet (cells)
"""
