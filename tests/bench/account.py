"""The account that is fetched: the same messages each time, of the sizes that mail has."""
import io
import pathlib
import random
import subprocess
import sys
import tarfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import harness


def sources():
    """Real messages if there are any (MAILSPOOR_CORPORA), their line ends made CRLF."""
    archive = harness.CORPORA / "spamassassin.tar.zst"
    if not archive.is_file():
        return []
    # Not unpacked to the disk: where thousands of files were deleted within minutes, ext4 makes new ones more slowly.
    unpacked = subprocess.run(["zstd", "-dcq", archive], check=True, stdout=subprocess.PIPE).stdout
    messages = []
    with tarfile.open(fileobj=io.BytesIO(unpacked)) as tar:
        for member in sorted((member for member in tar if member.isfile()), key=lambda member: pathlib.PurePath(member.name)):
            octets = tar.extractfile(member).read().replace(b"\r\n", b"\n")
            if octets.startswith(b"From "):
                octets = octets.partition(b"\n")[2]
            if b"\n\n" in octets:
                messages.append(octets.replace(b"\n", b"\r\n"))
    return messages


def messages(count):
    """`count` messages, all different. Without real ones they are made up: log-normal sizes, 5.6 KB on average."""
    chance = random.Random(1)
    real = sources()
    chance.shuffle(real)
    for number in range(count):
        if real:
            yield f"X-Copy: {number}\r\n".encode() + real[number % len(real)]
        else:
            yield harness.message(number, size=min(500_000, int(chance.lognormvariate(8.1, 1.0))))


def huge(octets):
    """A message of that size, base64 as an attachment would be."""
    head = (b"From: sender@example.net\r\nTo: user@example.org\r\nSubject: a film\r\nDate: Mon, 1 Jan 2024 00:00:00 +0000\r\n"
            b"Message-ID: <huge@example.net>\r\nMIME-Version: 1.0\r\nContent-Type: application/octet-stream; name=film\r\n"
            b"Content-Transfer-Encoding: base64\r\n\r\n")
    line = b"QUJD" * 19 + b"\r\n"
    return head + line * (octets // len(line))


def fill(server, count, user=None, mailboxes=1):
    for number, octets in enumerate(messages(count)):
        mailbox = number % mailboxes
        server.add(f"Folder{mailbox}" if mailbox else "INBOX", octets, user=user)
