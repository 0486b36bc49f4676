#include "tests/index/gumbo_tree.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "deliver/base/text.hpp"
#include "index/message/charset.hpp"
#include "index/message/gmime_handles.hpp"
#include "tests/index/real_mail.hpp"

namespace mailspoor::index {
namespace {

std::string decoded(GMimeObject* part) {
  auto* content = g_mime_part_get_content(GMIME_PART(part));
  if (content == nullptr) return {};
  const GObjectPtr<GMimeStream> stream{g_mime_stream_mem_new()};
  g_mime_data_wrapper_write_to_stream(content, stream.get());
  const auto* octets = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream.get()));
  const char* charset = g_mime_object_get_content_type_parameter(part, "charset");
  return decode_charset({reinterpret_cast<const char*>(octets->data), octets->len},
                        charset != nullptr ? charset : "")
      .utf8;
}

}  // namespace

void GumboOutputDeleter::operator()(GumboOutput* output) const noexcept {
  gumbo_destroy_output(&kGumboDefaultOptions, output);
}

GumboTree gumbo_tree(const std::string& html) {
  return GumboTree{gumbo_parse_with_options(&kGumboDefaultOptions, html.data(), html.size())};
}

std::string element_name(const GumboElement& element) {
  if (element.tag != GUMBO_TAG_UNKNOWN) return gumbo_normalized_tagname(element.tag);
  GumboStringPiece name = element.original_tag;
  gumbo_tag_from_original_text(&name);
  return {name.data == nullptr ? "" : name.data, name.length};
}

std::string fit_for_gumbo(std::string_view html) {
  std::string fit;
  while (!html.empty()) {
    const auto before = html;
    const auto c = base::take_code_point(html);
    const bool is_control =
        (c < 0x20 && c != '\t' && c != '\n' && c != '\f' && c != '\r') || (c >= 0x7F && c < 0xA0);
    const bool is_no_character = (c >= 0xFDD0 && c <= 0xFDEF) || (c & 0xFFFEU) == 0xFFFE || c == 0xFFFD;
    fit += is_control || is_no_character ? "?" : before.substr(0, before.size() - html.size());
  }
  return fit;
}

void for_each_real_html(const std::function<void(const std::string& name, const std::string& html)>& read) {
  g_mime_init();
  // All of it takes minutes under sanitizers: one message of four is read where nobody asked for the corpora.
  const std::size_t step = std::getenv("MAILSPOOR_CORPORA") != nullptr ? 1 : 4;
  std::size_t count = 0;
  const auto scratch = std::filesystem::temp_directory_path() / ("html-oracle-" + std::to_string(::getpid()));
  for (const char* archive : {"phishing_pot.tar.zst", "spamassassin.tar.zst"}) {
    for (const auto& path : real_mail_files(archive, scratch / archive)) {
      if (count++ % step != 0) continue;
      const GObjectPtr<GMimeStream> stream{g_mime_stream_file_open(path.c_str(), "r", nullptr)};
      const GObjectPtr<GMimeParser> parser{g_mime_parser_new_with_stream(stream.get())};
      const GObjectPtr<GMimeMessage> message{g_mime_parser_construct_message(parser.get(), nullptr)};
      if (!message) continue;
      auto* parts = g_mime_part_iter_new(GMIME_OBJECT(message.get()));
      do {
        auto* part = g_mime_part_iter_get_current(parts);
        if (part == nullptr || !GMIME_IS_PART(part)) continue;
        auto* type = g_mime_object_get_content_type(part);
        if (g_mime_content_type_is_type(type, "text", "html")) {
          read(path.filename().string(), fit_for_gumbo(decoded(part)));
        }
      } while (g_mime_part_iter_next(parts) != 0);
      g_mime_part_iter_free(parts);
    }
    if (std::getenv("MAILSPOOR_CORPORA_UNPACKED") != nullptr) break;  // which names one folder for both
  }
  std::filesystem::remove_all(scratch);
}

}  // namespace mailspoor::index
