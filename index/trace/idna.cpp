#include "index/trace/idna.hpp"

#include <idn2.h>

#include <memory>

#include "deliver/base/ascii.hpp"
#include "deliver/base/text.hpp"

namespace mailspoor::index {
namespace {

/// A name has 253 in A-labels; of what is written, most may be characters that UTS 46 takes for none.
constexpr std::size_t kMaxDomainOctets = 2'000;

struct Idn2Deleter {
  void operator()(char* name) const noexcept { idn2_free(name); }
};

/// @param convert  idn2_to_ascii_8z or idn2_to_unicode_8z8z.
std::optional<std::string> converted(const std::string& domain, int flags,
                                     int (*convert)(const char*, char**, int)) {
  if (domain.size() > kMaxDomainOctets || domain.find('\0') != std::string::npos) return std::nullopt;
  char* found = nullptr;
  if (convert(domain.c_str(), &found, flags) != IDN2_OK) return std::nullopt;
  const std::unique_ptr<char, Idn2Deleter> owned{found};
  return std::string{found};
}

}  // namespace

std::string to_a_labels(std::string_view domain) {
  auto lower = base::to_lower(domain);
  if (base::is_ascii(lower) || !base::is_utf8(lower)) return lower;
  auto labels = converted(lower, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL, idn2_to_ascii_8z);
  // IDNA 2008 has no symbols, such as the hearts of some names: IDNA 2003 had.
  if (!labels) labels = converted(lower, IDN2_NFC_INPUT | IDN2_TRANSITIONAL, idn2_to_ascii_8z);
  return labels ? base::to_lower(*labels) : lower;
}

std::optional<std::string> to_u_labels(std::string_view domain) {
  const auto lower = base::to_lower(domain);
  const bool has_any = lower.starts_with("xn--") || lower.find(".xn--") != std::string::npos;
  return has_any ? converted(lower, 0, idn2_to_unicode_8z8z) : std::nullopt;
}

}  // namespace mailspoor::index
