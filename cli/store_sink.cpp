#include "cli/store_sink.hpp"

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
  void commit() override { writer_.commit(); }

 private:
  deliver::MailboxWriter writer_;
};

}  // namespace

fetch::UidSet StoreSink::held(const fetch::MailboxName& name, fetch::MailboxEpoch epoch) {
  return store_.held(identity_of(name, epoch));
}

std::unique_ptr<fetch::MailboxSink> StoreSink::open(const fetch::MailboxName& name,
                                                    fetch::MailboxEpoch epoch) {
  return std::make_unique<WriterSink>(store_.open_mailbox(identity_of(name, epoch)));
}

}  // namespace mailspoor::cli
