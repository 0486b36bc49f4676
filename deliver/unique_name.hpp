#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "deliver/environment.hpp"

namespace mailspoor::deliver {

/// Makes names that no other delivery makes: `<sec>.M<usec>P<pid>Q<n>R<16 hex digits>.<host>`, after
/// https://cr.yp.to/proto/maildir.html.
class UniqueNames {
 public:
  explicit UniqueNames(const Environment& environment);
  std::string next();

 private:
  Environment environment_;
  std::string host_;
  std::uint64_t count_ = 0;
};

/// A host name fit for a file name: every octet but letters, digits, '.', '-' and '_' as `\057`, at most 64
/// octets.
std::string escaped_host(std::string_view host_name);

}  // namespace mailspoor::deliver
