"""onlabel: what an FDA drug label says, each fact tied to its place on the label."""

__version__ = "0.1.0"
