"""A clock for the node under test that the test sets: libfaketime's."""
import datetime
import time

FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"


class Calendar:
    """The wall and monotonic clocks of the node, which runs from what is set."""

    def __init__(self, path):
        self.path = path
        self.start = time.time()
        self.set(0)

    def now(self):
        """About what the node's wall clock says."""
        return self.start + self.later

    def set(self, later):
        self.later = later
        text = datetime.datetime.fromtimestamp(self.start + later, datetime.timezone.utc).strftime("@%Y-%m-%d %H:%M:%S\n")
        aside = self.path.with_suffix(".new")
        aside.write_text(text)
        aside.replace(self.path)

    @property
    def environment(self):
        return {"LD_PRELOAD": FAKETIME, "FAKETIME_TIMESTAMP_FILE": str(self.path), "FAKETIME_NO_CACHE": "1", "TZ": "UTC"}
