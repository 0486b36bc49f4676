#include <spdlog/logger.h>
#include <spdlog/sinks/null_sink.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "fetch/error.hpp"
#include "fetch/imap/engine.hpp"
#include "fetch/replay_transport.hpp"
#include "tests/fuzz/fuzz_target.hpp"

// A whole session, from greeting to LOGOUT, in which the input is all that the server says. Its first octet
// chooses the size of the pieces that it comes in; the tags are t1, t2 and so on, so that inputs can answer
// commands.
namespace mailspoor::fetch {
namespace {

/// Checks the order of calls, and that a message handed over as whole stands in the input as it is.
class CheckingMailbox : public MailboxSink {
 public:
  explicit CheckingMailbox(std::string_view input) : input_{input} {}
  ~CheckingMailbox() override { require(!is_open_); }

  const UidSet& held() const override { return held_; }
  void begin() override {
    require(!is_open_);
    is_open_ = true;
    octets_.clear();
  }
  void append(std::string_view octets) override {
    require(is_open_);
    octets_ += octets;
  }
  void end(const ServerFacts& facts) override {
    require(is_open_);
    is_open_ = false;
    require(facts.uid != 0 && taken_.insert(facts.uid).second);
    require(is_literal_of_input() || is_quoted_in_input());
  }
  void abandon() noexcept override {
    require(is_open_);
    is_open_ = false;
  }
  bool place(const HeldMessage& held, const ServerFacts& facts) override {
    require(!is_open_ && facts.uid != 0 && held.offset == facts.uid);
    return facts.uid % 3 != 0 && taken_.insert(facts.uid).second;
  }
  void former_gone() override { require(!is_open_); }
  void absent(const UidSet& uids) override { require(!uids.empty()); }
  void hole(std::uint32_t uid, std::string_view reason, const std::optional<MaildropName>&) override {
    require(taken_.insert(uid).second && !reason.empty());
  }
  void relisted(const base::MaildropEntry&) override { require(false); }
  void flags(const UidSet& uids, const std::vector<std::string>&) override { require(is_stored(uids)); }
  void labels(const UidSet& uids, const std::vector<std::string>&) override { require(is_stored(uids)); }
  void gone(const UidSet& uids) override { require(is_stored(uids)); }
  void back(const UidSet& uids) override { require(uids == UidSet(4, 4)); }
  void synced(const ServerState& server, bool) override { require(server.uid_next > 0); }
  void savepoint() override { require(false); }
  void roll_back() override { require(false); }
  void commit() override { require(!is_open_); }
  ChangeCounts changes() const override { return {}; }

 private:
  static bool is_stored(const UidSet& uids) {
    auto others = uids;
    others.remove(UidSet{2, 3});
    return !uids.empty() && others.empty();
  }
  /// Whether some `{n}` line of the input is followed by exactly these n octets.
  bool is_literal_of_input() const {
    for (std::size_t at = input_.find(octets_); at != std::string_view::npos;
         at = input_.find(octets_, at + 1)) {
      std::string_view before = input_.substr(0, at);
      if (before.ends_with('\n')) before.remove_suffix(1);
      if (before.ends_with('\r')) before.remove_suffix(1);
      if (!before.ends_with('}')) continue;
      before.remove_suffix(1);
      if (before.ends_with('+')) before.remove_suffix(1);
      std::size_t size = 0;
      std::size_t place = 1;
      for (; !before.empty() && before.back() >= '0' && before.back() <= '9'; before.remove_suffix(1)) {
        size += place * static_cast<std::size_t>(before.back() - '0');
        place *= 10;
      }
      if (size == octets_.size() && before.ends_with('{')) return true;
    }
    return false;
  }
  /// A quoted body has its escapes taken off: looked for with any of them in place.
  bool is_quoted_in_input() const {
    for (std::size_t start = input_.find('"'); start != std::string_view::npos;
         start = input_.find('"', start + 1)) {
      std::size_t at = start + 1;
      std::size_t matched = 0;
      while (at < input_.size() && input_[at] != '"') {
        if (input_[at] == '\\') ++at;
        if (at >= input_.size() || matched == octets_.size() || input_[at] != octets_[matched]) break;
        ++at;
        ++matched;
      }
      if (at < input_.size() && input_[at] == '"' && matched == octets_.size()) return true;
    }
    return false;
  }

  std::string_view input_;
  UidSet held_;
  std::set<std::uint32_t> taken_;
  std::string octets_;
  bool is_open_ = false;
};

/// Recognises every second one.
class CheckingFormer : public FormerMessages {
 public:
  void listed(std::uint32_t uid, std::uint64_t, std::string_view, std::string_view header_fields) override {
    require(uid != 0 && header_fields.size() <= 65'536);
    if (uid % 2 == 0) found_.insert(uid);
  }
  std::vector<Recognised> recognised() override {
    std::vector<Recognised> result;
    for (const auto uid : found_) result.push_back({uid, {0, uid}});
    return result;
  }

 private:
  std::set<std::uint32_t> found_;
};

class CheckingAccount : public AccountSink {
 public:
  explicit CheckingAccount(std::string_view input) : input_{input} {}
  MailboxState state(const MailboxName& name, MailboxEpoch epoch) override {
    require(!name.levels.empty());
    MailboxState state{UidSet{2, 4}, UidSet{2, 3}, UidSet{6, 6}, ServerState{5, 3, 0, 7}, std::nullopt};
    // Some mailboxes have to be compared whole, of others the news is asked.
    if (epoch.uid_validity % 2 == 0) state.since_compared = std::chrono::seconds{60};
    if (epoch.uid_validity % 3 == 0) state.former = FormerEpochs{1, 3};
    return state;
  }
  std::optional<HeldMessage> find(const ServerFacts& facts) override {
    require(facts.uid != 0);
    if (facts.email_id.empty() && !facts.gmail) return std::nullopt;
    require(facts.email_id.size() <= 255 && (!facts.gmail || facts.gmail->message != 0));
    return HeldMessage{0, facts.uid};
  }
  bool has_ids() override { return true; }
  std::vector<HeldMailbox> mailboxes() override {
    return {{{"Old", "Old", {"Old"}, '/', "F1"}, {1}, false},
            {{"Gone", "Gone", {"Gone"}, '/', {}}, {1}, true}};
  }
  std::vector<ServerFacts> sample(const HeldMailbox&, std::uint64_t count) override {
    require(count >= 2);
    return {{2, {}, "01-Feb-2024 10:00:00 +0100", 5}, {3, {}, "01-Feb-2024 10:00:00 +0100", 5}};
  }
  void rename(const HeldMailbox& mailbox, const MailboxName& name) override {
    require(mailbox.name.raw != name.raw && !name.levels.empty());
  }
  void unlisted(const HeldMailbox& mailbox, bool is_listed) override {
    require(mailbox.was_unlisted == is_listed);
  }
  std::unique_ptr<FormerMessages> former(const MailboxName&, MailboxEpoch epoch) override {
    require(epoch.uid_validity % 3 == 0);
    return std::make_unique<CheckingFormer>();
  }
  void unchanged(const MailboxName& name) override { require(!name.levels.empty()); }
  std::unique_ptr<MailboxSink> open(const MailboxName&, MailboxEpoch epoch) override {
    require(epoch.uid_validity != 0);
    return std::make_unique<CheckingMailbox>(input_);
  }

 private:
  std::string_view input_;
};

class QuietObserver : public FetchObserver {
 public:
  void planned(const std::vector<MailboxPlan>&) override {}
  void fetched(std::uint64_t) override {}
  void committed() override {}
};

void run(std::string_view input, std::size_t chunk) {
  static spdlog::logger log{"fuzz", std::make_shared<spdlog::sinks::null_sink_st>()};
  AccountOptions options;
  options.url = parse_server_url("imaps://alice@imap.example.com");
  options.max_message_size = 100'000;
  options.compress = false;  // what is taken must stand in the input; fuzz_deflate is for the rest
  CheckingAccount account{input};
  QuietObserver observer;
  try {
    auto transport = std::make_unique<ReplayTransport>(
        std::string{input},
        ReplayTransport::Options{true, chunk, {"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi"}});
    Patience patience{[](std::chrono::milliseconds) { return true; }, log};
    Credentials credentials{Secret{"secret"}, {}, {}};
    imap::Setbacks setbacks;
    imap::Engine engine{std::move(transport), options, credentials, "t", setbacks, patience, log};
    FetchReport report;
    engine.fetch(account, observer, report);
  } catch (const Error&) {  // the only type that may leave
  }
}

}  // namespace
}  // namespace mailspoor::fetch

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t chunk = data[0] < 0x40 ? data[0] % 16U + 1 : 65536;
  mailspoor::fetch::run({reinterpret_cast<const char*>(data) + 1, size - 1}, chunk);
  return 0;
}
