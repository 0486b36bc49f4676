#include "cli/account_adopt_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>
#include <utility>

#include "cli/arguments.hpp"
#include "cli/config.hpp"
#include "cli/output.hpp"
#include "deliver/account_name.hpp"
#include "deliver/account_store.hpp"
#include "deliver/adopted_message.hpp"
#include "deliver/base/ascii.hpp"
#include "deliver/base/modified_utf7.hpp"
#include "deliver/base/text.hpp"
#include "deliver/error.hpp"
#include "deliver/journal.hpp"
#include "deliver/maildir_name.hpp"
#include "deliver/stored_folder.hpp"

namespace mailspoor::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kCommitMessages = 500;

/// A Maildir, and the mailbox that it is.
struct Source {
  fs::path path;
  std::vector<std::string> levels;  ///< As a server would name them.
};

/// A tree of Maildirs, and what of it could not be looked at.
struct Tree {
  std::vector<Source> sources;
  std::vector<std::string> failures;
};

struct Adopted {
  std::uint64_t messages = 0;
  std::uint64_t mailboxes = 0;  ///< That have messages.
  std::uint64_t known = 0;      ///< Here before.
  std::uint64_t doubles = 0;    ///< The same octets once more in one mailbox.
  std::uint64_t failures = 0;
};

void tell_failure(const std::string& what, Adopted& adopted) {
  ++adopted.failures;
  say(fmt::format("mailspoor: {}\n", base::printable(what)));
}

/// The levels below the top: `.A.B` of a Maildir++ tree, `A/B` of folders in folders. The top and a folder
/// INBOX (mbsync) are INBOX.
std::vector<std::string> levels_of(const fs::path& below_top) {
  std::vector<std::string> levels;
  for (const auto& part : below_top) {
    auto name = part.string();
    if (name.empty() || name == ".") continue;
    if (!name.starts_with('.')) {
      levels.push_back(std::move(name));
      continue;
    }
    for (auto rest = name.substr(1);;) {
      const auto dot = rest.find('.');
      levels.push_back(rest.substr(0, dot));
      if (dot == std::string::npos) break;
      rest.erase(0, dot + 1);
    }
  }
  if (levels.empty()) return {"INBOX"};
  for (auto& level : levels) {  // some keep their names in UTF-8
    if (!base::is_ascii(level) && base::is_utf8(level)) level = base::to_modified_utf7(level);
  }
  if (base::equal_ignoring_case(levels.front(), "INBOX")) levels.front() = "INBOX";
  return levels;
}

/// Adds all Maildirs of a tree, the upper ones first. Links are not followed, but told where they lead to a
/// Maildir.
void add_sources(const fs::path& folder, const fs::path& top, Tree& tree) {
  std::set<fs::path> folders;
  std::set<std::string> names;
  std::error_code error;
  for (auto entry = fs::directory_iterator{folder, error}; !error && entry != fs::directory_iterator{};
       entry.increment(error)) {
    std::error_code ignored;
    names.insert(entry->path().filename().string());
    if (!entry->is_directory(ignored)) continue;
    if (!entry->is_symlink(ignored)) {
      folders.insert(entry->path());
    } else if (fs::exists(entry->path() / "cur", ignored)) {
      tree.failures.push_back(fmt::format("{} is a link: it was left out", entry->path().string()));
    }
  }
  if (error) tree.failures.push_back(fmt::format("cannot read {}: {}", folder.string(), error.message()));
  const bool is_maildir = names.contains("cur") && names.contains("new");
  if (is_maildir) tree.sources.push_back({folder, levels_of(folder.lexically_relative(top))});
  for (const auto& below : folders) {
    const auto name = below.filename();
    if (!is_maildir || (name != "cur" && name != "new" && name != "tmp")) add_sources(below, top, tree);
  }
}

deliver::MailboxIdentity identity_of(const Source& source) {
  deliver::MailboxIdentity identity;
  identity.levels = source.levels;
  identity.delimiter = '/';
  for (const auto& level : source.levels) identity.raw += (identity.raw.empty() ? "" : "/") + level;
  std::string folder;
  for (const auto& level : source.levels) folder += '.' + level;
  identity.name = identity.raw == "INBOX" ? "INBOX" : deliver::mailbox_of_folder(folder);
  identity.uid_validity = deliver::kAdoptedEpoch;
  return identity;
}

/// Hashes of what was adopted into the folder before.
std::set<std::string> known_hashes(const fs::path& root, const std::string& folder) {
  std::set<std::string> known;
  deliver::read_journal(root / "mail" / folder / "mailspoor.journal", 0,
                        [&](const deliver::JournalEntry& entry) {
                          const auto* stored = std::get_if<deliver::StoredEvent>(&entry.event);
                          if (stored != nullptr) known.insert(stored->sha256);
                        });
  return known;
}

void adopt(const fs::path& root, deliver::AccountStore& store, const Source& source, Adopted& adopted) {
  std::vector<deliver::MaildirFile> files;
  try {
    files = deliver::maildir_files(source.path);
  } catch (const deliver::Error& error) {  // the others can be read
    return tell_failure(error.what(), adopted);
  }
  if (files.empty()) return;
  ++adopted.mailboxes;
  std::sort(files.begin(), files.end(),
            [](const auto& left, const auto& right) { return left.name < right.name; });
  auto writer = store.open_mailbox(identity_of(source));
  const auto known = known_hashes(root, writer.folder());
  std::set<std::string> taken;
  std::uint32_t uid = writer.held().empty() ? 0 : writer.held().max();
  std::uint64_t uncommitted = 0;
  for (const auto& file : files) {
    const auto path = source.path / file.directory / file.name;
    try {
      const deliver::AdoptedMessage message{path};
      if (known.contains(message.sha256())) {
        ++adopted.known;
        continue;
      }
      if (taken.contains(message.sha256())) {
        ++adopted.doubles;
        continue;
      }
      writer.begin();
      message.read([&](std::string_view octets) { writer.append(octets); });
      taken.insert(message.sha256());
    } catch (const deliver::UnreadableError& error) {
      writer.abandon();
      tell_failure(error.what(), adopted);
      continue;
    }
    writer.end({.uid = ++uid,
                .flags = deliver::imap_flags(deliver::parse_maildir_name(file.name).info),
                .internal_date = {},  // only a server knows it
                .announced_size = std::nullopt});
    ++adopted.messages;
    if (++uncommitted < kCommitMessages) continue;
    writer.commit();
    uncommitted = 0;
  }
  writer.commit();
}

bool is_in(const fs::path& inner, const fs::path& outer) {
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

/// What lies below the root is of this account or of others, which may be other custodians'.
void require_foreign(const fs::path& maildir, const fs::path& root) {
  const auto theirs = fs::canonical(maildir);
  const auto ours = fs::weakly_canonical(root / "mail");
  if (!is_in(theirs, ours) && !is_in(ours, theirs)) return;
  throw UsageError{fmt::format("{} is not another program's Maildir: the accounts of {} lie in or around it",
                               base::printable(maildir.string()), base::printable(root.string()))};
}

}  // namespace

ExitCode run_account_adopt(const std::vector<std::string>& words) {
  GlobalOptions global;
  Arguments arguments{"account adopt",
                      "Take the messages of a Maildir that another program filled (mbsync, Dovecot) as an "
                      "account's: the next sync knows them again, by IMAP without fetching them. They are "
                      "copied; the Maildir stays as it is.",
                      global};
  std::string account;
  std::string maildir;
  arguments.positional("ACCOUNT", account, "The account that has these messages on its server", true);
  arguments.positional("MAILDIR", maildir, "The Maildir, or the folder that has all Maildirs of the account",
                       true);
  if (!arguments.parse(words)) return ExitCode::done;

  const auto config = read_config(global);
  const auto root = root_of(global, config);
  if (!deliver::is_account_name(account))
    throw UsageError{fmt::format("`{}` cannot name an account", base::printable(account))};
  const auto top = expand_home(maildir);
  std::error_code error;
  if (!fs::is_directory(top, error))
    throw UsageError{fmt::format("{} is no folder", base::printable(top.string()))};
  require_foreign(top, root);
  Tree tree;
  add_sources(top, top, tree);
  if (tree.sources.empty() && tree.failures.empty()) {
    throw UsageError{
        fmt::format("there is no Maildir (a folder with cur and new) in {}", base::printable(top.string()))};
  }
  Adopted adopted;
  for (const auto& failure : tree.failures) tell_failure(failure, adopted);
  if (tree.sources.empty()) return ExitCode::failed;
  if (!config.accounts.contains(account) && !fs::exists(root / "mail" / account)) {
    say(fmt::format("mailspoor: account `{}` is new: it is neither configured nor held\n",
                    base::printable(account)));
  }
  try {
    deliver::AccountStore store{root, account};
    for (const auto& source : tree.sources) adopt(root, store, source, adopted);
    store.save();
  } catch (const deliver::LockedError& locked) {
    say(fmt::format("mailspoor: {}: {}\n", base::printable(account), base::printable(locked.what())));
    return ExitCode::locked;
  }
  if (!global.is_quiet) {
    fmt::print("{}: {} messages of {} mailboxes adopted, {} were here before{}\n", base::printable(account),
               with_commas(adopted.messages), with_commas(adopted.mailboxes), with_commas(adopted.known),
               adopted.doubles > 0 ? fmt::format(", {} lie there twice", with_commas(adopted.doubles)) : "");
  }
  return adopted.failures > 0 ? ExitCode::partial : ExitCode::done;
}

}  // namespace mailspoor::cli
