#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "index/message_object.hpp"

namespace mailspoor::index {

/// Of one message; the Cc fields of large newsletters have some hundreds.
inline constexpr std::size_t kMaxAddresses = 5'000;

/// The addresses of a field body.
struct AddressList {
  std::vector<Address> addresses;  ///< Those of groups too. A body that cannot be read is one name.
  bool is_body_cut = false;        ///< It has more than 512 KiB.
  bool is_cut = false;             ///< There are more than were asked for.
  bool is_unreadable = false;
  bool is_malformed = false;  ///< Some of it is no address, and was left out or taken for something else.
};

/// Reads the body of an address field (RFC 5322 §3.4), still folded, in one pass of GMime's parser.
AddressList parse_address_list(std::string_view body, std::size_t most = kMaxAddresses);

}  // namespace mailspoor::index
