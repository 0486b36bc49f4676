#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fetch/fetcher.hpp"

// How a person sees what a sync fetches, or would.
namespace mailspoor::cli {

struct PlanTotals {
  std::uint64_t messages = 0;
  std::uint64_t octets = 0;
};

/// How many messages are to be fetched: those that are not too large.
std::uint64_t would_fetch(const fetch::MailboxPlan& plan);
PlanTotals totals_of(const std::vector<fetch::MailboxPlan>& plans);

/// A line of the table, and its last one. `what` the messages are: `new`.
std::string line_of(const fetch::MailboxPlan& plan, std::string_view what);
std::string line_of(const PlanTotals& totals, std::string_view what);

}  // namespace mailspoor::cli
