#include "index/indexer.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <utility>

#include "deliver/base/hex.hpp"
#include "deliver/base/sha256.hpp"
#include "index/error.hpp"
#include "index/search.hpp"

namespace mailspoor::index {
namespace {

class Index : public testing::Test {
 protected:
  Index() {
    std::string pattern = (std::filesystem::temp_directory_path() / "index-test-XXXXXX").string();
    root_ = ::mkdtemp(pattern.data());
  }
  ~Index() override { std::filesystem::remove_all(root_); }

  std::filesystem::path file(const std::string& name, const std::string& octets) {
    const auto path = root_ / name;
    std::ofstream{path, std::ios::binary} << octets;
    return path;
  }
  Arrival arrival(const std::string& name, const std::string& octets, std::uint32_t uid) {
    return {file(name, octets), name, 7U, uid, {"\\Seen", "$Label"}, "05-Mar-2024 10:00:02 +0100"};
  }
  std::filesystem::path database() const { return root_ / "index.db"; }

  std::vector<std::string> subjects(std::string_view query) {
    Searcher searcher{database()};
    std::vector<std::string> subjects;
    searcher.search(query, {},
                    [&](MessageSummary& summary) { subjects.push_back(summary.subject.value_or("")); });
    return subjects;
  }

  std::filesystem::path root_;
  IndexedMailbox inbox_{"work", "work", "INBOX", "INBOX"};
  IndexedMailbox archive_{"work/.Archive.2024", "work", "Archive/2024", "Archive/2024"};
};

using Subjects = std::vector<std::string>;

std::string message(const std::string& subject, const std::string& from, const std::string& date,
                    const std::string& body) {
  return "From: " + from + "\r\nTo: Bob <bob@example.net>\r\nSubject: " + subject + "\r\nDate: " + date +
         "\r\nMessage-ID: <" + subject + "@example.org>\r\nReceived: from a (a [192.0.2.9]) by mx.example; " +
         date + "\r\n\r\n" + body + "\r\n";
}

TEST_F(Index, FindsByWordsFieldsDatesAndAddresses) {
  Indexer indexer{database()};
  indexer.add(inbox_, arrival("1",
                              message("alpha", "Alice <alice@example.org>", "Tue, 5 Mar 2024 10:00:00 +0000",
                                      "the red invoice"),
                              1));
  indexer.add(inbox_, arrival("2",
                              message("beta", "Carol <carol@example.org>", "Wed, 6 Mar 2024 10:00:00 +0000",
                                      "a blue invoice"),
                              2));
  indexer.add(archive_, arrival("3",
                                message("gamma", "Dan <dan@sub.example.com>",
                                        "Fri, 7 Mar 2025 10:00:00 +0000", "京都会議"),
                                3));
  const auto report = indexer.finish();
  EXPECT_EQ(report.messages, 3U);
  EXPECT_EQ(report.failures, 0U);

  EXPECT_EQ(subjects("*"), (Subjects{"gamma", "beta", "alpha"}));
  EXPECT_EQ(subjects("invoice"), (Subjects{"beta", "alpha"}));
  EXPECT_EQ(subjects("INVOICE red"), Subjects{"alpha"});
  EXPECT_EQ(subjects("\"blue invoice\""), Subjects{"beta"});
  EXPECT_EQ(subjects("\"invoice blue\""), Subjects{});
  EXPECT_EQ(subjects("invo*"), (Subjects{"beta", "alpha"}));
  EXPECT_EQ(subjects("invoice -from:carol"), Subjects{"alpha"});
  EXPECT_EQ(subjects("from:alice OR from:dan"), (Subjects{"gamma", "alpha"}));
  EXPECT_EQ(subjects("from:alice@example.org"), Subjects{"alpha"});
  EXPECT_EQ(subjects("to:alice"), Subjects{});
  EXPECT_EQ(subjects("contact:bob subject:gamma"), Subjects{"gamma"});
  EXPECT_EQ(subjects("京都"), Subjects{"gamma"});
  EXPECT_EQ(subjects("議"), Subjects{"gamma"});
  EXPECT_EQ(subjects("都京"), Subjects{});
  EXPECT_EQ(subjects("date:2024"), (Subjects{"beta", "alpha"}));
  EXPECT_EQ(subjects("date:2024-03-06"), Subjects{"beta"});
  EXPECT_EQ(subjects("msgid:beta@example.org"), Subjects{"beta"});
  EXPECT_EQ(subjects("msgid:<beta@example.org>"), Subjects{"beta"});
  EXPECT_EQ(subjects("mailbox:archive/*"), Subjects{"gamma"});
  EXPECT_EQ(subjects("account:work invoice date:2024-03-05"), Subjects{"alpha"});
  EXPECT_EQ(subjects("ip:192.0.2.0/24").size(), 3U);
  EXPECT_EQ(subjects("ip:192.0.2.8/31 gamma").size(), 1U);
  EXPECT_EQ(subjects("ip:198.51.100.0/24").size(), 0U);
  EXPECT_EQ(subjects("is:read").size(), 3U);
  EXPECT_EQ(subjects("is:unread").size(), 0U);
  EXPECT_EQ(subjects("flag:$label").size(), 3U);
  EXPECT_EQ(subjects("size:..1k").size(), 3U);
  EXPECT_EQ(subjects("NOT (red OR blue)"), Subjects{"gamma"});
}

TEST_F(Index, FindsByWhatTheHopsSay) {
  const auto with_hops = [](const std::string& subject, const std::string& newest,
                            const std::string& oldest) {
    return "Received: " + newest + "\r\nReceived: " + oldest + "\r\nSubject: " + subject +
           "\r\nMessage-ID: <" + subject + "@x>\r\n\r\n";
  };
  Indexer indexer{database()};
  indexer.add(
      inbox_,
      arrival("1",
              with_hops("alpha",
                        "from out.example.net (nat.isp.example [192.0.2.9]) by mx.example.org (Postfix) with "
                        "ESMTPS id 1 "
                        "(version=TLSv1.3 cipher=A-B); Tue, 5 Mar 2024 12:00:00 +0000",
                        "from laptop.local ([198.51.100.7]:4711 helo=[10.0.0.3]) by out.example.net with "
                        "esmtpsa (Exim 4.96) "
                        "(Authenticated sender: alice@example.net) id 2; Tue, 5 Mar 2024 10:00:00 +0000"),
              1));
  indexer.add(
      inbox_,
      arrival("2",
              with_hops("beta",
                        "from a by b.example with Microsoft SMTP Server id 15.1; 5 Mar 2024 10:00:00 +0000",
                        "from [203.0.113.7] by web.example via HTTP; 5 Mar 2024 10:00:30 +0000"),
              2));
  indexer.finish();

  for (const char* query : {"hop:mx.example.org",
                            "hop:example.org",
                            "hop:isp.example",
                            "hop:laptop.local",
                            "hop:/^nat\\./",
                            "helo:out.example.net",
                            "helo:[10.0.0.3]",
                            "with:esmtpsa",
                            "with:ESMTP*",
                            "tls:1.3",
                            "tls:TLSv1.3",
                            "tls:any",
                            "port:4711",
                            "port:587",
                            "port:465",
                            "port:25",
                            "auth:alice@example.net",
                            "auth:ALICE",
                            "auth:example.net",
                            "auth:/^alice@/",
                            "mta:exim",
                            "mta:Postfix",
                            "delay:1h..",
                            "delay:2h",
                            "delay:2h..3h",
                            "-port:443 ip:192.0.2.9"})
    EXPECT_EQ(subjects(query), Subjects{"alpha"}) << query;
  for (const char* query : {"with:\"Microsoft SMTP Server\"", "with:/smtp server/", "mta:exchange",
                            "port:443", "helo:a", "delay:..0s", "delay:..1m -tls:any"})
    EXPECT_EQ(subjects(query), Subjects{"beta"}) << query;
  for (const char* query : {"hop:ample.org", "helo:laptop.local", "with:SMTP", "tls:1.2", "port:26",
                            "port:47", "auth:bob", "mta:sendmail", "delay:3h..", "delay:2h delay:1h"})
    EXPECT_EQ(subjects(query), Subjects{}) << query;
}

TEST_F(Index, FindsByWhatOurServerSaysOfTheSender) {
  const auto received_with = [](const std::string& subject, const std::string& results) {
    return results +
           "Received: from out.example.net (out.example.net [192.0.2.9]) by mx.example.org with ESMTP; 5 Mar "
           "2024 12:00:00 +0000\r\n"
           "Authentication-Results: mx.example.org; dkim=pass header.d=bank.example; spf=pass\r\n"
           "DKIM-Signature: v=1; a=rsa-sha256; d=bank.example; s=s; h=from; bh=AAAA; b=AAAA\r\nSubject: " +
           subject + "\r\nMessage-ID: <" + subject + "@x>\r\n\r\n";
  };
  Indexer indexer{database()};
  indexer.add(inbox_,
              arrival("1",
                      received_with("alpha",
                                    "Authentication-Results: mx.example.org; dkim=fail "
                                    "header.d=bank.example;\r\n dmarc=fail header.from=bank.example\r\n"
                                    "Received-SPF: SoftFail (mx.example.org: x) client-ip=192.0.2.9\r\n"),
                      1));
  indexer.add(inbox_, arrival("2",
                              received_with("beta",
                                            "Authentication-Results: elsewhere.example; dmarc=pass\r\n"
                                            "Authentication-Results: mx.example.org; arc=none\r\n"),
                              2));
  indexer.add(inbox_, arrival("3", received_with("gamma", ""), 3));
  indexer.finish();

  for (const char* query :
       {"dkim:fail", "DKIM:Fail", "dkim:any", "dmarc:fail", "spf:softfail", "dmarc:any -dkim:pass"})
    EXPECT_EQ(subjects(query), Subjects{"alpha"}) << query;
  EXPECT_EQ(subjects("arc:none"), Subjects{"beta"});
  EXPECT_EQ(subjects("-dmarc:any -arc:any"), Subjects{"gamma"});
  for (const char* query : {"dkim:pass", "spf:pass", "dmarc:pass", "arc:pass", "dkim:none"})
    EXPECT_EQ(subjects(query), Subjects{}) << query;
}

// Two accounts that hold one message, of which one says which servers are its own.
TEST_F(Index, JudgesByTheServersOfTheFirstAccountWhicheverCameFirst) {
  const auto octets = message("alpha", "a@example.org", "Tue, 5 Mar 2024 10:00:00 +0000", "x");
  const IndexedMailbox early{"alf", "alf", "INBOX", "INBOX"};
  TraceSettings settings;
  settings.accounts["work"].servers.receivers = {"mx.example"};
  settings.accounts["alf"] = {};
  const std::vector<std::pair<IndexedMailbox, const char*>> orders[] = {{{inbox_, "1"}, {early, "2"}},
                                                                        {{early, "2"}, {inbox_, "1"}}};
  for (const auto& order : orders) {
    remove_database(database());
    Indexer indexer{database(), settings};
    for (const auto& [mailbox, name] : order) {
      indexer.add(mailbox, arrival(name, octets, 1));
      indexer.finish();
    }
    EXPECT_EQ(subjects("trust:assumed origin:192.0.2.9 ip:192.0.2.9"), Subjects{"alpha"});
    EXPECT_EQ(subjects("trust:observed"), Subjects{});
  }
  settings.accounts["alf"].servers.receivers = {"mx.example"};
  settings.accounts["work"] = {};
  remove_database(database());
  Indexer indexer{database(), settings};
  indexer.add(inbox_, arrival("1", octets, 1));
  indexer.finish();
  EXPECT_EQ(subjects("trust:assumed"), Subjects{"alpha"});
  indexer.add(early, arrival("2", octets, 1));
  indexer.finish();
  EXPECT_EQ(subjects("trust:observed origin:192.0.2.9 ip:192.0.2.9"), Subjects{"alpha"});
}

TEST_F(Index, FindsByProgramListAndFindings) {
  const auto with = [](const std::string& subject, const std::string& fields) {
    return fields + "Subject: " + subject + "\r\nMessage-ID: <" + subject + "@x>\r\n\r\n";
  };
  Indexer indexer{database()};
  indexer.add(inbox_,
              arrival("1",
                      with("alpha",
                           "From: a@example.org\r\nReply-To: b@example.net\r\nX-Mailer: Microsoft Outlook "
                           "16.0\r\nList-Id: Books <books.lists.example.org>\r\n"),
                      1));
  indexer.add(
      inbox_,
      arrival("2", with("beta", "From: \"P\xD0\xB0yPal\" <a@example.org>\r\nUser-Agent: Mutt/2.2.9\r\n"), 2));
  indexer.add(inbox_, arrival("3", with("gamma", "From: a@example.org\r\nX-Mailer: Nobody 1\r\n"), 3));
  indexer.finish();

  for (const char* query : {"client:outlook", "client:\"Outlook 16.0\"", "client:windows", "list:books",
                            "list:LISTS.example.org", "list:/^books/", "finding:REPLYTO_MISMATCH",
                            "finding:replyto_mismatch", "finding:REPLY*", "has:finding -finding:NAME_*"})
    EXPECT_EQ(subjects(query), Subjects{"alpha"}) << query;
  for (const char* query : {"client:mutt", "client:2.2", "finding:NAME_MIXED_SCRIPTS", "finding:name_?ixed*"})
    EXPECT_EQ(subjects(query), Subjects{"beta"}) << query;
  EXPECT_EQ(subjects("-has:finding -client:o"), Subjects{"gamma"});
  EXPECT_EQ(subjects("mailer:nobody"), Subjects{"gamma"});
  for (const char* query : {"client:nobody", "list:other", "finding:NAME", "finding:CHAIN_BREAK"})
    EXPECT_EQ(subjects(query), Subjects{}) << query;
  EXPECT_THROW(subjects("finding:\"two words\""), QueryError);
}

TEST_F(Index, GathersFullTextOverMessages) {
  // FTS5 writes a segment at each savepoint, and merges them later at many times the cost.
  constexpr std::uint32_t kMessages = 60;  // which would leave 15
  {
    Indexer indexer{database()};
    for (std::uint32_t uid = 1; uid <= kMessages; ++uid) {
      const auto name = std::to_string(uid);
      indexer.add(inbox_,
                  arrival(name, message("s" + name, "a@b.c", "Tue, 5 Mar 2024 10:00:00 +0000", name), uid));
    }
    EXPECT_EQ(indexer.finish().messages, kMessages);
  }
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(database().c_str(), &db), SQLITE_OK);
  int segments = 0;
  const auto count = [](void* result, int, char** values, char**) {
    *static_cast<int*>(result) = std::stoi(*values);
    return 0;
  };
  EXPECT_EQ(
      sqlite3_exec(db, "SELECT count(DISTINCT segid) FROM document_words_idx", count, &segments, nullptr),
      SQLITE_OK);
  sqlite3_close(db);
  EXPECT_GE(segments, 1);
  EXPECT_LE(segments, 3);  // one a transaction, and a machine may be slow
}

TEST_F(Index, HoldsAMessageOnceAndAllItsPlaces) {
  const auto octets = message("alpha", "alice@example.org", "Tue, 5 Mar 2024 10:00:00 +0000", "x");
  Indexer indexer{database()};
  indexer.add(inbox_, arrival("1", octets, 1));
  indexer.add(archive_, arrival("2", octets, 9));
  indexer.add(inbox_, arrival("1", octets, 1));
  EXPECT_EQ(indexer.finish().messages, 1U);

  Searcher searcher{database()};
  EXPECT_EQ(searcher.count("*", {}), 1U);
  searcher.search("*", {}, [](MessageSummary& summary) {
    ASSERT_EQ(summary.placements.size(), 2U);
    EXPECT_EQ(summary.placements[0].mailbox, "Archive/2024");
    EXPECT_EQ(summary.placements[0].uid, 9U);
    EXPECT_EQ(summary.placements[1].mailbox, "INBOX");
    EXPECT_EQ(summary.placements[1].uid_validity, 7U);
    EXPECT_EQ(summary.placements[1].flags, (std::vector<std::string>{"\\Seen", "$Label"}));
    EXPECT_EQ(summary.placements[1].internal_date, 1'709'629'202);
    EXPECT_EQ(summary.placements[1].internal_date_raw, "05-Mar-2024 10:00:02 +0100");
  });
}

TEST_F(Index, KeepsARowForAFileThatCannotBeRead) {
  Indexer indexer{database()};
  auto deleted = arrival("1", "x", 1);
  std::filesystem::remove(deleted.path);
  indexer.add(inbox_, deleted);  // by a MUA, meanwhile: that is no failure
  indexer.add(inbox_, {root_, "2", 7U, 2U, {}, ""});
  const auto report = indexer.finish();
  EXPECT_EQ(report.failures, 1U);
  EXPECT_EQ(report.placements, 1U);
  Searcher searcher{database()};
  const auto files = searcher.unreadable_files();
  ASSERT_EQ(files.size(), 1U);
  EXPECT_NE(files[0].reason.find("not a regular file"), std::string::npos);
  EXPECT_EQ(searcher.account_totals().at(0).unreadable, 1U);
}

TEST_F(Index, FindsAFileThatWasRenamedMeanwhile) {
  Indexer indexer{database()};
  auto moved = arrival("1.M1:2,", message("alpha", "a@example.org", "", ""), 1);
  moved.unique_name = "1.M1";
  std::filesystem::create_directory(root_ / "elsewhere");
  std::filesystem::rename(moved.path, root_ / "elsewhere/1.M1:2,FS");
  moved.find_again = [this] { return root_ / "elsewhere/1.M1:2,FS"; };
  indexer.add(inbox_, moved);
  EXPECT_EQ(indexer.finish().messages, 1U);
  EXPECT_EQ(subjects("*"), Subjects{"alpha"});
}

TEST_F(Index, TakesWhatTheServerChanged) {
  Indexer indexer{database()};
  indexer.add(inbox_, arrival("1", message("alpha", "a@example.org", "", ""), 1));
  indexer.add(inbox_, arrival("2", message("beta", "b@example.org", "", ""), 2));
  indexer.set_flags(inbox_, "1", {"\\Flagged", "$Work"});
  indexer.set_flags(inbox_, "unknown", {"\\Flagged"});
  indexer.set_gone(inbox_, "2", {1'700'000'000, 1'700'000'100});
  indexer.finish();
  EXPECT_EQ(subjects("is:flagged"), Subjects{"alpha"});
  EXPECT_EQ(subjects("is:gone"), Subjects{"beta"});
  EXPECT_EQ(subjects("is:here"), Subjects{"alpha"});
  Searcher searcher{database()};
  searcher.search("is:gone", {}, [](MessageSummary& summary) {
    EXPECT_EQ(summary.placements.at(0).gone, (Gone{1'700'000'000, 1'700'000'100}));
  });
}

TEST_F(Index, PutsAPlacementWithoutFileToTheMessageWithItsOctets) {
  Indexer indexer{database()};
  // One with LF only has another id than its SHA-256.
  for (const std::string octets : {"Subject: alpha\r\n\r\n", "Subject: beta\n\n"}) {
    const auto name = std::to_string(octets.size());
    indexer.add(archive_, arrival(name, octets, 1));
    Arrival gone;
    gone.unique_name = "gone " + name;
    gone.sha256 = base::to_hex(base::sha256(octets));
    gone.gone = Gone{std::nullopt, 1'700'000'100};
    indexer.add(inbox_, gone);
  }
  Arrival lost;
  lost.unique_name = "lost";
  lost.sha256 = std::string(64, '0');
  indexer.add(inbox_, lost);
  EXPECT_EQ(indexer.finish().failures, 0U);
  auto found = subjects("is:gone mailbox:INBOX is:here");
  std::sort(found.begin(), found.end());
  EXPECT_EQ(found, (Subjects{"alpha", "beta"}));
}

TEST_F(Index, AnswersNegationsBesideAFileThatCannotBeRead) {
  Indexer indexer{database()};
  auto unread = arrival("1", message("alpha", "a@example.org", "", ""), 1);
  unread.flags.clear();
  indexer.add(inbox_, unread);
  indexer.add(inbox_, {root_, "2", 7U, 2U, {"\\Seen"}, ""});
  auto without_id = arrival("3", "Subject: beta\n\n", 3);
  indexer.add(archive_, without_id);
  indexer.finish();
  EXPECT_EQ(subjects("is:unread"), Subjects{"alpha"});
  EXPECT_EQ(subjects("-mailbox:INBOX"), Subjects{"beta"});
  EXPECT_EQ(subjects("-msgid:alpha@example.org"), Subjects{"beta"});
}

TEST_F(Index, OrdersMessagesOfOneSecondByIdWhateverCameFirst) {
  const auto date = "Tue, 5 Mar 2024 10:00:00 +0000";
  std::vector<std::vector<std::string>> orders;
  for (const bool is_reversed : {false, true}) {
    std::vector<Arrival> arrivals;
    for (std::uint32_t uid = 1; uid <= 9; ++uid) {
      arrivals.push_back(
          arrival(std::to_string(uid), message("s" + std::to_string(uid), "a@example.org", date, ""), uid));
    }
    if (is_reversed) std::reverse(arrivals.begin(), arrivals.end());
    const auto path = root_ / (is_reversed ? "reversed" : "straight");
    Indexer indexer{path};
    for (const auto& one : arrivals) indexer.add(inbox_, one);
    indexer.finish();
    Searcher searcher{path};
    auto& order = orders.emplace_back();
    searcher.search("*", {}, [&](MessageSummary& summary) { order.push_back(summary.id); });
  }
  EXPECT_EQ(orders[0], orders[1]);
}

TEST_F(Index, TakesEveryQueryThatTheParserTakes) {
  Indexer{database()}.finish();
  Searcher searcher{database()};
  std::string nested = "a";
  for (int depth = 0; depth < 24; ++depth) nested = "(" + nested + " OR b)";
  EXPECT_EQ(searcher.count(nested, {}), 0U);
  EXPECT_THROW(searcher.count("mailbox:" + std::string(60'000, '*') + "x", {}), QueryError);
}

TEST_F(Index, ReadsAgainWhatCouldNotBeRead) {
  Indexer indexer{database()};
  auto broken = arrival("1", message("alpha", "a@example.org", "", ""), 1);
  const auto path = std::exchange(broken.path, root_);
  indexer.add(inbox_, broken);
  indexer.finish();
  EXPECT_TRUE(indexer.unique_names("work").empty());
  indexer.add(inbox_, {path, "1", 7U, 1U, {}, ""});
  indexer.finish();
  Searcher searcher{database()};
  EXPECT_TRUE(searcher.unreadable_files().empty());
  searcher.search("*", {}, [](MessageSummary& summary) {
    EXPECT_EQ(summary.placements.at(0).internal_date_raw, "05-Mar-2024 10:00:02 +0100");
  });
}

TEST_F(Index, RemembersHowFarAJournalWasRead) {
  {
    Indexer indexer{database()};
    EXPECT_EQ(indexer.journal_octets("work"), 0U);
    indexer.add(inbox_, arrival("1", message("a", "a@example.org", "", ""), 1));
    indexer.set_journal_octets(inbox_, 4711);
    indexer.finish();
  }
  Indexer indexer{database()};
  EXPECT_EQ(indexer.journal_octets("work"), 4711U);
  EXPECT_EQ(indexer.unique_names("work"), std::vector<std::string>{"1"});
}

TEST_F(Index, MakesTheSameRowsWhateverTheNumberOfThreads) {
  std::vector<Arrival> arrivals;
  for (std::uint32_t uid = 1; uid <= 300; ++uid) {
    arrivals.push_back(arrival(std::to_string(uid),
                               message("s" + std::to_string(uid), "a@example.org",
                                       "Tue, 5 Mar 2024 10:00:00 +0000", std::string(uid * 50, 'x')),
                               uid));
  }
  std::vector<std::vector<std::string>> orders;
  for (const unsigned threads : {1U, 4U}) {
    const auto path = root_ / ("index-" + std::to_string(threads));
    Indexer indexer{path, {}, threads};
    for (const auto& one : arrivals) indexer.add(inbox_, one);
    EXPECT_EQ(indexer.finish().messages, 300U);
    Searcher searcher{path};
    auto& order = orders.emplace_back();
    searcher.search("*", {}, [&](MessageSummary& summary) { order.push_back(summary.id); });
  }
  EXPECT_EQ(orders[0], orders[1]);
}

/// Names of the indexes that SQLite did not make itself.
std::set<std::string> indexes_of(const std::filesystem::path& path) {
  sqlite3* db = nullptr;
  std::set<std::string> names;
  const auto take = [](void* set, int, char** columns, char**) {
    static_cast<std::set<std::string>*>(set)->insert(columns[0]);
    return 0;
  };
  EXPECT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(db, "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL", take,
                         &names, nullptr),
            SQLITE_OK);
  sqlite3_close(db);
  return names;
}

TEST_F(Index, LeavesWhatOnlySearchesNeedToTheEnd) {
  const auto whole = root_ / "whole.db";
  Indexer{whole}.finish();
  const std::set<std::string> all = indexes_of(whole);
  EXPECT_GT(all.size(), 20U);
  const auto add = [this](Indexer& indexer, std::uint32_t uid) {
    const auto name = "m" + std::to_string(uid);
    indexer.add(inbox_,
                arrival(name, message(name, "a@example.org", "Tue, 5 Mar 2024 10:00:00 +0000", "word"), uid));
  };
  {
    Indexer indexer{database()};
    indexer.expect_more(true);
    add(indexer, 1);
    indexer.finish();
    EXPECT_LT(indexes_of(database()).size(), 5U);
    EXPECT_EQ(subjects("from:a@example.org word"), Subjects{"m1"});  // and is broken off here
  }
  Indexer indexer{database()};
  indexer.expect_more(true);
  add(indexer, 2);
  indexer.finish();
  EXPECT_LT(indexes_of(database()).size(), 5U);
  indexer.expect_more(false);
  indexer.finish();
  EXPECT_EQ(indexes_of(database()), all);
  EXPECT_EQ(subjects("from:a@example.org word").size(), 2U);
}

TEST_F(Index, GoesOnMakingWhatOnlySearchesNeed) {
  Indexer{database()}.finish();
  const auto all = indexes_of(database());
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(database().c_str(), &db), SQLITE_OK);
  // As if it had been broken off behind the first.
  for (const auto& name : all) {
    if (name == "message_by_sha256" || name == "placement_by_message" || name == "message_by_message_id")
      continue;
    ASSERT_EQ(sqlite3_exec(db, ("DROP INDEX " + name).c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
  }
  sqlite3_close(db);
  Indexer{database()}.finish();
  EXPECT_EQ(indexes_of(database()), all);
}

TEST_F(Index, AnswersPrefixesOfIds) {
  Indexer indexer{database()};
  indexer.add(inbox_, arrival("1", message("a", "a@example.org", "", ""), 1));
  indexer.finish();
  Searcher searcher{database()};
  std::string id;
  searcher.search("*", {}, [&](MessageSummary& summary) { id = summary.id; });
  EXPECT_EQ(searcher.ids_with_prefix(id.substr(0, 6)), std::vector<std::string>{id});
  EXPECT_EQ(searcher.ids_with_prefix(id), std::vector<std::string>{id});
  EXPECT_EQ(searcher.count("id:" + id.substr(0, 7), {}), 1U);
  EXPECT_EQ(searcher.ids_with_message_id("a@example.org"), std::vector<std::string>{id});
  EXPECT_TRUE(searcher.message(id));
  EXPECT_FALSE(searcher.message(std::string(64, '0')));
}

TEST_F(Index, RefusesWhatIsNoIndex) {
  file("index.db", "this is no database, and long enough to be looked at as one");
  EXPECT_THROW(Searcher{database()}, DatabaseError);
  EXPECT_THROW(Indexer{database()}, DatabaseError);
  EXPECT_THROW(Searcher{root_ / "nothing.db"}, DatabaseError);
}

TEST_F(Index, RefusesASchemaOfTheFuture) {
  { Indexer{database()}.finish(); }
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(database().c_str(), &db), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(db, "PRAGMA user_version = 999", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(db);
  EXPECT_THROW(Searcher{database()}, DatabaseError);
}

TEST_F(Index, IsLockedByOneProcessAtATime) {
  auto lock = IndexLock::take(database(), IndexLock::Wait::no);
  ASSERT_TRUE(lock);
  EXPECT_FALSE(IndexLock::take(database(), IndexLock::Wait::no));
  lock.reset();
  EXPECT_TRUE(IndexLock::take(database(), IndexLock::Wait::no));
}

}  // namespace
}  // namespace mailspoor::index
