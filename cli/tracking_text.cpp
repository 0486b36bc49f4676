#include "cli/tracking_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "cli/output.hpp"
#include "deliver/base/text.hpp"

namespace mailspoor::cli {
namespace {

using Lines = std::vector<std::pair<std::string, std::string>>;

/// The beginning of a URL; all of it stands in the machine formats.
std::string shown_url(const std::string& url) {
  constexpr std::size_t kMost = 100;
  auto cut = url.substr(0, kMost);
  if (url.size() > kMost) cut += "...";
  return base::printable(base::to_valid_utf8(cut));
}

std::string counted(std::size_t count, std::string_view one, std::string_view more) {
  return count == 1 ? fmt::format("1 {}", one) : fmt::format("{} {}", with_commas(count), more);
}

/// Each once, the most frequent first; not more than a line of them.
std::string names(const std::vector<std::string>& all) {
  constexpr std::size_t kMost = 5;
  std::map<std::string, std::size_t> counts;
  for (const auto& name : all) ++counts[name];
  std::vector<std::pair<std::string, std::size_t>> sorted{counts.begin(), counts.end()};
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& left, const auto& right) { return left.second > right.second; });
  std::string text;
  for (std::size_t at = 0; at < std::min(kMost, sorted.size()); ++at)
    text += (at > 0 ? ", " : "") + base::printable(sorted[at].first);
  if (sorted.size() > kMost) text += fmt::format(" and {} more", with_commas(sorted.size() - kMost));
  return text;
}

void pixels(const index::Tracking& tracking, Lines& lines) {
  for (const auto& pixel : tracking.pixels) {
    std::string reasons;
    for (const auto reason : pixel.reasons)
      reasons += (reasons.empty() ? "" : ", ") + std::string{to_text(reason)};
    lines.emplace_back("pixel",
                       fmt::format("{}{} ({})", base::printable(pixel.host),
                                   pixel.vendor ? ", " + base::printable(*pixel.vendor) : "", reasons));
    lines.emplace_back("", shown_url(pixel.url));
  }
}

void leaks(const index::Tracking& tracking, Lines& lines) {
  std::map<std::tuple<std::string, std::string_view, std::string>, std::size_t> counts;
  for (const auto& leak : tracking.leaks) ++counts[{leak.host, leak.encoding, leak.address}];
  for (const auto& [leak, count] : counts) {
    const auto& [host, encoding, address] = leak;
    lines.emplace_back("address",
                       fmt::format("{} is told to {} as {}, in {}", base::printable(address),
                                   base::printable(host), encoding, counted(count, "URL", "URLs")));
  }
}

void links(const index::Tracking& tracking, Lines& lines) {
  std::vector<std::string> redirectors;
  std::vector<std::string> wrappers;
  std::size_t tracked = 0;
  for (const auto& link : tracking.links) {
    if (link.is_tracked) {
      ++tracked;
      redirectors.push_back(link.vendor ? fmt::format("{} ({})", link.host, *link.vendor) : link.host);
    }
    if (link.wrapped_by) wrappers.push_back(*link.wrapped_by);
  }
  for (const auto& resource : tracking.remote) {
    if (resource.wrapped_by) wrappers.push_back(*resource.wrapped_by);
  }
  if (tracked > 0) {
    lines.emplace_back(
        "clicks", fmt::format("{} of {} counted by {}", with_commas(tracked),
                              counted(tracking.links.size(), "link is", "links are"), names(redirectors)));
  }
  if (!wrappers.empty())
    lines.emplace_back("rewritten",
                       fmt::format("{} by {}", counted(wrappers.size(), "URL", "URLs"), names(wrappers)));
}

void report(const index::DispositionReport& report, Lines& lines) {
  lines.emplace_back("report", base::printable(fmt::format(
                                   "{} by {}{}", report.disposition.value_or("something done"),
                                   report.final_recipient.value_or("an unnamed recipient"),
                                   report.disposition_mode ? " (" + *report.disposition_mode + ")" : "")));
  if (report.original_message_id)
    lines.emplace_back("", base::printable("of <" + *report.original_message_id + ">"));
}

void report(const index::DeliveryReport& report, Lines& lines) {
  constexpr std::size_t kMost = 20;
  lines.emplace_back("report", base::printable(fmt::format(
                                   "of {}, about {}", report.reporting_mta.value_or("an unnamed server"),
                                   counted(report.recipients.size(), "recipient", "recipients"))));
  for (std::size_t at = 0; at < std::min(kMost, report.recipients.size()); ++at) {
    const auto& recipient = report.recipients[at];
    lines.emplace_back(
        "", base::printable(fmt::format("{}: {}{}", recipient.final_recipient.value_or("(no address)"),
                                        recipient.action.value_or("(no action)"),
                                        recipient.status ? " " + *recipient.status : "")));
  }
  if (report.recipients.size() > kMost)
    lines.emplace_back("", fmt::format("and {} more", with_commas(report.recipients.size() - kMost)));
}

}  // namespace

Lines tracking_lines(const index::Tracking& tracking) {
  Lines lines;
  if (tracking.read_receipt)
    lines.emplace_back("receipt",
                       base::printable(*tracking.read_receipt) + " asks to be told that it was read");
  if (tracking.report) std::visit([&](const auto& kind) { report(kind, lines); }, *tracking.report);
  pixels(tracking, lines);
  leaks(tracking, lines);
  if (!tracking.remote.empty()) {
    std::vector<std::string> hosts;
    for (const auto& resource : tracking.remote) hosts.push_back(resource.host);
    lines.emplace_back(
        "remote",
        fmt::format("{} from {}", counted(tracking.remote.size(), "resource", "resources"), names(hosts)));
  }
  links(tracking, lines);
  if (tracking.is_one_click_unsubscribe)
    lines.emplace_back("unsubscribe", "by one request that nobody sees (RFC 8058)");
  return lines;
}

}  // namespace mailspoor::cli
