#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "deliver/account_store.hpp"
#include "deliver/held_account.hpp"
#include "fetch/message_sink.hpp"

namespace mailspoor::cli {

/// What fetch/ hands over goes to deliver/: the two do not know each other.
class StoreSink : public fetch::AccountSink {
 public:
  explicit StoreSink(deliver::AccountStore& store) : store_{store} {}
  fetch::MailboxState state(const fetch::MailboxName& name, fetch::MailboxEpoch epoch) override;
  std::vector<fetch::HeldMailbox> mailboxes() override;
  std::vector<fetch::ServerFacts> sample(const fetch::HeldMailbox& mailbox, std::uint64_t count) override;
  void rename(const fetch::HeldMailbox& mailbox, const fetch::MailboxName& name) override;
  void unlisted(const fetch::HeldMailbox& mailbox, bool is_listed) override;
  std::optional<fetch::HeldMessage> find(const fetch::ServerFacts& facts) override;
  bool has_ids() override;
  std::unique_ptr<fetch::FormerMessages> former(const fetch::MailboxName& name,
                                                fetch::MailboxEpoch epoch) override;
  void unchanged(const fetch::MailboxName& name) override;
  std::unique_ptr<fetch::MailboxSink> open(const fetch::MailboxName& name,
                                           fetch::MailboxEpoch epoch) override;

 private:
  deliver::AccountStore& store_;
};

/// Says what is held, for a look at the server that writes nothing here.
class LookingSink : public fetch::AccountSink {
 public:
  explicit LookingSink(deliver::HeldAccount& held) : held_{held} {}
  fetch::MailboxState state(const fetch::MailboxName& name, fetch::MailboxEpoch epoch) override;
  void unchanged(const fetch::MailboxName&) override {}
  /// Nothing is opened where AccountOptions::only_plans is set. @throws std::logic_error.
  std::unique_ptr<fetch::MailboxSink> open(const fetch::MailboxName& name,
                                           fetch::MailboxEpoch epoch) override;

 private:
  deliver::HeldAccount& held_;
};

}  // namespace mailspoor::cli
