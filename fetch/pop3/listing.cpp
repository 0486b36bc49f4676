#include "fetch/pop3/listing.hpp"

#include <algorithm>
#include <charconv>

#include "fetch/error.hpp"

namespace mailspoor::fetch::pop3 {
namespace {

constexpr std::size_t kMaxListed = 1'000'000;                          // lines of a list
constexpr std::uint64_t kMaxOctets = std::uint64_t{96} * 1024 * 1024;  // of all UIDLs; most have 16 to 32
constexpr std::uint32_t kMaxNumber = INT32_MAX;
constexpr std::uint64_t kMaxSize = std::uint64_t{1} << 50U;  // what is added up never overflows

/// Takes a number off the front, and the blanks behind it.
std::optional<std::uint64_t> take_number(std::string_view& text) noexcept {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  const auto blanks = std::min(text.find_first_not_of(" \t"), text.size());
  if (blanks == 0 && !text.empty()) return std::nullopt;
  text.remove_prefix(blanks);
  return number;
}

std::optional<std::uint32_t> take_message_number(std::string_view& text) noexcept {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  const auto number = take_number(text);
  if (!number || *number == 0 || *number > kMaxNumber) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

void check_end(bool is_bearable) {
  if (!is_bearable) throw ProtocolError{"the server lists messages without end"};
}

}  // namespace

bool Listing::take_uidl(std::string_view line) {
  check_end(++uidl_lines_ <= kMaxListed);
  const auto number = take_message_number(line);
  if (!number) return false;
  while (line.ends_with(' ') || line.ends_with('\t')) line.remove_suffix(1);
  octets_ += line.size();
  check_end(octets_ <= kMaxOctets);
  names_.emplace_back(*number, line.empty() ? base::MaildropName{} : base::maildrop_name(line));
  return true;
}

bool Listing::take_size(std::string_view line) {
  check_end(++size_lines_ <= kMaxListed);
  const auto number = take_message_number(line);
  if (!number) return false;
  const auto size = take_number(line);
  sizes_.emplace_back(*number, size ? std::optional{std::min(*size, kMaxSize)} : std::nullopt);
  return true;
}

void Listing::take_count(std::uint64_t messages) {
  check_end(messages <= kMaxListed);
  for (std::uint32_t number = 1; number <= messages; ++number) sizes_.emplace_back(number, std::nullopt);
}

std::vector<Listed> Listing::messages() {
  const auto by_number = [](const auto& left, const auto& right) { return left.first < right.first; };
  std::stable_sort(names_.begin(), names_.end(), by_number);
  std::stable_sort(sizes_.begin(), sizes_.end(), by_number);
  std::vector<Listed> all;
  all.reserve(std::max(names_.size(), sizes_.size()));
  auto name = names_.begin();
  auto size = sizes_.begin();
  while (name != names_.end() || size != sizes_.end()) {
    Listed one;
    one.number = std::min(name == names_.end() ? kMaxNumber : name->first,
                          size == sizes_.end() ? kMaxNumber : size->first);
    // What is said again of a number does not count.
    for (; name != names_.end() && name->first == one.number; ++name)
      if (!one.name && !name->second.uidl.empty()) one.name = std::move(name->second);
    for (; size != sizes_.end() && size->first == one.number; ++size)
      if (!one.octets) one.octets = size->second;
    all.push_back(std::move(one));
  }
  names_ = {};
  sizes_ = {};
  return all;
}

std::optional<std::pair<std::uint64_t, std::uint64_t>> parse_stat(std::string_view text) {
  const auto messages = take_number(text);
  const auto octets = messages ? take_number(text) : std::nullopt;
  if (!octets) return std::nullopt;
  return std::pair{*messages, *octets};
}

}  // namespace mailspoor::fetch::pop3
