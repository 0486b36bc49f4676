#include "index/message/gmime_handles.hpp"

#include <array>
#include <mutex>

namespace mailspoor::index {

void start_gmime() {
  static std::once_flag once;
  std::call_once(once, [] { g_mime_init(); });
}

ParserOptions parser_options() {
  ParserOptions options{g_mime_parser_options_new()};
  std::array<const char*, 3> fallback{"utf-8", "windows-1252", nullptr};
  g_mime_parser_options_set_fallback_charsets(options.get(), fallback.data());
  return options;
}

}  // namespace mailspoor::index
