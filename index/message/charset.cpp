#include "index/message/charset.hpp"

#include <iconv.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <utility>

#include "deliver/base/text.hpp"

namespace mailspoor::index {
namespace {

using base::equal_ignoring_case;

struct IconvCloser {
  iconv_t handle;
  explicit IconvCloser(iconv_t opened) noexcept : handle{opened} {}
  IconvCloser(const IconvCloser&) = delete;
  IconvCloser& operator=(const IconvCloser&) = delete;
  ~IconvCloser() {
    if (is_open()) iconv_close(handle);
  }
  /// iconv_open() answers -1 where others answer a null pointer.
  bool is_open() const noexcept { return handle != nullptr && reinterpret_cast<std::intptr_t>(handle) != -1; }
};

/// Labels that stand for a larger charset in practice.
constexpr std::array<std::pair<std::string_view, const char*>, 16> kWider{{{"iso-8859-1", "windows-1252"},
                                                                           {"latin1", "windows-1252"},
                                                                           {"l1", "windows-1252"},
                                                                           {"iso8859-1", "windows-1252"},
                                                                           {"iso_8859-1", "windows-1252"},
                                                                           {"iso-8859-9", "windows-1254"},
                                                                           {"gb2312", "gb18030"},
                                                                           {"gb_2312-80", "gb18030"},
                                                                           {"hz-gb-2312", "HZ"},
                                                                           {"gbk", "gb18030"},
                                                                           {"x-gbk", "gb18030"},
                                                                           {"shift_jis", "cp932"},
                                                                           {"x-sjis", "cp932"},
                                                                           {"ks_c_5601-1987", "cp949"},
                                                                           {"euc-kr", "cp949"},
                                                                           {"tis-620", "windows-874"}}};

bool is_utf8_label(std::string_view label) {
  return label.empty() || equal_ignoring_case(label, "utf-8") || equal_ignoring_case(label, "utf8") ||
         equal_ignoring_case(label, "us-ascii") || equal_ignoring_case(label, "ascii") ||
         equal_ignoring_case(label, "unknown-8bit") || equal_ignoring_case(label, "default");
}

DecodedText convert(std::string_view octets, iconv_t handle) {
  DecodedText decoded;
  decoded.utf8.reserve(octets.size() + octets.size() / 4);
  std::array<char, std::size_t{16} * 1024> block;
  auto* in = const_cast<char*>(octets.data());
  std::size_t in_left = octets.size();
  while (in_left > 0) {
    char* out = block.data();
    std::size_t out_left = block.size();
    const auto result = iconv(handle, &in, &in_left, &out, &out_left);
    const int error = errno;
    decoded.utf8.append(block.data(), block.size() - out_left);
    if (result != static_cast<std::size_t>(-1)) break;
    if (error == E2BIG) continue;
    decoded.has_bad_octets = true;  // EILSEQ, or EINVAL: cut in the middle of a character
    decoded.utf8 += "\xEF\xBF\xBD";
    ++in;
    --in_left;
  }
  return decoded;
}

DecodedText from_windows_1252(std::string_view octets) {
  const IconvCloser converter{iconv_open("UTF-8", "windows-1252")};
  if (converter.is_open()) return convert(octets, converter.handle);
  return {base::to_valid_utf8(octets), false, true};
}

}  // namespace

DecodedText decode_charset(std::string_view octets, std::string_view label) {
  if (is_utf8_label(label)) {
    if (base::is_utf8(octets)) return {std::string{octets}, false, false};
    if (equal_ignoring_case(label.substr(0, 3), "utf")) return {base::to_valid_utf8(octets), false, true};
    auto decoded = from_windows_1252(octets);
    decoded.has_bad_octets = true;
    return decoded;
  }
  std::string name{label};
  for (const auto& [narrow, wide] : kWider) {
    if (equal_ignoring_case(label, narrow)) name = wide;
  }
  // A name with anything else in it could carry iconv's suffixes (//TRANSLIT) or be absurdly long.
  const bool is_plain = name.size() <= 40 && name.find_first_not_of(
                                                 "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                                 "0123456789-_.:+()") == std::string::npos;
  const IconvCloser converter{is_plain ? iconv_open("UTF-8", name.c_str()) : nullptr};
  if (!converter.is_open()) {
    auto decoded =
        base::is_utf8(octets) ? DecodedText{std::string{octets}, true, false} : from_windows_1252(octets);
    decoded.is_charset_unknown = true;
    return decoded;
  }
  auto decoded = convert(octets, converter.handle);
  if (!base::is_utf8(decoded.utf8)) decoded.utf8 = base::to_valid_utf8(decoded.utf8);
  return decoded;
}

}  // namespace mailspoor::index
