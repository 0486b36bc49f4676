#pragma once

#include <optional>
#include <string>
#include <string_view>

// Internationalised domain names: the forms that DNS and people see (RFC 5890 §2.3.2).
namespace mailspoor::index {

/// The domain in lower case as DNS has it, every label that is not ASCII as an A-label (`xn--...`); lower
/// case alone where it is no domain that can be written so.
std::string to_a_labels(std::string_view domain);

/// The name that A-labels stand for, UTF-8; nullopt if the domain has none, or they stand for nothing.
std::optional<std::string> to_u_labels(std::string_view domain);

}  // namespace mailspoor::index
