#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "fetch/secret.hpp"

namespace mailspoor::fetch {

/// Keeps secrets out of what is shown of a server's words: some servers put the command that they do not know
/// or like into their answer, and with it the password.
class Redaction {
 public:
  /// From here on hidden, as it is and as IMAP quotes it. What has fewer than four octets is not: it would
  /// hide half of every sentence.
  void add(std::string_view secret);
  void clear() { secrets_.clear(); }
  /// `text` with `?` in place of each secret, in whatever case that stands there.
  std::string hidden(std::string_view text) const;

 private:
  std::vector<Secret> secrets_;  ///< The longest first: one may be part of another.
};

}  // namespace mailspoor::fetch
