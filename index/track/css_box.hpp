#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "index/track/css_declarations.hpp"
#include "index/track/css_media.hpp"

namespace mailspoor::index {

/// How large an element is drawn, in CSS pixels, as far as attributes and CSS say it.
struct CssSize {
  std::optional<double> width;
  std::optional<double> height;

  bool is_tiny() const noexcept { return width.value_or(2) <= 1 && height.value_or(2) <= 1; }
};

/// How an element is drawn.
struct CssBox {
  CssWindows gone = 0;       ///< Where it is not seen, nor anything within.
  CssWindows invisible = 0;  ///< Where `visibility` hides it; within, it can be visible again.
  CssWindows own_gone = 0;   ///< Where its own style says so,
  CssWindows own_invisible = 0;
  CssWindows own_visible = 0;  ///< or says the opposite.
  double font_size = 16;       ///< In pixels, in wide windows.
  CssSize size;

  /// What it inherits, after the element around it went.
  void place_in(const CssBox& parent) noexcept {
    gone = parent.gone | own_gone;
    invisible = (parent.invisible | own_invisible) & ~own_visible & kAllWindows;
  }

  /// Whether none of these windows shows it.
  bool is_hidden_in(CssWindows windows) const noexcept { return (windows & ~(gone | invisible)) == 0; }
};

/// What says how one element is drawn: attributes, rules, its own style. Reused from element to element.
class CssCascade {
 public:
  /// Forgets everything, for an element that is drawn as a picture or is none.
  void begin(bool is_image) noexcept;
  /// An attribute: everything else beats it.
  void hint(CssProperty property, const CssValue& value);
  /// @param priority    Higher ones win, after important ones.
  /// @param is_general  Of a rule that styles elements of a type: under a media query it makes pixels of a
  /// newsletter
  ///                    as wide as its pictures, which nobody means.
  void add(std::span<const CssDeclaration> declarations, CssWindows windows, std::uint64_t priority,
           bool is_general);

  /// The box of an element in one whose box is `parent`. `windows` are those that can show it.
  CssBox box(const CssBox& parent, CssWindows windows) const;

  static constexpr std::uint64_t kOwnStyle = std::uint64_t{1} << 62U;  ///< Beats all rules.

 private:
  struct Entry {
    CssProperty property;
    CssWindows windows;
    CssValue value;
    std::uint64_t priority;
  };
  struct Drawn;
  Drawn drawn_in(CssWindows window, const CssBox& parent) const;

  std::vector<Entry> entries_;
  bool is_image_ = false;
  CssWindows common_ = kAllWindows;  ///< Where every entry counts.
  std::optional<CssValue> width_hint_;
  std::optional<CssValue> height_hint_;
};

}  // namespace mailspoor::index
