#include "cli/plan_table.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace mailspoor::cli {
namespace {

fetch::MailboxPlan plan_of(const char* name, const fetch::UidSet& missing, std::uint64_t too_large) {
  fetch::MailboxPlan plan;
  plan.name.name = name;
  plan.messages = 20;
  plan.missing = missing;
  plan.missing_octets = 1'000;
  plan.too_large = too_large;
  return plan;
}

TEST(PlanTable, AddsUpWhatItsLinesTell) {
  const std::vector plans{plan_of("INBOX", {1, 5}, 0), plan_of("Archive", {1, 3}, 1)};
  EXPECT_EQ(line_of(plans[0], "new"), fmt::format("{:<40}        20         5 new, 1.0 kB\n", "INBOX"));
  EXPECT_EQ(line_of(plans[1], "new"),
            fmt::format("{:<40}        20         2 new, 1.0 kB; 1 are too large\n", "Archive"));
  EXPECT_EQ(line_of(totals_of(plans), "new"), fmt::format("{:<50}         7 new, 2.0 kB\n", "in all"));
}

TEST(PlanTable, TellsWhyAMailboxFailedOnOneLine) {
  auto plan = plan_of("Box", {}, 0);
  plan.failure = "refused\nand more";
  EXPECT_EQ(line_of(plan, "new"), fmt::format("{:<40}         -  refused\\x0aand more\n", "Box"));
}

}  // namespace
}  // namespace mailspoor::cli
