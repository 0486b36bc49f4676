#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "index/message_object.hpp"
#include "index/store/database.hpp"
#include "index/verdict_basis.hpp"

namespace mailspoor::index {

/// A table of names, each once, and their rows.
class NameTable {
 public:
  NameTable(Database& db, std::string_view table);
  std::int64_t row(const std::string& name);
  std::optional<std::int64_t> row(const std::optional<std::string>& name);

 private:
  Database& db_;
  Statement find_;
  Statement insert_;
  std::unordered_map<std::string, std::int64_t> known_;
};

/// Binds the columns of table message from origin_ip to city_basis.
void bind_origin(Statement& statement, int column, const Origin& origin);

/// Writes what was judged of messages and may be judged otherwise one day, with other settings or tables.
/// Every function belongs inside a Transaction.
class VerdictWriter {
 public:
  explicit VerdictWriter(Database& db);

  std::int64_t basis_row(const std::string& account, const VerdictBasis& basis);
  /// All but the columns of table message, for a message that has nothing yet.
  void put(std::int64_t row, const MessageObject& message);
  /// In place of what there is: all, or one of the two parts, each with the findings.
  void renew(std::int64_t row, const MessageObject& message, std::int64_t basis);
  void renew_trail(std::int64_t row, const MessageObject& message, std::int64_t basis);
  void renew_tracking(std::int64_t row, const MessageObject& message, std::int64_t basis);

 private:
  using Positions = std::unordered_map<std::string_view, std::int64_t>;
  void put_origin(std::int64_t row, const Origin& origin, std::int64_t basis);
  void put_hops(std::int64_t row, const std::vector<Hop>& hops);
  void put_authentication(std::int64_t row, const std::vector<Authentication>& entries);
  void put_findings(std::int64_t row, const std::vector<Finding>& findings);
  void put_tracking(std::int64_t row, const Tracking& tracking);
  void put_resources(std::int64_t row, const Tracking& tracking, Positions& positions);
  void put_links(std::int64_t row, const std::vector<Link>& links, Positions& positions);

  Database& db_;
  NameTable hosts_;
  NameTable vendors_;
  Statement find_basis_;
  Statement insert_basis_;
  Statement update_origin_;
  Statement update_basis_;
  Statement insert_hop_;
  Statement insert_authentication_;
  Statement insert_finding_;
  Statement insert_remote_;
  Statement insert_link_;
  Statement insert_leak_;
  std::vector<Statement> removals_;  ///< finding; hop, authentication; leak, link, remote.
  std::string last_account_;
  VerdictBasis last_basis_;
  std::int64_t last_basis_row_ = 0;
};

}  // namespace mailspoor::index
