"""`fbench view`: the report of a run on a loopback port, refreshed while the run goes on."""
