#include "fetch/shared_sink.hpp"

#include <utility>

namespace mailspoor::fetch {
namespace {

class SharedMailbox : public MailboxSink {
 private:
  template <typename Work>
  auto locked(Work work) const {
    const std::lock_guard lock{mutex_};
    return work();
  }

 public:
  SharedMailbox(std::unique_ptr<MailboxSink> sink, std::mutex& mutex)
      : sink_{std::move(sink)}, mutex_{mutex} {}
  SharedMailbox(const SharedMailbox&) = delete;
  SharedMailbox& operator=(const SharedMailbox&) = delete;
  ~SharedMailbox() override {
    const std::lock_guard lock{mutex_};
    sink_.reset();
  }

  /// Not locked: only what is told of this mailbox changes it, and one connection tells that.
  const UidSet& held() const override { return sink_->held(); }
  void begin() override {
    locked([&] { sink_->begin(); });
  }
  void append(std::string_view octets) override {
    locked([&] { sink_->append(octets); });
  }
  void end(const ServerFacts& facts) override {
    locked([&] { sink_->end(facts); });
  }
  void abandon() noexcept override {
    locked([&] { sink_->abandon(); });
  }
  bool place(const HeldMessage& held, const ServerFacts& facts) override {
    return locked([&] { return sink_->place(held, facts); });
  }
  void former_gone() override {
    locked([&] { sink_->former_gone(); });
  }
  void absent(const UidSet& uids) override {
    locked([&] { sink_->absent(uids); });
  }
  void hole(std::uint32_t uid, std::string_view reason, const std::optional<MaildropName>& name) override {
    locked([&] { sink_->hole(uid, reason, name); });
  }
  void relisted(const base::MaildropEntry& entry) override {
    locked([&] { sink_->relisted(entry); });
  }
  void flags(const UidSet& uids, const std::vector<std::string>& flags) override {
    locked([&] { sink_->flags(uids, flags); });
  }
  void labels(const UidSet& uids, const std::vector<std::string>& labels) override {
    locked([&] { sink_->labels(uids, labels); });
  }
  void gone(const UidSet& uids) override {
    locked([&] { sink_->gone(uids); });
  }
  void back(const UidSet& uids) override {
    locked([&] { sink_->back(uids); });
  }
  void synced(const ServerState& server, bool is_compared) override {
    locked([&] { sink_->synced(server, is_compared); });
  }
  void savepoint() override {
    locked([&] { sink_->savepoint(); });
  }
  void roll_back() override {
    locked([&] { sink_->roll_back(); });
  }
  void commit() override {
    locked([&] { sink_->commit(); });
  }
  ChangeCounts changes() const override {
    return locked([&] { return sink_->changes(); });
  }

 private:
  std::unique_ptr<MailboxSink> sink_;
  std::mutex& mutex_;
};

}  // namespace

std::unique_ptr<MailboxSink> SharedSink::open(const MailboxName& name, MailboxEpoch epoch) {
  const std::lock_guard lock{mutex_};
  return std::make_unique<SharedMailbox>(sink_.open(name, epoch), mutex_);
}

std::optional<HeldMessage> SharedSink::find(const ServerFacts& facts) {
  const std::lock_guard lock{mutex_};
  return sink_.find(facts);
}

bool SharedSink::has_ids() {
  const std::lock_guard lock{mutex_};
  return sink_.has_ids();
}

void SharedObserver::planned(const std::vector<MailboxPlan>& plans) {
  const std::lock_guard lock{mutex_};
  observer_.planned(plans);
}

void SharedObserver::fetched(std::uint64_t octets) {
  const std::lock_guard lock{mutex_};
  observer_.fetched(octets);
}

void SharedObserver::committed() {
  const std::lock_guard lock{mutex_};
  observer_.committed();
}

}  // namespace mailspoor::fetch
