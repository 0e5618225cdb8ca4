"""Who may settle where: persons, filings, regions, institutions, catalogues. The only writer of reference.*."""
