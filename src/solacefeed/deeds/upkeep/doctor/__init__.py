"""doctor: looks at what a site stands on, and what bites later: names, relay, web servers, files, database, clock."""
