#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fetch/fetcher.hpp"
#include "fetch/message_sink.hpp"

namespace mailspoor::fetch {

/// One protocol, over one connection that is logged in: what Fetcher does, until the connection is lost.
class Engine {
 public:
  Engine() = default;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  virtual ~Engine() = default;

  virtual const ServerIdentity& identity() = 0;
  virtual std::vector<MailboxPlan> list() = 0;
  virtual std::optional<std::vector<Quota>> quotas() = 0;
  virtual std::string list_failure() const = 0;
  virtual bool is_left_out(const MailboxName& mailbox) const = 0;
  virtual void for_each_mailbox(AccountSink& sink, const std::function<void(const MailboxUids&)>& take) = 0;

  /// Makes another connection to the same account, logged in, from any thread; throws.
  using Hire = std::function<std::unique_ptr<Engine>()>;
  /// @param report  Is right also after it has thrown.
  /// @param hire    May be empty.
  virtual void fetch(AccountSink& sink, FetchObserver& observer, FetchReport& report, const Hire& hire) = 0;
};

}  // namespace mailspoor::fetch
