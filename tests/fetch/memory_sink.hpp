#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fetch/fetcher.hpp"
#include "fetch/message_sink.hpp"

namespace mailspoor::fetch {

struct StoredMessage {
  std::string octets;
  ServerFacts facts;
};

/// What a MemoryMailbox was told. `log` has one line a call, appends left out, so that runs can be compared.
struct MailboxContent {
  MailboxName name;
  base::UidSet held;
  base::UidSet stored;                ///< Of `held`.
  base::UidSet holed;                 ///< Could not be had by an earlier run.
  std::optional<ServerState> server;  ///< Said when it was last looked at.
  std::optional<std::chrono::seconds> since_compared;
  base::UidSet accepted;  ///< Holes that are no news.
  int unchanged = 0;      ///< How often it was told to be.
  std::map<std::uint32_t, StoredMessage> messages;
  std::map<std::uint32_t, std::string> holes;
  base::UidSet absent;
  std::vector<std::string> log;
  int committed = 0;  ///< Messages that a commit() made durable.
};

class MemoryMailbox : public MailboxSink {
 public:
  explicit MemoryMailbox(MailboxContent& content) : content_{content} {}

  const UidSet& held() const override { return content_.held; }
  void begin() override {
    octets_.clear();
    content_.log.emplace_back("begin");
  }
  void append(std::string_view octets) override { octets_ += octets; }
  void end(const ServerFacts& facts) override {
    std::string line = "end " + std::to_string(facts.uid);
    for (const std::string& flag : facts.flags) line += ' ' + flag;
    content_.log.push_back(line + " '" + facts.internal_date + "' " +
                           (facts.announced_size ? std::to_string(*facts.announced_size) : "?") + ' ' +
                           octets_);
    content_.messages[facts.uid] = {octets_, facts};
  }
  void abandon() noexcept override { content_.log.emplace_back("abandon"); }
  void absent(const UidSet& uids) override {
    content_.absent.add(uids);
    content_.log.push_back("absent " + base::to_sequence_set(uids));
  }
  void hole(std::uint32_t uid, std::string_view reason) override {
    content_.holes[uid] = reason;
    content_.log.push_back("hole " + std::to_string(uid) + ' ' + std::string{reason});
  }
  void flags(const UidSet& uids, const std::vector<std::string>& flags) override {
    std::string line = "flags " + base::to_sequence_set(uids);
    for (const std::string& flag : flags) line += ' ' + flag;
    content_.log.push_back(line);
  }
  void gone(const UidSet& uids) override { content_.log.push_back("gone " + base::to_sequence_set(uids)); }
  void back(const UidSet& uids) override { content_.log.push_back("back " + base::to_sequence_set(uids)); }
  void synced(const ServerState& server, bool is_compared) override {
    const auto shown = [](const std::optional<std::uint64_t>& number) {
      return number ? std::to_string(*number) : std::string{"?"};
    };
    content_.log.push_back("synced " + std::to_string(server.uid_next) + ' ' +
                           std::to_string(server.messages) + ' ' + shown(server.unseen) + ' ' +
                           shown(server.highest_modseq) + (is_compared ? " compared" : ""));
  }
  ChangeCounts changes() const override { return {}; }
  void commit() override {
    content_.committed = static_cast<int>(content_.messages.size());
    content_.log.emplace_back("commit");
  }

 private:
  MailboxContent& content_;
  std::string octets_;
};

class MemoryAccount : public AccountSink {
 public:
  MailboxState state(const MailboxName& name, MailboxEpoch epoch) override {
    const MailboxContent& known = content(name, epoch);
    return {known.held, known.stored, known.holed, known.server, known.since_compared, known.accepted};
  }
  void unchanged(const MailboxName& name) override { ++content(name, {1}).unchanged; }
  std::unique_ptr<MailboxSink> open(const MailboxName& name, MailboxEpoch epoch) override {
    MailboxContent& mailbox = content(name, epoch);
    mailbox.log.emplace_back("open");
    return std::make_unique<MemoryMailbox>(mailbox);
  }

  MailboxContent& operator[](const std::string& name) { return mailboxes_[name]; }
  const std::map<std::string, MailboxContent>& mailboxes() const noexcept { return mailboxes_; }

 private:
  MailboxContent& content(const MailboxName& name, MailboxEpoch epoch) {
    // UIDVALIDITY 1 is what the dialogues have unless they are about it.
    MailboxContent& mailbox =
        mailboxes_[epoch.uid_validity == 1 ? name.name
                                           : name.name + '@' + std::to_string(epoch.uid_validity)];
    mailbox.name = name;
    return mailbox;
  }

  std::map<std::string, MailboxContent> mailboxes_;
};

class MemoryObserver : public FetchObserver {
 public:
  void planned(const std::vector<MailboxPlan>& given) override { plans = given; }
  void fetched(std::uint64_t size) override { octets += size; }
  void committed() override { ++commits; }

  std::vector<MailboxPlan> plans;
  std::uint64_t octets = 0;
  int commits = 0;
};

}  // namespace mailspoor::fetch
