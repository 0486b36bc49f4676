#pragma once

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "deliver/base/text.hpp"
#include "index/trace/network.hpp"
#include "index/trace/place.hpp"

// What was said beforehand of the servers that a message may have crossed.
namespace mailspoor::index {

class Places;
class TrackerTable;

/// Which servers are ours, so far as we were told.
struct TrustedServers {
  /// Relays of ours. Empty: private ranges are, by assumption. Loopback and link-local peers always are.
  std::vector<Network> networks;
  /// Domains of the servers that receive for the account: what they write was seen by them.
  std::vector<std::string> receivers;
};

/// What the trail of a message is judged with.
struct TraceContext {
  TrustedServers servers;
  Places* places = nullptr;  ///< Without them no address has a place.
  /// Of the mailbox's owner: what URLs tell of, beside the addresses that the message names.
  std::vector<std::string> addresses{};
  const TrackerTable* trackers = nullptr;  ///< nullptr: the built-in one.

  /// `addresses` in lower case and order, each once: however they are written, they say the same.
  std::vector<std::string> own_addresses() const {
    std::vector<std::string> own;
    for (const auto& address : addresses) own.push_back(base::to_lower(address));
    std::sort(own.begin(), own.end());
    own.erase(std::unique(own.begin(), own.end()), own.end());
    return own;
  }
};

/// The same for a whole root: an account may have servers of its own.
struct TraceSettings {
  TraceContext general;
  std::map<std::string, TraceContext, std::less<>> accounts;
  std::vector<PlaceFile> place_files{};                ///< For whoever opens them, see use().
  std::vector<std::filesystem::path> tracker_files{};  ///< The same, see TrackerFiles.

  /// Lets all look places up in these, which must live as long.
  void use(Places& places) {
    general.places = &places;
    for (auto& [name, context] : accounts) context.places = &places;
  }
  /// Lets all know trackers by this table, which must live as long.
  void use(const TrackerTable* trackers) {
    general.trackers = trackers;
    for (auto& [name, context] : accounts) context.trackers = trackers;
  }
  /// Lets these be the owner's everywhere, besides those that are.
  void add_addresses(const std::vector<std::string>& more) {
    const auto add = [&](TraceContext& context) {
      context.addresses.insert(context.addresses.end(), more.begin(), more.end());
    };
    add(general);
    for (auto& [name, context] : accounts) add(context);
  }
  const TraceContext& of(const std::string& account) const {
    const auto found = accounts.find(account);
    return found == accounts.end() ? general : found->second;
  }
};

}  // namespace mailspoor::index
