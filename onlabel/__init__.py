"""onlabel: what an FDA drug label says, each fact tied to its place on the label.

The command line is :mod:`onlabel.cli`; notebooks and scripts use :mod:`onlabel.api`.
"""

__version__ = "0.1.0"
