"""What a label says: indications, regimens, monitoring, warnings, each with its evidence."""
