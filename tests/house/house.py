#!/usr/bin/python3
"""Checks of the house itself: house.py includes|format|scripts|words|readme. Prints each fault with file and line."""
import ast
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys

PROJECT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ("fetch", "deliver", "index", "cli")

# Whose headers each folder may include, as prefixes of the path in the quotes. A folder may always include its own.
OURS = {
    "fetch": ("deliver/base/",),
    "deliver": (),
    "index": ("deliver/base/", "deliver/maildir_name.hpp"),
    "cli": ("fetch/", "deliver/", "index/"),
}
# Libraries by the beginning of their headers' paths. What stands in no list but COMMON belongs to one folder only.
COMMON = ("openssl/", "zlib.h", "zstd.h", "fmt/", "spdlog/", "nlohmann/")
THEIRS = {
    "fetch": ("curl/", "gsasl.h", "unbound.h"),
    "deliver": ("asio",),
    "index": ("sqlite3.h", "gmime/", "glib.h", "gumbo.h", "idn2.h", "pcre2.h", "unicode/", "libpsl.h", "libloc/", "maxminddb.h"),
    "cli": ("CLI/", "toml++/"),
}
SYSTEM = ("sys/", "netinet/", "arpa/", "linux/")
POSIX = ("dirent.h", "fcntl.h", "grp.h", "netdb.h", "poll.h", "pthread.h", "pwd.h", "signal.h", "stdlib.h", "string.h", "strings.h",
         "spawn.h", "sysexits.h", "syslog.h", "termios.h", "time.h", "unistd.h", "fnmatch.h", "limits.h", "iconv.h", "langinfo.h", "glob.h")


def tracked():
    """The files of the project: git's, with those not yet added; without git all but what is built."""
    if shutil.which("git") and (PROJECT / ".git").exists():
        listed = subprocess.run(["git", "-c", f"safe.directory={PROJECT}", "-C", PROJECT, "ls-files", "-z", "--cached", "--others",
                                 "--exclude-standard"], capture_output=True)
        if listed.returncode == 0:
            names = listed.stdout.decode().split("\0")
            return [PROJECT / name for name in sorted(set(names)) if name and (PROJECT / name).is_file()]
    return sorted(path for path in PROJECT.rglob("*") if path.is_file()
                  and not path.relative_to(PROJECT).parts[0].startswith(("build", ".git", ".cache")))


def name_of(path):
    return path.relative_to(PROJECT).as_posix()


def sources(*folders):
    return [path for path in tracked() if path.suffix in (".cpp", ".hpp", ".inc")
            and path.relative_to(PROJECT).parts[0] in (folders or (*FOLDERS, "tests"))]


def public_headers():
    """The HEADERS of each mailspoor_library() in a CMakeLists.txt."""
    found = set()
    for folder in FOLDERS:
        for path in (PROJECT / folder).rglob("CMakeLists.txt"):
            for block in re.findall(r"mailspoor_library\(\s*\S+\s+HEADERS\s+(.*?)(?:SOURCES|LINKS|PUBLIC_LINKS|\))",
                                    path.read_text(), re.DOTALL):
                found.update(path.parent / name for name in block.split())
    return found


def check_includes():
    """Which folder includes what: ours by the graph of the house, libraries in their folder only and in no public header."""
    public, faults = public_headers(), []
    for path in sources(*FOLDERS):
        folder = path.relative_to(PROJECT).parts[0]
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
            if not match:
                continue
            quote, header = match.groups()
            where = f"{name_of(path)}:{number}: {header}"
            if quote == '"':
                if not (PROJECT / header).exists() and not header.startswith("generated/"):
                    if (path.parent / header).exists():
                        faults.append(f"{where}: written from the project's folder, please")
                    continue  # made by the build
                owner = header.partition("/")[0]
                if owner in FOLDERS and owner != folder and not header.startswith(OURS[folder]):
                    faults.append(f"{where}: {folder}/ must not include it")
                if folder == "deliver" and name_of(path).startswith("deliver/base/") and owner == "deliver" \
                        and not header.startswith("deliver/base/"):
                    faults.append(f"{where}: deliver/base/ is the lowest and includes nothing above it")
                continue
            standard = re.fullmatch(r"[a-z0-9_]+", header) or header.startswith(SYSTEM) or header in POSIX
            if standard:
                continue
            if path in public and header != "spdlog/fwd.h":
                faults.append(f"{where}: a library's header in a public one of ours")
            if header.startswith(COMMON) or header.startswith(THEIRS[folder]):
                continue
            owners = [other for other, prefixes in THEIRS.items() if header.startswith(prefixes)]
            faults.append(f"{where}: belongs in {owners[0]}/" if owners else f"{where}: a library that no folder owns yet")
    return faults


def check_format():
    """clang-format, of the version that the style is written for."""
    program = shutil.which("clang-format-14") or shutil.which("clang-format")
    if not program:
        skip("clang-format is not installed")
    version = subprocess.run([program, "--version"], capture_output=True, text=True).stdout.strip()
    if " version 14." not in version:
        skip(f"the format is that of clang-format 14, and here is {version}")
    files = [path for path in sources() if path.suffix != ".inc"]
    done = subprocess.run([program, "--dry-run", "--Werror", *files], capture_output=True, text=True, cwd=PROJECT)
    places = re.findall(r"(?m)^(.*?):(\d+):\d+: error:", done.stderr)
    lines = {path: sorted({int(number) for at, number in places if at == path}) for path, _ in places}
    return [f"{os.path.relpath(path, PROJECT)}:{numbers[0]}: {len(numbers)} lines are not as clang-format writes them"
            for path, numbers in sorted(lines.items())]


def check_scripts():
    """Shell and Python that can at least be read; both call the distribution's Python."""
    faults = []
    for path in tracked():
        with open(path, "rb") as file:
            first = file.readline()
        if re.match(rb"#!.*\b(ba|da)?sh\b", first) or path.suffix == ".sh":
            shell = "sh" if re.match(rb"#!.*/sh\b", first) else "bash"
            done = subprocess.run([shell, "-n", path], capture_output=True, text=True)
            if done.returncode:
                faults.append(f"{name_of(path)}: {done.stderr.strip()}")
        elif path.suffix == ".py" or b"python" in first[:40]:
            try:
                ast.parse(path.read_text(), name_of(path))
            except SyntaxError as error:
                faults.append(f"{name_of(path)}:{error.lineno}: {error.msg}")
            if first.startswith(b"#!") and first.strip() != b"#!/usr/bin/python3":
                faults.append(f"{name_of(path)}:1: begins with {first.decode().strip()}, and not with #!/usr/bin/python3")
        if first.startswith(b"#!") and not os.access(path, os.X_OK):
            faults.append(f"{name_of(path)}: begins with #! and cannot be executed")
    return faults


def package_hosts():
    """Hosts from which this machine takes packages, less those that everybody knows."""
    text = ""
    for pattern in ("etc/apt/sources.list", "etc/apt/sources.list.d/*", "etc/apt/apt.conf.d/*", "etc/pip.conf"):
        for path in pathlib.Path("/").glob(pattern):
            try:
                text += path.read_text(errors="replace")
            except OSError:
                pass
    for variable in ("http_proxy", "https_proxy", "PIP_INDEX_URL", "GOPROXY", "CARGO_REGISTRIES_CRATES_IO_INDEX"):
        text += " " + os.environ.get(variable, "")
    hosts = set(re.findall(r"https?://(?:[^@/\s]*@)?([a-zA-Z0-9.-]+)", text))
    return {host for host in hosts if not re.search(r"(^|\.)(debian\.org|ubuntu\.com|pypi\.org|golang\.org|github\.com)$", host) and "." in host}


def check_words():
    """No file tells where it was made: folders, this machine's name, private package mirrors."""
    words = {f"{PROJECT}/", f"{PROJECT.parent}/", os.path.expanduser("~") + "/"} - {"/", "//"}
    words |= {host for host in package_hosts() | {socket.gethostname()} if len(host) > 8 and not host.startswith("localhost")}
    faults = []
    for path in tracked():
        for number, line in enumerate(path.read_bytes().decode("utf-8", "replace").splitlines(), 1):
            for word in words:
                at = line.find(word)
                # "/x/" inside of a longer path is another folder.
                if at >= 0 and not (at and re.match(r"[\w.$}~-]", line[at - 1])):
                    faults.append(f"{name_of(path)}:{number}: {word}")
    return faults


def check_readme():
    """The first two commands of the README exist and are ready to run."""
    if not (PROJECT / "README.md").is_file():
        return ["README.md is not there"]
    text = (PROJECT / "README.md").read_text()
    blocks = re.findall(r"^```[a-z]*\n(.*?)^```|((?:^    .*\n)+)", text, re.MULTILINE | re.DOTALL)
    lines = [line.strip().removeprefix("$ ") for fenced, indented in blocks for line in (fenced or indented).splitlines()]
    commands = [line.split()[0].removeprefix("./") for line in lines if line and not line.startswith(("#", "git clone", "cd "))][:2]
    faults = [f"README.md: {command} is no program of the project" for command in commands
              if not os.access(PROJECT / command, os.X_OK) or not (PROJECT / command).is_file()]
    if commands != ["cli/quickstart", "tests/run"]:
        faults.append(f"README.md: begins with the commands {commands}, and not with cli/quickstart and tests/run")
    return faults


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(77)


def main():
    checks = {name.removeprefix("check_"): check for name, check in globals().items() if name.startswith("check_")}
    if len(sys.argv) != 2 or sys.argv[1] not in checks:
        sys.exit(__doc__)
    faults = checks[sys.argv[1]]()
    print("\n".join(faults) or "in order")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
