"""The errors of this package. Each says in one line what is wrong and, where it can be told, what to do.

SourceError
├── WrongUse       asked for what cannot be: an empty term, a path that is not there
├── Unreadable     a file or an archive that holds no label that can be read
├── Unreachable    no answer: no connection, an unknown host, a certificate, a time-out
├── Throttled      the service asks for fewer requests than we send (429)
├── NotFound       the service has no such thing (404, 410)
└── BadAnswer      an answer of no use: cut off, a web page, too large, an error status
    └── BadQuery   the service does not understand what it is asked
"""

from __future__ import annotations


class SourceError(Exception):
    """Labels could not be had from where they come from.

    ``passing`` is True where asking again may help; ``retry_after`` is the wait in seconds that the service
    asked for; ``status`` and ``body`` are those of an error answer; ``tries`` counts the requests made.
    """

    def __init__(
        self,
        reason: str,
        *,
        passing: bool = False,
        retry_after: float = 0,
        status: int | None = None,
        body: bytes = b"",
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.passing = passing
        self.retry_after = retry_after
        self.status = status
        self.body = body
        self.tries = 1

    def __str__(self) -> str:
        """The reason, and how often it was tried."""
        return self.reason if self.tries == 1 else f"{self.reason} (asked {self.tries} times)"


class WrongUse(SourceError):
    """Asked for what cannot be; another run with the same input ends the same way."""


class Unreadable(SourceError):
    """A file or an archive that holds no label that can be read."""


class Unreachable(SourceError):
    """No answer came."""


class Throttled(SourceError):
    """The service asks for fewer requests."""


class NotFound(SourceError):
    """The service has no such thing."""


class BadAnswer(SourceError):
    """An answer came that is of no use."""


class BadQuery(BadAnswer):
    """The service does not understand what it is asked; never asked again."""
