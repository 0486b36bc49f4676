#include "deliver/base/uid_set.hpp"

#include <algorithm>
#include <charconv>

namespace mailspoor::base {

void UidSet::add(std::uint32_t first, std::uint32_t last) {
  first = std::max<std::uint32_t>(first, 1);
  if (first > last) return;
  // Nearly every call appends, so that end comes first.
  if (ranges_.empty() || first > ranges_.back().last) {
    if (!ranges_.empty() && ranges_.back().last + 1 == first) {
      ranges_.back().last = last;
    } else {
      ranges_.push_back({first, last});
    }
    return;
  }
  // The ranges that overlap or touch [first, last]: from the first whose end reaches first - 1.
  const auto begin =
      std::lower_bound(ranges_.begin(), ranges_.end(), first - 1,
                       [](const Range& range, std::uint32_t value) { return range.last < value; });
  auto end = begin;
  while (end != ranges_.end() && (last == UINT32_MAX || end->first <= last + 1)) {
    first = std::min(first, end->first);
    last = std::max(last, end->last);
    ++end;
  }
  const auto at = ranges_.erase(begin, end);
  ranges_.insert(at, {first, last});
}

void UidSet::add(const UidSet& other) {
  for (const auto& range : other.ranges_) add(range.first, range.last);
}

void UidSet::remove(const UidSet& other) {
  std::vector<Range> left;
  auto hole = other.ranges_.begin();
  for (auto range : ranges_) {
    while (hole != other.ranges_.end() && hole->last < range.first) ++hole;
    bool used_up = false;
    for (auto at = hole; at != other.ranges_.end() && at->first <= range.last; ++at) {
      if (at->first > range.first) left.push_back({range.first, at->first - 1});
      if (at->last >= range.last) {
        used_up = true;
        break;
      }
      range.first = at->last + 1;
    }
    if (!used_up) left.push_back(range);
  }
  ranges_ = std::move(left);
}

void UidSet::remove(std::uint32_t uid) {
  const auto at =
      std::lower_bound(ranges_.begin(), ranges_.end(), uid,
                       [](const Range& range, std::uint32_t value) { return range.last < value; });
  if (at == ranges_.end() || at->first > uid) return;
  if (at->first == at->last) {
    ranges_.erase(at);
  } else if (at->first == uid) {
    ++at->first;
  } else if (at->last == uid) {
    --at->last;
  } else {
    const Range above{uid + 1, at->last};
    at->last = uid - 1;
    ranges_.insert(at + 1, above);
  }
}

UidSet UidSet::smallest(std::uint64_t count) const {
  UidSet taken;
  for (const auto& range : ranges_) {
    if (count == 0) break;
    const auto size = std::min<std::uint64_t>(count, std::uint64_t{range.last} - range.first + 1);
    taken.add(range.first, static_cast<std::uint32_t>(range.first + (size - 1)));
    count -= size;
  }
  return taken;
}

UidSet UidSet::greatest(std::uint64_t count) const {
  const auto all = size();
  UidSet taken = *this;
  if (all > count) taken.remove(smallest(all - count));
  return taken;
}

bool UidSet::contains(std::uint32_t uid) const noexcept {
  const auto at =
      std::lower_bound(ranges_.begin(), ranges_.end(), uid,
                       [](const Range& range, std::uint32_t value) { return range.last < value; });
  return at != ranges_.end() && at->first <= uid;
}

std::uint64_t UidSet::size() const noexcept {
  std::uint64_t count = 0;
  for (const auto& range : ranges_) count += std::uint64_t{range.last} - range.first + 1;
  return count;
}

UidSet intersection(const UidSet& left, const UidSet& right) {
  UidSet only_left = left;
  only_left.remove(right);
  UidSet both = left;
  both.remove(only_left);
  return both;
}

std::vector<UidSet> in_parts(const UidSet& set, std::size_t max_ranges) {
  std::vector<UidSet> parts;
  for (const auto& range : set.ranges()) {
    if (parts.empty() || parts.back().ranges().size() == max_ranges) parts.emplace_back();
    parts.back().add(range.first, range.last);
  }
  return parts;
}

std::string to_sequence_set(const UidSet& set) {
  std::string text;
  for (const auto& range : set.ranges()) {
    if (!text.empty()) text += ',';
    text += std::to_string(range.first);
    if (range.last != range.first) text += ':' + std::to_string(range.last);
  }
  return text;
}

std::optional<UidSet> parse_sequence_set(std::string_view text) {
  UidSet set;
  if (text.empty()) return set;
  const char* at = text.data();
  const char* const end = at + text.size();
  const auto number = [&]() -> std::uint32_t {
    std::uint32_t value = 0;
    const auto read = std::from_chars(at, end, value);
    if (read.ec != std::errc{}) return 0;
    at = read.ptr;
    return value;
  };
  while (true) {
    const auto first = number();
    auto last = first;
    if (at != end && *at == ':') {
      ++at;
      last = number();
    }
    if (first == 0 || last == 0) return std::nullopt;
    set.add(std::min(first, last), std::max(first, last));
    if (at == end) return set;
    if (*at++ != ',') return std::nullopt;
  }
}

}  // namespace mailspoor::base
