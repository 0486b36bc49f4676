#pragma once

#include <optional>

#include "index/track/url.hpp"

namespace mailspoor::index {

/// Where a click redirector of a sending platform leads to, as far as its URL says: in a parameter (`url=`,
/// `ytl=`, `p=`), or in a segment of the path; escaped, in base64, or in JSON in base64. Nothing is looked
/// up. nullopt where the destination is known to the platform only.
std::optional<Url> redirect_target(const Url& click);

}  // namespace mailspoor::index
