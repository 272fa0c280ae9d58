"""Write one JSON object per line to standard error, so that nothing a visitor sends can look like a line of its own."""

import json
import os
import time
import traceback
from typing import ClassVar


class Log:
    """The log of one server; `every` also writes each successful request.

    Attributes:
        fd: where lines go; one for the whole process.
    """

    fd: ClassVar[int] = 2

    @classmethod
    def keep_to_itself(cls) -> None:
        """Let nothing but the log reach standard error: the engine's own last words may hold a visitor's text."""
        cls.fd = os.dup(2)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        os.close(nowhere)

    def __init__(self, *, every: bool = False) -> None:
        self.every = every

    def write(self, event: str, **facts: object) -> None:
        """Write what happened; control characters and line ends in `facts` come out escaped."""
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        line = json.dumps({"time": stamp, "event": event, **facts}, ensure_ascii=True, default=str)
        try:
            os.write(self.fd, line.encode() + b"\n")
        except OSError:
            return  # nobody reads the log; the server goes on

    def fault(self, error: BaseException, *, path: str) -> None:
        """Write an error of the program with the place it came from; a visitor only learns that there was one."""
        place = traceback.format_exception(error)[-4:]
        self.write("fault", detail=f"{type(error).__name__}: {error}", path=path[:300], trace="".join(place)[-2000:])
