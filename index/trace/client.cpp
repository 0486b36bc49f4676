#include "index/trace/client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "deliver/base/ascii.hpp"
#include "deliver/base/text.hpp"
#include "index/message/encoded_word.hpp"
#include "index/trace/client_marks.hpp"
#include "index/trace/shape.hpp"

namespace mailspoor::index {
namespace {

using base::is_digit;

using Weight = ClientMark::Weight;

constexpr std::size_t kMaxOctets = 1'000;  ///< Of a field, a Message-ID or a boundary.
constexpr std::size_t kMaxVersionOctets = 40;

bool is_lower(char c) noexcept { return c >= 'a' && c <= 'z'; }

/// Where the words of the mark end in a text in small letters; nullopt if it does not hold them.
std::optional<std::size_t> end_of_mark(std::string_view text, std::string_view pattern) noexcept {
  const bool is_at_front = pattern.starts_with('^');
  if (is_at_front) pattern.remove_prefix(1);
  for (auto at = text.find(pattern); at != std::string_view::npos; at = text.find(pattern, at + 1)) {
    if (is_at_front && at != 0) return std::nullopt;
    const auto end = at + pattern.size();
    const bool begins_word = at == 0 || !(is_lower(text[at - 1]) || is_digit(text[at - 1]));
    const bool ends_word = end == text.size() || !is_lower(text[end]) || !is_lower(pattern.back());
    if (begins_word && ends_word) return end;
  }
  return std::nullopt;
}

/// The number at the front, some words and marks before it passed over: `/115.6.0`, ` [version 1.3.2]`,
/// ` (v9.3.4)`, `, Build 10.0.2627`, ` Windows (4.01)`.
std::optional<std::string> version_at_front(std::string_view text) {
  constexpr std::string_view kMarks = " /,([:-";
  constexpr std::array<std::string_view, 10> kWords{"version", "ver.", "build", "release", "windows",
                                                    "win32",   "h3",   "h4",    "h5",      "exchange"};
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(kMarks), text.size()));
    if (text.size() > 1 && base::to_lower(text[0]) == 'v' && is_digit(text[1])) text.remove_prefix(1);
    const auto word = std::find_if(kWords.begin(), kWords.end(), [&](std::string_view candidate) {
      return base::starts_with_ignoring_case(text, candidate);
    });
    if (word == kWords.end()) break;
    text.remove_prefix(word->size());
  }
  if (text.empty() || !is_digit(text[0])) return std::nullopt;
  const auto* const end = std::find_if_not(text.begin(), text.end(), [](char c) {
    return is_digit(c) || is_lower(base::to_lower(c)) || c == '.' || c == '-' || c == '_';
  });
  auto version = text.substr(0, static_cast<std::size_t>(end - text.begin())).substr(0, kMaxVersionOctets);
  while (version.ends_with('.') || version.ends_with('-')) version.remove_suffix(1);
  return std::string{version};
}

/// What the text of a field names.
struct Named {
  const ClientMark* mark = nullptr;
  std::optional<std::string> version;
  std::string_view platform;
};
Named named_in(std::string_view text) {
  const auto lower = base::to_lower(text);
  for (const auto& mark : name_marks()) {
    const auto end = end_of_mark(lower, mark.pattern);
    if (!end) continue;
    auto version = version_at_front(text.substr(*end));
    if (mark.program == "Mozilla" || mark.program == "Netscape") {
      // `Mozilla/5.0 (X11; U; Linux i686; rv:0.9.8) Gecko/20020204`: the number behind Gecko is a day.
      if (const auto revision = lower.find("rv:"); revision != std::string::npos)
        version = version_at_front(text.substr(revision + 3));
    }
    return {&mark, std::move(version), mark.platform.empty() ? platform_in(lower) : mark.platform};
  }
  return {};
}

class ClientReader {
 public:
  void take_name(std::string_view basis, std::string_view text) {
    auto named = named_in(text.substr(0, kMaxOctets));
    if (named.mark == nullptr) return;
    if (!agrees(basis, *named.mark)) return;
    auto& client = reading_.client;
    if (!client.version && client.program == named.mark->program) client.version = std::move(named.version);
    add_platform(named.platform);
  }

  void take_shape(std::string_view basis, std::string_view text, std::span<const ClientMark> marks) {
    text = text.substr(0, kMaxOctets);
    const ClientMark* own = nullptr;
    bool fits_what_is_named = false;
    for (const auto& mark : marks) {
      if (!match_shape(text, mark.pattern)) continue;
      if (mark.weight == Weight::own && own == nullptr) own = &mark;
      if (mark.weight == Weight::server && server_ == nullptr) {
        server_ = &mark;
        server_basis_ = basis;
      }
      fits_what_is_named |=
          reading_.client.program && is_of_one_family(mark.program, *reading_.client.program);
    }
    if (fits_what_is_named) {
      add_basis(basis);
    } else if (own == nullptr || !agrees(basis, *own)) {
      return;
    }
    if (own != nullptr) add_platform(own->platform);
  }

  ClientReading reading() {
    if (!reading_.client.program && server_ != nullptr) agrees(server_basis_, *server_);
    return std::move(reading_);
  }

 private:
  void add_basis(std::string_view basis) { reading_.client.basis.emplace_back(basis); }
  void add_platform(std::string_view platform) {
    if (!reading_.client.platform && !platform.empty()) reading_.client.platform = std::string{platform};
  }

  /// Takes the first program that is named, and any later one that goes with it.
  bool agrees(std::string_view basis, const ClientMark& mark) {
    auto& client = reading_.client;
    if (!client.program) client.program = std::string{mark.program};
    if (is_of_one_family(mark.program, *client.program)) {
      add_basis(basis);
      return true;
    }
    if (!reading_.mismatch) {
      reading_.mismatch = Finding{
          "CLIENT_MISMATCH", Severity::notice, std::nullopt,
          fmt::format("The {} is that of {}, the {} that of {}. Either one of them was not written by the "
                      "program that it points to, or the message went through a second program.",
                      described(client.basis.front()), *client.program, described(basis), mark.program)};
    }
    return false;
  }

  static std::string_view described(std::string_view basis) {
    if (basis == "message-id") return "form of the Message-ID";
    if (basis == "boundary") return "form of the MIME boundary";
    return basis == "user-agent" ? "User-Agent field"
           : basis == "x-mailer" ? "X-Mailer field"
                                 : "X-Newsreader field";
  }

  ClientReading reading_;
  const ClientMark* server_ = nullptr;
  std::string_view server_basis_;
};

}  // namespace

ClientReading read_client(std::span<const HeaderField> fields, const MessageSummary& summary) {
  ClientReader reader;
  for (const std::string_view name : {"user-agent", "x-mailer", "x-newsreader"}) {
    const auto field = std::find_if(fields.begin(), fields.end(), [&](const HeaderField& each) {
      return base::equal_ignoring_case(each.name, name);
    });
    if (field != fields.end())
      reader.take_name(name, decode_encoded_words(unfold(field->body.substr(0, kMaxOctets))));
  }
  if (summary.message_id) reader.take_shape("message-id", *summary.message_id, message_id_marks());
  const auto type = std::find_if(fields.begin(), fields.end(), [](const HeaderField& each) {
    return base::equal_ignoring_case(each.name, "Content-Type");
  });
  if (type != fields.end()) {
    if (const auto boundary = boundary_of(type->body); !boundary.empty())
      reader.take_shape("boundary", boundary, boundary_marks());
  }
  return reader.reading();
}

}  // namespace mailspoor::index
