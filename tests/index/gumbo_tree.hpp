#pragma once

#include <gumbo.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace mailspoor::index {

struct GumboOutputDeleter {
  void operator()(GumboOutput* output) const noexcept;
};
using GumboTree = std::unique_ptr<GumboOutput, GumboOutputDeleter>;

/// The document as gumbo, an HTML5 parser of others, builds it. It views `html`.
GumboTree gumbo_tree(const std::string& html);

/// The name of an element, as the source has it where gumbo does not know it.
std::string element_name(const GumboElement& element);

/// Gumbo puts U+FFFD for controls and for what is no character, which the standard does not.
std::string fit_for_gumbo(std::string_view html);

/// Gives HTML parts of the corpora to `read`, fit for gumbo, with the name of their file: all if
/// MAILSPOOR_CORPORA is set, else some. None where there is no such mail (see real_mail.hpp).
void for_each_real_html(const std::function<void(const std::string& name, const std::string& html)>& read);

}  // namespace mailspoor::index
