#pragma once

#include <span>
#include <vector>

#include "index/message_object.hpp"

namespace mailspoor::index {

/// What the names and domains of authors do that makes people read them wrongly: DISPLAY_NAME_ADDR,
/// NAME_BIDI, NAME_INVISIBLE, NAME_MIXED_SCRIPTS, NAME_LOOKALIKE, NAME_PUNYCODE; each once. Scripts are those
/// of ICU (UTS 39), which is not asked where all is ASCII or Latin. A cut is added to `defects`.
std::vector<Finding> name_findings(std::span<const Address> authors, std::vector<std::string>& defects);

}  // namespace mailspoor::index
