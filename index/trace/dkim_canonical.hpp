#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "deliver/base/ascii.hpp"
#include "index/trace/dkim_signature.hpp"

namespace mailspoor::index {

/// A header field as it is hashed (RFC 6376 §3.4.1, §3.4.2), with CRLF at its end. A bare LF counts as CRLF,
/// since mail stores drop the CR that the signer saw.
/// @param raw_field  `Name: body` with its folds, without the last line end.
std::string canonical_header_field(std::string_view raw_field, Canonicalization canonicalization);

/// A body as it is hashed (§3.4.3, §3.4.4), piece by piece in constant memory. A bare LF ends a line too; a
/// bare CR is an octet like others.
class CanonicalBody {
 public:
  explicit CanonicalBody(Canonicalization canonicalization) noexcept
      : is_relaxed_{canonicalization == Canonicalization::relaxed} {}

  /// Calls `take(std::string_view)` for all that is certain so far, in pieces of any size.
  template <typename Take>
  void update(std::string_view octets, Take take);
  /// Calls `take` for what is left.
  template <typename Take>
  void finish(Take take);

 private:
  template <typename Take>
  void end_waiting(Take& take);
  template <typename Take>
  void take_cr(Take& take);

  bool is_relaxed_;
  bool is_empty_ = true;         ///< Nothing but empty lines so far.
  bool has_cr_ = false;          ///< A CR whose LF may follow.
  bool has_blank_ = false;       ///< Blanks which matter only if something follows in the line.
  std::uint64_t line_ends_ = 0;  ///< Which matter only if something follows.
};

template <typename Take>
void CanonicalBody::end_waiting(Take& take) {
  for (; line_ends_ > 0; --line_ends_) take(std::string_view{"\r\n"});
  if (has_blank_) take(std::string_view{" "});
  has_blank_ = is_empty_ = false;
}

template <typename Take>
void CanonicalBody::take_cr(Take& take) {
  if (!has_cr_) return;
  has_cr_ = false;
  end_waiting(take);
  take(std::string_view{"\r"});
}

template <typename Take>
void CanonicalBody::update(std::string_view octets, Take take) {
  const auto is_blank = [this](char c) { return is_relaxed_ && base::is_wsp(c); };
  while (!octets.empty()) {
    const char c = octets.front();
    std::size_t done = 1;
    if (c == '\n') {
      has_cr_ = has_blank_ = false;
      ++line_ends_;
    } else if (c == '\r') {
      take_cr(take);
      has_cr_ = true;
    } else if (is_blank(c)) {
      take_cr(take);
      has_blank_ = true;
    } else {
      take_cr(take);
      end_waiting(take);
      while (done < octets.size() && octets[done] != '\r' && octets[done] != '\n' && !is_blank(octets[done]))
        ++done;
      take(octets.substr(0, done));
    }
    octets.remove_prefix(done);
  }
}

template <typename Take>
void CanonicalBody::finish(Take take) {
  take_cr(take);
  // "simple" gives an empty body a line end (§3.4.3), "relaxed" does not (§3.4.4).
  if (!is_empty_ || !is_relaxed_) take(std::string_view{"\r\n"});
}

}  // namespace mailspoor::index
