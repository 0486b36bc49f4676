#include "fetch/pop3/plan.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <span>

namespace mailspoor::fetch::pop3 {
namespace {

using base::MaildropEntry;

/// Messages that cannot be told apart by their names.
struct Group {
  std::span<const Listed> listed;
  std::vector<MaildropEntry> stored;
  bool has_uidl = true;
};

class Planner {
 public:
  Planner(MaildropState state, const HeaderDigests& header_digests,
          const std::function<std::vector<HeldContent>(const UidSet&)>& contents)
      : header_digests_{header_digests}, contents_{contents}, next_uid_{state.next_uid} {
    plan_.state = std::move(state);
    unlisted_holes_ = plan_.state.holes;
    for (const auto& entry : plan_.state.entries)
      if (entry.hash == 0 && plan_.state.holes.contains(entry.uid)) plan_.nameless_holes.add(entry.uid);
  }

  Plan plan(std::vector<Listed> listed) {
    plan_.messages = listed.size();
    name_the_nameless(listed);
    std::stable_sort(listed.begin(), listed.end(),
                     [](const Listed& left, const Listed& right) { return key_of(left) < key_of(right); });
    for (std::size_t first = 0; first < listed.size();) {
      auto last = first + 1;
      while (last < listed.size() && listed[first].name && key_of(listed[last]) == key_of(listed[first]))
        ++last;
      take_group(std::span{listed}.subspan(first, last - first));
      first = last;
    }
    resolve();
    resolve_unknown();
    std::sort(plan_.wanted.begin(), plan_.wanted.end(),
              [](const Wanted& left, const Wanted& right) { return left.number < right.number; });
    for (Wanted& wanted : plan_.wanted)
      if (wanted.uid == 0) wanted.uid = next_uid_++;
    plan_.next_uid = next_uid_;
    plan_.closed = std::move(unlisted_holes_);
    return std::move(plan_);
  }

 private:
  /// Those without name last.
  static std::pair<bool, std::uint64_t> key_of(const Listed& listed) {
    return {!listed.name, listed.name ? listed.name->hash : 0};
  }

  void name_the_nameless(std::vector<Listed>& listed) {
    std::vector<std::uint32_t> numbers;
    for (const auto& one : listed)
      if (!one.name) numbers.push_back(one.number);
    if (numbers.empty()) return;
    const auto digests = header_digests_(numbers);
    auto digest = digests.begin();
    for (auto& one : listed) {
      if (one.name || digest == digests.end()) continue;
      if (!digest->empty()) one.name = base::nameless_maildrop_name(*digest);
      ++digest;
    }
  }

  void take_group(std::span<const Listed> listed) {
    Group group;
    group.listed = listed;
    if (!listed.front().name) {
      ++plan_.nameless;
      Wanted wanted = wanted_of(listed.front());
      if (!any_stored_ && !plan_.state.stored.empty())
        any_stored_ = std::make_shared<UidSet>(plan_.state.stored);
      wanted.may_be = any_stored_;
      plan_.wanted.push_back(std::move(wanted));
      return;
    }
    const auto hash = listed.front().name->hash;
    group.has_uidl = !listed.front().name->uidl.empty();
    const auto before = [](const MaildropEntry& entry, std::uint64_t wanted) { return entry.hash < wanted; };
    const auto& entries = plan_.state.entries;
    for (auto entry = std::lower_bound(entries.begin(), entries.end(), hash, before);
         entry != entries.end() && entry->hash == hash; ++entry) {
      if (plan_.state.stored.contains(entry->uid)) group.stored.push_back(*entry);
      if (plan_.state.holes.contains(entry->uid)) {
        holes_by_hash_[hash].push_back(entry->uid);
      } else if (!plan_.state.stored.contains(entry->uid)) {
        auto& gone = gone_by_hash_[hash];
        if (!gone) gone = std::make_shared<UidSet>();
        gone->add(entry->uid);
      }
    }
    if (group.stored.empty()) {
      for (const auto& one : listed) unknown_.push_back(&one);
      return;
    }
    const bool is_plain = listed.size() == 1 && group.stored.size() == 1;
    if (is_plain && may_be_same(listed.front(), group.stored.front())) {
      return match(listed.front(), group.stored.front().uid, group.has_uidl);
    }
    doubtful_.push_back(std::move(group));
  }

  static bool may_be_same(const Listed& listed, const MaildropEntry& entry) {
    return !listed.octets || !entry.size || listed.octets == entry.size;
  }

  void match(const Listed& listed, std::uint32_t uid, bool is_sure) {
    plan_.held.push_back({uid, listed.number, is_sure, is_sure ? *listed.name : MaildropName{}});
    plan_.matched.add(uid);
  }

  /// With the UID of a hole that it fills; else one is given at the end, in the order of the numbers.
  Wanted wanted_of(const Listed& listed) {
    Wanted wanted;
    wanted.number = listed.number;
    wanted.octets = listed.octets;
    wanted.name = listed.name;
    if (auto holes = listed.name ? holes_by_hash_.find(listed.name->hash) : holes_by_hash_.end();
        holes != holes_by_hash_.end() && !holes->second.empty()) {
      wanted.uid = holes->second.back();
      holes->second.pop_back();
      unlisted_holes_.remove(UidSet{wanted.uid, wanted.uid});
    } else if (const auto gone = listed.name ? gone_by_hash_.find(listed.name->hash) : gone_by_hash_.end();
               gone != gone_by_hash_.end()) {
      wanted.may_be_back = gone->second;
    }
    return wanted;
  }

  /// Those whose names are new. Where a server has UIDLs now and then, what it names in one way may be held
  /// under a name of the other kind.
  void resolve_unknown() {
    std::set<std::uint64_t> sizes;
    for (const auto* one : unknown_)
      if (one->octets) sizes.insert(*one->octets);
    auto left = plan_.state.stored;
    left.remove(plan_.matched);
    UidSet uids;
    std::map<std::uint32_t, const MaildropEntry*> entries;
    for (const auto& entry : plan_.state.entries) {
      if (!entry.size || !sizes.contains(*entry.size) || !left.contains(entry.uid)) continue;
      uids.add(entry.uid);
      entries[entry.uid] = &entry;
    }
    std::multimap<std::uint64_t, const MaildropEntry*> by_header;  // by what would name them without UIDL
    if (!uids.empty()) {
      for (const auto& content : contents_(uids)) {
        if (!content.header_digest.empty())
          by_header.emplace(base::nameless_maildrop_name(content.header_digest).hash, entries[content.uid]);
      }
    }
    std::map<std::uint64_t, std::shared_ptr<UidSet>> by_size;  // of those that their header sections name
    for (const auto& [hash, entry] : by_header) {
      if (entry->hash != hash) continue;
      auto& uids_of_size = by_size[*entry->size];
      if (!uids_of_size) uids_of_size = std::make_shared<UidSet>();
      uids_of_size->add(entry->uid);
    }
    for (const auto* one : unknown_) {
      const bool has_uidl = !one->name->uidl.empty();
      const auto [first, last] = by_header.equal_range(one->name->hash);
      const auto held =
          std::find_if(first, last, [&](const auto& item) { return item.second->size == one->octets; });
      if (!has_uidl && held != last) {
        match(*one, held->second->uid, false);
        by_header.erase(held);
        continue;
      }
      Wanted wanted = wanted_of(*one);
      if (const auto same = one->octets ? by_size.find(*one->octets) : by_size.end();
          has_uidl && same != by_size.end())
        wanted.may_be = same->second;
      plan_.wanted.push_back(std::move(wanted));
    }
  }

  void resolve() {
    if (doubtful_.empty()) return;
    std::vector<std::uint32_t> numbers;
    UidSet uids;
    for (const auto& group : doubtful_) {
      if (!group.has_uidl) continue;  // of these, the header section is the name
      for (const auto& one : group.listed) numbers.push_back(one.number);
      for (const auto& entry : group.stored) uids.add(entry.uid);
    }
    std::sort(numbers.begin(), numbers.end());
    std::map<std::uint32_t, std::string> of_server, here;
    if (!numbers.empty()) {
      const auto digests = header_digests_(numbers);
      for (std::size_t at = 0; at < digests.size(); ++at) of_server[numbers[at]] = digests[at];
      if (!digests.empty())
        for (auto& content : contents_(uids)) here[content.uid] = std::move(content.header_digest);
    }
    for (auto& group : doubtful_) resolve(group, of_server, here);
  }

  void resolve(Group& group, std::map<std::uint32_t, std::string>& of_server,
               std::map<std::uint32_t, std::string>& here) {
    std::vector<const Listed*> left;
    for (const auto& one : group.listed) left.push_back(&one);
    // Those with the same key are the same; the empty key is nobody's.
    const auto match_by = [&](const auto& key_of_listed, const auto& key_of_held) {
      std::multimap<std::string, MaildropEntry> by_key;
      for (const auto& held : group.stored) by_key.emplace(key_of_held(held), held);
      std::erase_if(left, [&](const Listed* one) {
        const auto key = key_of_listed(*one);
        const auto found = key.empty() ? by_key.end() : by_key.lower_bound(key);
        if (found == by_key.end() || found->first != key) return false;
        const auto& entry = found->second;
        match(*one, entry.uid, false);
        // Else its header section would be asked for in each run from now on.
        if (one->octets && entry.size != one->octets)
          plan_.relisted.push_back({entry.hash, entry.uid, one->octets});
        by_key.erase(found);
        return true;
      });
      std::erase_if(group.stored,
                    [&](const MaildropEntry& held) { return plan_.matched.contains(held.uid); });
    };
    const bool has_headers = group.has_uidl && !of_server.empty();
    const auto header_of_listed = [&](const Listed& one) { return of_server[one.number]; };
    const auto header_of_held = [&](const MaildropEntry& held) { return here[held.uid]; };
    const auto with_size = [](const std::string& key, const std::optional<std::uint64_t>& size) {
      return size && !key.empty() ? key + ' ' + std::to_string(*size) : std::string{};
    };
    if (has_headers) {
      match_by([&](const Listed& one) { return with_size(header_of_listed(one), one.octets); },
               [&](const MaildropEntry& held) { return with_size(header_of_held(held), held.size); });
      match_by(header_of_listed, header_of_held);
    } else if (!group.has_uidl) {
      match_by([&](const Listed& one) { return with_size("size", one.octets); },
               [&](const MaildropEntry& held) { return with_size("size", held.size); });
    }
    if (group.has_uidl && !has_headers) plan_.nameless += left.size();
    const auto may_be = group.stored.empty() ? nullptr : std::make_shared<UidSet>();
    for (const auto& held : group.stored) may_be->add(held.uid);
    for (const auto* one : left) {
      Wanted wanted = wanted_of(*one);
      wanted.may_be = may_be;
      plan_.wanted.push_back(std::move(wanted));
    }
  }

  const HeaderDigests& header_digests_;
  const std::function<std::vector<HeldContent>(const UidSet&)>& contents_;
  std::uint32_t next_uid_;
  Plan plan_;
  UidSet unlisted_holes_;
  std::map<std::uint64_t, std::vector<std::uint32_t>> holes_by_hash_;
  std::map<std::uint64_t, std::shared_ptr<UidSet>> gone_by_hash_;
  Candidates any_stored_;
  std::vector<Group> doubtful_;
  std::vector<const Listed*> unknown_;
};

}  // namespace

Plan make_plan(std::vector<Listed> listed, MaildropState state, const HeaderDigests& header_digests,
               const std::function<std::vector<HeldContent>(const UidSet& uids)>& contents) {
  return Planner{std::move(state), header_digests, contents}.plan(std::move(listed));
}

}  // namespace mailspoor::fetch::pop3
