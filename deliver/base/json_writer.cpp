#include "deliver/base/json_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "deliver/base/text.hpp"

namespace mailspoor::base {
namespace {

/// Controls are escaped, DEL, C1 and bidirectional ones too: JSON may be looked at in a terminal.
void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  const auto is_plain = [](char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; };
  while (!text.empty()) {
    const auto plain =
        static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_plain) - text.begin());
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const char32_t c = take_code_point(text);
    switch (c) {
      case U'"':
        out += "\\\"";
        break;
      case U'\\':
        out += "\\\\";
        break;
      case U'\n':
        out += "\\n";
        break;
      case U'\r':
        out += "\\r";
        break;
      case U'\t':
        out += "\\t";
        break;
      default:
        if (is_control(c)) {
          out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
          append_utf8(out, c);
        }
    }
  }
  out += '"';
}

}  // namespace

void JsonWriter::separate() {
  if (needs_comma_) text_ += ',';
  needs_comma_ = false;
}

JsonWriter& JsonWriter::open(char bracket) {
  separate();
  text_ += bracket;
  return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
  text_ += bracket;
  needs_comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  append_quoted(text_, name);
  text_ += ':';
  return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
  separate();
  append_quoted(text_, text);
  needs_comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::value(double number) {
  return std::isfinite(number) ? literal(fmt::format("{}", number)) : null();
}

JsonWriter& JsonWriter::literal(std::string_view json) {
  separate();
  text_ += json;
  needs_comma_ = true;
  return *this;
}

std::string JsonWriter::take() noexcept {
  needs_comma_ = false;
  return std::exchange(text_, {});
}

}  // namespace mailspoor::base
