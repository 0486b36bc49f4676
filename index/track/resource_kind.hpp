#pragma once

#include <cstdint>

namespace mailspoor::index {

/// What a resource that a message loads is loaded as.
enum class ResourceKind : std::uint8_t { image, background, css, font, media, frame, svg, vml, other };

}  // namespace mailspoor::index
