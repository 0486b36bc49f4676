#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "index/message/header_section.hpp"
#include "index/message_object.hpp"
#include "index/trace/authentication.hpp"

namespace mailspoor::index {

/// Of one message; what is more is not read.
inline constexpr std::size_t kMaxAuthentications = 500;

/// The domain of From, lower case; empty if From has not exactly one domain.
std::string author_domain(const std::vector<Address>& from);

/// What the header section of a message says of who authenticated what.
struct AuthenticationSection {
  std::vector<Authentication> entries;  ///< In the order of the fields, those of ARC last.
  std::vector<std::string> defects;     ///< Each once.
};

/// Nothing is trusted yet and no signature verified.
/// @param author_domain  See author_domain().
AuthenticationSection read_authentication(const std::vector<HeaderField>& fields,
                                          std::string_view author_domain);

}  // namespace mailspoor::index
