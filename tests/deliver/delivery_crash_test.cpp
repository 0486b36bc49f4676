#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <system_error>

#include "deliver/delivery.hpp"
#include "deliver/error.hpp"
#include "deliver/journal_file.hpp"
#include "tests/deliver/faults.hpp"
#include "tests/deliver/test_tree.hpp"

// A delivery that is killed, or meets an error, at every single one of its file calls.
namespace mailspoor::deliver {
namespace {

const std::string kOctets =
    "Subject: x\r\n\r\n" + std::string(100'000, 'x');  // more than is written at a time

/// Deliveries sync several times each; only the order of the calls matters here.
std::filesystem::path fast_disk() {
  return std::filesystem::is_directory("/dev/shm") ? "/dev/shm" : std::filesystem::temp_directory_path();
}

Delivered deliver(const std::filesystem::path& root, std::uint64_t first_random = 1) {
  return deliver_message(
      {root, "bob", "Archive/2024"}, {.sender = "a@example.org", .recipients = {"b@c"}},
      [is_read = false]() mutable {
        return std::exchange(is_read, true) ? std::string_view{} : std::string_view{kOctets};
      },
      still_environment(first_random));
}

std::filesystem::path folder_of(const std::filesystem::path& root) { return root / "mail/bob/.Archive.2024"; }

/// @return How many messages lie there, all of them whole.
std::size_t whole_messages(const std::filesystem::path& root) {
  const auto directory = folder_of(root) / "new";
  const auto names = names_in(directory);
  for (const auto& name : names) EXPECT_EQ(read_text(directory / name), kOctets) << name;
  return names.size();
}

std::vector<DeliveredEvent> journalled(const std::filesystem::path& root) {
  std::vector<DeliveredEvent> events;
  read_journal(folder_of(root) / kJournalFile, 0,
               [&](const JournalEntry& entry) { events.push_back(std::get<DeliveredEvent>(entry.event)); });
  return events;
}

TEST(DeliveryCrash, AtAnyFileCallLosesNothing) {
  int killed = 0;
  int doubled = 0;
  for (int at = 1;; ++at) {
    SCOPED_TRACE(at);
    const TemporaryDirectory directory{fast_disk()};
    const auto& root = directory.path();
    const auto child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      start_faults({.fault = Fault::exit, .at = at});
      deliver(root);
      _exit(0);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status));
    const bool is_done = WEXITSTATUS(status) == 0;
    const auto before = whole_messages(root);
    EXPECT_LE(before, 1U);
    EXPECT_EQ(is_done && before != 1, false);
    const auto again = deliver(root, 1000);  // as the MTA does that heard no answer
    EXPECT_EQ(again.is_again, !journalled(root).empty() && journalled(root).size() > 1);
    const auto after = whole_messages(root);
    EXPECT_GE(after, 1U);
    EXPECT_LE(after, 2U);
    doubled += after == 2 ? 1 : 0;
    EXPECT_EQ(delivered_folders(root), std::vector<std::string>{"bob/.Archive.2024"});
    if (testing::Test::HasFailure() || is_done) break;
    ++killed;
  }
  EXPECT_GT(killed, 40);
  // Between the call that makes the file visible and the one that writes the journal.
  EXPECT_LE(doubled, 3);
  EXPECT_GE(doubled, 1);
}

/// Runs with this error at each call in turn.
void expect_errors_named(int error) {
  const auto text = std::generic_category().message(error);
  for (int at = 1;; ++at) {
    const TemporaryDirectory directory{fast_disk()};
    const auto& root = directory.path();
    std::string what;
    int cause = 0;
    start_faults({.fault = Fault::error, .at = at, .error = error});
    try {
      deliver(root);
    } catch (const Error& thrown) {
      what = thrown.what();
      cause = thrown.cause();
    }
    const auto calls = stop_faults();
    const bool was_met = static_cast<int>(calls.size()) >= at;
    SCOPED_TRACE(
        fmt::format("{} {} -> {}", at, was_met ? calls[static_cast<std::size_t>(at) - 1] : "none", what));
    if (what.empty()) {
      // What may fail without a word: closing what was only read, tidying up, looking whether it came before.
      EXPECT_EQ(whole_messages(root), 1U);
      EXPECT_EQ(journalled(root).size(), 1U);
    } else {
      EXPECT_NE(what.find(text), std::string::npos);
      EXPECT_NE(what.find(root.string()), std::string::npos);
      EXPECT_EQ(cause, error);
      EXPECT_EQ(whole_messages(root), 0U);
      for (const auto& name : names_in(folder_of(root) / "tmp")) ADD_FAILURE() << "left in tmp: " << name;
    }
    deliver(root, 1000);
    EXPECT_EQ(whole_messages(root), 1U);
    if (testing::Test::HasFailure() || !was_met) return;
  }
}

TEST(DeliveryError, NoSpaceIsNamedAndNothingIsLeft) { expect_errors_named(ENOSPC); }
TEST(DeliveryError, InputOutputIsNamedAndNothingIsLeft) { expect_errors_named(EIO); }
TEST(DeliveryError, QuotaIsNamedAndNothingIsLeft) { expect_errors_named(EDQUOT); }

TEST(DeliveryOrder, SyncsEachThingBeforeWhatRestsOnIt) {
  const TemporaryDirectory directory{fast_disk()};
  const auto& root = directory.path();
  deliver_message(
      {root, "bob", "Archive/2024"}, {}, [] { return std::string_view{}; }, still_environment(7));
  start_faults({});
  deliver(root);
  const auto calls = stop_faults();
  const auto place = [&](std::string_view call, std::string_view path_end, std::size_t from = 0) {
    const auto found = std::find_if(
        calls.begin() + static_cast<std::ptrdiff_t>(from), calls.end(),
        [&](const auto& one) { return one.starts_with(call) && one.find(path_end) != std::string::npos; });
    EXPECT_NE(found, calls.end()) << call << ' ' << path_end;
    return static_cast<std::size_t>(found - calls.begin());
  };
  const auto written = place("fsync", "tmp/deliver-");
  const auto visible = place("renameat2", "", written);
  const auto journalled_at = place("fdatasync", kJournalFile, visible);
  const auto named = place("fsync", "/new", visible);
  EXPECT_LT(written, visible);
  EXPECT_LT(visible, journalled_at);
  EXPECT_LT(journalled_at, named);
}

}  // namespace
}  // namespace mailspoor::deliver
