#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "index/message/header_section.hpp"
#include "index/trace/authentication_results.hpp"
#include "index/trace/dkim_signature.hpp"

namespace mailspoor::index {

/// An ARC-Seal field (RFC 8617 §4.1.3).
struct ArcSeal {
  std::optional<std::uint32_t> instance;
  std::string chain_validation;  ///< `cv`, lower case: `none`, `pass` or `fail`, of the sets below this one.
  std::string algorithm_name;
  std::string domain;    ///< Of who sealed, lower case.
  std::string selector;  ///< Lower case.
  std::optional<std::int64_t> timestamp;
  std::vector<std::string> defects;
};

ArcSeal parse_arc_seal(std::string_view field_body);

/// The three fields that one handler added, as far as they are there.
struct ArcSet {
  std::uint32_t instance = 0;
  std::optional<AuthenticationResults> results;
  std::optional<ArcSeal> seal;
  std::optional<DkimSignature> message_signature;
  std::size_t results_position = 0;  ///< Of the fields among the header fields.
  std::size_t seal_position = 0;
  /// All three are there, once, and can be read.
  bool is_complete = false;
  bool has_doubles = false;
};

/// What a message carries of ARC. A claim of each handler: no seal is verified here.
struct ArcChain {
  std::vector<ArcSet> sets;  ///< By instance, the oldest first.
  std::vector<std::string> defects;

  /// Sets 1 to the newest are all there and complete, the first says `cv=none` and the others `cv=pass`
  /// (RFC 8617 §5.2, as far as it needs no key).
  bool is_complete() const;
};

/// Groups the ARC fields of a header section. Fields without a readable instance are named in `defects`.
ArcChain read_arc(const std::vector<HeaderField>& fields);

}  // namespace mailspoor::index
