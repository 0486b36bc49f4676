#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "deliver/base/unique_fd.hpp"
#include "fetch/account.hpp"
#include "fetch/transport.hpp"

namespace mailspoor::fetch {

/// A connection that is a command's standard input and output, with plain IMAP inside: `ssh HOST imap`. What
/// the command says on standard error goes to ours. It ends with the transport at the latest: it is asked by
/// the end of its input, then by SIGTERM, then killed.
class TunnelTransport : public Transport {
 public:
  /// Runs the command by /bin/sh and waits for the server's greeting; lines before that are skipped.
  /// @throws NetworkError, also with the exit code of a command that ends; ProtocolError.
  explicit TunnelTransport(const AccountOptions& options);
  ~TunnelTransport() override;

  std::size_t read(std::span<char> buffer) override;
  void write(std::string_view octets) override;
  void close() noexcept override;
  bool is_encrypted() const noexcept override { return false; }
  bool is_in_step() const noexcept override { return true; }
  const std::vector<std::string>& connect_lines() const noexcept override { return lines_; }

 private:
  void start(const std::string& command);
  void take_greeting(Protocol protocol);
  std::size_t receive(std::span<char> buffer);
  /// Waits so long for the command's end.
  bool has_ended_within(std::chrono::milliseconds time) noexcept;
  [[noreturn]] void fail(std::string_view what);

  base::UniqueFd socket_;
  base::UniqueFd process_;  // readable once the command has ended
  pid_t pid_ = -1;          // -1 once it was waited for
  bool has_group_ = false;  // of its own, with what it starts
  int status_ = 0;
  std::vector<std::string> lines_;
  std::string unread_;  // what came behind the greeting
};

}  // namespace mailspoor::fetch
