"""What a scenario of either protocol says of itself: a server that goes wrong, and what must become of a run against it."""
import dataclasses
import os
import re

SCENARIOS = {}
# Where names lead that are taken for paths; the relative ones lead into the sandbox.
CLIMBED = ("/etc/mailspoor-climbed", "/tmp/mailspoor-climbed", os.path.expanduser("~/mailspoor-climbed"))


@dataclasses.dataclass(frozen=True)
class Expectation:
    codes: tuple = (0,)         # the exit codes allowed
    says: str = ""              # what standard error must tell, a regex without regard to case
    missing: tuple = ()         # (mailbox, UID) that may be missing after exit code 0 or 3, if that is told; UID None: all
    arguments: tuple = ("--timeout", "20")  # PASSWORD_FILE stands for its path
    seconds: float = 120        # a run that takes longer hangs
    after: tuple = (0,)         # exit codes allowed once the server is honest; None: no second run
    after_says: str = ""        # as `says`, of the second run
    after_arguments: tuple = ("--timeout", "20")
    gone: tuple = ()            # (mailbox, UID) that the second run finds gone: kept, and no more in the mailbox
    logs_in: bool = True        # False: the password must not be sent at all
    is_flood: bool = False      # so much that the sanitized program takes minutes: in the long run only


QUICK = ("--timeout", "3")  # for servers that keep one waiting
HURRIED = ("--timeout", "20", "--deadline", "4")  # no time to wait for a server that is busy
BY_TOKEN = ("--token-command", "cat PASSWORD_FILE", "--timeout", "20")


def scenario(**expectation):
    def register(session_class):
        name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", session_class.__name__).lower()
        session_class.expectation = Expectation(**expectation)
        SCENARIOS[session_class.scenario_prefix + name] = session_class
        return session_class
    return register
