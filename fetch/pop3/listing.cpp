#include "fetch/pop3/listing.hpp"

#include <algorithm>
#include <charconv>

#include "fetch/error.hpp"

namespace mailspoor::fetch::pop3 {
namespace {

constexpr std::size_t kMaxListed = 10'000'000;  // lines of both lists together
constexpr std::uint64_t kMaxOctets = std::uint64_t{512} * 1024 * 1024;
constexpr std::uint32_t kMaxNumber = INT32_MAX;

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
  const auto number = take_number(text);
  if (!number || *number == 0 || *number > kMaxNumber) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

}  // namespace

void Listing::count(std::size_t octets) {
  octets_ += octets;
  if (listed_.size() >= kMaxListed || octets_ > kMaxOctets)
    throw ProtocolError{"the server lists messages without end"};
}

void Listing::take_uidl(std::string_view line) {
  const auto number = take_message_number(line);
  if (!number) return;
  while (line.ends_with(' ') || line.ends_with('\t')) line.remove_suffix(1);
  count(line.size());
  auto name = line.empty() ? std::nullopt : std::optional{base::maildrop_name(line)};
  listed_.push_back({*number, std::nullopt, std::move(name)});
}

void Listing::take_size(std::string_view line) {
  const auto number = take_message_number(line);
  if (!number) return;
  count(0);
  listed_.push_back({*number, take_number(line), std::nullopt});
}

void Listing::take_count(std::uint64_t messages) {
  for (std::uint64_t number = 1; number <= messages; ++number) {
    count(0);
    listed_.push_back({static_cast<std::uint32_t>(number), std::nullopt, std::nullopt});
  }
}

std::vector<Listed> Listing::messages() {
  std::stable_sort(listed_.begin(), listed_.end(),
                   [](const Listed& left, const Listed& right) { return left.number < right.number; });
  std::vector<Listed> all;
  for (Listed& one : listed_) {
    if (all.empty() || all.back().number != one.number) {
      all.push_back(std::move(one));
      continue;
    }
    if (!all.back().octets) all.back().octets = one.octets;
    if (!all.back().name) all.back().name = std::move(one.name);
  }
  listed_.clear();
  return all;
}

std::optional<std::pair<std::uint64_t, std::uint64_t>> parse_stat(std::string_view text) {
  const auto messages = take_number(text);
  const auto octets = messages ? take_number(text) : std::nullopt;
  if (!octets) return std::nullopt;
  return std::pair{*messages, *octets};
}

}  // namespace mailspoor::fetch::pop3
