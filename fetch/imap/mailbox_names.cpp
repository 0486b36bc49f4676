#include "fetch/imap/mailbox_names.hpp"

#include <algorithm>
#include <cstddef>

#include "deliver/base/modified_utf7.hpp"
#include "deliver/base/text.hpp"

namespace mailspoor::fetch::imap {
namespace {

constexpr std::string_view kInbox = "INBOX";

std::vector<std::string> split(std::string_view raw, std::optional<char> delimiter) {
  std::vector<std::string> levels;
  while (delimiter) {
    const auto end = raw.find(*delimiter);
    if (end == std::string_view::npos) break;
    levels.emplace_back(raw.substr(0, end));
    raw.remove_prefix(end + 1);
  }
  levels.emplace_back(raw);
  return levels;
}

std::string with_capital_inbox(std::string_view name) {
  std::string result{name};
  const auto end = name.find('/');
  if (base::equal_ignoring_case(name.substr(0, end), kInbox)) result.replace(0, kInbox.size(), kInbox);
  return result;
}

}  // namespace

MailboxName mailbox_name(const Listed& listed) {
  MailboxName mailbox{listed.name, {}, split(listed.name, listed.delimiter), listed.delimiter};
  std::string& top = mailbox.levels.front();
  if (base::equal_ignoring_case(top, kInbox)) top = kInbox;
  for (const std::string& level : mailbox.levels) {
    if (&level != &top) mailbox.name += '/';
    mailbox.name += base::from_modified_utf7(level).value_or(base::to_valid_utf8(level));
  }
  return mailbox;
}

std::string from_utf8_mode(std::string_view name) {
  const bool has_control = std::any_of(
      name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  return has_control || !base::is_utf8(name) ? std::string{name} : base::to_modified_utf7(name);
}

std::string to_utf8_mode(std::string_view raw) {
  return base::from_modified_utf7(raw).value_or(std::string{raw});
}

bool is_below(const MailboxName& mailbox, const Namespaces::One& one) {
  const bool is_top = one.delimiter && base::equal_ignoring_case(mailbox.raw + *one.delimiter, one.prefix);
  return is_top || base::starts_with_ignoring_case(mailbox.raw, one.prefix);
}

bool is_others(const MailboxName& mailbox, const Namespaces& namespaces) {
  if (mailbox.name == kInbox) return false;
  const auto fit = [&mailbox](const std::vector<Namespaces::One>& list) {
    std::ptrdiff_t longest = -1;
    for (const Namespaces::One& one : list) {
      if (is_below(mailbox, one)) longest = std::max(longest, static_cast<std::ptrdiff_t>(one.prefix.size()));
    }
    return longest;
  };
  return std::max(fit(namespaces.others), fit(namespaces.shared)) > fit(namespaces.personal);
}

bool is_selectable(const Listed& listed) noexcept {
  return std::none_of(listed.attributes.begin(), listed.attributes.end(), [](const std::string& attribute) {
    return base::equal_ignoring_case(attribute, "\\Noselect") ||
           base::equal_ignoring_case(attribute, "\\NonExistent");
  });
}

/// One row of the usual table at a time: `reached[i]` says that the pattern so far covers the first i
/// characters. Time is the product of both lengths, whatever the stars.
bool matches_glob(std::string_view name, std::string_view pattern) {
  const std::string text = with_capital_inbox(name);
  std::vector<bool> reached(text.size() + 1, false);
  reached[0] = true;
  for (const char c : with_capital_inbox(pattern)) {
    std::vector<bool> next(text.size() + 1, false);
    const bool is_star = c == '*' || c == '%';
    if (is_star) next[0] = reached[0];
    for (std::size_t i = 1; i <= text.size(); ++i) {
      if (is_star) {
        next[i] = reached[i] || (next[i - 1] && (c == '*' || text[i - 1] != '/'));
      } else {
        next[i] = reached[i - 1] && text[i - 1] == c;
      }
    }
    reached = std::move(next);
  }
  return reached[text.size()];
}

bool is_wanted(std::string_view name, const std::vector<std::string>& attributes,
               const std::vector<std::string>& mailboxes, const std::vector<std::string>& excludes) {
  const auto matches = [&](const std::string& pattern) {
    if (!pattern.starts_with('\\')) return matches_glob(name, pattern);
    return std::any_of(attributes.begin(), attributes.end(), [&](const std::string& attribute) {
      return base::equal_ignoring_case(attribute, pattern);
    });
  };
  return (mailboxes.empty() || std::any_of(mailboxes.begin(), mailboxes.end(), matches)) &&
         std::none_of(excludes.begin(), excludes.end(), matches);
}

}  // namespace mailspoor::fetch::imap
