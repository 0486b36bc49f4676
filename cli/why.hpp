#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "index/message_object.hpp"

namespace mailspoor::cli {

/// A header field that a derived fact rests on.
struct Evidence {
  std::string name;          ///< As written.
  std::uint64_t offset = 0;  ///< Of the name's first octet in the file.
  std::string raw;  ///< The whole field with its folds, without the last line end; may be any octets.
  bool operator==(const Evidence&) const = default;
};

/// The fields behind one fact of the message object, in the order of the message.
/// @param fact  A key of the object: `origin`, `origin.ip`, `hops[2].from_ip`, `date`; or the code of a
///              finding.
/// @throws UsageError if there is no such fact, with those that there are.
std::vector<Evidence> evidence_of(const index::MessageObject& message, std::string_view fact);

/// Whether the fact is the code of a finding that the message does not have, and what to say then.
bool lacks_finding(const index::MessageObject& message, std::string_view fact);
std::string no_finding_text(std::string_view code);

/// For people, and one JSON object a field.
std::string why_text(const std::vector<Evidence>& evidence);
std::string to_json(const Evidence& evidence);

}  // namespace mailspoor::cli
