#include "fetch/pop3/session.hpp"

#include <fmt/format.h>
#include <spdlog/logger.h>

#include <algorithm>
#include <array>
#include <utility>

#include "deliver/base/text.hpp"
#include "fetch/error.hpp"
#include "fetch/line_text.hpp"
#include "fetch/sasl.hpp"

namespace mailspoor::fetch::pop3 {
namespace {

constexpr std::size_t kMaxCapabilities = 1000;

// Servers without response codes. Not "locked" alone: that may be the account, for good.
constexpr std::array<std::string_view, 10> kBusyPhrases{
    "maildrop already locked", "mail drop already locked",
    "maildrop is locked",      "maildrop locked",
    "mailbox is locked",       "mailbox locked",
    "mailbox in use",          "maildrop in use",
    "unable to lock",          "lock busy",
};

/// Whether `line` is this word, or begins with it and a blank.
bool takes(std::string_view line, std::string_view word) noexcept {
  return base::starts_with_ignoring_case(line, word) &&
         (line.size() == word.size() || line[word.size()] == ' ' || line[word.size()] == '\t');
}

}  // namespace

bool Reply::has_code(std::string_view name) const noexcept {
  return base::starts_with_ignoring_case(code, name) &&
         (code.size() == name.size() || code[name.size()] == '/');
}

///     response = "+OK" / "-ERR" [SP resp-code] [SP text] / "+" SP base64
Reply parse_reply(std::string_view line) {
  Reply reply;
  if (takes(line, "+OK")) {
    line.remove_prefix(3);
  } else if (takes(line, "-ERR")) {
    reply.kind = Reply::Kind::error;
    line.remove_prefix(4);
  } else if (line == "+" || line.starts_with("+ ")) {
    reply.kind = Reply::Kind::challenge;
    line.remove_prefix(1);
  } else {
    throw ProtocolError{fmt::format("the server answers '{}', which POP3 does not know", shortened(line))};
  }
  if (!line.empty()) line.remove_prefix(1);
  const auto bracket = line.find(']');
  if (reply.kind == Reply::Kind::error && line.starts_with('[') && bracket != std::string_view::npos) {
    reply.code = line.substr(1, bracket - 1);
    line.remove_prefix(bracket + 1);
    if (line.starts_with(' ')) line.remove_prefix(1);
  }
  reply.text = line;
  return reply;
}

std::string describe(const Reply& reply) {
  std::string text = reply.kind == Reply::Kind::ok ? "+OK" : reply.kind == Reply::Kind::error ? "-ERR" : "+";
  if (!reply.code.empty()) text += " [" + reply.code + ']';
  if (!reply.text.empty()) text += ' ' + reply.text;
  return shortened(text);
}

std::optional<Throttle> throttle_of(const Reply& reply) {
  if (reply.kind != Reply::Kind::error) return std::nullopt;
  if (reply.has_code("AUTH") || reply.has_code("SYS/PERM")) return std::nullopt;
  for (const std::string_view code : {"IN-USE", "LOGIN-DELAY", "SYS/TEMP"}) {
    if (reply.has_code(code)) return Throttle{code == "SYS/TEMP", pause_in(reply.text)};
  }
  const std::string text = base::to_lower(reply.text);
  const auto has_phrase = [&](std::string_view phrase) { return text.find(phrase) != std::string::npos; };
  if (std::any_of(kBusyPhrases.begin(), kBusyPhrases.end(), has_phrase)) return Throttle{};
  return throttle_in(reply.text);
}

void refuse_greeting(std::string_view peer, std::string_view line) {
  const Reply reply = parse_reply(line);
  const std::string text = fmt::format("{} refuses the connection: {}", peer, describe(reply));
  if (const auto throttle = throttle_of(reply)) throw ThrottledError{text, throttle->pause};
  if (reply.has_code("SYS/PERM")) throw ProtocolError{text};
  throw NetworkError{text};
}

Session::Session(std::unique_ptr<Transport> transport, spdlog::logger& log)
    : transport_{std::move(transport)}, log_{log}, reader_{*transport_} {
  for (const std::string& line : transport_->connect_lines()) {
    if (transport_->is_in_step() && takes(line, "+OK")) greeting_ = parse_reply(line).text;
  }
}

void Session::send(std::string_view command, std::string_view shown) {
  if (open_ == 0) check_silence();
  ++open_;
  log_.debug("C: {}", base::printable(shown.empty() ? command : shown));
  unsent_ += command;
  unsent_ += "\r\n";
}

void Session::send_secret(std::string_view line) {
  redaction_.add(line);
  unsent_ += line;
  unsent_ += "\r\n";
  flush();
}

void Session::flush() {
  if (unsent_.empty()) return;
  std::string octets = std::exchange(unsent_, {});
  transport_->write(octets);
  wipe(octets);
}

void Session::check_silence() const {
  if (reader_.has_unread()) throw ProtocolError{"the server answers what nobody has asked"};
}

Reply Session::read_reply() {
  flush();
  const std::string line = reader_.read_line();
  log_.debug("S: {}", shortened(redaction_.hidden(line)));
  transport_->deadlines().answered();
  auto reply = parse_reply(line);
  if (reply.kind == Reply::Kind::error) {  // of the others the octets matter
    reply.code = redaction_.hidden(reply.code);
    reply.text = redaction_.hidden(reply.text);
  }
  if (reply.kind != Reply::Kind::challenge && open_ > 0) --open_;
  return reply;
}

void Session::read_lines(const std::function<void(std::string_view)>& take) {
  reader_.read_lines([&](std::string_view line) {
    transport_->deadlines().useful(line.size() + 2);
    take(line);
  });
}

void Session::read_message(const std::function<void(std::string_view)>& take) {
  reader_.read_message([&](std::string_view octets) {
    transport_->deadlines().useful(octets.size());
    take(octets);
  });
}

void Session::ask_capabilities() {
  capabilities_.clear();
  send("CAPA");
  has_list_ = read_reply().is_ok();
  if (!has_list_) return;
  read_lines([this](std::string_view line) {
    if (capabilities_.size() == kMaxCapabilities)
      throw ProtocolError{"the server lists capabilities without end"};
    capabilities_.emplace_back(line);
  });
}

bool Session::has_capability(std::string_view name) const noexcept {
  return std::any_of(capabilities_.begin(), capabilities_.end(),
                     [&](const std::string& known) { return takes(known, name); });
}

std::vector<std::string> Session::arguments_of(std::string_view capability) const {
  std::vector<std::string> all;
  for (const std::string& known : capabilities_) {
    if (!takes(known, capability)) continue;
    for (auto& word : words(std::string_view{known}.substr(capability.size())))
      all.push_back(std::move(word));
  }
  return all;
}

}  // namespace mailspoor::fetch::pop3
