#include "index/track/css_box.hpp"

#include <algorithm>
#include <array>

namespace mailspoor::index {
namespace {

/// Mails hide with -9999px or -1000px; -300px centres.
constexpr double kFarAway = 999;
constexpr double kFarBeyond = 5'000;
constexpr double kRootFontSize = 16;

constexpr std::uint64_t kImportant = std::uint64_t{1} << 63U;

bool is_size(CssProperty property) noexcept {
  return property == CssProperty::width || property == CssProperty::height ||
         property == CssProperty::max_width || property == CssProperty::max_height ||
         property == CssProperty::min_width || property == CssProperty::min_height;
}

/// The values that won, by property.
class Values {
 public:
  void set(CssProperty property, const CssValue& value, std::uint64_t priority) noexcept {
    auto& won = values_[static_cast<std::size_t>(property)];
    if (won.value != nullptr && won.priority > priority) return;
    won = {&value, priority};
  }
  const CssValue* find(CssProperty property) const noexcept {
    return values_[static_cast<std::size_t>(property)].value;
  }
  CssKeyword keyword(CssProperty property) const noexcept {
    const auto* value = find(property);
    return value == nullptr ? CssKeyword::other : value->keyword;
  }
  bool is_zero(CssProperty property) const noexcept {
    const auto* value = find(property);
    return value != nullptr && value->is_zero();
  }

 private:
  struct Won {
    const CssValue* value = nullptr;
    std::uint64_t priority = 0;
  };
  std::array<Won, kCssProperties> values_;
};

double font_size_of(const CssValue* value, double inherited) noexcept {
  constexpr double kStep = 1.2;
  if (value == nullptr) return inherited;
  switch (value->unit) {
    case CssUnit::pixels:
    case CssUnit::number:
      return std::max(value->number, 0.0);
    case CssUnit::font_sizes:
      return std::max(value->number, 0.0) * inherited;
    case CssUnit::root_font_sizes:
      return std::max(value->number, 0.0) * kRootFontSize;
    case CssUnit::percent:
      return std::max(value->number, 0.0) * inherited / 100;
    case CssUnit::unknown:
    case CssUnit::invalid:
      return inherited;
    case CssUnit::keyword:
      break;
  }
  if (value->keyword == CssKeyword::inherit) return inherited;
  return value->keyword == CssKeyword::relative_size ? inherited * kStep : kRootFontSize;
}

/// In pixels; nullopt for what only the page decides.
std::optional<double> length_of(const CssValue* value, double font_size) noexcept {
  if (value == nullptr) return std::nullopt;
  switch (value->unit) {
    case CssUnit::pixels:
    case CssUnit::number:
      return value->number;
    case CssUnit::font_sizes:
      return value->number * font_size;
    case CssUnit::root_font_sizes:
      return value->number * kRootFontSize;
    case CssUnit::percent:
      return value->number == 0 ? std::optional{0.0} : std::nullopt;
    case CssUnit::unknown:
    case CssUnit::invalid:
    case CssUnit::keyword:
      break;
  }
  return std::nullopt;
}

/// The same of what is said by the size of the element around it, if that is so small that nothing widens it.
std::optional<double> length_within(const CssValue* value, double font_size, const CssSize& around,
                                    const std::optional<double>& side) noexcept {
  if (value != nullptr && around.is_tiny()) {
    if (value->unit == CssUnit::percent) return value->number / 100 * *side;
    if (value->unit == CssUnit::keyword && value->keyword == CssKeyword::inherit) return side;
  }
  return length_of(value, font_size);
}

/// One side of an element, within its limits. A largest size counts alone only where it leaves next to
/// nothing.
std::optional<double> limited(std::optional<double> length, std::optional<double> most,
                              const CssValue* least_value, double font_size) noexcept {
  if (length && *length < 0) length.reset();
  if (most && *most >= 0) {
    if (length) {
      length = std::min(*length, *most);
    } else if (*most <= 1) {
      length = most;
    }
  }
  if (length && least_value != nullptr && least_value->unit != CssUnit::keyword) {
    const auto least = length_of(least_value, font_size);
    if (!least) return std::nullopt;
    length = std::max(*length, *least);
  }
  return length;
}

bool is_placed(CssKeyword position) noexcept {
  return position == CssKeyword::absolute || position == CssKeyword::fixed ||
         position == CssKeyword::relative;
}

bool is_off_screen(const Values& values, double font_size) noexcept {
  const auto is_far = [&](CssProperty property) {
    const auto* value = values.find(property);
    if (value != nullptr && value->unit == CssUnit::percent) return value->number <= -100;
    return length_of(value, font_size).value_or(0) <= -kFarAway;
  };
  const auto is_far_beyond = [&](CssProperty property) {
    return length_of(values.find(property), font_size).value_or(0) >= kFarBeyond;
  };
  if (is_far(CssProperty::margin_left) || is_far(CssProperty::margin_top) || is_far(CssProperty::transform) ||
      is_far(CssProperty::translate)) {
    return true;
  }
  if (!is_placed(values.keyword(CssProperty::position))) return false;
  return is_far(CssProperty::left) || is_far(CssProperty::top) || is_far(CssProperty::right) ||
         is_far(CssProperty::bottom) || is_far_beyond(CssProperty::left) || is_far_beyond(CssProperty::top);
}

/// Whether nothing of what an element of that size holds is seen, as it cuts off what is larger. A side of
/// one pixel alone may be a line.
bool cuts_all(const Values& values, const CssSize& size, bool is_image) noexcept {
  constexpr double kNoPixel = 0.5;
  const auto overflow = values.keyword(CssProperty::overflow);
  if (overflow != CssKeyword::hidden && overflow != CssKeyword::clip) return false;
  return size.width.value_or(1) < kNoPixel || size.height.value_or(1) < kNoPixel ||
         (size.is_tiny() && !is_image);
}

}  // namespace

/// How an element is drawn in one window.
struct CssCascade::Drawn {
  bool is_gone = false;
  std::optional<bool> is_invisible;
  double font_size = 0;
  CssSize size;
};

void CssCascade::begin(bool is_image) noexcept {
  is_image_ = is_image;
  entries_.clear();
  common_ = kAllWindows;
  width_hint_.reset();
  height_hint_.reset();
}

void CssCascade::hint(CssProperty property, const CssValue& value) {
  entries_.push_back({property, kAllWindows, value, 0});
  if (property == CssProperty::width) width_hint_ = value;
  if (property == CssProperty::height) height_hint_ = value;
}

void CssCascade::add(std::span<const CssDeclaration> declarations, CssWindows windows, std::uint64_t priority,
                     bool is_general) {
  const bool keeps_size = is_general && (windows & kDesktop) == 0;
  for (const auto& each : declarations) {
    if (keeps_size && is_size(each.property)) continue;
    entries_.push_back(
        {each.property, windows, each.value, 1 + priority + (each.is_important ? kImportant : 0)});
    common_ &= windows;
  }
}

CssCascade::Drawn CssCascade::drawn_in(CssWindows window, const CssBox& parent) const {
  Values values;
  for (const auto& each : entries_) {
    if ((each.windows & window) != 0) values.set(each.property, each.value, each.priority);
  }
  Drawn drawn;
  drawn.font_size = font_size_of(values.find(CssProperty::font_size), parent.font_size);
  drawn.is_gone = values.keyword(CssProperty::display) == CssKeyword::none ||
                  values.is_zero(CssProperty::opacity) || is_off_screen(values, drawn.font_size);
  const auto visibility = values.keyword(CssProperty::visibility);
  if (visibility == CssKeyword::hidden || visibility == CssKeyword::collapse) drawn.is_invisible = true;
  if (visibility == CssKeyword::visible) drawn.is_invisible = false;

  const auto side = [&](CssProperty length, CssProperty most, CssProperty least,
                        const std::optional<double>& around) {
    return limited(length_within(values.find(length), drawn.font_size, parent.size, around),
                   length_of(values.find(most), drawn.font_size), values.find(least), drawn.font_size);
  };
  drawn.size = {
      side(CssProperty::width, CssProperty::max_width, CssProperty::min_width, parent.size.width),
      side(CssProperty::height, CssProperty::max_height, CssProperty::min_height, parent.size.height)};
  // `height: auto` beside both attributes keeps their ratio: newsletters say it of all their pictures.
  const auto is_auto = [&](CssProperty property) {
    const auto* value = values.find(property);
    return value != nullptr && value->unit == CssUnit::keyword && value->keyword != CssKeyword::inherit;
  };
  if (width_hint_ && height_hint_ && width_hint_->unit == CssUnit::pixels &&
      height_hint_->unit == CssUnit::pixels && width_hint_->number > 0 && height_hint_->number > 0) {
    const double ratio = height_hint_->number / width_hint_->number;
    if (is_auto(CssProperty::height) && drawn.size.width && !drawn.size.height) {
      drawn.size.height = *drawn.size.width * ratio;
    } else if (is_auto(CssProperty::width) && drawn.size.height && !drawn.size.width) {
      drawn.size.width = *drawn.size.height / ratio;
    }
  }
  // A picture without one side has not the other either, which follows it.
  const auto follows = [&](CssProperty property) {
    return is_image_ && (values.find(property) == nullptr || is_auto(property));
  };
  auto& [width, height] = drawn.size;
  if (width == 0.0 && !height && follows(CssProperty::height)) height = 0;
  if (height == 0.0 && !width && follows(CssProperty::width)) width = 0;
  drawn.is_gone = drawn.is_gone || cuts_all(values, drawn.size, is_image_);
  return drawn;
}

CssBox CssCascade::box(const CssBox& parent, CssWindows windows) const {
  CssBox box;
  box.font_size = parent.font_size;
  box.place_in(parent);
  if (entries_.empty()) return box;
  const auto draw = [&](const Drawn& drawn, CssWindows here) {
    if (drawn.is_gone) box.own_gone |= here;
    if (drawn.is_invisible) (*drawn.is_invisible ? box.own_invisible : box.own_visible) |= here;
    box.place_in(parent);
  };
  const CssWindows usual = windows & kDesktop ? kDesktop : kOutlook;
  const auto here = drawn_in(usual, parent);
  box.font_size = here.font_size;
  box.size = here.size;
  if (common_ == kAllWindows) {
    draw(here, kAllWindows);
    return box;
  }
  draw(here, usual);
  bool is_shown = !box.is_hidden_in(usual);
  for (unsigned bit = 1; bit <= kAllWindows; bit <<= 1U) {
    const auto window = static_cast<CssWindows>(bit);
    if (window == usual) continue;
    const auto there = drawn_in(window, parent);
    draw(there, window);
    if ((windows & window) == 0 || box.is_hidden_in(window)) continue;
    // A picture swapped in has the size it is shown with.
    if (!is_shown || (box.size.is_tiny() && !there.size.is_tiny())) box.size = there.size;
    is_shown = true;
  }
  return box;
}

}  // namespace mailspoor::index
