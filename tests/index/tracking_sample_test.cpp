// What 60 messages of public collections report of their readers, beside what was found in them by hand.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "deliver/base/text.hpp"
#include "index/message_file.hpp"
#include "index/table_text.hpp"
#include "tests/index/real_mail.hpp"

namespace mailspoor::index {
namespace {

using Items = std::multiset<std::string>;

/// Right ones among those that were said, and among those that there are.
struct Score {
  std::size_t right = 0;
  std::size_t said = 0;
  std::size_t there = 0;

  void add(const std::string& name, std::string_view what, const Items& found, const Items& expected) {
    Items both;
    std::set_intersection(found.begin(), found.end(), expected.begin(), expected.end(),
                          std::inserter(both, both.end()));
    right += both.size();
    said += found.size();
    there += expected.size();
    if (found != expected) {
      std::cout << name << ": " << what << " " << testing::PrintToString(found) << ", by hand "
                << testing::PrintToString(expected) << '\n';
    }
  }
  double precision() const { return said == 0 ? 1 : static_cast<double>(right) / static_cast<double>(said); }
  double recall() const { return there == 0 ? 1 : static_cast<double>(right) / static_cast<double>(there); }
  void print(std::string_view what) const {
    std::cout << what << ": " << there << " by hand, precision " << precision() * 100 << " %, recall "
              << recall() * 100 << " %\n";
  }
};

/// `-` is none.
Items items(std::string_view column) {
  Items all;
  if (column == "-") return all;
  for (const auto item : split(column, ' ')) all.emplace(item);
  return all;
}

Items pixels(const Tracking& tracking) {
  Items all;
  for (const auto& pixel : tracking.pixels)
    all.insert(pixel.host + ':' + std::string{to_text(pixel.reasons.front())});
  return all;
}

Items without_reasons(const Items& pixels) {
  Items hosts;
  for (const auto& pixel : pixels) hosts.insert(pixel.substr(0, pixel.rfind(':')));
  return hosts;
}

Items leaks(const Tracking& tracking) {
  std::set<std::string> all;
  for (const auto& leak : tracking.leaks) all.insert(leak.host + ':' + std::string{leak.encoding});
  return {all.begin(), all.end()};
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

TEST(TrackingSample, IsJudgedAsByHand) {
  const auto scratch =
      std::filesystem::temp_directory_path() / ("tracking-sample-" + std::to_string(::getpid()));
  std::map<std::string, std::filesystem::path> files;
  for (const std::string archive : {"phishing_pot", "spamassassin"}) {
    for (const auto& path : real_mail_files(archive + ".tar.zst", scratch / archive))
      files.emplace(archive + '/' + path.filename().string(), path);
  }
  const auto table =
      text_of(std::filesystem::path{MAILSPOOR_PROJECT} / "tests" / "data" / "tracking_sample.tsv");
  std::size_t read = 0;
  Score pixel_score;
  Score tracked_score;
  Score leak_score;
  for (const auto& row : table_rows(table)) {
    ASSERT_EQ(row.size(), 7U) << row[0];
    const std::string name{row[1]};
    const auto file = files.find(std::string{row[0]} + '/' + std::filesystem::path{name}.filename().string());
    if (file == files.end()) continue;
    ++read;
    const auto tracking = read_message_file(file->second).tracking;
    const auto expected = items(row[3]);
    EXPECT_EQ(std::to_string(tracking.remote.size()), row[2]) << name;
    EXPECT_EQ(pixels(tracking), expected) << name;
    EXPECT_EQ(tracking.read_receipt ? "yes" : "no", row[6]) << name;
    pixel_score.add(name, "pixels", without_reasons(pixels(tracking)), without_reasons(expected));
    tracked_score.add(name, "tracked links",
                      Items{tracking.tracked_hosts.begin(), tracking.tracked_hosts.end()}, items(row[4]));
    leak_score.add(name, "leaks", leaks(tracking), items(row[5]));
  }
  std::filesystem::remove_all(scratch);
  if (read == 0) GTEST_SKIP() << "no real mail: set MAILSPOOR_CORPORA";
  EXPECT_EQ(read, 60U);
  std::cout << read << " messages\n";
  pixel_score.print("pixels");
  tracked_score.print("hosts of tracked links");
  leak_score.print("leaks");
  for (const auto& score : {pixel_score, tracked_score, leak_score}) {
    EXPECT_GE(score.precision(), 0.99);
    EXPECT_GE(score.recall(), 0.97);
  }
}

}  // namespace
}  // namespace mailspoor::index
