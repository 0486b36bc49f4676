#pragma once

#include <memory>
#include <string>
#include <string_view>

struct pcre2_real_code_8;
struct pcre2_real_match_data_8;
struct pcre2_real_match_context_8;

namespace mailspoor::index {

/// A Perl-compatible regular expression over UTF-8, without regard to case (`(?-i)` in front heeds it).
/// Patterns and text may be hostile: both are limited, and so is the effort for one match.
class Regex {
 public:
  static constexpr std::size_t kMaxPattern = 1000;

  /// @throws QueryError saying what is wrong with the pattern.
  explicit Regex(std::string_view pattern);

  /// Whether it matches anywhere in `text`. @throws QueryError where that takes too much effort.
  bool matches(std::string_view text) const;

 private:
  struct Deleter {
    void operator()(pcre2_real_code_8* code) const noexcept;
    void operator()(pcre2_real_match_data_8* data) const noexcept;
    void operator()(pcre2_real_match_context_8* context) const noexcept;
  };
  std::string pattern_;
  std::unique_ptr<pcre2_real_code_8, Deleter> code_;
  std::unique_ptr<pcre2_real_match_data_8, Deleter> data_;
  std::unique_ptr<pcre2_real_match_context_8, Deleter> context_;
};

}  // namespace mailspoor::index
