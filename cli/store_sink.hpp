#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "deliver/account_store.hpp"
#include "deliver/held_account.hpp"
#include "fetch/fetcher.hpp"
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
  fetch::MaildropState maildrop() override;
  std::vector<fetch::HeldContent> contents(fetch::MailboxEpoch epoch, const fetch::UidSet& uids) override;
  std::vector<fetch::HeldContent> deletable(fetch::MailboxEpoch epoch, const fetch::UidSet& uids,
                                            std::chrono::hours age, std::uint64_t most) override;
  void deleted(fetch::MailboxEpoch epoch, const std::vector<fetch::HeldContent>& messages) override;
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
  /// @param held  nullptr where nothing is held.
  explicit LookingSink(deliver::HeldAccount* held) : held_{held} {}
  fetch::MailboxState state(const fetch::MailboxName& name, fetch::MailboxEpoch epoch) override;
  fetch::MaildropState maildrop() override;
  std::vector<fetch::HeldContent> contents(fetch::MailboxEpoch epoch, const fetch::UidSet& uids) override;
  std::unique_ptr<fetch::FormerMessages> former(const fetch::MailboxName& name,
                                                fetch::MailboxEpoch epoch) override;
  void unchanged(const fetch::MailboxName&) override {}
  /// Nothing is opened where AccountOptions::only_plans is set. @throws std::logic_error.
  std::unique_ptr<fetch::MailboxSink> open(const fetch::MailboxName& name,
                                           fetch::MailboxEpoch epoch) override;

 private:
  deliver::HeldAccount* held_;
};

/// Keeps the plans of a run that goes no further.
class PlanObserver : public fetch::FetchObserver {
 public:
  /// What is told of a mailbox replaces what `plans` has of it.
  explicit PlanObserver(std::vector<fetch::MailboxPlan>& plans);
  void planned(const std::vector<fetch::MailboxPlan>& plans) override;
  void fetched(std::uint64_t) override {}
  void committed() override {}

 private:
  std::vector<fetch::MailboxPlan>& plans_;
  std::map<std::vector<std::string>, std::size_t> places_;  ///< In `plans_`, by the levels of the name.
};

}  // namespace mailspoor::cli
