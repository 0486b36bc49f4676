#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "index/track/css_declarations.hpp"
#include "index/track/css_media.hpp"
#include "index/track/css_selector.hpp"

namespace mailspoor::index {

/// What the style elements of a document may hold together, in octets. The longest of real mails have 200 KB.
inline constexpr std::size_t kMaxCssOctets = std::size_t{4} << 20U;
inline constexpr std::size_t kMaxCssRules = 50'000;
inline constexpr std::size_t kMaxCssUrls = 20'000;

/// The rules of all style elements of a document.
class CssSheet {
 public:
  enum class UrlUse : std::uint8_t { sheet, font, drawn, other };
  struct Url {
    std::string url;
    UrlUse use;
    CssWindows windows;  ///< Where it can be fetched.
  };
  /// Declarations with what they need to find their place among others.
  struct Match {
    std::span<const CssDeclaration> declarations;
    std::size_t first_url;  ///< Of urls(): those that the declarations name.
    std::size_t end_url;
    CssWindows windows;
    bool is_general;         ///< Matches by the type of the element only.
    std::uint64_t priority;  ///< Specificity, then order.
  };

  /// Reads the text of a style element that counts in those windows.
  void add(std::string_view text, CssWindows windows);

  std::size_t size() const noexcept { return rules_.size(); }
  const std::vector<Url>& urls() const noexcept { return urls_; }
  /// The attributes, besides `id` and `class`, that selectors ask about.
  const std::set<std::string, std::less<>>& attributes() const noexcept { return attributes_; }

  /// Gives the rules about an element to `into`, in no order. Time is that of the rules that name its id, one
  /// of its classes or its type last.
  void find(const StyledElement& element, std::span<const StyledElement> ancestors, std::size_t& work,
            std::vector<Match>& into) const;

  bool is_cut() const noexcept { return is_cut_; }

 private:
  struct Block {
    std::vector<CssDeclaration> declarations;
    std::size_t first_url;
    std::size_t end_url;
    CssWindows windows;
  };
  struct Rule {
    CssSelector selector;
    std::uint32_t block;
  };
  using Rules = std::vector<std::uint32_t>;  ///< By their index.
  using Index = std::map<std::string, Rules, std::less<>>;

  CssTokenKind take_rule(CssTokenizer& css, CssToken first, CssWindows windows, CssLevel where);
  void take_import(CssTokenizer& css, CssWindows windows);
  void take_other(CssTokenizer& css, UrlUse use, CssWindows windows);
  void add_url(std::string_view url, UrlUse use, CssWindows windows);
  void add_urls(const CssDeclarations& declarations, UrlUse use, CssWindows windows);
  void add_rule(CssSelector selector, std::uint32_t block);
  void note_attributes(const CssSelector& selector);
  void try_rules(const Rules& rules, const StyledElement& element, std::span<const StyledElement> ancestors,
                 std::size_t& work, std::vector<Match>& into) const;

  std::vector<Block> blocks_;
  std::vector<Rule> rules_;
  std::vector<Url> urls_;
  Index by_id_, by_class_, by_type_;
  Rules of_any_;
  std::set<std::string, std::less<>> attributes_;
  std::size_t octets_ = 0;
  bool is_cut_ = false;
};

}  // namespace mailspoor::index
