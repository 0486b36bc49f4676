// Dates and addresses of real mail, beside what GMime reads of the same octets.
#include <fcntl.h>
#include <gmime/gmime.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "index/message/message_parser.hpp"
#include "tests/index/real_mail.hpp"

namespace mailspoor::index {
namespace {

struct ObjectDeleter {
  void operator()(void* object) const noexcept { g_object_unref(object); }
};
template <typename T>
using ObjectPtr = std::unique_ptr<T, ObjectDeleter>;

class Scratch {
 public:
  Scratch() {
    std::string name = "/tmp/mailspoor-test-XXXXXX";
    path_ = ::mkdtemp(name.data());
  }
  ~Scratch() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

std::string octets_of(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  std::string octets{std::istreambuf_iterator<char>{in}, {}};
  if (octets.starts_with("From ")) octets.erase(0, octets.find('\n') + 1);
  return octets;
}

MessageObject ours(const std::string& octets, const std::filesystem::path& scratch) {
  const auto copy = scratch / "message";
  std::ofstream{copy, std::ios::binary | std::ios::trunc} << octets;
  const int fd = ::open(copy.c_str(), O_RDONLY | O_CLOEXEC);
  auto message = parse_message(fd, copy.string());
  ::close(fd);
  return message;
}

ObjectPtr<GMimeMessage> gmimes(const std::string& octets) {
  const ObjectPtr<GMimeStream> stream{g_mime_stream_mem_new_with_buffer(octets.data(), octets.size())};
  const ObjectPtr<GMimeParser> parser{g_mime_parser_new_with_stream(stream.get())};
  return ObjectPtr<GMimeMessage>{g_mime_parser_construct_message(parser.get(), nullptr)};
}

std::vector<std::string> addresses(InternetAddressList* list) {
  std::vector<std::string> all;
  for (int index = 0; list != nullptr && index < internet_address_list_length(list); ++index) {
    auto* address = internet_address_list_get_address(list, index);
    if (INTERNET_ADDRESS_IS_GROUP(address)) {
      const auto members = addresses(internet_address_group_get_members(INTERNET_ADDRESS_GROUP(address)));
      all.insert(all.end(), members.begin(), members.end());
    } else if (const char* text = internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(address))) {
      all.emplace_back(text);
    }
  }
  return all;
}

std::vector<std::string> addresses(const std::vector<Address>& list) {
  std::vector<std::string> all;
  for (const auto& address : list) {
    if (!address.addr_spec.empty()) all.push_back(address.addr_spec);
  }
  return all;
}

struct Comparison {
  std::size_t equal = 0;
  std::vector<std::string> different;
  template <typename Value>
  void take(const std::filesystem::path& file, const Value& left, const Value& right) {
    if (left == right) {
      ++equal;
    } else {
      different.push_back(file.filename().string() + ": " + testing::PrintToString(left) + " and " +
                          testing::PrintToString(right));
    }
  }
};

class HeaderOracle : public testing::TestWithParam<const char*> {};

TEST_P(HeaderOracle, ReadsTheSameInRealMail) {
  g_mime_init();
  const Scratch scratch;
  auto files = real_mail_files(GetParam(), scratch.path());
  constexpr std::size_t kMost = 1'500;
  if (const auto all = files.size(); all > kMost && std::getenv("MAILSPOOR_TESTS_LONG") == nullptr) {
    for (std::size_t number = 0; number < kMost; ++number) files[number] = files[number * all / kMost];
    files.resize(kMost);
  }
  if (files.empty()) GTEST_SKIP() << "no real mail: MAILSPOOR_CORPORA names the folder of " << GetParam();
  Comparison dates;
  Comparison from;
  Comparison recipients;
  for (const auto& file : files) {
    const auto octets = octets_of(file);
    const auto message = ours(octets, scratch.path());
    const auto other = gmimes(octets);
    ASSERT_TRUE(other) << file;
    if (const char* field = g_mime_object_get_header(GMIME_OBJECT(other.get()), "Date")) {
      std::optional<std::int64_t> read;
      if (auto* date = g_mime_utils_header_decode_date(field)) {
        read = g_date_time_to_unix(date);
        g_date_time_unref(date);
      }
      const auto& date = message.summary.date;
      // What only one of both can read is no contradiction: GMime invents a time where ours says none.
      if (read && date) dates.take(file, date->unix_seconds, *read);
    }
    from.take(file, addresses(message.summary.from), addresses(g_mime_message_get_from(other.get())));
    auto to = addresses(message.summary.to);
    const auto cc = addresses(message.summary.cc);
    to.insert(to.end(), cc.begin(), cc.end());
    auto others = addresses(g_mime_message_get_addresses(other.get(), GMIME_ADDRESS_TYPE_TO));
    const auto other_cc = addresses(g_mime_message_get_addresses(other.get(), GMIME_ADDRESS_TYPE_CC));
    others.insert(others.end(), other_cc.begin(), other_cc.end());
    recipients.take(file, to, others);
  }
  const auto show = [&](const char* what, const Comparison& comparison) {
    std::cout << GetParam() << ": " << what << ": " << comparison.equal << " equal, "
              << comparison.different.size() << " different\n";
    for (const auto& one : comparison.different) std::cout << "    " << one << '\n';
    EXPECT_LE(comparison.different.size(), files.size() / 200) << what;
    EXPECT_GT(comparison.equal, files.size() * 9 / 10) << what;
  };
  show("Date", dates);
  show("From", from);
  show("To and Cc", recipients);
}

INSTANTIATE_TEST_SUITE_P(Corpora, HeaderOracle,
                         testing::Values("spamassassin.tar.zst", "phishing_pot.tar.zst"),
                         [](const auto& archive) {
                           return std::string{archive.index == 0 ? "Of2002" : "OfToday"};
                         });

}  // namespace
}  // namespace mailspoor::index
