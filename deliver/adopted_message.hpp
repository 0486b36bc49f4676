#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "deliver/error.hpp"

namespace mailspoor::deliver {

/// A file that cannot be read; others can.
class UnreadableError : public Error {
 public:
  using Error::Error;
};

/// A message file that another program has stored, as its server has it: where no line ends in CRLF, all get
/// one back (mbsync, getmail), and the field by which mbsync marks what it stores (`X-TUID`) is left out.
class AdoptedMessage {
 public:
  /// Reads the file. Throws UnreadableError, as does read().
  explicit AdoptedMessage(std::filesystem::path path);

  /// Lower-case hex, of what read() gives.
  const std::string& sha256() const noexcept { return sha256_; }
  /// Hands over the octets, in pieces.
  void read(const std::function<void(std::string_view octets)>& take) const;

 private:
  std::filesystem::path path_;
  bool has_crlf_ = false;
  std::uint64_t mark_begin_ = 0;  ///< Of mbsync's field in the file; both 0 if there is none.
  std::uint64_t mark_end_ = 0;
  std::string sha256_;
};

}  // namespace mailspoor::deliver
