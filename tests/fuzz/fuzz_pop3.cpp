#include <spdlog/logger.h>
#include <spdlog/sinks/null_sink.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "fetch/error.hpp"
#include "fetch/pop3/engine.hpp"
#include "fetch/pop3/reader.hpp"
#include "fetch/replay_transport.hpp"
#include "tests/fuzz/fuzz_target.hpp"

// The reader by itself, and a whole session from the first command to QUIT, in which the input is all that
// the server says. Its first octet chooses the size of the pieces that it comes in.
namespace mailspoor::fetch::pop3 {
namespace {

/// What RFC 1939 §3 says, line by line; nullopt if the message does not end.
std::optional<std::string> unstuffed(std::string_view wire) {
  std::string message;
  while (true) {
    const auto end = wire.find("\r\n");
    if (end == std::string_view::npos) return std::nullopt;
    auto line = wire.substr(0, end);
    wire.remove_prefix(end + 2);
    if (line == ".") return message;
    if (line.starts_with("..")) line.remove_prefix(1);
    message += line;
    message += "\r\n";
  }
}

std::optional<std::string> read_message(std::string_view wire, std::size_t chunk) {
  ReplayTransport transport{std::string{wire}, ReplayTransport::Options{.chunk = chunk}};
  Reader reader{transport};
  std::string message;
  try {
    reader.read_message([&](std::string_view octets) {
      require(!octets.empty());
      message += octets;
    });
  } catch (const NetworkError&) {
    return std::nullopt;
  }
  return message;
}

std::vector<std::string> read_lines(std::string_view wire, std::size_t chunk) {
  ReplayTransport transport{std::string{wire}, ReplayTransport::Options{.chunk = chunk}};
  Reader reader{transport};
  std::vector<std::string> lines;
  try {
    while (true) {
      lines.push_back(reader.read_line());
      reader.read_lines([&](std::string_view line) { lines.emplace_back(line); });
    }
  } catch (const Error& error) {
    lines.emplace_back(error.what());
  }
  return lines;
}

/// Checks the order of calls.
class CheckingMaildrop : public MailboxSink {
 public:
  ~CheckingMaildrop() override { require(!is_open_); }

  const UidSet& held() const override { return held_; }
  void begin() override {
    require(!is_open_);
    is_open_ = true;
  }
  void append(std::string_view octets) override { require(is_open_ && !octets.empty()); }
  void end(const ServerFacts& facts) override {
    require(is_open_ && facts.uid > 9 && facts.name && taken_.insert(facts.uid).second);
    is_open_ = false;
  }
  void abandon() noexcept override {
    require(is_open_);
    is_open_ = false;
  }
  bool place(const HeldMessage&, const ServerFacts&) override { return false; }
  void former_gone() override {}
  void absent(const UidSet& uids) override { require(!uids.empty() && uids.max() <= 9); }
  void hole(std::uint32_t uid, std::string_view reason, const std::optional<MaildropName>& name) override {
    require(!is_open_ && uid > 0 && name && !reason.empty() && taken_.insert(uid).second);
  }
  void relisted(const base::MaildropEntry& entry) override { require(entry.uid > 0 && entry.uid <= 4); }
  void flags(const UidSet&, const std::vector<std::string>&) override { require(false); }
  void labels(const UidSet&, const std::vector<std::string>&) override { require(false); }
  void gone(const UidSet& uids) override { require(!uids.empty() && uids.max() <= 9); }
  void back(const UidSet&) override { require(false); }
  void synced(const ServerState&, bool) override { require(!is_open_); }
  void savepoint() override {
    require(!is_open_);
    savepoint_ = taken_;
  }
  void roll_back() override {
    require(!is_open_);
    taken_ = savepoint_;
  }
  void commit() override {
    require(!is_open_);
    savepoint_ = taken_;
  }
  ChangeCounts changes() const override { return {}; }

 private:
  UidSet held_;
  bool is_open_ = false;
  std::set<std::uint32_t> taken_, savepoint_;
};

/// Holds messages `a` (three octets), `b` of which the size is not known, and two of the UIDL `c`.
class Account : public AccountSink {
 public:
  MailboxState state(const MailboxName&, MailboxEpoch) override { return {}; }
  MaildropState maildrop() override {
    MaildropState state;
    state.epoch = {7};
    state.next_uid = 10;
    state.stored.add(1, 4);
    state.entries = {{base::maildrop_name("a").hash, 1, 3},
                     {base::maildrop_name("b").hash, 2, {}},
                     {base::maildrop_name("c").hash, 3, 9},
                     {base::maildrop_name("c").hash, 4, 9}};
    std::sort(state.entries.begin(), state.entries.end(),
              [](const auto& left, const auto& right) { return left.hash < right.hash; });
    return state;
  }
  std::vector<HeldContent> contents(MailboxEpoch, const UidSet& uids) override {
    std::vector<HeldContent> contents;
    for (std::uint32_t uid = 1; uid <= 4; ++uid) {
      if (uids.contains(uid))
        contents.push_back({uid, "f", base::to_hex(base::sha256("a\r\n")), base::header_digest("a\r\n")});
    }
    return contents;
  }
  std::vector<HeldContent> deletable(MailboxEpoch epoch, const UidSet& uids, std::chrono::hours,
                                     std::uint64_t most) override {
    return contents(epoch, uids.smallest(most));
  }
  void deleted(MailboxEpoch, const std::vector<HeldContent>& messages) override {
    for (const auto& message : messages) require(message.header_digest == base::header_digest("a\r\n"));
  }
  void unchanged(const MailboxName&) override {}
  std::unique_ptr<MailboxSink> open(const MailboxName&, MailboxEpoch) override {
    return std::make_unique<CheckingMaildrop>();
  }
};

class QuietObserver : public FetchObserver {
 public:
  void planned(const std::vector<MailboxPlan>&) override {}
  void fetched(std::uint64_t) override {}
  void committed() override {}
};

class InStep : public ReplayTransport {
 public:
  using ReplayTransport::ReplayTransport;
  bool is_in_step() const noexcept override { return true; }
};

void run_session(std::string_view input, std::size_t chunk) {
  static spdlog::logger log{"fuzz", std::make_shared<spdlog::sinks::null_sink_st>()};
  AccountOptions options;
  options.url = parse_server_url("pop3s://alice@pop.example.com");
  options.max_message_size = 100'000;
  options.delete_after = std::chrono::hours{0};
  Account account;
  QuietObserver observer;
  Setbacks setbacks;
  try {
    auto transport = std::make_unique<InStep>(std::string{input},
                                              ReplayTransport::Options{true, chunk, {"+OK hi <1.2@h>"}});
    Patience patience{[](std::chrono::milliseconds) { return true; }, log};
    Credentials credentials{Secret{"secret"}, {}, {}};
    Engine engine{std::move(transport), options, credentials, 1, setbacks, patience, log};
    FetchReport report;
    engine.fetch(account, observer, report);
  } catch (const Error&) {  // the only type that may leave
  }
}

void run(std::string_view input, std::size_t chunk) {
  if (input.find("$TAG") != std::string_view::npos) return;  // the replay puts something else there
  const auto message = unstuffed(input);
  require(read_message(input, 65536) == message);
  require(read_message(input, chunk) == message);
  require(read_lines(input, 65536) == read_lines(input, chunk));
  run_session(input, chunk);
}

}  // namespace
}  // namespace mailspoor::fetch::pop3

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t chunk = data[0] < 0x40 ? data[0] % 16U + 1 : 65536;
  mailspoor::fetch::pop3::run({reinterpret_cast<const char*>(data) + 1, size - 1}, chunk);
  return 0;
}
