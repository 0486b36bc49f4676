#include "index/trace/idna.hpp"

#include <unicode/uidna.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>

#include "deliver/base/text.hpp"

namespace mailspoor::index {
namespace {

constexpr std::size_t kMaxDomainOctets = 255;  // RFC 1035 §2.3.4

struct IdnaDeleter {
  void operator()(UIDNA* idna) const noexcept { uidna_close(idna); }
};

/// Opened for the first name that needs it and never changed: ICU then lets any thread ask it. nullptr where
/// ICU lacks its data.
const UIDNA* idna() {
  static const std::unique_ptr<UIDNA, IdnaDeleter> opened = [] {
    auto error = U_ZERO_ERROR;
    std::unique_ptr<UIDNA, IdnaDeleter> made{uidna_openUTS46(UIDNA_DEFAULT, &error)};
    if (U_FAILURE(error) != 0) made.reset();
    return made;
  }();
  return opened.get();
}

/// @param convert  uidna_nameToASCII_UTF8 or uidna_nameToUnicodeUTF8.
template <typename Convert>
std::optional<std::string> converted(std::string_view domain, Convert convert) {
  if (domain.size() > kMaxDomainOctets || idna() == nullptr) return std::nullopt;
  std::array<char, 1024> buffer{};
  UIDNAInfo info = UIDNA_INFO_INITIALIZER;
  auto error = U_ZERO_ERROR;
  const auto size = convert(idna(), domain.data(), static_cast<std::int32_t>(domain.size()), buffer.data(),
                            static_cast<std::int32_t>(buffer.size()), &info, &error);
  if (U_FAILURE(error) != 0 || size > static_cast<std::int32_t>(buffer.size())) return std::nullopt;
  return std::string{buffer.data(), static_cast<std::size_t>(size)};
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace

std::string to_a_labels(std::string_view domain) {
  auto lower = base::to_lower(domain);
  if (is_ascii(lower) || !base::is_utf8(lower)) return lower;
  const auto labels = converted(lower, uidna_nameToASCII_UTF8);
  return labels && is_ascii(*labels) ? *labels : lower;
}

std::optional<std::string> to_u_labels(std::string_view domain) {
  const auto lower = base::to_lower(domain);
  const bool has_any = lower.starts_with("xn--") || lower.find(".xn--") != std::string::npos;
  const auto name = has_any ? converted(lower, uidna_nameToUnicodeUTF8) : std::nullopt;
  return name ? std::optional{base::to_valid_utf8(*name)} : std::nullopt;
}

}  // namespace mailspoor::index
