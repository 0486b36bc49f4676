#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
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
  std::optional<FormerEpochs> former;
  std::map<std::string, std::uint64_t>
      recognisable;       ///< What is held of them: facts, and HeldMessage::offset.
  base::UidSet lost;      ///< Of these offsets the files are not there any more.
  base::UidSet accepted;  ///< Holes that are no news.
  int unchanged = 0;      ///< How often it was told to be.
  std::map<std::uint32_t, StoredMessage> messages;
  std::map<std::uint32_t, std::string> holes;
  base::UidSet absent;
  std::vector<std::string> log;
  int committed = 0;  ///< Messages that a commit() made durable.
};

/// What the server calls a message in every mailbox; empty if it does not.
inline std::string id_of(const ServerFacts& facts) {
  return facts.gmail ? std::to_string(facts.gmail->message) : facts.email_id;
}

class MemoryMailbox : public MailboxSink {
 public:
  MemoryMailbox(MailboxContent& content, std::map<std::string, std::uint64_t>& ids)
      : content_{content}, ids_{ids} {}

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
    if (!id_of(facts).empty()) ids_.emplace(id_of(facts), 1000 + facts.uid);
  }
  void abandon() noexcept override { content_.log.emplace_back("abandon"); }
  bool place(const HeldMessage& held, const ServerFacts& facts) override {
    if (content_.lost.contains(static_cast<std::uint32_t>(held.offset))) return false;
    std::string line = "place " + std::to_string(facts.uid) + " as " + std::to_string(held.offset);
    for (const std::string& flag : facts.flags) line += ' ' + flag;
    content_.log.push_back(line);
    content_.held.add(facts.uid);
    ++counts_.placed;
    ++counts_.renumbered;
    return true;
  }
  void former_gone() override { content_.log.emplace_back("former gone"); }
  void absent(const UidSet& uids) override {
    content_.absent.add(uids);
    content_.log.push_back("absent " + base::to_sequence_set(uids));
  }
  void hole(std::uint32_t uid, std::string_view reason, const std::optional<MaildropName>&) override {
    content_.holes[uid] = reason;
    content_.log.push_back("hole " + std::to_string(uid) + ' ' + std::string{reason});
  }
  void relisted(const base::MaildropEntry& entry) override {
    content_.log.push_back("relisted " + std::to_string(entry.uid) + ' ' +
                           (entry.size ? std::to_string(*entry.size) : "?"));
  }
  void flags(const UidSet& uids, const std::vector<std::string>& flags) override {
    std::string line = "flags " + base::to_sequence_set(uids);
    for (const std::string& flag : flags) line += ' ' + flag;
    content_.log.push_back(line);
  }
  void labels(const UidSet& uids, const std::vector<std::string>& labels) override {
    std::string line = "labels " + base::to_sequence_set(uids);
    for (const std::string& label : labels) line += ' ' + label;
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
  ChangeCounts changes() const override { return counts_; }
  void savepoint() override { savepoint_ = {content_.messages, content_.holes}; }
  void roll_back() override {
    std::tie(content_.messages, content_.holes) = savepoint_;
    content_.log.emplace_back("roll back");
  }
  void commit() override {
    savepoint();
    content_.committed = static_cast<int>(content_.messages.size());
    for (const auto& [uid, message] : content_.messages) content_.held.add(uid);
    content_.log.emplace_back("commit");
  }

 private:
  MailboxContent& content_;
  std::map<std::string, std::uint64_t>& ids_;
  std::string octets_;
  std::pair<decltype(MailboxContent::messages), decltype(MailboxContent::holes)> savepoint_;
  ChangeCounts counts_;
};

/// Recognises by the text of all facts.
class MemoryFormer : public FormerMessages {
 public:
  explicit MemoryFormer(MailboxContent& content) : content_{content} {}
  void listed(std::uint32_t uid, std::uint64_t size, std::string_view internal_date,
              std::string_view header_fields) override {
    const auto known = content_.recognisable.find(std::to_string(size) + ' ' + std::string{internal_date} +
                                                  ' ' + std::string{header_fields});
    if (known != content_.recognisable.end()) found_[uid] = known->second;
  }
  std::vector<Recognised> recognised() override {
    std::vector<Recognised> result;
    for (const auto& [uid, offset] : found_) result.push_back({uid, {0, offset}});
    return result;
  }

 private:
  MailboxContent& content_;
  std::map<std::uint32_t, std::uint64_t> found_;
};

class MemoryAccount : public AccountSink {
 public:
  MailboxState state(const MailboxName& name, MailboxEpoch epoch) override {
    const MailboxContent& known = content(name, epoch);
    return {known.held,           known.stored,   known.holed, known.server,
            known.since_compared, known.accepted, known.former};
  }
  std::unique_ptr<FormerMessages> former(const MailboxName& name, MailboxEpoch epoch) override {
    return std::make_unique<MemoryFormer>(content(name, epoch));
  }
  /// By X-GM-MSGID or EMAILID: these are held.
  std::optional<HeldMessage> find(const ServerFacts& facts) override {
    const auto known = ids.find(id_of(facts));
    return known == ids.end() ? std::nullopt : std::optional{HeldMessage{0, known->second}};
  }
  bool has_ids() override { return !ids.empty(); }
  std::vector<HeldMailbox> mailboxes() override { return held_mailboxes; }
  std::vector<ServerFacts> sample(const HeldMailbox& mailbox, std::uint64_t) override {
    return samples[mailbox.name.name];
  }
  void rename(const HeldMailbox& mailbox, const MailboxName& name) override {
    log.push_back("rename " + mailbox.name.name + " to " + name.name);
    const auto epoch = '@' + std::to_string(mailbox.epoch.uid_validity);
    auto content = mailboxes_.extract(mailbox.name.name + epoch);
    if (content.empty()) return;
    content.key() = name.name + epoch;
    mailboxes_.insert(std::move(content));
  }
  void unlisted(const HeldMailbox& mailbox, bool is_listed) override {
    log.push_back((is_listed ? "listed " : "unlisted ") + mailbox.name.name);
  }
  void unchanged(const MailboxName& name) override { ++content(name, {1}).unchanged; }
  std::unique_ptr<MailboxSink> open(const MailboxName& name, MailboxEpoch epoch) override {
    MailboxContent& mailbox = content(name, epoch);
    mailbox.log.emplace_back("open");
    return std::make_unique<MemoryMailbox>(mailbox, ids);
  }

  std::map<std::string, std::uint64_t> ids;
  std::vector<HeldMailbox> held_mailboxes;
  std::map<std::string, std::vector<ServerFacts>> samples;
  std::vector<std::string> log;  ///< What became of mailboxes.

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
