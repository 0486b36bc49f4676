#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailspoor::index {

/// One `name=value` of a tag list, viewing the parsed text.
struct Tag {
  std::string_view name;
  std::string_view value;  ///< Without blanks around it, still folded inside.
  std::string_view raw;    ///< All between `=` and `;`.
};

/// The tags of a DKIM-Signature, an ARC field or a key record. Views the text that it was read from.
class TagList {
 public:
  /// Reads in one pass.
  ///
  ///     tag-list  = tag-spec *(";" tag-spec) [";"]                                    RFC 6376 §3.2
  ///     tag-spec  = [FWS] tag-name [FWS] "=" [FWS] tag-value [FWS]
  ///     tag-name  = ALPHA *(ALPHA / DIGIT / "_")
  ///
  /// Empty specs are passed over. More than kMaxTags: the rest is not read, and the list is not well formed.
  explicit TagList(std::string_view text);

  const std::vector<Tag>& tags() const noexcept { return tags_; }
  /// The tag of that name, case counting; nullptr if there is none.
  const Tag* find(std::string_view name) const noexcept;
  /// The value of that tag without any blanks and folds; nullopt if there is none.
  std::optional<std::string> text(std::string_view name) const;
  /// No tag without a name or `=`, none twice: otherwise the whole list is void (§3.2).
  bool is_well_formed() const noexcept { return is_well_formed_; }

 private:
  std::vector<Tag> tags_;
  bool is_well_formed_ = true;
};

inline constexpr std::size_t kMaxTags = 100;  // a signature has up to 14

std::string without_blanks(std::string_view text);

/// The parts of a colon-separated list, without blanks, lower case; empty parts are left out.
std::vector<std::string> colon_separated(std::string_view text);

/// Decimal digits and nothing else; nullopt also for what does not fit.
std::optional<std::uint64_t> parse_number(std::string_view text);

/// `t=` or `x=`: unix seconds up to the year 9999.
std::optional<std::int64_t> parse_time(std::string_view text);

/// `i=` of ARC: 1 to 50 (RFC 8617 §4.2.1).
std::optional<std::uint32_t> parse_arc_instance(std::string_view text);

/// Base64 with blanks in it (RFC 6376 §2.10), padding optional.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace mailspoor::index
