// What the index keeps of paths and tracking, and that judging it again without the mail is as good as
// indexing the mail again.

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "index/error.hpp"
#include "index/indexer.hpp"
#include "index/search.hpp"
#include "index/trace/network.hpp"
#include "index/track/tracker_files.hpp"
#include "tests/index/real_mail.hpp"

namespace mailspoor::index {
namespace {

using Subjects = std::vector<std::string>;

class Verdicts : public testing::Test {
 protected:
  Verdicts() {
    std::string pattern = (std::filesystem::temp_directory_path() / "verdicts-test-XXXXXX").string();
    root_ = ::mkdtemp(pattern.data());
  }
  ~Verdicts() override { std::filesystem::remove_all(root_); }

  std::filesystem::path database(const std::string& name = "index.db") const { return root_ / name; }

  Arrival arrival(const std::string& subject, const std::string& fields, const std::string& body) const {
    const auto path = root_ / subject;
    std::ofstream{path, std::ios::binary}
        << "From: a@example.org\r\nTo: Anna.X@example.net\r\nSubject: " << subject << "\r\nMessage-ID: <"
        << subject << "@x>\r\n"
        << fields << "\r\n"
        << body << "\r\n";
    return arrival(path);
  }
  static Arrival arrival(const std::filesystem::path& path) {
    return {path, path.filename().string(), {}, {}, {}, {}};
  }

  Subjects subjects(std::string_view query) const {
    Searcher searcher{database()};
    Subjects subjects;
    searcher.search(query, {},
                    [&](MessageSummary& summary) { subjects.push_back(summary.subject.value_or("")); });
    std::sort(subjects.begin(), subjects.end());
    return subjects;
  }

  StaleVerdicts stale(const TraceSettings& settings) const {
    return Searcher{database()}.stale_verdicts(settings, {});
  }

  std::filesystem::path root_;
  IndexedMailbox inbox_{"work", "work", "INBOX", "INBOX"};
};

constexpr const char* kHtml = "Content-Type: text/html\r\n";

/// The rows that a statement gives, as text.
std::vector<std::string> rows(const std::filesystem::path& path, const std::string& sql) {
  sqlite3* db = nullptr;
  EXPECT_EQ(sqlite3_open_v2(path.c_str(), &db, SQLITE_OPEN_READONLY, nullptr), SQLITE_OK);
  std::vector<std::string> rows;
  const auto add = [](void* to, int count, char** values, char**) {
    std::string row;
    for (int index = 0; index < count; ++index)
      row += std::string{values[index] != nullptr ? values[index] : "NULL"} + '|';
    static_cast<std::vector<std::string>*>(to)->push_back(std::move(row));
    return 0;
  };
  EXPECT_EQ(sqlite3_exec(db, sql.c_str(), add, &rows, nullptr), SQLITE_OK) << sqlite3_errmsg(db);
  sqlite3_close(db);
  return rows;
}

constexpr const char* kHopTrust = "SELECT trusted FROM hop ORDER BY message, position";
constexpr const char* kLeaks = "SELECT address FROM leak ORDER BY message, position";
/// All that is judged, whatever the numbers of its hosts, vendors and bases.
const std::vector<std::string> kJudged{
    "SELECT hex(id), hex(origin_ip), origin_hop, origin_evidence, origin_trust, origin_kind, "
    "origin_provider, "
    "hex(first_untrusted_ip), country, asn, read_receipt, one_click, account, trail, trackers FROM message "
    "JOIN "
    "basis USING (basis) ORDER BY id",
    "SELECT hop.* FROM hop ORDER BY message, position",
    "SELECT * FROM authentication ORDER BY message, position",
    "SELECT * FROM finding ORDER BY message, position",
    "SELECT message, position, url, host.name, kind, element, width, height, uses, is_background, "
    "is_any_visible, "
    "is_any_small, is_any_hidden, has_size, wrapped_by, reasons, vendor.name FROM remote JOIN host USING "
    "(host) LEFT "
    "JOIN vendor USING (vendor) ORDER BY message, position",
    "SELECT message, position, url, host.name, elements, wrapped_by, unwrapped, is_tracked, vendor.name, "
    "target, "
    "(SELECT name FROM host WHERE host = target_host) FROM link JOIN host USING (host) LEFT JOIN vendor "
    "USING "
    "(vendor) ORDER BY message, position",
    "SELECT message, position, encoding, host.name, place, url, address FROM leak JOIN host USING (host) "
    "ORDER BY "
    "message, position"};

TraceSettings settings_of(const std::string& network, const std::string& receiver,
                          const std::string& address) {
  TraceSettings settings;
  settings.general.servers.networks = {*parse_network(network)};
  settings.general.servers.receivers = {receiver};
  settings.general.addresses = {address};
  return settings;
}

TEST_F(Verdicts, FindsByTracking) {
  Indexer indexer{database()};
  indexer.add(inbox_, arrival("pixel", kHtml,
                              "<img src='https://t.pixel.example/o.gif?u=1' width=1 height=1>"
                              "<img src='https://pictures.example/a.png' width=600 height=200>"));
  indexer.add(inbox_, arrival("vendor", kHtml,
                              "<img src='https://us1.list-manage.com/track/open.php?u=0a1b&id=2c3d'>"
                              "<a href='https://us1.list-manage.com/track/click?u=1&id=2'>x</a>"));
  indexer.add(inbox_,
              arrival("links", kHtml,
                      "<a href='https://www.shop.example/'>x</a><a href='https://www.shop.example/'>y</a>"
                      "<a href='https://b%C3%BCcher.example/'>b</a>"
                      "<a href='https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2F"
                      "hidden.example%2Fa&data=x'>z</a>"));
  indexer.add(inbox_, arrival("click", kHtml,
                              "<a href='https://1.r.tracking.awstrack.me/L0/https:%2F%2Fgoal.example%2Fp/1/"
                              "0102018e-aaaa/bbbb=1'>x</a>"));
  indexer.add(inbox_, arrival("leak", kHtml,
                              "<a href='https://l.example/?e=anna.x%40example.net'>x</a>"
                              "<img src='https://l.example/p.png?h=a4a93cad760b98c837761c3b928f4805'>"));
  indexer.add(inbox_, arrival("receipt", "Disposition-Notification-To: a@example.org\r\n", "text"));
  indexer.add(inbox_, arrival("text", "", "see https://text.example/page."));
  indexer.finish();

  EXPECT_EQ(subjects("has:pixel"), (Subjects{"pixel", "vendor"}));
  EXPECT_EQ(subjects("pixel:pixel.example"), Subjects{"pixel"});
  EXPECT_EQ(subjects("pixel:t.pixel.example"), Subjects{"pixel"});
  EXPECT_EQ(subjects("pixel:pictures.example"), Subjects{});
  EXPECT_EQ(subjects("pixel:/o\\.gif/"), Subjects{"pixel"});
  EXPECT_EQ(subjects("has:tracker"), (Subjects{"click", "vendor"}));
  EXPECT_EQ(subjects("tracker:mailchimp"), Subjects{"vendor"});
  EXPECT_EQ(subjects("tracker:\"Amazon SES\""), Subjects{"click"});
  EXPECT_EQ(subjects("tracker:/^mailch/"), Subjects{"vendor"});
  EXPECT_EQ(subjects("tracker:nobody"), Subjects{});
  EXPECT_EQ(subjects("link:shop.example"), Subjects{"links"});
  EXPECT_EQ(subjects("link:hidden.example"), Subjects{"links"});
  EXPECT_EQ(subjects("link:b\u00fccher.example"), Subjects{"links"});
  EXPECT_EQ(subjects("link:xn--bcher-kva.example"), Subjects{"links"});
  EXPECT_EQ(subjects("link:text.example"), Subjects{"text"});
  EXPECT_EQ(subjects("link:outlook.com"), Subjects{});
  EXPECT_EQ(subjects("link:/example\\/a$/"), Subjects{"links"});
  EXPECT_EQ(subjects("target:goal.example"), Subjects{"click"});
  EXPECT_EQ(subjects("target:/goal/"), Subjects{"click"});
  EXPECT_EQ(subjects("leak:any"), Subjects{"leak"});
  EXPECT_EQ(subjects("leak:percent"), Subjects{"leak"});
  EXPECT_EQ(subjects("leak:MD5 -leak:sha1"), Subjects{"leak"});
  EXPECT_EQ(subjects("has:receipt"), Subjects{"receipt"});
  EXPECT_EQ(subjects("-has:pixel -has:tracker -leak:any -has:receipt"), (Subjects{"links", "text"}));
  EXPECT_EQ(subjects("has:tracker OR leak:any"), (Subjects{"click", "leak", "vendor"}));
  EXPECT_THROW(subjects("leak:base32"), QueryError);
  EXPECT_THROW(subjects("has:pixels"), QueryError);
}

// Own addresses of the account count beside those that the message names.
TEST_F(Verdicts, FindsLeaksOfOwnAddresses) {
  TraceSettings settings;
  settings.accounts["work"].addresses = {"alias@example.com"};
  Indexer indexer{database(), settings};
  indexer.add(inbox_, arrival("leak", kHtml, "<a href='https://l.example/?e=alias@example.com'>x</a>"));
  indexer.finish();
  EXPECT_EQ(subjects("leak:plain"), Subjects{"leak"});
}

TEST_F(Verdicts, AreStaleWhereSettingsHaveChanged) {
  const auto first = settings_of("10.0.0.0/8", "mx.example", "me@example.com");
  Indexer indexer{database(), first};
  indexer.add(inbox_, arrival("one", "", "x"));
  indexer.add(inbox_, arrival("two", "", "x"));
  indexer.finish();
  EXPECT_EQ(stale(first).trails, 0U);
  EXPECT_EQ(stale(first).trackers, 0U);
  const auto networks = settings_of("10.1.0.0/16", "mx.example", "me@example.com");
  EXPECT_EQ(stale(networks).trails, 2U);
  EXPECT_EQ(stale(networks).trackers, 0U);
  const auto receivers = settings_of("10.0.0.0/8", "mx.example.net", "me@example.com");
  EXPECT_EQ(stale(receivers).trails, 2U);
  const auto addresses = settings_of("10.0.0.0/8", "mx.example", "you@example.com");
  EXPECT_EQ(stale(addresses).trails, 2U);
  EXPECT_EQ(stale(addresses).trackers, 2U);
}

// A user's rows of trackers count, and where they change, what was scanned without them is stale.
TEST_F(Verdicts, KnowTheUsersOwnTrackers) {
  const auto rows = root_ / "own.tsv";
  std::ofstream{rows} << "vendor\tkind\thost_pattern\tpath_pattern\texample_shape\tsource\tstrength\n"
                      << "Our shop\tclick\tgo.example\t/c/\tx\tx\tstrong\n";
  TraceSettings settings;
  {
    Indexer indexer{database(), settings};
    indexer.add(inbox_, arrival("own", kHtml, "<a href='https://go.example/c/1'>x</a>"));
    indexer.finish();
  }
  EXPECT_EQ(subjects("has:tracker"), Subjects{});
  settings.tracker_files = {rows};
  const TrackerFiles trackers{settings.tracker_files};
  settings.use(trackers.table());
  EXPECT_EQ(stale(settings).trackers, 1U);
  EXPECT_EQ(stale(settings).trails, 0U);
  Indexer indexer{database(), settings};
  EXPECT_EQ(indexer.judge_again(Indexer::Verdicts::trackers), 1U);
  EXPECT_EQ(subjects("tracker:\"our shop\""), Subjects{"own"});
  std::filesystem::rename(rows, root_ / "away.tsv");
  EXPECT_THROW(Indexer(database(), settings).judge_again(Indexer::Verdicts::trackers), DatabaseError);
  EXPECT_EQ(subjects("tracker:\"our shop\""), Subjects{"own"});
}

TEST_F(Verdicts, AreNotStaleWhereAddressesAreWrittenOtherwise) {
  auto settings = settings_of("10.0.0.0/8", "mx.example", "b@example.com");
  settings.general.addresses.push_back("a@example.com");
  Indexer indexer{database(), settings};
  indexer.add(inbox_, arrival("own", kHtml, "<a href='https://t.example/?a@example.com'>"));
  indexer.finish();
  settings.general.addresses = {"A@Example.com", "b@example.com", "a@example.com"};
  EXPECT_EQ(stale(settings).trackers, 0U);
  EXPECT_EQ(stale(settings).trails, 0U);
  settings.general.addresses.push_back("c@example.com");
  EXPECT_EQ(stale(settings).trackers, 1U);
}

// What is found in the mail as a whole is found again without it.
TEST_F(Verdicts, FindProbesAgain) {
  Indexer indexer{database()};
  indexer.add(inbox_,
              arrival("bare", kHtml, "<img src='https://t.example/o.gif?id=8f3e9c1a' width=1 height=1>"));
  indexer.add(inbox_, arrival("long", kHtml,
                              "<img src='https://t.example/o.gif?id=8f3e9c1a' width=1 height=1>" +
                                  std::string(100, 'x')));
  indexer.finish();
  const auto details = [&] {
    return rows(database(), "SELECT detail FROM finding WHERE code = 'RECON_PROBE'");
  };
  const auto before = details();
  ASSERT_EQ(before.size(), 2U);
  EXPECT_NE(before[0], before[1]);
  Indexer other{database(), settings_of("10.0.0.0/8", "mx.example", "me@example.com")};
  EXPECT_EQ(other.judge_again(Indexer::Verdicts::trail), 2U);
  EXPECT_EQ(details(), before);
  EXPECT_EQ(other.judge_again(Indexer::Verdicts::trackers), 2U);
  EXPECT_EQ(details(), before);
}

class JudgedAgain : public Verdicts, public testing::WithParamInterface<const char*> {
 protected:
  std::vector<std::filesystem::path> files() {
    const std::string archive = GetParam();
    if (!archive.empty()) {
      auto files = real_mail_files(archive, root_ / "mail");
      std::vector<std::filesystem::path> some;
      for (std::size_t index = 0; index < files.size(); index += 12) some.push_back(files[index]);
      return some;
    }
    return {
        arrival(
            "path",
            "Received: from a (a.example [198.51.100.9]) by mx.example; Tue, 5 Mar 2024 10:00:00 +0000\r\n"
            "Received: from b (b.example [203.0.113.5]) by a.example; Tue, 5 Mar 2024 09:59:00 +0000\r\n"
            "Authentication-Results: mx.example; spf=pass smtp.mailfrom=example.org\r\n"
            "X-Microsoft-Antispam-Message-Info: abc\r\n",
            "x")
            .path,
        arrival(
            "urls", kHtml,
            "<a href='http://a.example'>x</a><a href='http://b.example'>x</a><a href='http://a.example'>x</a>"
            "<img src='http://p.example/me@example.com' width=0 height=0>"
            "<a href='http://c.example/you@example.com'>x</a>")
            .path};
  }

  void index(const std::string& name, const TraceSettings& settings,
             const std::vector<std::filesystem::path>& files) {
    Indexer indexer{database(name), settings};
    for (const auto& file : files) {
      auto found = arrival(file);
      found.unique_name = file.string();
      indexer.add(inbox_, std::move(found));
    }
    EXPECT_EQ(indexer.finish().failures, 0U);
  }
};

TEST_P(JudgedAgain, WithoutTheMailAsARebuildWould) {
  const auto mail = files();
  if (mail.empty()) GTEST_SKIP() << "no " << GetParam();
  const auto before = settings_of("10.0.0.0/8", "mx.example.net", "you@example.com");
  const auto after = settings_of("198.51.100.0/24", "mx.example", "me@example.com");
  index("index.db", before, mail);
  index("other.db", after, mail);
  for (const auto& file : mail) std::filesystem::remove(file);
  EXPECT_NE(rows(database(), kHopTrust), rows(database("other.db"), kHopTrust));
  EXPECT_EQ(rows(database(), kLeaks) == rows(database("other.db"), kLeaks), std::string{GetParam()} != "");

  Indexer indexer{database(), after};
  const auto messages = stale(after).trails;
  EXPECT_GT(messages, 0U);
  EXPECT_EQ(indexer.judge_again(Indexer::Verdicts::trail), messages);
  EXPECT_EQ(stale(after).trails, 0U);
  EXPECT_EQ(stale(after).trackers, messages);
  EXPECT_EQ(indexer.judge_again(Indexer::Verdicts::trackers), messages);
  EXPECT_EQ(stale(after).trackers, 0U);
  EXPECT_EQ(indexer.judge_again(Indexer::Verdicts::trail), 0U);
  EXPECT_EQ(indexer.judge_again(Indexer::Verdicts::trackers), 0U);
  for (const auto& sql : kJudged) {
    const auto again = rows(database(), sql);
    const auto anew = rows(database("other.db"), sql);
    EXPECT_FALSE(sql.find("message JOIN") != std::string::npos && anew.empty());
    ASSERT_EQ(again.size(), anew.size()) << sql;
    for (std::size_t row = 0; row < anew.size(); ++row) ASSERT_EQ(again[row], anew[row]) << sql;
  }
}

INSTANTIATE_TEST_SUITE_P(, JudgedAgain, testing::Values("", "spamassassin.tar.zst", "phishing_pot.tar.zst"),
                         [](const auto& tested) {
                           const std::string archive = tested.param;
                           return archive.empty()                                      ? "Written"
                                  : archive.substr(0, archive.find('_')) == "phishing" ? "Phishing"
                                                                                       : "SpamAssassin";
                         });

}  // namespace
}  // namespace mailspoor::index
