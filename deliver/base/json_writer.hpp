#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailspoor::base {

/// Writes JSON (RFC 8259) into a string, in the order of the calls and without blanks. Text that is no UTF-8
/// gets U+FFFD in the place of each bad octet. The caller pairs begin and end; there is no other check.
class JsonWriter {
 public:
  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name);

  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view{text}); }
  JsonWriter& value(bool yes) { return literal(yes ? "true" : "false"); }
  JsonWriter& value(std::integral auto number) { return literal(std::to_string(number)); }
  JsonWriter& value(double number);
  JsonWriter& null() { return literal("null"); }
  template <typename T>
  JsonWriter& value(const std::optional<T>& maybe) {
    return maybe ? value(*maybe) : null();
  }
  template <typename T>
  JsonWriter& member(std::string_view name, const T& content) {
    key(name);
    return value(content);
  }
  /// One whole value that is JSON already.
  JsonWriter& literal(std::string_view json);

  const std::string& text() const noexcept { return text_; }
  std::string take() noexcept;

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void separate();

  std::string text_;
  bool needs_comma_ = false;
};

}  // namespace mailspoor::base
