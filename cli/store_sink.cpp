#include "cli/store_sink.hpp"

#include <stdexcept>
#include <utility>

namespace mailspoor::cli {
namespace {

deliver::MailboxIdentity identity_of(const fetch::MailboxName& name, fetch::MailboxEpoch epoch) {
  return {name.raw,           name.name,      name.levels,      name.delimiter,
          epoch.uid_validity, name.object_id, name.special_use, name.is_maildrop};
}

std::optional<deliver::GmailFacts> gmail_facts(const fetch::ServerFacts& facts) {
  if (!facts.gmail) return std::nullopt;
  return deliver::GmailFacts{facts.gmail->message, facts.gmail->thread, facts.gmail->labels};
}

deliver::MessageFacts message_facts(const fetch::ServerFacts& facts) {
  return {facts.uid,      facts.flags,        facts.internal_date, facts.announced_size,
          facts.email_id, gmail_facts(facts), facts.name};
}

class StoredFormerMessages : public fetch::FormerMessages {
 public:
  explicit StoredFormerMessages(deliver::FormerMessages messages) : messages_{std::move(messages)} {}
  void listed(std::uint32_t uid, std::uint64_t size, std::string_view internal_date,
              std::string_view header_fields) override {
    messages_.listed(uid, size, internal_date, header_fields);
  }
  std::vector<fetch::Recognised> recognised() override {
    std::vector<fetch::Recognised> found;
    for (const auto& [uid, held] : messages_.recognised()) found.push_back({uid, {held.folder, held.offset}});
    return found;
  }

 private:
  deliver::FormerMessages messages_;
};

class WriterSink : public fetch::MailboxSink {
 public:
  explicit WriterSink(deliver::MailboxWriter writer) : writer_{std::move(writer)} {}
  const fetch::UidSet& held() const override { return writer_.held(); }
  void begin() override { writer_.begin(); }
  void append(std::string_view octets) override { writer_.append(octets); }
  void end(const fetch::ServerFacts& facts) override { writer_.end(message_facts(facts)); }
  void abandon() noexcept override { writer_.abandon(); }
  bool place(const fetch::HeldMessage& held, const fetch::ServerFacts& facts) override {
    return writer_.place({held.folder, held.offset}, message_facts(facts));
  }
  void absent(const fetch::UidSet& uids) override { writer_.absent(uids); }
  void hole(std::uint32_t uid, std::string_view reason,
            const std::optional<fetch::MaildropName>& name) override {
    writer_.hole(uid, reason, name);
  }
  void relisted(const base::MaildropEntry& entry) override { writer_.relisted(entry); }
  void flags(const fetch::UidSet& uids, const std::vector<std::string>& flags) override {
    writer_.flags(uids, flags);
  }
  void labels(const fetch::UidSet& uids, const std::vector<std::string>& labels) override {
    writer_.labels(uids, labels);
  }
  void gone(const fetch::UidSet& uids) override { writer_.gone(uids); }
  void former_gone() override { writer_.former_gone(); }
  void back(const fetch::UidSet& uids) override { writer_.back(uids); }
  void synced(const fetch::ServerState& server, bool is_compared) override {
    writer_.synced({server.uid_next, server.messages, server.unseen, server.highest_modseq}, is_compared);
  }
  void savepoint() override { writer_.savepoint(); }
  void roll_back() override { writer_.roll_back(); }
  void commit() override { writer_.commit(); }
  fetch::ChangeCounts changes() const override {
    const auto counts = writer_.counts();
    return {counts.flags_changed, counts.gone, counts.placed, counts.renumbered, counts.labels_changed};
  }

 private:
  deliver::MailboxWriter writer_;
};

fetch::MailboxState state_of(deliver::MailboxState known) {
  fetch::MailboxState state{std::move(known.held), std::move(known.stored),  std::move(known.holes), {},
                            known.since_compared,  std::move(known.accepted)};
  if (const auto& server = known.server)
    state.server = {server->uid_next, server->messages, server->unseen, server->highest_modseq};
  if (known.former) state.former = {known.former->uid_validity, known.former->messages};
  return state;
}

fetch::MaildropState state_of(deliver::MaildropState known) {
  return {{known.epoch},
          known.next_uid,
          std::move(known.stored),
          std::move(known.holes),
          std::move(known.accepted),
          std::move(known.deleted),
          known.is_known,
          std::move(known.entries)};
}

template <typename To, typename From>
std::vector<To> converted(const std::vector<From>& contents) {
  std::vector<To> result;
  result.reserve(contents.size());
  for (const auto& content : contents)
    result.push_back({content.uid, content.file, content.sha256, content.header_digest});
  return result;
}

}  // namespace

fetch::MailboxState StoreSink::state(const fetch::MailboxName& name, fetch::MailboxEpoch epoch) {
  return state_of(store_.state(identity_of(name, epoch)));
}

std::vector<fetch::HeldMailbox> StoreSink::mailboxes() {
  std::vector<fetch::HeldMailbox> held;
  for (const auto& [identity, was_unlisted] : store_.mailboxes()) {
    held.push_back({{identity.raw, identity.name, identity.levels, identity.delimiter, identity.object_id,
                     identity.special_use},
                    {identity.uid_validity},
                    was_unlisted});
  }
  return held;
}

std::vector<fetch::ServerFacts> StoreSink::sample(const fetch::HeldMailbox& mailbox, std::uint64_t count) {
  std::vector<fetch::ServerFacts> facts;
  for (const auto& fact : store_.sample(identity_of(mailbox.name, mailbox.epoch), count))
    facts.push_back({fact.uid, fact.flags, fact.internal_date, fact.announced_size});
  return facts;
}

void StoreSink::rename(const fetch::HeldMailbox& mailbox, const fetch::MailboxName& name) {
  store_.rename(identity_of(mailbox.name, mailbox.epoch), identity_of(name, mailbox.epoch));
}

void StoreSink::unlisted(const fetch::HeldMailbox& mailbox, bool is_listed) {
  store_.unlisted(identity_of(mailbox.name, mailbox.epoch), is_listed);
}

std::optional<fetch::HeldMessage> StoreSink::find(const fetch::ServerFacts& facts) {
  const auto held = store_.find(facts.email_id, gmail_facts(facts));
  if (!held) return std::nullopt;
  return fetch::HeldMessage{held->folder, held->offset};
}

bool StoreSink::has_ids() { return store_.has_ids(); }

fetch::MaildropState StoreSink::maildrop() { return state_of(store_.maildrop()); }

std::vector<fetch::HeldContent> StoreSink::contents(fetch::MailboxEpoch epoch, const fetch::UidSet& uids) {
  return converted<fetch::HeldContent>(store_.contents(epoch.uid_validity, uids));
}

std::vector<fetch::HeldContent> StoreSink::deletable(fetch::MailboxEpoch epoch, const fetch::UidSet& uids,
                                                     std::chrono::hours age, std::uint64_t most) {
  return converted<fetch::HeldContent>(store_.deletable(epoch.uid_validity, uids, age, most));
}

void StoreSink::deleted(fetch::MailboxEpoch epoch, const std::vector<fetch::HeldContent>& messages) {
  store_.deleted(epoch.uid_validity, converted<deliver::HeldContent>(messages));
}

std::unique_ptr<fetch::FormerMessages> StoreSink::former(const fetch::MailboxName& name,
                                                         fetch::MailboxEpoch epoch) {
  return std::make_unique<StoredFormerMessages>(store_.former(identity_of(name, epoch)));
}

void StoreSink::unchanged(const fetch::MailboxName& name) { store_.seen(identity_of(name, {})); }

std::unique_ptr<fetch::MailboxSink> StoreSink::open(const fetch::MailboxName& name,
                                                    fetch::MailboxEpoch epoch) {
  return std::make_unique<WriterSink>(store_.open_mailbox(identity_of(name, epoch)));
}

fetch::MailboxState LookingSink::state(const fetch::MailboxName& name, fetch::MailboxEpoch epoch) {
  return held_ == nullptr ? fetch::MailboxState{} : state_of(held_->state(identity_of(name, epoch)));
}

fetch::MaildropState LookingSink::maildrop() {
  return held_ == nullptr ? fetch::MaildropState{} : state_of(held_->maildrop());
}

std::vector<fetch::HeldContent> LookingSink::contents(fetch::MailboxEpoch epoch, const fetch::UidSet& uids) {
  if (held_ == nullptr) return {};
  return converted<fetch::HeldContent>(held_->contents(epoch.uid_validity, uids));
}

std::unique_ptr<fetch::FormerMessages> LookingSink::former(const fetch::MailboxName& name,
                                                           fetch::MailboxEpoch epoch) {
  if (held_ == nullptr) return nullptr;
  auto former = held_->former(identity_of(name, epoch));
  return former ? std::make_unique<StoredFormerMessages>(std::move(*former)) : nullptr;
}

std::unique_ptr<fetch::MailboxSink> LookingSink::open(const fetch::MailboxName&, fetch::MailboxEpoch) {
  throw std::logic_error{"a mailbox is opened for writing in a run that only looks"};
}

PlanObserver::PlanObserver(std::vector<fetch::MailboxPlan>& plans) : plans_{plans} {
  for (std::size_t place = 0; place < plans_.size(); ++place)
    places_.emplace(plans_[place].name.levels, place);
}

/// A connection that was lost begins with the first mailbox again, and a busy one is planned twice.
void PlanObserver::planned(const std::vector<fetch::MailboxPlan>& plans) {
  for (const auto& plan : plans) {
    const auto [known, is_new] = places_.emplace(plan.name.levels, plans_.size());
    if (is_new) {
      plans_.push_back(plan);
    } else {
      plans_[known->second] = plan;
    }
  }
}

}  // namespace mailspoor::cli
