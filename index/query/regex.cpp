#define PCRE2_CODE_UNIT_WIDTH 8
#include "index/query/regex.hpp"

#include <fmt/format.h>
#include <pcre2.h>

#include <array>
#include <new>

#include "deliver/base/text.hpp"
#include "index/error.hpp"

namespace mailspoor::index {
namespace {

constexpr std::uint32_t kMatchLimit = 200'000;  // steps of backtracking: some milliseconds
constexpr std::uint32_t kDepthLimit = 2'000;
constexpr std::uint32_t kHeapLimit = 20 * 1024;  // KiB
constexpr std::uint32_t kMaxParentheses = 50;

std::string words_of(int error) {
  std::array<PCRE2_UCHAR, 256> text{};
  pcre2_get_error_message(error, text.data(), text.size());
  return reinterpret_cast<const char*>(text.data());
}

}  // namespace

void Regex::Deleter::operator()(pcre2_real_code_8* code) const noexcept { pcre2_code_free(code); }
void Regex::Deleter::operator()(pcre2_real_match_data_8* data) const noexcept { pcre2_match_data_free(data); }
void Regex::Deleter::operator()(pcre2_real_match_context_8* context) const noexcept {
  pcre2_match_context_free(context);
}

Regex::Regex(std::string_view pattern) : pattern_{pattern} {
  if (pattern.size() > kMaxPattern)
    throw QueryError{fmt::format("the regular expression has more than {} octets", kMaxPattern)};
  const std::unique_ptr<pcre2_compile_context, decltype(&pcre2_compile_context_free)> limits{
      pcre2_compile_context_create(nullptr), pcre2_compile_context_free};
  if (!limits) throw std::bad_alloc{};
  pcre2_set_parens_nest_limit(limits.get(), kMaxParentheses);
  int error = 0;
  PCRE2_SIZE at = 0;
  constexpr std::uint32_t kOptions =
      PCRE2_UTF | PCRE2_CASELESS | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C | PCRE2_DOTALL;
  code_.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern_.data()), pattern_.size(), kOptions, &error,
                            &at, limits.get()));
  if (!code_) {
    throw QueryError{fmt::format("the regular expression `{}` is wrong at octet {}: {}",
                                 base::printable(pattern_), at + 1, words_of(error))};
  }
  data_.reset(pcre2_match_data_create_from_pattern(code_.get(), nullptr));
  context_.reset(pcre2_match_context_create(nullptr));
  if (!data_ || !context_) throw std::bad_alloc{};
  pcre2_set_match_limit(context_.get(), kMatchLimit);
  pcre2_set_depth_limit(context_.get(), kDepthLimit);
  pcre2_set_heap_limit(context_.get(), kHeapLimit);
}

bool Regex::matches(std::string_view text) const {
  const int result = pcre2_match(code_.get(), reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), 0, 0,
                                 data_.get(), context_.get());
  if (result >= 0) return true;
  if (result == PCRE2_ERROR_NOMATCH) return false;
  throw QueryError{fmt::format("the regular expression `{}` takes too much effort on a message: {}",
                               base::printable(pattern_), words_of(result))};
}

}  // namespace mailspoor::index
