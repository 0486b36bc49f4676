#pragma once

#include <spdlog/fwd.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fetch/pop3/reader.hpp"
#include "fetch/redaction.hpp"
#include "fetch/throttle.hpp"
#include "fetch/transport.hpp"

namespace mailspoor::fetch::pop3 {

/// The first line of an answer (RFC 1939 §3), or a challenge of SASL (RFC 5034 §4).
struct Reply {
  enum class Kind { ok, error, challenge };
  Kind kind = Kind::ok;
  std::string code;  ///< Of an error, in brackets (RFC 2449 §8), without them; empty if there is none.
  std::string text;  ///< The rest, as sent.

  bool is_ok() const noexcept { return kind == Kind::ok; }
  /// Whether the code is `name` or a part of it (RFC 2449 §8.1.1), in any case.
  bool has_code(std::string_view name) const noexcept;
};

/// @throws ProtocolError for what is none.
Reply parse_reply(std::string_view line);
/// The server's own words, fit for a terminal: `-ERR [IN-USE] Do you have another session?`
std::string describe(const Reply& reply);

/// What a refusal says of waiting; nullopt if it is another one.
std::optional<Throttle> throttle_of(const Reply& reply);
/// For a greeting that is `-ERR ...`. @throws ThrottledError, ProtocolError for [SYS/PERM], else
/// NetworkError.
[[noreturn]] void refuse_greeting(std::string_view peer, std::string_view line);

/// Commands out, answers in, over one connection.
class Session {
 public:
  Session(std::unique_ptr<Transport> transport, spdlog::logger& log);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Where no command is open, what stands unread is an answer to nothing: see check_silence().
  /// @param shown  What the log says in place of a command that has secrets.
  void send(std::string_view command, std::string_view shown = {});
  /// Answers a challenge; never logged.
  void send_secret(std::string_view line);
  /// Sends what send() has gathered. read_reply() does so first.
  void flush();
  /// Nothing is asked for now. @throws ProtocolError if the server has said something all the same: POP3 has
  /// no tags, so that it would be taken for the next answer.
  void check_silence() const;

  /// @throws NetworkError; ProtocolError.
  Reply read_reply();
  /// What follows the first line of an answer that has more.
  void read_lines(const std::function<void(std::string_view line)>& take);
  void read_message(const std::function<void(std::string_view octets)>& take);

  /// CAPA (RFC 2449 §5). Servers without it offer nothing.
  void ask_capabilities();
  const std::vector<std::string>& capabilities() const noexcept { return capabilities_; }
  /// Whether there is a list of capabilities at all.
  bool has_list() const noexcept { return has_list_; }
  bool has_capability(std::string_view name) const noexcept;
  /// What stands behind the name of a capability; empty if it is not there.
  std::vector<std::string> arguments_of(std::string_view capability) const;

  /// The greeting, without `+OK`; empty where it came unencrypted before the rest.
  const std::string& greeting() const noexcept { return greeting_; }
  Transport& transport() noexcept { return *transport_; }
  /// Of the server's words.
  Redaction& redaction() noexcept { return redaction_; }

 private:
  std::unique_ptr<Transport> transport_;
  spdlog::logger& log_;
  Reader reader_;
  Redaction redaction_;
  std::string unsent_;
  std::size_t open_ = 0;  ///< Commands that are not answered yet.
  std::string greeting_;
  std::vector<std::string> capabilities_;
  bool has_list_ = false;
};

}  // namespace mailspoor::fetch::pop3
