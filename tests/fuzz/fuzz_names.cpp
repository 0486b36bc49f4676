#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "deliver/base/modified_utf7.hpp"
#include "deliver/base/text.hpp"
#include "deliver/base/uid_set.hpp"
#include "deliver/error.hpp"
#include "deliver/folder_identity.hpp"
#include "deliver/internal_date.hpp"
#include "deliver/maildir_name.hpp"
#include "deliver/unique_name.hpp"
#include "tests/fuzz/fuzz_target.hpp"

// Any octets as each of the names that a server or a MUA chooses.
namespace {

using namespace mailspoor;

bool is_one_directory_name(std::string_view name) {
  return name.size() <= 255 && name.starts_with('.') && name != "." && name != ".." &&
         std::all_of(name.begin(), name.end(), [](char c) { return c >= 0x20 && c < 0x7F && c != '/'; });
}

void check_file_name(std::string_view octets) {
  const auto name = deliver::parse_maildir_name(octets);
  require(octets.starts_with(name.unique));
  require(name.unique.size() == octets.size() ||
          octets.substr(name.unique.size()) == ":2," + std::string{name.info});
  require(name.uid != 0U);
  const auto info = deliver::maildir_info(deliver::imap_flags(name.info));
  require(std::is_sorted(info.begin(), info.end()));
}

void check_mailbox_name(std::string_view octets) {
  std::vector<std::string> levels{""};
  for (const char c : octets) {
    if (c == '\x1f') {
      levels.emplace_back();
    } else {
      levels.back() += c;
    }
  }
  const auto folder = deliver::maildir_folder(levels, octets);
  if (folder.empty()) {
    require(levels.size() == 1 && base::equal_ignoring_case(levels[0], "INBOX"));
  } else {
    require(is_one_directory_name(folder));
    require(!base::equal_ignoring_case(folder, ".mailspoor-gone"));
  }
  require(is_one_directory_name(deliver::hashed_folder(octets)));
  require(base::is_utf8(deliver::mailbox_of_folder(folder)));
  require(base::is_utf8(deliver::mailbox_of_folder(octets)));
}

void check_modified_utf7(std::string_view octets) {
  if (const auto utf8 = base::from_modified_utf7(octets)) {
    require(base::is_utf8(*utf8));
    require(base::to_modified_utf7(*utf8) == octets);
  }
  const auto valid = base::to_valid_utf8(octets);
  require(base::is_utf8(valid));
  require(base::from_modified_utf7(base::to_modified_utf7(octets)) == valid);
}

void check_text(std::string_view octets) {
  const auto shown = base::printable(octets);
  require(base::is_utf8(shown) && base::printable(shown) == shown);
  require(std::none_of(shown.begin(), shown.end(), [](char c) { return (c >= 0 && c < 0x20) || c == 0x7F; }));
  if (const auto set = base::parse_sequence_set(octets))
    require(base::parse_sequence_set(to_sequence_set(*set)) == set);
  const auto host = deliver::escaped_host(octets);
  require(host.size() <= 64 && !host.empty() && host.find_first_of("/:,\n") == std::string::npos);
  deliver::parse_internal_date(octets);
}

void check_identity(std::string_view octets) {
  try {
    if (const auto identity = deliver::parse_folder_identity(octets)) {
      require(deliver::parse_folder_identity(to_json(*identity)) == identity);
    }
  } catch (const deliver::Error&) {  // a later schema
  }
  const deliver::FolderIdentity named{.account = "a",
                                      .mailbox = "b",
                                      .mailbox_raw = std::string{octets},
                                      .delimiter = octets.empty() ? '/' : octets[0],
                                      .uid_validity = 1,
                                      .object_id = {}};
  require(deliver::parse_folder_identity(to_json(named)) == named);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view octets{reinterpret_cast<const char*>(data), size};
  check_file_name(octets);
  check_mailbox_name(octets);
  check_modified_utf7(octets);
  check_text(octets);
  check_identity(octets);
  return 0;
}
