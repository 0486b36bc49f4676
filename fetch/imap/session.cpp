#include "fetch/imap/session.hpp"

#include <fmt/format.h>
#include <spdlog/logger.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "deliver/base/text.hpp"
#include "fetch/deflate_transport.hpp"
#include "fetch/imap/throttling.hpp"
#include "fetch/line_text.hpp"
#include "fetch/sasl.hpp"

namespace mailspoor::fetch::imap {
namespace {

constexpr std::size_t kMaxLiteralMinus = 4096;  // RFC 7888 §5
constexpr unsigned kManyBads = 3;  // with as many as are in flight, fewer than the twenty that Dovecot bears

/// The capabilities that a status code brings; empty if it is another code.
std::vector<std::string> capabilities_in(const Status& status) {
  if (!status.has_code("CAPABILITY")) return {};
  return words(std::string_view{status.code}.substr(std::string_view{"CAPABILITY"}.size()));
}

/// @throws ThrottledError if it is about more than one mailbox or message.
void check_patience(const Status& status, std::string_view what) {
  if (const auto throttle = throttle_of(status); throttle && !throttle->may_be_particular)
    throw ThrottledError{fmt::format("{}: {}", what, describe(status)), throttle->pause};
}

}  // namespace

Session::Session(std::unique_ptr<Transport> transport, std::string tag_prefix, spdlog::logger& log)
    : transport_{std::move(transport)},
      tag_prefix_{std::move(tag_prefix)},
      log_{log},
      lexer_{*transport_},
      reader_{lexer_, tag_prefix_} {}

std::string Session::next_tag() { return fmt::format("{}{}", tag_prefix_, ++last_tag_); }

std::string Session::send(const Command& command) {
  if (bads_ >= kManyBads) {
    bads_ = 0;
    send(Command{"NOOP"});
  }
  std::string tag = next_tag();
  open_tags_.insert(tag);
  log_.debug("C: {} {}", tag, command.shown());
  std::string line = tag + ' ';
  const bool plus = has_capability("LITERAL+");
  const bool minus = has_capability("LITERAL-");
  for (const Command::Piece& piece : command.pieces()) {
    if (!piece.is_literal) {
      line += piece.octets;
      continue;
    }
    const bool at_once = plus || (minus && piece.octets.size() <= kMaxLiteralMinus);
    line += fmt::format("{{{}{}}}\r\n", piece.octets.size(), at_once ? "+" : "");
    if (!at_once) {
      transport_->write(line);
      wipe(line);
      if (!await_continuation(tag)) return tag;
    }
    line += piece.octets;
  }
  line += "\r\n";
  transport_->write(line);
  wipe(line);
  return tag;
}

void Session::send_line(std::string_view line) {
  redaction_.add(line);
  std::string octets{line};
  octets += "\r\n";
  transport_->write(octets);
  wipe(octets);
}

/// Whether the server wants the literal. If not, its answer is kept for read().
bool Session::await_continuation(const std::string& tag) {
  for (;;) {
    Response response = read();
    if (std::holds_alternative<Continuation>(response)) return true;
    if (auto* answer = std::get_if<Tagged>(&response); answer != nullptr && answer->tag == tag) {
      early_answer_ = std::move(*answer);
      return false;
    }
  }
}

Response Session::read(BodyReceiver* receiver) {
  if (early_answer_) return *std::exchange(early_answer_, std::nullopt);
  transport_->deadlines().useless(std::exchange(unbooked_octets_, 0));
  Response response = reader_.read(receiver);
  hide_secrets(response);
  unbooked_octets_ = lexer_.response_octets();
  if (auto* answer = std::get_if<Tagged>(&response); answer != nullptr && open_tags_.erase(answer->tag) == 0)
    response = Skipped{answer->tag + ' ' + describe(answer->status)};
  if (auto* answer = std::get_if<Tagged>(&response)) {
    transport_->deadlines().answered();
    unbooked_octets_ = 0;
    bads_ = answer->status.kind == Status::Kind::bad ? bads_ + 1 : 0;
    log_.debug("S: {} {}", answer->tag, shortened(describe(answer->status)));
    take_capabilities(capabilities_in(answer->status));
    if (receiver == nullptr) check_patience(answer->status, "the server is busy");
  } else if (auto* status = std::get_if<Status>(&response)) {
    log_.debug("S: * {}", shortened(describe(*status)));
    take_capabilities(capabilities_in(*status));
    if (status->kind == Status::Kind::bye) {
      check_patience(*status, "the server ended the session");
      throw NetworkError{"the server ended the session: " + describe(*status)};
    }
  } else if (auto* capabilities = std::get_if<Capabilities>(&response)) {
    take_capabilities(capabilities->names);
  } else if (auto* skipped = std::get_if<Skipped>(&response)) {
    log_.debug("S: skipped '{}'", shortened(skipped->words));
  }
  return response;
}

void Session::hide_secrets(Response& response) const {
  const auto hide = [this](Status& status) {
    if (status.kind != Status::Kind::ok) status.code = redaction_.hidden(status.code);
    status.text = redaction_.hidden(status.text);
  };
  if (auto* answer = std::get_if<Tagged>(&response)) hide(answer->status);
  if (auto* status = std::get_if<Status>(&response)) hide(*status);
  if (auto* skipped = std::get_if<Skipped>(&response)) skipped->words = redaction_.hidden(skipped->words);
}

void Session::was_useful() { transport_->deadlines().useful(std::exchange(unbooked_octets_, 0)); }

void Session::take_capabilities(std::vector<std::string> names) {
  if (names.empty()) return;
  capabilities_ = std::move(names);
  ++capability_lists_;
}

Status Session::run(const Command& command, const Handler& handler) {
  const std::string tag = send(command);
  for (;;) {
    Response response = read();
    if (auto* answer = std::get_if<Tagged>(&response); answer != nullptr && answer->tag == tag)
      return std::move(answer->status);
    if (handler) handler(response);
  }
}

void Session::compress() {
  Status status;
  try {
    status = run(Command{"COMPRESS DEFLATE"});
  } catch (const NetworkError& error) {
    throw NetworkError{
        fmt::format("{} (when asked for compression, which --no-compress does without)", error.what())};
  }
  if (status.kind != Status::Kind::ok) return;
  // The server compresses from the octet behind its answer on: what came with that is compressed already.
  transport_ = std::make_unique<DeflateTransport>(std::move(transport_), lexer_.take_unread());
  lexer_.read_from(*transport_);
}

void Session::resync() {
  const std::string tag = next_tag();
  log_.debug("C: {} NOOP", tag);
  transport_->write(tag + " NOOP\r\n");
  const std::string last = lexer_.skip_lines_until(tag);
  lexer_.take_text();
  open_tags_.clear();
  unbooked_octets_ = 0;
  transport_->deadlines().answered();
  if (base::starts_with_ignoring_case(last, "* BYE")) {
    const Status farewell = parse_status(Status::Kind::bye, std::string_view{last}.substr(5));
    check_patience(farewell, "the server ended the session");
    throw NetworkError{"the server ended the session: " + describe(farewell)};
  }
}

void Session::log_out() noexcept {
  try {
    send(Command{"LOGOUT"});
    transport_->close();
  } catch (const std::exception& error) {
    log_.debug("LOGOUT: {}", error.what());
  }
}

void Session::take_connect_lines() {
  for (const std::string& line : transport_->connect_lines()) {
    std::string_view rest{line};
    const bool is_untagged = rest.starts_with("* ");
    rest.remove_prefix(std::min(rest.find(' '), rest.size()));
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    const auto end = std::min(rest.find(' '), rest.size());
    const std::string_view word = rest.substr(0, end);
    const std::string_view text = rest.substr(std::min(end + 1, rest.size()));
    if (is_untagged && base::equal_ignoring_case(word, "CAPABILITY")) {
      take_capabilities(words(text));
      continue;
    }
    const bool is_preauth = base::equal_ignoring_case(word, "PREAUTH");
    if (!is_preauth && !base::equal_ignoring_case(word, "OK")) continue;
    Status status = parse_status(is_preauth ? Status::Kind::preauth : Status::Kind::ok, text);
    take_capabilities(capabilities_in(status));
    if (is_untagged && !greeting_) greeting_ = std::move(status);
  }
}

bool Session::has_capability(std::string_view name) const noexcept {
  const auto has_it = [&](const std::vector<std::string>& names) {
    return std::any_of(names.begin(), names.end(),
                       [&](const std::string& known) { return base::equal_ignoring_case(known, name); });
  };
  return has_it(capabilities_) && !has_it(distrusted_);
}

void Session::distrust(std::string_view name) {
  if (!has_capability(name)) return;
  log_.info("the server does not understand what its {} promises: doing without", name);
  distrusted_.emplace_back(name);
}

std::optional<std::uint64_t> Session::message_limit() const noexcept {
  constexpr std::string_view kName = "MESSAGELIMIT=";
  for (const std::string& capability : capabilities_) {
    if (!base::starts_with_ignoring_case(capability, kName)) continue;
    std::uint64_t limit = 0;
    const auto [end, error] =
        std::from_chars(capability.data() + kName.size(), capability.data() + capability.size(), limit);
    if (error == std::errc{} && limit > 0) return limit;
  }
  return std::nullopt;
}

void Session::ask_capabilities() { run(Command{"CAPABILITY"}); }

}  // namespace mailspoor::fetch::imap
