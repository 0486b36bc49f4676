#include "fetch/imap/throttling.hpp"

#include <gtest/gtest.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/null_sink.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fetch/error.hpp"
#include "fetch/patience.hpp"

namespace mailspoor::fetch::imap {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

struct ThrottleCase {
  std::string_view name, text;
  std::string_view verdict;  ///< `account`, `particular` or `none`.
  std::optional<milliseconds> pause{};
};
void PrintTo(const ThrottleCase& one, std::ostream* out) { *out << one.name; }

class Throttling : public testing::TestWithParam<ThrottleCase> {};

TEST_P(Throttling, IsToldFromOtherRefusals) {
  for (const auto kind : {Status::Kind::no, Status::Kind::bad, Status::Kind::bye}) {
    const auto throttle = throttle_of(parse_status(kind, GetParam().text));
    const std::string_view verdict = !throttle                     ? "none"
                                     : throttle->may_be_particular ? "particular"
                                                                   : "account";
    EXPECT_EQ(verdict, GetParam().verdict);
    EXPECT_EQ(throttle ? throttle->pause : std::nullopt, GetParam().pause);
  }
  EXPECT_FALSE(throttle_of(parse_status(Status::Kind::ok, GetParam().text)));
}

INSTANTIATE_TEST_SUITE_P(
    Servers, Throttling,
    testing::Values(
        ThrottleCase{"exchange", "Request is throttled. Suggested Backoff Time: 299961 milliseconds",
                     "account", milliseconds{299'961}},
        ThrottleCase{"backoff_in_seconds", "Suggested Backoff Time: 12 seconds", "account", seconds{12}},
        ThrottleCase{"backoff_beyond_numbers", "Suggested Backoff Time: 99999999999999999999 milliseconds",
                     "account", milliseconds{4'294'967'295}},
        ThrottleCase{"backoff_of_no_number", "Suggested Backoff Time: soon", "account"},
        ThrottleCase{"workmail", "[THROTTLED] Too many requests", "account"},
        ThrottleCase{"gmail_bandwidth", "[OVERQUOTA] Account exceeded command or bandwidth limits.",
                     "account"},
        ThrottleCase{"gmail_connections", "[ALERT] Too many simultaneous connections. (Failure)", "account"},
        ThrottleCase{"dovecot",
                     "[UNAVAILABLE] Maximum number of connections from user+IP exceeded "
                     "(mail_max_userip_connections=10)",
                     "account"},
        ThrottleCase{"courier", "Maximum connection limit reached for 127.0.0.1", "account"},
        ThrottleCase{"yahoo_rate", "[LIMIT] UID FETCH Rate limit hit.", "account"},
        ThrottleCase{"yahoo_message", "[UNAVAILABLE] UID FETCH Server error - Please try again later",
                     "particular"},
        ThrottleCase{"in_use", "[inuse] Mailbox is locked", "particular"},
        ThrottleCase{"limit", "[LIMIT] Too many flags", "particular"},
        ThrottleCase{"overquota", "[OVERQUOTA] Mailbox is full", "none"},
        ThrottleCase{"serverbug", "[SERVERBUG] Server error", "none"},
        ThrottleCase{"name_that_is_repeated", "[NONEXISTENT] No mailbox named throttled connections", "none"},
        ThrottleCase{"empty", "", "none"}),
    [](const auto& test) { return std::string{test.param.name}; });

TEST(MessageLimit, TellsWhatACommandLeft) {
  const auto cut = [](std::string_view text) { return cut_at(parse_status(Status::Kind::ok, text)); };
  EXPECT_EQ(cut("[MESSAGELIMIT 1000 23221] FETCH completed with 1000 partial results"), 23221U);
  EXPECT_EQ(cut("[MESSAGELIMIT 1000] too many"), std::nullopt);
  EXPECT_EQ(cut("[MESSAGELIMIT 1000 x] too many"), std::nullopt);
  EXPECT_EQ(cut("[MESSAGELIMIT 1000 0] too many"), std::nullopt);
  EXPECT_EQ(cut("[LIMIT 1000 5] too many"), std::nullopt);
  EXPECT_EQ(below("1:99,200:*", 300), "1:99,200:299");
  EXPECT_EQ(below("1:*", 1), "");
  EXPECT_EQ(below("50:60", 50), "");
}

class PatienceTest : public testing::Test {
 protected:
  std::vector<milliseconds> waits;
  milliseconds limit = minutes{600};
  spdlog::logger log{"test", std::make_shared<spdlog::sinks::null_sink_st>()};
  Patience patience{[this](milliseconds time) {
                      waits.push_back(time);
                      limit -= time;
                      return limit.count() >= 0;
                    },
                    log};

  std::string complaint(const ThrottledError& why) {
    try {
      patience.wait(why);
      return {};
    } catch (const ThrottledError& error) {
      return error.what();
    }
  }
};

TEST_F(PatienceTest, WaitsLongerEachTimeAndThenNoMore) {
  const ThrottledError why{"busy", std::nullopt};
  for (int i = 0; i < 3; ++i) EXPECT_EQ(complaint(why), "");
  EXPECT_EQ(complaint(why), "busy; 3 waits were not enough: try again in 5 minutes");
  EXPECT_EQ(waits, (std::vector<milliseconds>{seconds{5}, seconds{20}, seconds{80}}));
}

TEST_F(PatienceTest, WaitsAsLongAsTheServerWantsUpToFiveMinutes) {
  EXPECT_EQ(complaint({"busy", milliseconds{1234}}), "");
  EXPECT_EQ(complaint({"busy", minutes{90}}), "");
  EXPECT_EQ(complaint({"busy", milliseconds{0}}), "");
  EXPECT_EQ(waits, (std::vector<milliseconds>{milliseconds{1234}, minutes{5}, milliseconds{1}}));
}

TEST_F(PatienceTest, TellsTheHintOfTheServerAtTheEnd) {
  const ThrottledError why{"busy", minutes{90}};
  for (int i = 0; i < 3; ++i) EXPECT_EQ(complaint(why), "");
  EXPECT_EQ(complaint(why), "busy; 3 waits were not enough: try again in 90 minutes");
}

TEST_F(PatienceTest, StartsAfreshOnceTheServerHasGivenSomething) {
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(complaint({"busy", std::nullopt}), "");
    patience.got_on();
  }
  EXPECT_EQ(waits, std::vector<milliseconds>(10, seconds{5}));
}

TEST_F(PatienceTest, WaitsForAnHourInAllWhateverTheServerGives) {
  for (int i = 0; i < 12; ++i) {
    EXPECT_EQ(complaint({"busy", minutes{5}}), "");
    patience.got_on();
  }
  EXPECT_EQ(complaint({"busy", minutes{5}}),
            "busy; it was waited for 60 minutes in all: try again in 5 minutes");
  EXPECT_THROW(patience.rest("busy", 0), ThrottledError);
  EXPECT_EQ(waits.size(), 12U);
}

TEST_F(PatienceTest, EndsWhereTheRunsTimeIsOver) {
  limit = seconds{4};
  EXPECT_EQ(complaint({"busy", std::nullopt}),
            "busy; the run's time does not suffice for waiting: try again in 5 s");
}

}  // namespace
}  // namespace mailspoor::fetch::imap
