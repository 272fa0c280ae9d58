"""Write one JSON object per line to standard error, so that nothing a visitor sends can look like a line of its own."""

import json
import os
import time
import traceback


class Log:
    """The log of one server; `every` also writes each successful request."""

    def __init__(self, *, every: bool = False) -> None:
        self.every = every

    def write(self, event: str, **facts: object) -> None:
        """Write what happened; control characters and line ends in `facts` come out escaped."""
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        line = json.dumps({"time": stamp, "event": event, **facts}, ensure_ascii=True, default=str)
        try:
            os.write(2, line.encode() + b"\n")
        except OSError:
            return  # nobody reads the log; the server goes on

    def fault(self, error: BaseException, *, path: str) -> None:
        """Write an error of the program with the place it came from; a visitor only learns that there was one."""
        place = traceback.format_exception(error)[-4:]
        self.write("fault", detail=f"{type(error).__name__}: {error}", path=path[:300], trace="".join(place)[-2000:])
