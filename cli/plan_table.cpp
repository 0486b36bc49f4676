#include "cli/plan_table.hpp"

#include <fmt/format.h>

#include "cli/output.hpp"
#include "deliver/base/text.hpp"

namespace mailspoor::cli {
namespace {

constexpr std::size_t kNameWidth = 40;
constexpr std::size_t kCountWidth = 10;  // of the messages on the server

}  // namespace

std::uint64_t would_fetch(const fetch::MailboxPlan& plan) { return plan.missing.size() - plan.too_large; }

PlanTotals totals_of(const std::vector<fetch::MailboxPlan>& plans) {
  PlanTotals totals;
  for (const auto& plan : plans) {
    totals.messages += would_fetch(plan);
    totals.octets += plan.missing_octets;
  }
  return totals;
}

std::string line_of(const fetch::MailboxPlan& plan, std::string_view what) {
  const auto name = fitted(base::printable(plan.name.name), kNameWidth);
  if (!plan.failure.empty())
    return fmt::format("{}{:>{}}  {}\n", name, "-", kCountWidth, base::printable(plan.failure));
  return fmt::format(
      "{}{:>{}} {:>9} {}, {}{}\n", name, with_commas(plan.messages), kCountWidth,
      with_commas(would_fetch(plan)), what, shown_size(plan.missing_octets),
      plan.too_large > 0 ? fmt::format("; {} are too large", with_commas(plan.too_large)) : "");
}

std::string line_of(const PlanTotals& totals, std::string_view what) {
  return fmt::format("{} {:>9} {}, {}\n", fitted("in all", kNameWidth + kCountWidth),
                     with_commas(totals.messages), what, shown_size(totals.octets));
}

}  // namespace mailspoor::cli
