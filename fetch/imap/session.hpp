#pragma once

#include <spdlog/fwd.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "fetch/imap/command.hpp"
#include "fetch/imap/lexer.hpp"
#include "fetch/imap/response.hpp"
#include "fetch/redaction.hpp"
#include "fetch/transport.hpp"

namespace mailspoor::fetch::imap {

/// Commands out, responses in, over one connection. Tags are a random prefix and a counter, so that no
/// message can hold the end of the command that fetches it.
class Session {
 public:
  /// @param tag_prefix  Letters and digits, unguessable outside tests.
  Session(std::unique_ptr<Transport> transport, std::string tag_prefix, spdlog::logger& log);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Sends a command and returns its tag. One with a literal must not be sent while another is unanswered.
  /// Where the server has called several in a row bad, a NOOP goes before it: Dovecot hangs up at twenty.
  std::string send(const Command& command);
  /// Answers a continuation request; never logged.
  void send_line(std::string_view line);

  /// The next response. Capabilities that it brings are remembered.
  /// An answer to a command that is not open any more is a Skipped.
  /// @throws NetworkError, for BYE too; ThrottledError for a farewell or an answer that
  /// asks for patience with the whole account; with a `receiver` such an answer is returned, since who takes
  /// bodies can wait without losing its place; ProtocolError, LostTrack.
  Response read(BodyReceiver* receiver = nullptr);
  /// The response that read() returned last brought the run forward. Those of which nobody says so are
  /// counted, and too many of them end the session.
  void was_useful();

  using Handler = std::function<void(Response&)>;
  /// Sends a command, hands every response before its answer to `handler`, and returns how it was answered.
  Status run(const Command& command, const Handler& handler = {});

  /// Asks for COMPRESS=DEFLATE (RFC 4978) and goes on in it, or without where the server refuses. Nothing may
  /// be unanswered.
  void compress();

  /// Sends NOOP and discards everything before its answer, without looking into it.
  void resync();
  /// LOGOUT, without waiting for the answer; what goes wrong there does not matter any more.
  void log_out() noexcept;

  /// Takes capabilities from the connect phase: `* CAPABILITY ...` and `* OK [CAPABILITY ...]`.
  void take_connect_lines();
  /// The greeting as a status response, if the connect phase brought one.
  const std::optional<Status>& greeting() const noexcept { return greeting_; }
  const std::vector<std::string>& capabilities() const noexcept { return capabilities_; }
  bool has_capability(std::string_view name) const noexcept;
  /// The server does not do what this capability promises: has_capability() denies it from here on.
  void distrust(std::string_view name);
  void ask_capabilities();
  /// How many lists of capabilities have come.
  std::uint64_t capability_lists() const noexcept { return capability_lists_; }
  /// Messages that one command may touch (MESSAGELIMIT, RFC 9738); nullopt where the server names no limit.
  std::optional<std::uint64_t> message_limit() const noexcept;

  Transport& transport() noexcept { return *transport_; }
  /// Of the server's words.
  Redaction& redaction() noexcept { return redaction_; }

 private:
  std::string next_tag();
  void hide_secrets(Response& response) const;
  bool await_continuation(const std::string& tag);
  void take_capabilities(std::vector<std::string> names);

  std::unique_ptr<Transport> transport_;
  std::string tag_prefix_;
  spdlog::logger& log_;
  Redaction redaction_;
  Lexer lexer_;
  ResponseReader reader_;
  std::uint64_t last_tag_ = 0;
  std::vector<std::string> capabilities_;
  std::vector<std::string> distrusted_;
  std::uint64_t capability_lists_ = 0;
  std::optional<Status> greeting_;
  std::optional<Tagged> early_answer_;
  std::set<std::string> open_tags_;
  unsigned bads_ = 0;                  // BAD answers in a row, and no NOOP since
  std::uint64_t unbooked_octets_ = 0;  // of the last response, until was_useful() or the next one
};

}  // namespace mailspoor::fetch::imap
