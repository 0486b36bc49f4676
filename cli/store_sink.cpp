#include "cli/store_sink.hpp"

#include <stdexcept>
#include <utility>

namespace mailspoor::cli {
namespace {

deliver::MailboxIdentity identity_of(const fetch::MailboxName& name, fetch::MailboxEpoch epoch) {
  return {name.raw, name.name, name.levels, name.delimiter, epoch.uid_validity, std::nullopt};
}

class WriterSink : public fetch::MailboxSink {
 public:
  explicit WriterSink(deliver::MailboxWriter writer) : writer_{std::move(writer)} {}
  const fetch::UidSet& held() const override { return writer_.held(); }
  void begin() override { writer_.begin(); }
  void append(std::string_view octets) override { writer_.append(octets); }
  void end(const fetch::ServerFacts& facts) override {
    writer_.end({facts.uid, facts.flags, facts.internal_date, facts.announced_size});
  }
  void abandon() noexcept override { writer_.abandon(); }
  void absent(const fetch::UidSet& uids) override { writer_.absent(uids); }
  void hole(std::uint32_t uid, std::string_view reason) override { writer_.hole(uid, reason); }
  void flags(const fetch::UidSet& uids, const std::vector<std::string>& flags) override {
    writer_.flags(uids, flags);
  }
  void gone(const fetch::UidSet& uids) override { writer_.gone(uids); }
  void back(const fetch::UidSet& uids) override { writer_.back(uids); }
  void synced(const fetch::ServerState& server, bool is_compared) override {
    writer_.synced({server.uid_next, server.messages, server.unseen, server.highest_modseq}, is_compared);
  }
  void commit() override { writer_.commit(); }
  fetch::ChangeCounts changes() const override {
    return {writer_.counts().flags_changed, writer_.counts().gone};
  }

 private:
  deliver::MailboxWriter writer_;
};

fetch::MailboxState state_of(deliver::MailboxState known) {
  fetch::MailboxState state{std::move(known.held), std::move(known.stored),  std::move(known.holes), {},
                            known.since_compared,  std::move(known.accepted)};
  if (const auto& server = known.server)
    state.server = {server->uid_next, server->messages, server->unseen, server->highest_modseq};
  return state;
}

}  // namespace

fetch::MailboxState StoreSink::state(const fetch::MailboxName& name, fetch::MailboxEpoch epoch) {
  return state_of(store_.state(identity_of(name, epoch)));
}

void StoreSink::unchanged(const fetch::MailboxName& name) { store_.seen(identity_of(name, {})); }

std::unique_ptr<fetch::MailboxSink> StoreSink::open(const fetch::MailboxName& name,
                                                    fetch::MailboxEpoch epoch) {
  return std::make_unique<WriterSink>(store_.open_mailbox(identity_of(name, epoch)));
}

fetch::MailboxState LookingSink::state(const fetch::MailboxName& name, fetch::MailboxEpoch epoch) {
  return state_of(held_.state(identity_of(name, epoch)));
}

std::unique_ptr<fetch::MailboxSink> LookingSink::open(const fetch::MailboxName&, fetch::MailboxEpoch) {
  throw std::logic_error{"a mailbox is opened for writing in a run that only looks"};
}

}  // namespace mailspoor::cli
