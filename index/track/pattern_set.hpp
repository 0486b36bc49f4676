#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace mailspoor::index {

/// Many patterns, all matched at once from the start of a text, in one pass without backtracking: the time
/// does not depend on how many there are, and no pattern and no text makes it more than linear.
///
///     ( ) | [ ] { } ? * + . \d \w \b ^ $       and a backslash before any other sign
///
/// Signs are octets, and case counts. No look-around, no back references. Not PCRE2: it takes one pattern
/// after the other, and backtracks.
class PatternSet {
 public:
  /// Whether it is of this language, and of a size that can be kept.
  static bool is_pattern(std::string_view pattern);

  /// What is no pattern matches nothing.
  explicit PatternSet(std::span<const std::string_view> patterns);
  ~PatternSet();
  PatternSet(PatternSet&&) noexcept;
  PatternSet& operator=(PatternSet&&) noexcept;

  /// Places, in the span that the set was made of, of the patterns that match, ascending. Threads may ask at
  /// the same time.
  std::vector<std::uint32_t> matches(std::string_view text) const;

 private:
  struct Machine;
  std::unique_ptr<Machine> machine_;
};

}  // namespace mailspoor::index
