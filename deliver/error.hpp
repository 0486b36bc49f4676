#pragma once

#include <sys/types.h>

#include <stdexcept>
#include <string>

namespace mailspoor::deliver {

/// What deliver/ throws: a file or directory could not be read or written. The text names the path and the
/// errno text.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& text, int cause = 0) : std::runtime_error{text}, cause_{cause} {}
  int cause() const noexcept { return cause_; }  ///< errno; 0 where it was something else.

 private:
  int cause_;
};

/// Another run holds the account.
class LockedError : public Error {
 public:
  LockedError(const std::string& text, pid_t holder) : Error{text}, holder_{holder} {}
  pid_t holder() const noexcept { return holder_; }

 private:
  pid_t holder_;
};

}  // namespace mailspoor::deliver
