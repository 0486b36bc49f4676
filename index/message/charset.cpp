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

/// Opening a converter costs more than converting a short message, so each thread keeps the last one.
class Converter {
 public:
  Converter() = default;
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;
  ~Converter() { close(); }

  /// A converter to UTF-8 in its initial state; null where the charset is unknown.
  static iconv_t open(const std::string& charset) {
    thread_local Converter last;
    return last.of(charset);
  }

 private:
  iconv_t of(const std::string& charset) {
    if (handle_ != nullptr && charset == charset_) {
      iconv(handle_, nullptr, nullptr, nullptr, nullptr);
      return handle_;
    }
    close();
    // iconv_open() answers -1 where others answer a null pointer.
    const auto opened = iconv_open("UTF-8", charset.c_str());
    if (opened != nullptr && reinterpret_cast<std::intptr_t>(opened) != -1) handle_ = opened;
    charset_ = charset;
    return handle_;
  }
  void close() noexcept {
    if (handle_ != nullptr) iconv_close(handle_);
    handle_ = nullptr;
  }

  std::string charset_;
  iconv_t handle_ = nullptr;
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
  if (auto* converter = Converter::open("windows-1252")) return convert(octets, converter);
  return {base::to_valid_utf8(octets), false, true};
}

/// UTF-16 by its byte order mark, whatever the label says (as browsers have it); labelled so and without one,
/// by where the zeros of its first character stand.
const char* utf_16_of(std::string_view octets, std::string_view label) noexcept {
  const auto begins = octets.substr(0, 2);
  if (begins == "\xFE\xFF") return "UTF-16BE";
  if (begins == "\xFF\xFE") return "UTF-16LE";
  if (!equal_ignoring_case(label, "utf-16") && !equal_ignoring_case(label, "utf16")) return nullptr;
  return !begins.empty() && begins[0] == '\0' ? "UTF-16BE" : "UTF-16LE";
}

}  // namespace

DecodedText decode_charset(std::string_view octets, std::string_view label) {
  if (const auto* utf_16 = utf_16_of(octets, label)) {
    label = utf_16;
    if (octets.starts_with("\xFE\xFF") || octets.starts_with("\xFF\xFE")) octets.remove_prefix(2);
  }
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
  auto* converter = is_plain ? Converter::open(name) : nullptr;
  if (converter == nullptr) {
    auto decoded =
        base::is_utf8(octets) ? DecodedText{std::string{octets}, true, false} : from_windows_1252(octets);
    decoded.is_charset_unknown = true;
    return decoded;
  }
  auto decoded = convert(octets, converter);
  if (!base::is_utf8(decoded.utf8)) decoded.utf8 = base::to_valid_utf8(decoded.utf8);
  return decoded;
}

}  // namespace mailspoor::index
