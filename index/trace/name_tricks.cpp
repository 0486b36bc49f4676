#include "index/trace/name_tricks.hpp"

#include <fmt/format.h>
#include <unicode/uchar.h>
#include <unicode/uscript.h>
#include <unicode/uspoof.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "deliver/base/ascii.hpp"
#include "deliver/base/text.hpp"
#include "index/trace/domain.hpp"
#include "index/trace/idna.hpp"

namespace mailspoor::index {
namespace {

constexpr std::size_t kMaxNameOctets = 1'000;  ///< A line; nobody reads what stands behind.
constexpr std::size_t kMaxAuthors = 50;
constexpr std::size_t kMaxWords = 100;
constexpr std::size_t kMaxAddresses = 10;  ///< That a name may seem to hold before one is found to be real.
constexpr std::size_t kMaxQuotedOctets = 100;  ///< Of what a finding quotes.

struct SpoofCheckerDeleter {
  void operator()(USpoofChecker* checker) const noexcept { uspoof_close(checker); }
};

/// Opened for the first text that needs it and never changed: ICU then lets any thread ask it. nullptr where
/// ICU lacks its data.
const USpoofChecker* spoof_checker() {
  static const std::unique_ptr<USpoofChecker, SpoofCheckerDeleter> checker = [] {
    auto error = U_ZERO_ERROR;
    std::unique_ptr<USpoofChecker, SpoofCheckerDeleter> opened{uspoof_open(&error)};
    uspoof_setChecks(opened.get(), USPOOF_RESTRICTION_LEVEL, &error);
    // Latin beside one other script is usual in names, but not Cyrillic or Greek, whose letters look like it.
    uspoof_setRestrictionLevel(opened.get(), USPOOF_MODERATELY_RESTRICTIVE);
    if (U_FAILURE(error) != 0) opened.reset();
    return opened;
  }();
  return checker.get();
}

// --- characters
// ----------------------------------------------------------------------------------------------

/// Embeddings, overrides and isolates (UAX 9 §2): with them a name is not read in the order that it is
/// written in. The plain marks are usual in Hebrew and Arabic.
bool is_bidi_control(char32_t c) noexcept {
  return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

bool is_right_to_left(char32_t c) noexcept {
  const auto direction = u_charDirection(static_cast<UChar32>(c));
  return direction == U_RIGHT_TO_LEFT || direction == U_RIGHT_TO_LEFT_ARABIC;
}

/// What takes no room and has no business in any name.
bool is_invisible(char32_t c) noexcept {
  return c == 0xAD || c == 0x34F || c == 0x115F || c == 0x1160 || c == 0x180E || c == 0x200B ||
         (c >= 0x2060 && c <= 0x2064) || c == 0x2800 || c == 0x3164 || c == 0xFEFF || c == 0xFFA0 ||
         (c >= 0xE0000 && c <= 0xE007F);
}
/// Joiners shape Persian, Indic scripts and emoji; marks turn Hebrew and Arabic. Between others they hide.
bool is_joiner(char32_t c) noexcept { return c == 0x200C || c == 0x200D; }
bool is_direction_mark(char32_t c) noexcept { return c == 0x200E || c == 0x200F || c == 0x61C; }

/// ASCII, Latin with diacritics, and the punctuation between them.
bool is_plain_latin(char32_t c) noexcept { return c < 0x250; }

std::u32string code_points(std::string_view text) {
  std::u32string points;
  text = text.substr(0, kMaxNameOctets);
  while (!text.empty()) points += base::take_code_point(text);
  return points;
}

std::string to_utf8(std::u32string_view points) {
  std::string text;
  for (const auto point : points) base::append_utf8(text, point);
  return text;
}

std::string in_quotes(std::string_view text) {
  auto end = std::min(text.size(), kMaxQuotedOctets);
  while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return fmt::format("\"{}{}\"", text.substr(0, end), end < text.size() ? "..." : "");
}

bool is_letter(char32_t c) noexcept { return u_isalpha(static_cast<UChar32>(c)) != 0; }

/// Letters and what belongs to them; all else stands between words.
bool is_word_part(char32_t c) noexcept {
  const auto mask = U_GET_GC_MASK(static_cast<UChar32>(c));
  return (mask & (U_GC_L_MASK | U_GC_M_MASK | U_GC_ND_MASK)) != 0;
}

template <typename Visit>
void for_each_word(std::u32string_view text, Visit visit) {
  for (std::size_t count = 0; count < kMaxWords && !text.empty(); ++count) {
    const auto begin = std::find_if(text.begin(), text.end(), is_word_part);
    const auto end = std::find_if_not(begin, text.end(), is_word_part);
    if (begin != end)
      visit(
          text.substr(static_cast<std::size_t>(begin - text.begin()), static_cast<std::size_t>(end - begin)));
    text.remove_prefix(static_cast<std::size_t>(end - text.begin()));
  }
}

// --- scripts
// -------------------------------------------------------------------------------------------------

bool mixes_scripts(std::u32string_view word) {
  constexpr char32_t kMu = 0x3BC;  // micro, as in the names of programs
  if (word.starts_with(kMu)) word.remove_prefix(1);
  const auto* checker = spoof_checker();
  if (checker == nullptr || std::all_of(word.begin(), word.end(), is_plain_latin)) return false;
  const auto text = to_utf8(word);
  auto error = U_ZERO_ERROR;
  const auto failed =
      uspoof_check2UTF8(checker, text.data(), static_cast<std::int32_t>(text.size()), nullptr, &error);
  return U_SUCCESS(error) != 0 && failed != 0;
}

/// ASCII that the word looks like (UTS 39 §4), if it has three letters at least, none of them Latin; nullopt
/// if it looks like none.
std::optional<std::string> latin_likeness(std::u32string_view word) {
  constexpr std::size_t kMinLetters = 3;
  const auto* checker = spoof_checker();
  std::size_t letters = 0;
  for (const auto c : word) {
    if (!is_letter(c)) continue;
    auto error = U_ZERO_ERROR;
    if (uscript_getScript(static_cast<UChar32>(c), &error) == USCRIPT_LATIN) return std::nullopt;
    ++letters;
  }
  if (checker == nullptr || letters < kMinLetters) return std::nullopt;
  const auto text = to_utf8(word);
  auto error = U_ZERO_ERROR;
  std::array<char, 512> skeleton{};
  const auto size =
      uspoof_getSkeletonUTF8(checker, 0, text.data(), static_cast<std::int32_t>(text.size()), skeleton.data(),
                             static_cast<std::int32_t>(skeleton.size()), &error);
  if (U_FAILURE(error) != 0 || size > static_cast<std::int32_t>(skeleton.size())) return std::nullopt;
  const std::string_view likeness{skeleton.data(), static_cast<std::size_t>(size)};
  return base::is_ascii(likeness) ? std::optional{std::string{likeness}} : std::nullopt;
}

// --- addresses
// -----------------------------------------------------------------------------------------------

bool is_address_octet(char c) noexcept {
  return base::is_alphanumeric(c) || c == '.' || c == '-' || c == '_' || c == '+' ||
         static_cast<unsigned char>(c) >= 0x80;
}

/// With the other characters that look like an `@`, of East Asian widths, in its place.
std::string with_plain_at(std::string_view text) {
  std::string plain{text};
  for (const std::string_view at : {"\uFF20", "\uFE6B"}) {
    for (auto found = plain.find(at); found != std::string::npos; found = plain.find(at, found))
      plain.replace(found, at.size(), "@");
  }
  return plain;
}

/// The first `local@domain` in a display name that has a registrable domain.
struct NamedAddress {
  std::string text;
  std::string domain;  ///< The registrable one.
};
std::optional<NamedAddress> address_in(std::string_view display_name) {
  const auto name = with_plain_at(display_name.substr(0, kMaxNameOctets));
  auto at = name.find('@');
  for (std::size_t count = 0; count < kMaxAddresses && at != std::string_view::npos; ++count) {
    auto begin = at;
    while (begin > 0 && is_address_octet(name[begin - 1])) --begin;
    auto end = at + 1;
    while (end < name.size() && is_address_octet(name[end])) ++end;
    while (end > at + 1 && name[end - 1] == '.') --end;
    auto domain =
        begin < at ? registrable_domain(std::string_view{name}.substr(at + 1, end - at - 1)) : std::nullopt;
    if (domain) return NamedAddress{name.substr(begin, end - begin), std::move(*domain)};
    at = name.find('@', at + 1);
  }
  return std::nullopt;
}

class NameReader {
 public:
  void take(const Address& author) {
    named_address(author);
    const auto name = code_points(author.display_name);
    if (!std::all_of(name.begin(), name.end(), is_plain_latin) || name.find(0xAD) != std::u32string::npos) {
      characters(name, author.display_name);
      words(name, "name", author.display_name);
    }
    const auto domain = domain_of_address(author.addr_spec);
    if (const auto decoded = to_u_labels(domain)) {
      punycode(domain, *decoded);
      words(code_points(*decoded), "domain", *decoded);
    } else if (const auto points = code_points(domain);
               !std::all_of(points.begin(), points.end(), is_plain_latin)) {
      words(points, "domain", domain);
    }
  }

  std::vector<Finding> findings() { return std::move(findings_); }

 private:
  void add(std::string_view code, Severity severity, std::string detail) {
    const bool is_known = std::any_of(findings_.begin(), findings_.end(),
                                      [&](const Finding& finding) { return finding.code == code; });
    if (!is_known) findings_.push_back({std::string{code}, severity, std::nullopt, std::move(detail)});
  }

  void named_address(const Address& author) {
    if (author.addr_spec.empty()) return;  // what could not be read is all taken for the name
    const auto named = address_in(author.display_name);
    if (!named) return;
    const auto own = registrable_domain(domain_of_address(author.addr_spec));
    if (own == named->domain) return;
    add("DISPLAY_NAME_ADDR", Severity::notice,
        fmt::format(
            "The author's name shows the address {}, but the message says it comes from {}. Many programs "
            "show the name only.",
            in_quotes(named->text), in_quotes(author.addr_spec)));
  }

  void characters(const std::u32string& name, std::string_view written) {
    if (std::any_of(name.begin(), name.end(), is_bidi_control)) {
      add("NAME_BIDI", Severity::warning,
          fmt::format(
              "The author's name {} holds characters that change the direction of writing: what is shown "
              "is not in the order in which it was written.",
              in_quotes(written)));
    }
    const bool has_right_to_left = std::any_of(name.begin(), name.end(), is_right_to_left);
    for (std::size_t at = 0; at < name.size(); ++at) {
      const auto c = name[at];
      const bool joins = is_joiner(c) && (at == 0 || is_plain_latin(name[at - 1])) &&
                         (at + 1 == name.size() || is_plain_latin(name[at + 1]));
      if (!is_invisible(c) && !joins && !(is_direction_mark(c) && !has_right_to_left)) continue;
      add("NAME_INVISIBLE", Severity::notice,
          fmt::format(
              "The author's name {} holds a character that is not seen (U+{:04X}): it is not the text that "
              "it looks like to programs.",
              in_quotes(written), static_cast<std::uint32_t>(c)));
      return;
    }
  }

  void words(std::u32string_view text, std::string_view what, std::string_view written) {
    bool is_all_alike = true;
    std::string likeness;
    for_each_word(text, [&](std::u32string_view word) {
      if (mixes_scripts(word)) {
        add("NAME_MIXED_SCRIPTS", Severity::warning,
            fmt::format(
                "In the author's {} {} the word {} mixes letters of different alphabets, which look alike "
                "to people and differ to computers.",
                what, in_quotes(written), in_quotes(to_utf8(word))));
      }
      if (std::all_of(word.begin(), word.end(), is_plain_latin)) return;
      const auto alike = latin_likeness(word);
      if (!alike) is_all_alike = false;
      if (alike && likeness.empty()) likeness = *alike;
    });
    // A Russian name may hold one such word by accident; then others beside it look Russian.
    if (!is_all_alike || likeness.empty()) return;
    add("NAME_LOOKALIKE", Severity::warning,
        fmt::format("The author's {} {} looks like {} in Latin letters, but is written in others.", what,
                    in_quotes(written), in_quotes(likeness)));
  }

  void punycode(std::string_view domain, std::string_view decoded) {
    add("NAME_PUNYCODE", Severity::info,
        fmt::format("The author's domain {} stands for {}, in letters beyond those of English.",
                    in_quotes(domain), in_quotes(decoded)));
  }

  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> name_findings(std::span<const Address> authors, std::vector<std::string>& defects) {
  NameReader reader;
  if (authors.size() > kMaxAuthors)
    defects.emplace_back("more than 50 authors: the names of the rest were not looked at");
  for (const auto& author : authors.first(std::min(authors.size(), kMaxAuthors))) reader.take(author);
  return reader.findings();
}

}  // namespace mailspoor::index
