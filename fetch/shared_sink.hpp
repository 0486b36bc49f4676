#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "fetch/fetcher.hpp"
#include "fetch/message_sink.hpp"

namespace mailspoor::fetch {

/// A sink for several connections at once, which fetch: one call at a time goes through.
class SharedSink : public MessageSink {
 public:
  explicit SharedSink(MessageSink& sink) : sink_{sink} {}

  std::unique_ptr<MailboxSink> open(const MailboxName& name, MailboxEpoch epoch) override;
  std::optional<HeldMessage> find(const ServerFacts& facts) override;
  bool has_ids() override;

 private:
  MessageSink& sink_;
  std::mutex mutex_;
};

/// The same for an observer.
class SharedObserver : public FetchObserver {
 public:
  explicit SharedObserver(FetchObserver& observer) : observer_{observer} {}

  void planned(const std::vector<MailboxPlan>& plans) override;
  void fetched(std::uint64_t octets) override;
  void committed() override;

 private:
  FetchObserver& observer_;
  std::mutex mutex_;
};

}  // namespace mailspoor::fetch
