#!/usr/bin/python3
"""Where addresses are, by local databases: of `inspect`, in the index, found by search, and named by `status`."""
import ipaddress
import json
import os
import struct
import unittest

import harness

LIBLOC = "/var/lib/location/database.db"
TABLE = ("# Location Database Export\n#\n# Generated: Thu, 25 Jun 2026 04:33:59 GMT\n#\n"
         "134744064,134744319,CA\n134744320,134744575,FR\n")  # 8.8.8.0/24 and 8.8.9.0/24


def mail(origin, relay="8.8.9.9", date="Tue, 5 Mar 2024 10:00:00 +0000", relay_name="out.example.com"):
    return (f"Received: from {relay_name} ({relay_name} [{relay}])\r\n\tby mx.example.net (Postfix) with ESMTPS id A1; {date}\r\n"
            f"Received: from laptop (unknown [{origin}])\r\n\tby {relay_name} (Postfix) with ESMTPSA id B2; {date}\r\n"
            f"From: ada@example.com\r\nSubject: from {origin}\r\nDate: {date}\r\nMessage-ID: <{origin}@example.com>\r\n\r\nhello\r\n").encode()


def value(content):
    """A value in MaxMind's format (https://maxmind.github.io/MaxMind-DB/); octets are one already."""
    def head(kind, size):
        return bytes([(kind << 5 if kind < 8 else 0) | min(size, 29)]) + (bytes([kind - 7]) if kind > 7 else b"") + (
            bytes([size - 29]) if size >= 29 else b"")
    if isinstance(content, bytes):
        return content
    if isinstance(content, dict):
        return head(7, len(content)) + b"".join(value(name) + value(one) for name, one in content.items())
    if isinstance(content, list):
        return head(11, len(content)) + b"".join(map(value, content))
    if isinstance(content, float):
        return head(3, 8) + struct.pack(">d", content)
    if isinstance(content, int):
        return head(6, 4) + struct.pack(">I", content)
    return head(2, len(content.encode())) + content.encode()


def mmdb(records, kind, built):
    """A file in that format of {IPv4 network: record}."""
    nodes, data = [[0, 0]], b""
    for network, record in records.items():
        network = ipaddress.ip_network(network)
        bits = f"{int(network.network_address):032b}"[:network.prefixlen]
        node = 0
        for bit in map(int, bits[:-1]):
            if nodes[node][bit] == 0:
                nodes.append([0, 0])
                nodes[node][bit] = len(nodes) - 1
            node = nodes[node][bit]
        nodes[node][int(bits[-1])] = -len(data) - 1
        data += value(record)
    tree = b"".join(struct.pack(">I", child if child > 0 else len(nodes) if child == 0 else len(nodes) + 15 - child)
                    for node in nodes for child in node)
    short = {number: b"\xa2" + struct.pack(">H", number) for number in (0, 2, 4, 32)}
    metadata = {"node_count": len(nodes), "record_size": short[32], "ip_version": short[4], "database_type": kind, "languages": ["en"],
                "binary_format_major_version": short[2], "binary_format_minor_version": short[0],
                "build_epoch": b"\x08\x02" + struct.pack(">Q", built), "description": {"en": "made by a test"}}
    return tree + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + value(metadata)


class Place(harness.Case):
    def setUp(self):
        super().setUp()
        self.spoor = harness.Mailspoor(self.folder)
        self.table = self.spoor.directory / "geoip"
        self.table.write_text(TABLE)
        self.city = self.spoor.directory / "city.mmdb"
        self.city.write_bytes(mmdb({"8.8.8.0/24": {
            "city": {"names": {"en": "Kuujjuaq"}}, "country": {"iso_code": "US"}, "autonomous_system_number": 64500,
            "autonomous_system_organization": "Example Net", "location": {"accuracy_radius": 20, "latitude": 58.1, "longitude": -68.4}}},
            "Test-City", 1_700_000_000))  # 2023-11-14

    def configure(self, text):
        config = self.spoor.directory / "config" / "mailspoor" / "config.toml"
        config.parent.mkdir(parents=True, exist_ok=True)
        config.write_text(text)

    def databases(self, **files):
        """Uses these files and no others."""
        self.configure("[databases]\n" + "".join(f"{name} = {json.dumps(str(path) if path else [])}\n"
                                                 for name, path in {"libloc": None, "tor_geoip": None, **files}.items()))

    def inspect(self, octets):
        one, = self.expect(self.spoor.run("inspect", "-", "--format", "jsonl", input=octets)).objects()
        return one

    def store(self, *messages):
        self.spoor.fill(*messages)
        self.expect(self.spoor.run("index"))

    def found(self, query):
        return [one["message_id"].partition("@")[0]
                for one in self.expect(self.spoor.run("search", "--format", "jsonl", query)).objects()]

    def test_inspect_tells_each_fact_with_its_source_and_date(self):
        self.databases(tor_geoip=self.table, city=self.city)
        now = self.inspect(mail("8.8.8.8", date="Tue, 4 Aug 2026 10:00:00 +0000"))
        origin = now["origin"]
        self.assertEqual({key: origin[key] for key in ("country", "country_basis", "asn", "as_name", "asn_basis", "city", "latitude",
                                                       "longitude", "accuracy_km", "city_basis")},
                         {"country": "CA", "country_basis": "tor-geoipdb 2026-06-25", "asn": 64500, "as_name": "Example Net",
                          "asn_basis": "Test-City 2023-11-14", "city": "Kuujjuaq", "latitude": 58.1, "longitude": -68.4,
                          "accuracy_km": 20, "city_basis": "Test-City 2023-11-14"})
        self.assertEqual([(hop["country"], hop["country_basis"], hop["asn"], hop["as_name"]) for hop in now["hops"]],
                         [("FR", "tor-geoipdb 2026-06-25", None, None), ("CA", "tor-geoipdb 2026-06-25", 64500, "Example Net")])
        then = self.inspect(mail("8.8.8.8"))["origin"]
        self.assertEqual((then["country"], then["country_basis"]), ("US", "Test-City 2023-11-14"), "the database nearest to the message")
        shown = self.expect(self.spoor.run("inspect", "-", input=mail("8.8.8.8"))).text
        for told in (r"network +AS64500 Example Net \(Test-City 2023-11-14\)", r"country +network registered in US \(Test-City",
                     r"city +Kuujjuaq, 58\.1000, -68\.4000 within 20 km", r"\[8\.8\.9\.9\] \(FR\)"):
            self.assertRegex(shown, told)
        sheet = self.expect(self.spoor.run("inspect", "-", "--request", input=mail("8.8.8.8"))).text
        self.assertRegex(sheet, r"network +AS64500 Example Net")

    def test_addresses_of_nobody_and_relays_of_providers_have_no_place(self):
        self.table.write_text("# Generated: Thu, 25 Jun 2026 04:33:59 GMT\n0,4294967295,CA\n")
        self.databases(tor_geoip=self.table)
        self.assertEqual(self.inspect(mail("8.8.8.8"))["origin"]["country"], "CA")
        for address in ("10.1.2.3", "192.168.1.1", "100.64.0.1", "203.0.113.5", "192.0.2.1", "198.51.100.9"):
            one = self.inspect(mail(address))
            self.assertIsNone(one["hops"][1]["country"], address)
            if one["origin"]["ip"] == address:
                self.assertIsNone(one["origin"]["country"], address)
        relayed = self.inspect(mail("8.8.8.8", "209.85.220.41", relay_name="mail-sor-f41.google.com").partition(b"Received: from laptop")[0] +
                               b"From: ada@gmail.com\r\n\r\nhello\r\n")
        self.assertEqual((relayed["origin"]["kind"], relayed["origin"]["country"], relayed["hops"][0]["country"]),
                         ("provider", None, "CA"))

    def test_search_finds_places(self):
        self.databases(tor_geoip=self.table, city=self.city)
        self.store(mail("8.8.8.8"), mail("8.8.9.1"), mail("9.9.9.9"))
        for query, wanted in (("country:US", ["8.8.8.8"]), ("country:us", ["8.8.8.8"]), ("country:FR", ["8.8.9.1"]),
                              ("country:DE", []), ("via-country:FR", ["8.8.8.8", "8.8.9.1", "9.9.9.9"]), ("asn:64500", ["8.8.8.8"]),
                              ("asn:AS64500", ["8.8.8.8"]), ("asn:1", []), ("city:Kuujjuaq", ["8.8.8.8"]), ("city:kuujjuaq", ["8.8.8.8"]),
                              ("-country:US", ["8.8.9.1", "9.9.9.9"])):
            self.assertEqual(sorted(self.found(query)), wanted, query)
        for query, told in (("country:Germany", "two letters"), ("asn:google", "autonomous system"), ("asn:", "autonomous system|value"),
                            ("via-country:1", "two letters")):
            self.expect_error(self.spoor.run("search", query), 2, told)
        rows = self.spoor.index_rows()
        self.expect(self.spoor.run("index", "--rebuild"))
        self.assertEqual(self.spoor.index_rows(), rows)

    def test_status_names_the_databases(self):
        os.makedirs(self.spoor.root)
        self.databases(tor_geoip=self.table, city=self.city)
        status, = self.expect(self.spoor.run("status", "--format", "jsonl")).objects()
        self.assertEqual([(one["name"], one["date"], one["error"]) for one in status["databases"]],
                         [("Test-City", "2023-11-14T22:13:20Z", None), ("tor-geoipdb", "2026-06-25T04:33:59Z", None)])
        self.assertIn("tor-geoipdb of 2026-06-25", self.expect(self.spoor.run("status")).text)
        self.databases()
        self.assertIn("libloc-database", self.expect(self.spoor.run("status")).text)
        self.assertIsNone(self.inspect(mail("8.8.8.8"))["origin"]["country"])

    def test_a_database_that_cannot_be_used_is_told_and_costs_nothing_else(self):
        whole = self.city.read_bytes()
        for octets in (None, b"", whole[:100], whole[:-40], b"noise" * 1000):
            self.city.unlink(missing_ok=True)
            if octets is not None:
                self.city.write_bytes(octets)
            self.databases(tor_geoip=self.table, city=self.city)
            result = self.expect(self.spoor.run("inspect", "-", "--format", "jsonl", input=mail("8.8.8.8")))
            self.assertIn(str(self.city), result.errors)
            self.assertEqual(result.objects()[0]["origin"]["country"], "CA")
            result = self.expect(self.spoor.run("status"))
            self.assertIn(str(self.city), result.text)
        self.store(mail("8.8.8.8"))
        self.expect(result := self.spoor.run("index", "--rebuild"))
        self.assertIn(str(self.city), result.errors)
        self.assertEqual(self.found("country:CA"), ["8.8.8.8"])
        self.configure("[databases]\ncities = \"x\"\n")
        self.expect_error(self.spoor.run("status"), 2, "nearest known one is `city`")

    @unittest.skipUnless(os.path.exists(LIBLOC), "the package libloc-database is not installed")
    def test_the_packaged_database_is_used_unasked(self):
        self.configure("[databases]\ntor_geoip = []\n")
        origin = self.inspect(mail("8.8.8.8"))["origin"]
        self.assertEqual((origin["country"], origin["asn"]), ("US", 15169))
        self.assertRegex(origin["asn_basis"], r"^libloc \d{4}-\d\d-\d\d$")
        self.assertIn("GOOGLE", origin["as_name"])


if __name__ == "__main__":
    harness.main()
