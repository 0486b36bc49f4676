#include "deliver/maildir_name.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "deliver/base/maildrop.hpp"
#include "deliver/base/text.hpp"

namespace mailspoor::deliver {
namespace {

constexpr std::string_view kInfoSeparator = ":2,";

constexpr std::array<std::pair<char, std::string_view>, 6> kFlags = {{{'D', "\\Draft"},
                                                                      {'F', "\\Flagged"},
                                                                      {'P', "$Forwarded"},
                                                                      {'R', "\\Answered"},
                                                                      {'S', "\\Seen"},
                                                                      {'T', "\\Deleted"}}};

template <typename Number>
std::optional<Number> number(std::string_view digits) {
  Number value = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || read.ec != std::errc{} || read.ptr != digits.data() + digits.size())
    return std::nullopt;
  return value;
}

}  // namespace

MaildirName parse_maildir_name(std::string_view file_name) {
  MaildirName name;
  const auto separator = file_name.find(kInfoSeparator);
  name.unique = file_name.substr(0, separator);
  if (separator != std::string_view::npos) name.info = file_name.substr(separator + kInfoSeparator.size());

  auto rest = name.unique;
  while (true) {
    const auto comma = rest.find(',');
    if (comma == std::string_view::npos) return name;
    rest.remove_prefix(comma + 1);
    const auto field = rest.substr(0, rest.find(','));
    const auto digits = field.size() > 2 ? field.substr(2) : std::string_view{};
    if (field.starts_with("S=")) name.size = number<std::uint64_t>(digits);
    if (field.starts_with("V=")) name.uid_validity = number<std::uint32_t>(digits);
    if (field.starts_with("U=")) name.uid = number<std::uint32_t>(digits);
    if (field.starts_with("I=")) name.uidl_hash = base::maildrop_hash(digits);
    if (name.uid == 0U) name.uid.reset();  // no UID is 0 (RFC 3501 §9, nz-number)
  }
}

std::string maildir_info(const std::vector<std::string>& imap_flags) {
  std::string info;
  for (const auto& [letter, flag] : kFlags) {
    const auto is_this = [name = flag](std::string_view other) {
      return base::equal_ignoring_case(name, other);
    };
    if (std::any_of(imap_flags.begin(), imap_flags.end(), is_this)) info += letter;
  }
  return info;
}

std::string maildir_info(const std::vector<std::string>& imap_flags, std::string_view old_info) {
  auto info = maildir_info(imap_flags);
  for (const char letter : old_info) {
    const auto is_this = [letter](const auto& flag) { return flag.first == letter; };
    if (std::none_of(kFlags.begin(), kFlags.end(), is_this)) info += letter;
  }
  std::sort(info.begin(), info.end());
  return info;
}

bool are_same_flags(const std::vector<std::string>& left, const std::vector<std::string>& right) {
  const auto in_order = [](const std::vector<std::string>& flags) {
    std::vector<std::string> sorted;
    sorted.reserve(flags.size());
    for (const auto& flag : flags) sorted.push_back(base::to_lower(flag));
    std::sort(sorted.begin(), sorted.end());
    sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
    return sorted;
  };
  return in_order(left) == in_order(right);
}

std::vector<std::string> imap_flags(std::string_view maildir_info) {
  std::vector<std::string> flags;
  for (const auto& [letter, flag] : kFlags) {
    if (maildir_info.find(letter) != std::string_view::npos) flags.emplace_back(flag);
  }
  return flags;
}

}  // namespace mailspoor::deliver
