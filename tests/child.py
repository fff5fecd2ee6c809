"""Other processes, which do one thing each and may be killed while they do."""

import os
import traceback


class Child:
    """A process that does one thing and exits.

    Args:
        work: What it does; what it returns is its exit status (None is 0), and
            255 says that it raised.
    """

    def __init__(self, work):
        self.pid = os.fork()
        if self.pid == 0:
            status = 255
            try:
                status = work() or 0
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(status)

    def wait(self):
        """Return its exit status, or the negative signal that ended it."""
        _, status = os.waitpid(self.pid, 0)
        return os.waitstatus_to_exitcode(status)
