#!/usr/bin/python3
"""A root of one's own, for packages that conflict with those installed: an overlay over `/` that forgets everything.

As a library:

    with OwnRoot(["courier-imap"]) as root:
        root.write("/etc/courier/imapd", "...")
        root.run(["makeuserdb"])                      # (exit code, output)
        server = root.spawn(["couriertcpd", ...])     # ends at the latest with the root
        root.directory                                # a folder that has the same path inside and outside

As a command, which runs COMMAND in it and ends with its exit code:

    own_root.py run --package NAME [--package NAME ...] -- COMMAND...

What is written inside goes to a tmpfs in a mount namespace of its own, packages that are removed inside for a conflict's
sake stay installed outside, and nothing of it is left when the last process in it has ended. All of them live in a process
namespace whose first process ends when its standard input closes: nothing outlives the test, whatever ends that. The network is
the machine's, so that a server inside can be reached on loopback.

It needs root or a sudo without password, the right to mount, and packages that apt can fetch. `Unavailable` says what is missing.
"""
import argparse
import contextlib
import ctypes
import json
import os
import pathlib
import queue
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading

SELF = os.path.abspath(__file__)
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
# Mounts at or below these belong to the system that is overlaid. Left out: /home, /mnt and the like, and what containers and
# others keep mounted below /var/lib.
SYSTEM = re.compile(r"/(bin|etc|lib\w*|sbin|usr|var(?!/lib/(?!apt|dpkg)))(/|$)")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ARCHIVES = "/run/own-root/archives"  # inside: what apt fetches
KEPT = "/run/own-root/kept"          # inside: what was fetched for earlier roots


class Unavailable(Exception):
    """This machine gives no such root; the text says why."""


class CommandError(Exception):
    """A command in the root failed."""


def cache_directory():
    """Where packages that were fetched once are kept. Empty if there is no place."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    directory = pathlib.Path(home) / "mailspoor-tests" / "debs"
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError:
        return ""
    return str(directory)


def _place():
    """TMPDIR, unless it is closed to others: daemons that are not root go through it."""
    base = pathlib.Path(tempfile.gettempdir()).resolve()
    return base if all(path.stat().st_mode & 0o001 for path in (base, *base.parents)) else "/tmp"


class OwnRoot:
    """One root, alive from start() to stop()."""

    def __init__(self, packages):
        self.packages = list(packages)
        self.process = None
        self.directory = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        self.directory = tempfile.mkdtemp(prefix="own-root-", dir=_place())
        try:
            os.chmod(self.directory, 0o755)
            os.mkdir(f"{self.directory}/space")
            with open(f"{self.directory}/errors", "wb") as errors:
                self.process = subprocess.Popen(
                    [*self._as_root(), "unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--",
                     "/usr/bin/python3", SELF, "inside", self.directory, cache_directory()],
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, start_new_session=True)
            proxies = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
            self._call("install", self.packages, proxies)
        except BaseException:
            self.stop()
            raise

    def stop(self):
        if self.process:
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.close()  # its first process ends, and takes the others along
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(PermissionError):  # sudo's process; the closed pipe has to do
                    self.process.kill()
                self.process.wait(30)
            self.process.stdout.close()
            self.process = None
        if self.directory:
            shutil.rmtree(self.directory, ignore_errors=True)
            self.directory = None

    @staticmethod
    def _as_root():
        if os.geteuid() == 0:
            return []
        if not shutil.which("sudo"):
            raise Unavailable("neither root nor sudo")
        if subprocess.run(["sudo", "-n", "true"], stdin=subprocess.DEVNULL, capture_output=True).returncode:
            raise Unavailable("neither root nor a sudo without password")
        return ["sudo", "-n", "--"]

    def _call(self, name, *arguments):
        """Lets the first process inside do something, and gives its result."""
        try:
            self.process.stdin.write(json.dumps([name, arguments]).encode() + b"\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = b""
        if not line:
            said = pathlib.Path(f"{self.directory}/errors").read_text(errors="replace").strip()
            if "Traceback" in said:
                raise CommandError(said)
            raise Unavailable(said.splitlines()[-1] if said else "the root ended without a word")
        kind, value = json.loads(line)
        if kind != "result":
            raise {"Unavailable": Unavailable}.get(kind, CommandError)(value)
        return value

    # --- what one does in it ------------------------------------------------------------------------------------

    def run(self, command, input="", check=True, timeout=60):
        """Runs a command to its end: (exit code, both outputs)."""
        code, output = self._call("run", list(command), input, timeout)
        if check and code:
            raise CommandError(f"{' '.join(command)}: exit code {code}: {output.strip()[-500:]}")
        return code, output

    def spawn(self, command, output):
        """Starts a command that stays, in a process group of its own; `output` is the file for what it prints."""
        return self._call("spawn", list(command), output)

    def poll(self, process):
        """The exit code of what spawn() started, None while it runs."""
        return self._call("poll", process)

    def end(self, process):
        """Ends what spawn() started, with its process group."""
        self._call("end", process)

    def write(self, path, text, mode=0o644, owner=None):
        """Writes a file, and the folders above it."""
        self._call("write", path, text, mode, owner)

    def read(self, path):
        """The text of a file; empty if there is none."""
        return self._call("read", path)


# --- inside: the first process of the namespaces ------------------------------------------------------------------


class Inside:
    """What OwnRoot calls, in the other process."""

    def __init__(self, directory, cache):
        self.directory, self.cache = directory, cache
        self.children = {}

    def build(self):
        """Mounts the new root and goes into it."""
        os.umask(0o022)
        os.chdir(self.directory)
        self.outside = os.open(".", os.O_RDONLY)
        _mount("-t", "tmpfs", "-o", "mode=0755", "tmpfs", "space")
        os.chdir("space")
        os.mkdir("root")
        root = os.path.abspath("root")
        for number, point in enumerate(_mount_points()):
            if os.path.isdir(point):
                self._overlay(number, point, root)
            elif os.path.isfile(point):
                shutil.copyfile(point, root + point)  # containers mount single files, such as /etc/resolv.conf
        # Sockets of the real system's daemons lie in /run: maintainer scripts and servers must not find them.
        for name, mode in (("run", "0755"), ("tmp", "1777"), ("dev", "0755")):
            _mount("-t", "tmpfs", "-o", f"mode={mode}", "tmpfs", f"{root}/{name}")
        for name in DEVICES:
            open(f"{root}/dev/{name}", "w").close()
            _mount("--bind", f"/dev/{name}", f"{root}/dev/{name}")
        for name, target in (("fd", "fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")):
            os.symlink(f"/proc/self/{target}", f"{root}/dev/{name}")
        _mount("-t", "proc", "proc", f"{root}/proc")
        os.makedirs(root + self.directory, exist_ok=True)
        _mount("--bind", self.directory, root + self.directory)
        os.makedirs(root + KEPT)
        if self.cache:
            _mount("--bind", self.cache, root + KEPT)
        names = os.path.realpath("/etc/resolv.conf")
        if names.startswith("/run/") and os.path.exists(names):
            os.makedirs(os.path.dirname(root + names), exist_ok=True)
            shutil.copyfile(names, root + names)
        os.chroot(root)
        os.chdir("/")
        os.environ.clear()
        os.environ.update(PATH=PATH, HOME="/root", LC_ALL="C.UTF-8", TZ="UTC", DEBIAN_FRONTEND="noninteractive")
        threading.Thread(target=self._keep_syslog, args=[self._syslog()], daemon=True).start()

    @staticmethod
    def _overlay(number, point, root):
        # Relative paths, and a link to the mount point: a comma or colon in a path cannot disturb the options.
        os.symlink(point, f"lower{number}")
        os.mkdir(f"upper{number}")
        os.mkdir(f"work{number}")
        status = os.stat(point)
        os.chown(f"upper{number}", status.st_uid, status.st_gid)
        os.chmod(f"upper{number}", status.st_mode & 0o7777)
        _mount("-t", "overlay", "-o", f"lowerdir=lower{number},upperdir=upper{number},workdir=work{number}", "overlay",
               (root + point).rstrip("/"))

    @staticmethod
    def _syslog():
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        listener.bind("/dev/log")
        os.chmod("/dev/log", 0o666)
        return listener

    def _keep_syslog(self, listener):
        with open(f"{self.directory}/syslog", "ab", buffering=0) as file:
            while True:
                file.write(listener.recv(65536).rstrip(b"\n\0") + b"\n")

    def serve(self):
        """Answers until standard input closes."""
        calls = queue.Queue()

        def read():
            for line in sys.stdin.buffer:
                calls.put(json.loads(line))
            self._end()

        threading.Thread(target=read, daemon=True).start()
        while True:
            name, arguments = calls.get()
            try:
                answer = "result", getattr(self, "do_" + name)(*arguments)
            except (Unavailable, CommandError, OSError, subprocess.SubprocessError) as error:
                answer = type(error).__name__, str(error)
            print(json.dumps(answer), flush=True)

    def _end(self):
        """Ends all others here, leaves nothing in the file system, and ends."""
        try:
            os.kill(-1, signal.SIGKILL)
            # From inside, where no mount lies below it. An ordinary user outside might not remove what daemons wrote.
            for entry in os.scandir(self.directory):
                if entry.is_dir(follow_symlinks=False):
                    shutil.rmtree(entry, ignore_errors=True)
                else:
                    os.unlink(entry)
            # From outside: empty folders only, which may be gone already.
            os.fchdir(self.outside)
            ctypes.CDLL(None).umount2(b"space", 2)  # MNT_DETACH
            os.rmdir("space")
            os.rmdir("../" + os.path.basename(self.directory))
        except OSError:
            pass
        finally:
            os._exit(0)

    # --- the calls

    def do_install(self, packages, proxies):
        self.do_write("/usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n", 0o755)
        self.do_write("/etc/dpkg/dpkg.cfg.d/own-root", "".join(
            f"path-exclude=/usr/share/{name}/*\n" for name in ("doc", "info", "locale", "man")))
        # Not the folder that the real root uses, which may be on a list of things to clean.
        self.do_write("/etc/apt/apt.conf.d/zz-own-root", f'Dir::Cache::archives "{ARCHIVES}";\nDpkg::Use-Pty "0";\n'
                      'APT::Keep-Downloaded-Packages "true";\nAPT::Install-Recommends "false";\n'
                      'Acquire::http::Timeout "20";\nAcquire::https::Timeout "20";\nAcquire::Retries "0";\n')
        with contextlib.suppress(FileNotFoundError):
            os.unlink("/var/lib/man-db/auto-update")
        os.makedirs(ARCHIVES)
        self._copy_packages(KEPT, ARCHIVES)
        os.environ.update(proxies)
        install = ["apt-get", "install", "-q", "-y", *packages]
        try:
            code, output = self.do_run(install, "", 200)
            if code:
                self.do_run(["apt-get", "update", "-q"], "", 100)
                code, output = self.do_run(install, "", 200)
        except subprocess.TimeoutExpired as error:
            raise Unavailable(f"apt-get cannot install {' '.join(packages)}: {error}")
        if self.cache:
            self._copy_packages(ARCHIVES, KEPT)
        if code:
            reasons = [line for line in output.splitlines() if line.startswith("E: ")] or output.splitlines()
            raise Unavailable(f"apt-get cannot install {' '.join(packages)}: {reasons[0] if reasons else 'without a word'}")

    @staticmethod
    def _copy_packages(source, target):
        """Copies what is not there yet. Others may do the same: a file is there whole or not at all."""
        owner = os.stat(target)
        with contextlib.suppress(OSError):  # a cache that cannot be written is no cache
            for name in os.listdir(source):
                if not name.endswith(".deb") or os.path.exists(f"{target}/{name}"):
                    continue
                new = f"{target}/{name}.{os.urandom(8).hex()}"
                shutil.copyfile(f"{source}/{name}", new)
                os.chown(new, owner.st_uid, owner.st_gid)
                os.rename(new, f"{target}/{name}")

    def do_run(self, command, input, timeout):
        try:
            done = subprocess.run(command, input=input.encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  timeout=timeout)
        except FileNotFoundError:
            return 127, f"{command[0]}: not found"
        return done.returncode, done.stdout.decode(errors="replace")

    def do_spawn(self, command, output):
        with open(output, "ab") as file:
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True)
        self.children[child.pid] = child
        return child.pid

    def do_poll(self, process):
        return self.children[process].poll()

    def do_end(self, process):
        child = self.children.pop(process)
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(10)

    def do_write(self, path, text, mode=0o644, owner=None):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
        os.chmod(path, mode)
        if owner:
            shutil.chown(path, *owner.split(":"))

    def do_read(self, path):
        try:
            return pathlib.Path(path).read_text(errors="replace")
        except FileNotFoundError:
            return ""


def _mount(*arguments):
    done = subprocess.run(["mount", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise Unavailable(done.stderr.strip() or f"mount {' '.join(arguments)} failed")


def _mount_points():
    """"/" and what is mounted in the system's folders, each before those below it."""
    with open("/proc/self/mountinfo") as file:
        points = {re.sub(r"\\(\d{3})", lambda match: chr(int(match[1], 8)), line.split()[4]) for line in file}
    return sorted(point for point in points if point == "/" or SYSTEM.match(point))


def inside(directory, cache):
    if os.getpid() != 1:
        sys.exit("own_root.py: only for the first process of a namespace, which kills all others in it")
    this = Inside(directory, cache)
    try:
        this.build()
    except (Unavailable, PermissionError) as error:
        sys.exit(f"{error}")
    this.serve()


def main():
    if sys.argv[1:2] == ["inside"]:  # not for people: standard input has the calls
        return inside(*sys.argv[2:])
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("run", help="run a command in a root of its own")
    one.add_argument("--package", action="append", default=[], metavar="NAME")
    one.add_argument("command", nargs="+", metavar="COMMAND")
    arguments = parser.parse_args()
    # So that the root is taken down.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        with OwnRoot(arguments.package) as root:
            code, output = root.run(arguments.command, check=False, timeout=None)
    except Unavailable as error:
        sys.exit(f"own_root.py: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
    sys.stdout.write(output)
    sys.exit(128 - code if code < 0 else code)


if __name__ == "__main__":
    main()
