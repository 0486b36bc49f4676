#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mailspoor::index {

/// An attribute of a start tag, its line ends, NULs and character references replaced as the standard says.
struct HtmlAttribute {
  std::string_view name;   ///< ASCII letters in lower case.
  std::string_view value;  ///< Empty where none was given.
};

enum class HtmlTokenKind : std::uint8_t { doctype, start_tag, end_tag, text, comment };

/// One token of an HTML document. All views are good until the tokenizer is asked for the next one.
struct HtmlToken {
  HtmlTokenKind kind = HtmlTokenKind::text;
  bool is_self_closing = false;  ///< A start tag that ends in `/>`; means something in SVG and MathML only.
  bool is_foreign = false;       ///< A start tag whose element is one of SVG or MathML.
  bool is_cut = false;           ///< The tag has more than kMaxHtmlAttributes; the rest was passed over.
  std::size_t offset = 0;        ///< Where the token begins in the source, in octets,
  std::size_t end = 0;           ///< and where it ends.
  std::string_view name;         ///< Of a tag or a DOCTYPE, in lower case.
  std::string_view text;         ///< Of a text, or between the delimiters of a comment.
  std::span<const HtmlAttribute> attributes;  ///< Of a start tag, in the order of the source, each name once.

  /// The value of the attribute of that name, which is written in lower case; nullopt if there is none.
  std::optional<std::string_view> attribute(std::string_view attribute_name) const noexcept;
};

/// ASCII whitespace of the standard, which has form feeds too.
inline constexpr bool is_html_blank(char c) noexcept {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

/// Whether a start tag makes an `img` element: browsers read `<image>` as `<img>`, but for the one of SVG.
bool is_img(const HtmlToken& start_tag) noexcept;

/// A tag of 16 MB would take 400 MB as attributes. Not 1,000: phishing mails with 1,030 words of junk in a
/// link are about, and what stands behind the last one kept is hidden from us, though not from a browser.
inline constexpr std::size_t kMaxHtmlAttributes = 10'000;

/// Splits HTML into tokens as a browser does (WHATWG HTML §13.2.5), scripting off, parse errors untold.
///
/// What the standard lets tree construction decide about tokens is decided here from the tags alone: which
/// elements hold text only (title, style, script ...), and whether content is SVG or MathML, where they do
/// not and CDATA exists. It differs from a browser in one known way: a stray end tag of HTML (`<svg></b>`)
/// ends a drawing.
///
/// The source must outlive the tokenizer. It may hold any octets: UTF-8 is neither checked nor needed. Time
/// is linear in its size; memory is that of the longest token. Two texts may follow each other.
class HtmlTokenizer {
 public:
  explicit HtmlTokenizer(std::string_view html) noexcept : source_{html} {}
  // Tokens view strings of the tokenizer.
  HtmlTokenizer(const HtmlTokenizer&) = delete;
  HtmlTokenizer& operator=(const HtmlTokenizer&) = delete;

  /// Takes the next token; null at the end of the source.
  const HtmlToken* next() &;

 private:
  /// What the tokenizer is switched to by a start tag, named like the states of §13.2.5.
  enum class Content : std::uint8_t { data, rcdata, rawtext, script_data, plaintext };

  /// The open elements of SVG and MathML, as far as they decide how to go on (§13.2.6.5).
  class ForeignContent {
   public:
    bool is_here() const noexcept { return !open_.empty() && !open_.back().is_integration_point; }
    bool has_cdata() const noexcept { return !open_.empty() && !open_.back().holds_html; }
    bool open(const HtmlToken& start_tag);
    void close(std::string_view name);

   private:
    struct Element {
      std::string name;
      bool is_svg;
      bool is_integration_point;  ///< What stands in it is HTML again;
      bool holds_html = false;    ///< and there is such.
    };
    void leave() noexcept;
    std::vector<Element> open_;
  };

  bool take_raw_text();
  bool take_markup();
  bool take_tag();
  void take_attribute(bool is_kept);
  void keep_attribute(std::string_view name, std::string_view raw_value);
  bool take_comment();
  bool take_bogus_comment(std::size_t begin);
  bool take_doctype();
  bool take_cdata_section();
  void switch_content(const HtmlToken& start_tag);
  std::size_t text_end() const noexcept;
  std::size_t raw_text_end() const noexcept;
  std::size_t script_end() const noexcept;
  bool is_appropriate_end_tag(std::size_t at) const noexcept;
  char at(std::size_t position) const noexcept {
    return position < source_.size() ? source_[position] : '\0';
  }

  std::string_view lower_case(std::string_view name);
  std::string_view replaced(std::string_view raw, unsigned special);
  std::string& new_string();

  std::string_view source_;
  std::size_t position_ = 0;
  Content content_ = Content::data;
  std::string raw_element_;  ///< Whose end tag ends the raw text.
  ForeignContent foreign_content_;
  HtmlToken token_;
  std::vector<HtmlAttribute> attributes_;
  std::set<std::string_view> attribute_names_;  ///< Of tags with many attributes only.
  std::deque<std::string> strings_;             ///< Hold what replaces octets of the source. They never move.
  std::size_t strings_used_ = 0;
};

}  // namespace mailspoor::index
