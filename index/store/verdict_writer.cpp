#include "index/store/verdict_writer.hpp"

#include <fmt/format.h>

#include <unordered_map>

#include "index/trace/ip_address.hpp"

namespace mailspoor::index {
namespace {

constexpr std::string_view kFindBasis =
    "SELECT basis FROM basis WHERE account = ?1 AND trail = ?2 AND trackers = ?3";
constexpr std::string_view kInsertBasis = "INSERT INTO basis (account, trail, trackers) VALUES (?1, ?2, ?3)";
constexpr std::string_view kUpdateOrigin = R"sql(
  UPDATE message SET origin_ip = ?1, origin_hop = ?2, origin_evidence = ?3, origin_trust = ?4, origin_kind = ?5,
    origin_provider = ?6, first_untrusted_ip = ?7, country = ?8, country_basis = ?9, asn = ?10, as_name = ?11,
    asn_basis = ?12, city = ?13, latitude = ?14, longitude = ?15, accuracy_km = ?16, city_basis = ?17, basis = ?18
  WHERE message = ?19)sql";
constexpr std::string_view kInsertHop = R"sql(
  INSERT INTO hop (message, position, from_ip, from_helo, from_rdns, from_port, by, "with", id, for_recipient, envelope_from,
    auth_user, tls_version, tls_cipher, date, date_offset_minutes, delay_seconds, software, via, country, country_basis, asn, asn_basis,
    trusted)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23,
    ?24))sql";
constexpr std::string_view kInsertAuthentication = R"sql(
  INSERT INTO authentication (message, position, ip, method, result, domain, selector, alignment, source, trusted)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10))sql";
constexpr std::string_view kInsertFinding = R"sql(
  INSERT INTO finding (message, position, code, severity, hop, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6))sql";
constexpr std::string_view kInsertRemote = R"sql(
  INSERT INTO remote (message, position, url, host, kind, element, width, height, uses, is_background, is_any_visible,
    is_any_small, is_any_hidden, has_size, wrapped_by, reasons, vendor)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17))sql";
constexpr std::string_view kInsertLink = R"sql(
  INSERT INTO link (message, position, url, host, elements, wrapped_by, unwrapped, is_tracked, vendor, target, target_host)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11))sql";
constexpr std::string_view kInsertLeak = R"sql(
  INSERT INTO leak (message, position, encoding, host, place, url, address) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7))sql";

/// Binds an address in its 16 octets; what is none stays NULL.
void bind_address(Statement& statement, int index, const std::optional<std::string>& text) {
  const auto address = text ? parse_ip_address(*text) : std::nullopt;
  if (address)
    statement.bind_one(index, Blob{{reinterpret_cast<const char*>(address->data()), address->size()}});
}

std::string joined(const std::vector<PixelReason>& reasons) {
  std::string text;
  for (const auto reason : reasons) {
    if (!text.empty()) text += ' ';
    text += to_text(reason);
  }
  return text;
}

}  // namespace

void bind_origin(Statement& statement, int column, const Origin& origin) {
  const auto put = [&](const auto& value) { statement.bind_one(column++, value); };
  bind_address(statement, column++, origin.ip);
  put(origin.hop);
  put(origin.evidence);
  put(origin.trust ? std::optional{std::string{to_text(*origin.trust)}} : std::nullopt);
  put(origin.kind ? std::optional{std::string{to_text(*origin.kind)}} : std::nullopt);
  put(origin.provider);
  bind_address(statement, column++, origin.first_untrusted_ip);
  const auto& place = origin.place;
  put(place.country);
  put(place.country_basis);
  put(place.asn);
  put(place.as_name);
  put(place.asn_basis);
  put(place.city);
  put(place.latitude);
  put(place.longitude);
  put(place.accuracy_km);
  put(place.city_basis);
}

NameTable::NameTable(Database& db, std::string_view table)
    : db_{db},
      find_{db, fmt::format("SELECT {0} FROM {0} WHERE name = ?1", table)},
      insert_{db, fmt::format("INSERT INTO {} (name) VALUES (?1)", table)} {}

std::int64_t NameTable::row(const std::string& name) {
  constexpr std::size_t kMaxKnown = 50'000;
  if (const auto known = known_.find(name); known != known_.end()) return known->second;
  std::int64_t row = 0;
  if (find_.bind(name).step()) {
    row = find_.integer(0);
  } else {
    insert_.run(name);
    row = db_.last_insert_rowid();
  }
  find_.reset();
  if (known_.size() >= kMaxKnown) known_.clear();
  known_.emplace(name, row);
  return row;
}

std::optional<std::int64_t> NameTable::row(const std::optional<std::string>& name) {
  return name ? std::optional{row(*name)} : std::nullopt;
}

VerdictWriter::VerdictWriter(Database& db)
    : db_{db},
      hosts_{db, "host"},
      vendors_{db, "vendor"},
      find_basis_{db, kFindBasis},
      insert_basis_{db, kInsertBasis},
      update_origin_{db, kUpdateOrigin},
      update_basis_{db, "UPDATE message SET basis = ?1 WHERE message = ?2"},
      insert_hop_{db, kInsertHop},
      insert_authentication_{db, kInsertAuthentication},
      insert_finding_{db, kInsertFinding},
      insert_remote_{db, kInsertRemote},
      insert_link_{db, kInsertLink},
      insert_leak_{db, kInsertLeak} {
  for (const char* const table : {"finding", "hop", "authentication", "leak", "link", "remote"})
    removals_.emplace_back(db, fmt::format("DELETE FROM {} WHERE message = ?1", table));
}

std::int64_t VerdictWriter::basis_row(const std::string& account, const VerdictBasis& basis) {
  if (last_basis_row_ > 0 && last_account_ == account && last_basis_ == basis) return last_basis_row_;
  if (find_basis_.bind(account, basis.trail, basis.trackers).step()) {
    last_basis_row_ = find_basis_.integer(0);
  } else {
    insert_basis_.run(account, basis.trail, basis.trackers);
    last_basis_row_ = db_.last_insert_rowid();
  }
  find_basis_.reset();
  last_account_ = account;
  last_basis_ = basis;
  return last_basis_row_;
}

void VerdictWriter::put(std::int64_t row, const MessageObject& message) {
  put_findings(row, message.findings);
  put_hops(row, message.hops);
  put_authentication(row, message.authentication);
  put_tracking(row, message.tracking);
}

void VerdictWriter::renew(std::int64_t row, const MessageObject& message, std::int64_t basis) {
  for (auto& removal : removals_) removal.run(row);
  put(row, message);
  put_origin(row, message.origin, basis);
}

void VerdictWriter::renew_trail(std::int64_t row, const MessageObject& message, std::int64_t basis) {
  for (const std::size_t table : {0U, 1U, 2U}) removals_[table].run(row);
  put_findings(row, message.findings);
  put_hops(row, message.hops);
  put_authentication(row, message.authentication);
  put_origin(row, message.origin, basis);
}

void VerdictWriter::renew_tracking(std::int64_t row, const MessageObject& message, std::int64_t basis) {
  for (const std::size_t table : {0U, 3U, 4U, 5U}) removals_[table].run(row);
  put_findings(row, message.findings);
  put_tracking(row, message.tracking);
  update_basis_.run(basis, row);
}

void VerdictWriter::put_origin(std::int64_t row, const Origin& origin, std::int64_t basis) {
  update_origin_.reset();
  bind_origin(update_origin_, 1, origin);
  update_origin_.bind_one(18, basis);
  update_origin_.bind_one(19, row);
  update_origin_.run();
}

void VerdictWriter::put_hops(std::int64_t row, const std::vector<Hop>& hops) {
  int position = 0;
  for (const auto& hop : hops) {
    insert_hop_.bind(row, position++);
    bind_address(insert_hop_, 3, hop.from_ip);
    int column = 4;
    const auto put = [&](const auto& value) { insert_hop_.bind_one(column++, value); };
    put(hop.from_helo);
    put(hop.from_rdns);
    put(hop.from_port);
    put(hop.by);
    put(hop.with);
    put(hop.id);
    put(hop.for_recipient);
    put(hop.envelope_from);
    put(hop.auth_user);
    put(hop.tls_version);
    put(hop.tls_cipher);
    put(hop.date ? std::optional{hop.date->unix_seconds} : std::nullopt);
    put(hop.date ? hop.date->offset_minutes : std::nullopt);
    put(hop.delay_seconds);
    put(hop.software);
    put(hop.via);
    put(hop.place.country);
    put(hop.place.country_basis);
    put(hop.place.asn);
    put(hop.place.asn_basis);
    put(hop.standing == HopStanding::ours ? 1 : 0);
    insert_hop_.run();
  }
}

void VerdictWriter::put_authentication(std::int64_t row, const std::vector<Authentication>& entries) {
  int position = 0;
  for (const auto& entry : entries) {
    insert_authentication_.bind(row, position++);
    bind_address(insert_authentication_, 3, entry.ip);
    int column = 4;
    const auto put = [&](const auto& value) { insert_authentication_.bind_one(column++, value); };
    put(entry.method);
    put(entry.result);
    put(entry.domain);
    put(entry.selector);
    put(entry.alignment ? std::optional{to_text(*entry.alignment)} : std::nullopt);
    put(entry.source);
    put(entry.is_trusted ? 1 : 0);
    insert_authentication_.run();
  }
}

void VerdictWriter::put_findings(std::int64_t row, const std::vector<Finding>& findings) {
  int position = 0;
  for (const auto& finding : findings) {
    const auto hop = finding.hop ? std::optional{std::uint64_t{*finding.hop}} : std::nullopt;
    insert_finding_.run(row, position++, finding.code, to_text(finding.severity), hop, finding.detail);
  }
}

void VerdictWriter::put_tracking(std::int64_t row, const Tracking& tracking) {
  std::unordered_map<std::string_view, std::int64_t> resources;
  std::unordered_map<std::string_view, std::int64_t> links;
  put_resources(row, tracking, resources);
  put_links(row, tracking.links, links);
  int position = 0;
  for (const auto& leak : tracking.leaks) {
    const auto url = (leak.where == Leak::Where::link ? links : resources).at(leak.url);
    insert_leak_.run(row, position++, leak.encoding, hosts_.row(leak.host), to_text(leak.where), url,
                     leak.address);
  }
}

void VerdictWriter::put_resources(std::int64_t row, const Tracking& tracking, Positions& positions) {
  auto pixel = tracking.pixels.begin();
  std::int64_t position = 0;
  for (const auto& resource : tracking.remote) {
    positions.emplace(resource.url, position);
    insert_remote_.bind(row, position, resource.url_as_found(), hosts_.row(resource.host));
    int column = 5;
    const auto put = [&](const auto& value) { insert_remote_.bind_one(column++, value); };
    put(to_text(resource.kind));
    put(resource.element);
    put(resource.width);
    put(resource.height);
    put(std::uint64_t{resource.uses});
    for (const bool is : {resource.is_background, resource.is_any_visible, resource.is_any_small,
                          resource.is_any_hidden, resource.has_size})
      put(is ? 1 : 0);
    put(resource.wrapped_by);
    if (pixel != tracking.pixels.end() && static_cast<std::int64_t>(pixel->resource) == position) {
      put(joined(pixel->reasons));
      put(vendors_.row(pixel->vendor));
      ++pixel;
    }
    insert_remote_.run();
    ++position;
  }
}

void VerdictWriter::put_links(std::int64_t row, const std::vector<Link>& links, Positions& positions) {
  std::vector<std::pair<const Link*, int>> distinct;  // and their elements
  for (const auto& link : links) {
    const auto [known, is_new] = positions.emplace(link.url, static_cast<std::int64_t>(distinct.size()));
    if (is_new) distinct.emplace_back(&link, 0);
    ++distinct[static_cast<std::size_t>(known->second)].second;
  }
  int position = 0;
  for (const auto& [link, elements] : distinct) {
    insert_link_.run(row, position++, link->url, hosts_.row(link->host), elements, link->wrapped_by,
                     link->unwrapped, link->is_tracked ? 1 : 0, vendors_.row(link->vendor), link->target,
                     hosts_.row(link->target_host));
  }
}

}  // namespace mailspoor::index
